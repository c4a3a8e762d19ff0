"""What a target receives: a message that people can read, JSON of your own, or the whole event.

`payload.text`, `slack`, `teams` and `json` are for routes of the decoded bus (`SaasusEventBus.decoded`), whose events
are plain JSON. EventBridge fills in the placeholders, without a Lambda function:

    bus.decoded().call("Failed", EventFilter.all().failed(), …, event=payload.text("{operation} failed with {status}"))

A placeholder names a field of the decoded event's detail (`{operation}`, `{request.name}`, `{path.3}`), or `{time}`,
`{region}` or `{account}`. Braces that are meant as text are doubled: `{{`. What an event does not have is empty.
"""

from __future__ import annotations

import json as json_text
import re
from string import Formatter
from typing import TYPE_CHECKING, Any, Final

from aws_cdk import aws_events as events

from constructs_lib.events import decoded_event
from constructs_lib.events.errors import InvalidRoute, nearest

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from aws_cdk.interfaces.aws_events import IRuleRef

OF_ENVELOPE: Final = frozenset({"account", "region", "time"})
"""Fields of the envelope that a placeholder can name; all others are of the detail."""
HARMLESS: Final = frozenset({*OF_ENVELOPE, *decoded_event.HARMLESS, "status"})
"""Fields that never hold a character that JSON has to escape: the decoder and EventBridge see to it."""
_STRUCTURED: Final = frozenset({"path", "request", "response"})
_OTHERS: Final = frozenset({
    "date", "date_time", "detail_type", "event_type", "ip_address", "message", "referer", "source", "trace_id", "ttl",
    "uri",
})  # fmt: skip
FIELDS: Final = tuple(sorted({*HARMLESS, *_STRUCTURED, *_OTHERS}))
"""The fields of a decoded event that a placeholder can name; those of bodies follow a dot."""

_NAME: Final = re.compile(r"[\w\-/]+(?:\.[\w\-/]+|\[\d+\])*", re.ASCII)
_IN_A_VARIABLE: Final = re.compile(r"[^A-Za-z0-9_\-]+")
_KEPT: Final[list[events.RuleTargetInput]] = []
"""All payloads: the CDK's kernel calls them by a reference of its own, which Python's garbage collector ignores."""


def text(template: str, /, **fields: Any) -> events.RuleTargetInput:
    """Return the payload `{"text": …}`, which incoming webhooks of Slack, Teams and Google Chat take.

    EventBridge does not escape what it puts into a string, so only fields that need no escaping can be in the text:
    `{account}`, `{id}`, `{log_id}`, `{method}`, `{operation}`, `{region}`, `{status}`, `{tenant_id}`, `{time}` and
    `{user_id}`. `slack` and `teams` take all others as well. Slack reads its markup in this text, and none in `slack`.

    Args:
        template: The text, with placeholders.
        fields: Constant members beside the text, such as `channel="#alerts"`.

    Raises:
        InvalidRoute: A placeholder is not a field of a decoded event, or is one that needs escaping.

    Example:
        >>> message = payload.text("{operation} failed with {status} for {tenant_id}")
    """
    parts = _Parts()
    message = parts.in_string(template, advice=" Use payload.slack(…) or payload.teams(…), which take any field.")
    return parts.payload({"text": message, **_constant_members(fields, "text")})


def slack(template: str, /, **fields: Any) -> events.RuleTargetInput:
    """Return a Slack message whose text can hold any field of the event, for an incoming webhook or `chat.postMessage`.

    The message is a `rich_text` block, in which every value is a text of its own (Slack API, "Block Kit: rich text
    block"), so nothing in it is markup. The fallback text for notifications has the fields that need no escaping.

    Slack refuses the whole message if one of these values is empty or not text, and says so with the status 200
    (`"ok": false`), which EventBridge takes for a delivery. So name fields that every event of the route has, as text;
    `text` has no such limit.

    Args:
        template: The text, with placeholders.
        fields: Constant members beside the text and the block, such as `channel="#alerts"`.

    Raises:
        InvalidRoute: A placeholder is not a field of a decoded event, or is a whole object.

    Example:
        >>> message = payload.slack("{request.name} was created by {trace_id}", channel="#tenants")
    """
    parts = _Parts()
    texts = [{"type": "text", "text": part} for part in parts.apart(template)]
    section = {"type": "rich_text_section", "elements": texts}
    block = {"type": "rich_text", "elements": [section]}
    fallback = parts.harmless_only(template)
    return parts.payload({"text": fallback, "blocks": [block], **_constant_members(fields, "text", "blocks")})


