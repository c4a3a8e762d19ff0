"""What to match: filters, the EventBridge patterns that they become, and EventBridge's own verdict offline."""

from constructs_lib.events.errors import InvalidEvent, InvalidPattern
from constructs_lib.filters.ruler.matcher import Matcher, Mismatch, compile, matches
from constructs_lib.filters.ruler.rule_set import RuleSet

__all__ = ["InvalidEvent", "InvalidPattern", "Matcher", "Mismatch", "RuleSet", "compile", "matches"]
