"""What a rule's target is sent: the whole event, a constant, a part of the event, or an input template filled in.

AWS: user guide, "Amazon EventBridge input transformation"; API reference, `InputTransformer` and `Target`. Where
these are silent (a variable in JSON that the event does not have, an object inside a text), the behaviour is what
LocalStack's tests recorded of AWS.
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
"""What `<aws.events.event>` has of an event, under names of its own. AWS gives the time of ingestion as its `time`."""
_STRUCTURE_IN_TEXT: Final = (
    "<{name}> is an object or a list and stands inside a text of a JSON template, so EventBridge delivers nothing. "
    "Write the variable as a value of its own, without quotes around it, or send single fields of it."
)
_NO_JSON: Final = (
    "With this event the template does not give JSON, and EventBridge delivers nothing: a text in quotes gets a value "
    "that has quotes or backslashes itself, which are not escaped. Write the variable without quotes around it."
)


@dataclass(frozen=True, slots=True)
class Payload:
    """What one target is sent."""

    text: str
    """The text as it is sent."""
    made_by: Literal["event", "Input", "InputPath", "InputTransformer"]
    """What of the target's definition made it; `event` is the whole event."""
    problems: tuple[str, ...] = ()
    """What keeps EventBridge from delivering this, or is likely to be a mistake; empty when all is well."""
    delivered: bool = True
    """Whether EventBridge delivers it at all; where it does not, `problems` says why."""

    @property
    def body(self) -> Any:
        """What the text says as JSON; the text itself where it is no JSON."""
        try:
            return read_json(self.text)
        except ValueError:
            return self.text


def payload_of(target: Mapping[str, Any], event: Mapping[str, Any], *, rule_name: str, rule_arn: str) -> Payload:
    """Give what a target is sent for an event.

    Args:
        target: the target's definition, its intrinsic functions resolved.
        event: the whole event.
        rule_name: for `<aws.events.rule-name>`.
        rule_arn: for `<aws.events.rule-arn>`.
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
    """Write JSON as EventBridge does: no spaces, and characters as they are."""
    return write_json(value)


def _predefined(event: Mapping[str, Any], rule_name: str, rule_arn: str) -> dict[str, Any]:
    return {
        "aws.events.rule-arn": rule_arn,
        "aws.events.rule-name": rule_name,
        "aws.events.event": {name: event[key] for key, name in _ENVELOPE.items() if key in event},
        "aws.events.event.json": dict(event),
        # When EventBridge will receive it nobody knows yet; the event's own time is near, and the same each time.
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
        # The variable "won't appear in the output" (AWS); in JSON the empty text keeps what is around it valid.
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
        # AWS escapes no text, and takes the quotes out of JSON that stands inside a text.
        return value if isinstance(value, str) else compact(value).replace('"', "")

    def alone(name: str) -> str:
        return compact(values[name]) if name in values else f"<{name}>"

    return fill(template, in_text=in_text, alone=alone)


def _minified(texts: list[str]) -> str | None:
    """Minify JSON, as EventBridge does; None when one of the texts is not JSON. Lines can each be a JSON text."""
    try:
        return "\n".join(compact(read_json(text)) for text in texts)
    except ValueError:
        return None