def teams(template: str, /) -> events.RuleTargetInput:
    """Return a message for Microsoft Teams whose text can hold any field of the event, for a webhook of Workflows.

    It is an Adaptive Card with a `RichTextBlock`, in which every value is a `TextRun` of its own. Teams does not show a
    card with a value that is not text: of bodies, name fields that are strings.

    Args:
        template: The text, with placeholders.

    Raises:
        InvalidRoute: A placeholder is not a field of a decoded event, or is a whole object.
    """
    parts = _Parts()
    runs = [{"type": "TextRun", "text": part} for part in parts.apart(template)]
    card = {
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.4",
        "body": [{"type": "RichTextBlock", "inlines": runs}],
    }
    attachment = {"contentType": "application/vnd.microsoft.card.adaptive", "content": card}
    return parts.payload({"type": "message", "attachments": [attachment]})


def json(value: Mapping[str, Any] | list[Any], /) -> events.RuleTargetInput:
    """Return JSON of your own, with placeholders in its strings.

    A string that is one placeholder becomes the field's value, whatever JSON that is; inside a longer string, only
    fields that need no escaping can be (see `text`).

    Args:
        value: An object or a list.

    Raises:
        InvalidRoute: It is not JSON, or a placeholder is not a field of a decoded event or needs escaping.

    Example:
        >>> contact = payload.json({"email": "{request.email}", "source": "SaaSus {operation}"})
    """
    if not isinstance(value, (dict, list)):
        raise InvalidRoute(
            f"payload.json got a value of type {type(value).__name__}. Expected an object or a list, in whose strings "
            '{names} are fields of the event. Pass one, such as payload.json({"tenant": "{tenant_id}"}).'
        )
    parts = _Parts()
    return parts.payload(parts.of(value))


class DecodedPayload(events.RuleTargetInput):
    """An input template over the fields of decoded events. Made by `payload.text` and its like, not directly."""

    def __init__(self, template: str, paths: Mapping[str, str]) -> None:
        super().__init__()
        self._properties = events.RuleTargetInputProperties(input_template=template, input_paths_map=dict(paths))
        _KEPT.append(self)

    def bind(self, rule: IRuleRef) -> events.RuleTargetInputProperties:  # noqa: ARG002 - CDK's signature
        """Return the template and its paths; the CDK calls it."""
        return self._properties


class _Raw(str):
    """Text that is already JSON."""

    __slots__ = ()


class _Parts:
    """Reads templates, and collects the variables of one payload."""

    def __init__(self) -> None:
        self._paths: dict[str, str] = {}

    def in_string(self, template: object, *, advice: str) -> _Raw:
        """Return one JSON string, in which all fields must be harmless."""
        needing: list[str] = []
        written = []
        for literal, name in _read(template):
            written.append(_literal(literal))
            if name is not None:
                needing += [] if name in HARMLESS else [name]
                written.append(f"<{self._variable(name)}>")
        if needing:
            shown = ", ".join(f"{{{name}}}" for name in dict.fromkeys(needing))
            raise InvalidRoute(
                f"{shown} in {template!r} can hold quotes or line breaks, which EventBridge does not escape inside a "
                f"string: it would deliver nothing. Expected only {', '.join(sorted(HARMLESS))} there.{advice}"
            )
        return _Raw(f'"{"".join(written)}"')

    def apart(self, template: object) -> Iterator[_Raw]:
        """Yield JSON strings, whose sequence is the text; fields that need escaping are values of their own."""
        run = ""
        for literal, name in _read(template):
            run += _literal(literal)
            if name in HARMLESS:
                run += f"<{self._variable(name)}>"
            elif name is not None:
                if name in _STRUCTURED:
                    raise InvalidRoute(
                        f"{{{name}}} in {template!r} is a whole object, not a text. Expected a field of it, such as "
                        f"{{{name}.{'3' if name == 'path' else 'name'}}}. Name one."
                    )
                if run:
                    yield _Raw(f'"{run}"')
                    run = ""
                yield _Raw(f"<{self._variable(name)}>")
        if run:
            yield _Raw(f'"{run}"')

    def harmless_only(self, template: object) -> _Raw:
        """Return one JSON string, with dots in the place of what needs escaping."""
        written = ""
        for literal, name in _read(template):
            written += _literal(literal)
            if name is not None:
                written += f"<{self._variable(name)}>" if name in HARMLESS else "…"
        return _Raw(f'"{written}"')

    def of(self, value: Any) -> Any:
        """Return JSON with its strings read as templates."""
        if isinstance(value, dict):
            return {key: self.of(each) for key, each in value.items()}
        if isinstance(value, (list, tuple)):
            return [self.of(each) for each in value]
        if not isinstance(value, str):
            return value
        parts = list(_read(value))
        if len(parts) == 1 and parts[0][1] is not None and not parts[0][0]:
            return _Raw(f"<{self._variable(parts[0][1])}>")
        return self.in_string(value, advice=" Make it a value of its own, a string that is only the placeholder.")

    def payload(self, value: Any) -> DecodedPayload:
        return DecodedPayload(_written(value), self._paths)

    def _variable(self, name: str) -> str:
        """Return the variable for a field, and note its path."""
        path = f"$.{name}" if name in OF_ENVELOPE else f"$.detail.{name}"
        known = next((variable for variable, taken in self._paths.items() if taken == path), None)
        if known is not None:
            return known
        variable = wanted = _IN_A_VARIABLE.sub("_", name).strip("_")
        if wanted.lower().startswith("aws"):  # reserved
            variable = wanted = f"field_{wanted}"
        number = 1
        while variable in self._paths:
            number += 1
            variable = f"{wanted}_{number}"
        self._paths[variable] = path
        return variable


