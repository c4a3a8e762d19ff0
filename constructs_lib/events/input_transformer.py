"""What a rule's target receives: the whole event, a constant, a part of the event, or a filled-in input template.

AWS: user guide, "Amazon EventBridge input transformation"; API reference, `InputTransformer` and `Target`. Where
these are silent (a variable in JSON that the event does not have, an object inside a string), the behavior is what
LocalStack's tests recorded from AWS.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal

from constructs_lib.events.event_path import find
from constructs_lib.events.input_template import fill, is_json, is_plain, variables, variables_in_text
from constructs_lib.events.json_values import read_json, write_json

if TYPE_CHECKING:
    from collections.abc import Mapping

_ENVELOPE: Final = {
    "id": "id",
    "account": "account",
    "detail-type": "detailType",
    "time": "time",
    "source": "source",
    "region": "region",
    "resources": "resources",
    "version": "version",
}
"""The parts of an event in `<aws.events.event>`, by their names there. AWS uses the ingestion time as `time`."""
_STRUCTURE_IN_TEXT: Final = (
    "<{name}> is an object or an array inside a string of a JSON template, so EventBridge delivers nothing. "
    "Write the variable as a value of its own, without quotes around it, or send single fields of it."
)
_NO_JSON: Final = (
    "With this event the template does not become JSON, so EventBridge delivers nothing: a value inside quotes has "
    "quotes or backslashes itself, which are not escaped. Write the variable without quotes around it."
)


@dataclass(frozen=True, slots=True)
class Payload:
    """What one target receives."""

    text: str
    """The text that is sent."""
    made_by: Literal["event", "Input", "InputPath", "InputTransformer"]
    """The part of the target's definition that made it; `event` means the whole event."""
    problems: tuple[str, ...] = ()
    """What keeps EventBridge from delivering this, or is probably a mistake; empty if all is well."""
    delivered: bool = True
    """Whether EventBridge delivers it at all; if not, `problems` says why."""

    @property
    def body(self) -> Any:
        """The value of the text as JSON; the text itself if it is not JSON."""
        try:
            return read_json(self.text)
        except ValueError:
            return self.text


def payload_of(target: Mapping[str, Any], event: Mapping[str, Any], *, rule_name: str, rule_arn: str) -> Payload:
    """Return what a target receives for an event.

    Args:
        target: The target's definition, with its intrinsic functions resolved.
        event: The whole event.
        rule_name: The value of `<aws.events.rule-name>`.
        rule_arn: The value of `<aws.events.rule-arn>`.
    """
    if transformer := target.get("InputTransformer"):
        variables = _predefined(event, rule_name, rule_arn)
        return _transformed(transformer, event, variables)
    if "Input" in target:
        given = target["Input"]
        return Payload(given if isinstance(given, str) else compact(given), "Input")
    path = target.get("InputPath")
    if path and path != "$":
        found = find(event, path)
        if found is None:
            return Payload("null", "InputPath", (f"The event has nothing at the InputPath {path!r}.",))
        return Payload(compact(found.value), "InputPath")
    return Payload(compact(event), "event")


def compact(value: object) -> str:
    """Return a value as JSON, as EventBridge writes it: without spaces, and with characters as they are."""
    return write_json(value)


def _predefined(event: Mapping[str, Any], rule_name: str, rule_arn: str) -> dict[str, Any]:
    return {
        "aws.events.rule-arn": rule_arn,
        "aws.events.rule-name": rule_name,
        "aws.events.event": {name: event[key] for key, name in _ENVELOPE.items() if key in event},
        "aws.events.event.json": dict(event),
        # The ingestion time is not known yet; the event's own time is close, and always the same.
        "aws.events.event.ingestion-time": event.get("time", ""),
    }


def _transformed(transformer: Mapping[str, Any], event: Mapping[str, Any], predefined: Mapping[str, Any]) -> Payload:
    template = str(transformer.get("InputTemplate", ""))
    problems: list[str] = []
    values = dict(predefined)
    for name, path in (transformer.get("InputPathsMap") or {}).items():
        found = find(event, str(path))
        if found is None:
            problems.append(f"The event has nothing at {path!r}, so <{name}> is empty.")
        # The variable "won't appear in the output" (AWS); an empty string keeps the JSON around it valid.
        values.setdefault(name, "" if found is None else found.value)
    unknown = [name for name in variables(template) if name not in values]
    refused = [f"EventBridge refuses the template: <{name}> is not in InputPathsMap." for name in unknown]
    if is_json(template):
        structures = [name for name in variables_in_text(template) if isinstance(values.get(name), (dict, list))]
        refused += [_STRUCTURE_IN_TEXT.format(name=name) for name in structures]
    text = _filled(template, values)
    if not is_plain(template):
        minified = _minified([text]) or _minified([line for line in text.splitlines() if line.strip()])
        if minified is not None:
            text = minified
        elif not refused:
            refused.append(_NO_JSON)
    return Payload(text, "InputTransformer", (*problems, *refused), delivered=not refused)


def _filled(template: str, values: Mapping[str, Any]) -> str:
    def in_text(name: str) -> str:
        value = values.get(name, f"<{name}>")
        # AWS does not escape strings, and removes the quotes from JSON inside a string.
        return value if isinstance(value, str) else compact(value).replace('"', "")

    def alone(name: str) -> str:
        return compact(values[name]) if name in values else f"<{name}>"

    return fill(template, in_text=in_text, alone=alone)


def _minified(texts: list[str]) -> str | None:
    """Return JSON texts minified, as EventBridge does; None if one of them is not JSON."""
    try:
        return "\n".join(compact(read_json(text)) for text in texts)
    except ValueError:
        return None
