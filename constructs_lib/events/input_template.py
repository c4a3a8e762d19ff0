"""The variables of an EventBridge input template: which it has, and which are inside a JSON string.

AWS: user guide, "Amazon EventBridge input transformation".
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

PREDEFINED: Final = {
    "aws.events.rule-arn": False,
    "aws.events.rule-name": False,
    "aws.events.event.ingestion-time": False,
    "aws.events.event": True,
    "aws.events.event.json": True,
}
"""The variables that need no path, and whether each is an object."""

_TEXT_OR_VARIABLE: Final = re.compile(r'"(?:\\.|[^"\\])*"|<[^<>]*>', re.DOTALL)
_VARIABLE: Final = re.compile(r"<([^<>]*)>")


def is_json(template: str) -> bool:
    """Check whether a template is a JSON object or array, not a string."""
    return template.lstrip()[:1] in ("{", "[")


def is_plain(template: str) -> bool:
    """Check whether a template is text without quotes around it, which the API allows."""
    stripped = template.strip()
    return '"' not in stripped and not is_json(stripped) and not _VARIABLE.fullmatch(stripped)


def variables(template: str) -> tuple[str, ...]:
    """Return the names of a template's variables."""
    return _once(_VARIABLE.findall(template))


def variables_in_text(template: str) -> tuple[str, ...]:
    """Return the names of the variables inside the strings of a template."""
    texts = (found[0] for found in _TEXT_OR_VARIABLE.finditer(template) if found[0].startswith('"'))
    return _once(name for text in texts for name in _VARIABLE.findall(text))


def fill(template: str, *, in_text: Callable[[str], str], alone: Callable[[str], str]) -> str:
    """Return a template with each variable replaced, inside a string (`in_text`) or not (`alone`)."""

    def fill_text(text: str) -> str:
        return _VARIABLE.sub(lambda variable: in_text(variable[1]), text)

    def fill_part(part: re.Match[str]) -> str:
        return fill_text(part[0]) if part[0].startswith('"') else alone(part[0][1:-1])

    return fill_text(template) if is_plain(template) else _TEXT_OR_VARIABLE.sub(fill_part, template)


def _once(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(names))