def _read(template: object) -> Iterator[tuple[str, str | None]]:
    """Yield each piece of text with the field that follows it."""
    if not isinstance(template, str):
        raise InvalidRoute(
            f"{template!r} is not a text. Expected one with {{names}} of fields, such as "
            "payload.text('{operation} failed with {status}')."
        )
    try:
        parts = list(Formatter().parse(template))
    except ValueError as error:
        raise InvalidRoute(
            f"{template!r} has a brace without its counterpart ({error}). Expected {{field}} for a field of the event. "
            "Write {{ and }} for braces that are meant as text."
        ) from error
    for literal, name, specification, conversion in parts:
        if name is None:
            yield literal, None
            continue
        given = name + (f"!{conversion}" if conversion else "") + (f":{specification}" if specification else "")
        _require_field(given, template)
        yield literal, name


def _require_field(name: str, template: str) -> None:
    first = re.split(r"[.\[]", name, maxsplit=1)[0]
    has_more = name != first
    if _NAME.fullmatch(name) and first in FIELDS and (first in _STRUCTURED or not has_more):
        return
    if _NAME.fullmatch(name) and first in FIELDS:
        why = f"{first!r} of a decoded event is a plain value, without fields of its own."
    else:
        why = f"That is not a field of a decoded event.{nearest(first, FIELDS)}"
    raise InvalidRoute(
        f"{{{name}}} in {template!r}: {why} Expected one of {', '.join(FIELDS)}; a field of a body is "
        "{request.name}. Write {{ and }} for braces that are meant as text."
    )


def _literal(literal: str) -> str:
    """Return text as it is inside a JSON string; EventBridge reads <…> as a variable, so angle brackets are escaped."""
    inside = json_text.dumps(literal, ensure_ascii=False)[1:-1]
    return inside.replace("<", "\\u003c").replace(">", "\\u003e")


def _constant_members(fields: Mapping[str, Any], *taken: str) -> dict[str, Any]:
    for name in taken:
        if name in fields:
            raise InvalidRoute(
                f"{name}= is made from the template. Expected other members, such as a channel. Put the text "
                "into the template, or use payload.json(…) for JSON of your own."
            )
    return dict(fields)


def _written(value: Any) -> str:
    """Return the template's text."""
    if isinstance(value, _Raw):
        return str(value)
    if isinstance(value, dict):
        return "{" + ",".join(f"{_constant(str(key))}:{_written(each)}" for key, each in value.items()) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ",".join(map(_written, value)) + "]"
    return _constant(value)


def _constant(value: Any) -> str:
    if isinstance(value, str):
        return f'"{_literal(value)}"'
    try:
        return json_text.dumps(value, allow_nan=False)
    except (TypeError, ValueError) as error:
        raise InvalidRoute(
            f"{value!r} in a payload is not JSON. Expected text, numbers, True, False, None, lists and objects of "
            "these. Convert it, for example with str(…)."
        ) from error


def reference_only(*, decoded: bool = False) -> events.RuleTargetInput:
    """Return the input that only identifies the event: id, time, event_type and trace_id.

    `call` sends it by default.

    Args:
        decoded: Whether it is for decoded events. The id is then that of the event from which one was decoded, because
            an event that was decoded twice has two ids of its own. Default: False.
    """
    id = events.EventField.from_path("$.detail.id") if decoded else events.EventField.event_id
    return events.RuleTargetInput.from_object(
        {
            "id": id,
            "time": events.EventField.time,
            "event_type": events.EventField.from_path("$.detail.event_type"),
            "trace_id": events.EventField.from_path("$.detail.trace_id"),
        }
    )


def raw_event() -> events.RuleTargetInput:
    """Return the input that sends the whole event as it came from SaaSus.

    It contains the SaaSus API key, an IP address, and the bodies of the API call with whatever personal data and
    secrets they carry, so a target outside the account that gets it warns (`@saasus/events:rawEvent`). On the decoded
    bus, it is the decoded event, without the secrets and with the personal data (`@saasus/events:personalData`).

    Example:
        >>> bus.call(
        ...     "Audit", EventFilter.all(), endpoint="https://audit.example.com", authorization=key, event=raw_event()
        ... )
    """
    return events.RuleTargetInput.from_event_path("$")
