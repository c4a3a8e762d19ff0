"""Rules that a user wrote on a bus of SaaSus's events: what EventBridge refuses, and what never fires."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from constructs_lib.events import warning_ids
from constructs_lib.filters.pattern_witness import nearest_miss, taken_events
from constructs_lib.filters.risks import Finding, findings_of_pattern

if TYPE_CHECKING:
    from constructs_lib.events.known_events import KnownEvents
    from constructs_lib.filters.event_form import EventForm

_AT_DEPLOY: Final = "(known only at deployment)"


def findings_of_raw(
    resolved: dict[str, Any],
    known: KnownEvents,
    *,
    characters: int,
    source: str | None,
    is_partner_bus: bool,
    form: EventForm,
) -> tuple[Finding, ...]:
    """Return what is wrong or risky about a rule's pattern.

    Args:
        resolved: The pattern as it is in the template, with CloudFormation's functions.
        known: Confirmed names and body forms.
        characters: The account's quota for a pattern's length.
        source: The name of the bus's event source, if it is known now.
        is_partner_bus: Whether the bus receives nothing but SaaSus's events.
        form: The form in which it receives them.
    """
    pattern, has_values_at_deploy = without_functions(resolved)
    found = findings_of_pattern(pattern, characters=characters)
    if any(finding.is_error for finding in found) or has_values_at_deploy or not is_partner_bus:
        return found
    if next(taken_events(pattern, known, source=source, form=form), None) is None:
        reason = nearest_miss(pattern, known, source=source, form=form)
        text = (
            "The rule matches none of the events that SaaSus's API is known to cause, so it never fires. What comes "
            f"nearest: {reason}. Write it with an EventFilter (`saasus-events filter` prints patterns), or acknowledge "
            "this if such events came."
        )
        return (*found, Finding(warning_ids.RULE_NEVER_FIRES, text))
    return found


def without_functions(resolved: Any) -> tuple[Any, bool]:
    """Return a pattern with a text in place of each CloudFormation function, and whether there was any."""
    if isinstance(resolved, dict):
        if _is_function(resolved):
            return _AT_DEPLOY, True
        members = {key: _in_field(value) for key, value in resolved.items()}
        return {key: value for key, (value, _) in members.items()}, any(found for _, found in members.values())
    if isinstance(resolved, list):
        elements = [without_functions(element) for element in resolved]
        return [value for value, _ in elements], any(found for _, found in elements)
    return resolved, False


def _in_field(value: Any) -> tuple[Any, bool]:
    if isinstance(value, dict) and _is_function(value):
        return [_AT_DEPLOY], True  # it returns the whole list
    return without_functions(value)


def _is_function(value: dict[str, Any]) -> bool:
    return len(value) == 1 and next(iter(value)).startswith(("Ref", "Fn::"))
