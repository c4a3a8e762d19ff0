"""What a rule sends to its target, and what of that EventBridge would refuse, not fill in or never deliver."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from aws_cdk import Annotations, Stack

from constructs_lib.checks import aws_fields
from constructs_lib.checks.aws_fields import KnownText, known_text
from constructs_lib.events import warning_ids
from constructs_lib.events.decoded_event import MOST_POSITIONS
from constructs_lib.events.errors import InvalidRoute
from constructs_lib.events.event_path import Found, find, is_understood
from constructs_lib.events.input_template import PREDEFINED, is_json, variables, variables_in_text
from constructs_lib.filters.event_form import EventForm
from constructs_lib.payload import FIELDS, OF_ENVELOPE, DecodedPayload

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from aws_cdk import aws_events as events
    from aws_cdk.interfaces.aws_events import IRuleRef

_API_CALL: Final = '{"log_id":"…","uri":"…","request_body":"…"}'
"""In the place of `detail.event`, which is JSON in a text."""
_IN_A_BODY: Final = "a value of a body"
"""In the place of anything in a decoded request or response."""
_ENVELOPE: Final = {
    **dict.fromkeys(("version", "id", "detail-type", "source", "account", "time", "region"), "…"),
    "resources": [],
}
_EVENTS: Final[dict[EventForm, dict[str, Any]]] = {
    EventForm.RAW: {**_ENVELOPE, "detail": {"event_type": "…", "trace_id": "…", "event": _API_CALL}},
    EventForm.DECODED: {
        **_ENVELOPE,
        "detail": {
            **dict.fromkeys(set(FIELDS) - OF_ENVELOPE, "…"),
            "message": _IN_A_BODY,
            "path": {str(position): "…" for position in range(MOST_POSITIONS)},
            "request": {"…": _IN_A_BODY},
            "response": {"…": _IN_A_BODY},
        },
    },
}
"""The fields of an event of SaaSus."""
_BELOW_A_BODY: Final = re.compile(r"\$\.detail\.(request|response)[.\[]")
_BRACKETS: Final = re.compile(r"""\[(['"])([\w\-/]+)\1\]""")
PATH_IN_TEXT: Final = re.compile(r"\$\.(detail|id|time|source|account|region|resources|version)\b[\w.\-]*")
"""A path into the event, inside a text."""
_NAME: Final = re.compile(r"[\w.\-]+")


@dataclass(frozen=True)
class SentInput:
    """What a target is sent, as it is in the rule; the `path` of the whole event is `$`."""

    constant: KnownText | None = None
    path: str | None = None
    template: KnownText | None = None
    variables: Mapping[str, str] | None = None

    @property
    def paths(self) -> set[str]:
        """The paths into the event that are sent."""
        named = variables(self.template.text) if self.template is not None else ()
        whole = {"$" for name in named if name == "aws.events.event.json"}
        return whole | set((self.variables or {}).values()) | (set() if self.path is None else {self.path})


def read_input(rule: IRuleRef, sent: events.RuleTargetInput | None, form: EventForm) -> SentInput:
    """Return the input of a target on a rule.

    Raises:
        InvalidRoute: It is a payload for decoded events, and the rule's bus has others.
    """
    if sent is None:
        return SentInput(path="$")
    if isinstance(sent, DecodedPayload) and form is not EventForm.DECODED:
        _refuse(
            rule,
            "has a payload of payload.text, slack, teams or json on SaaSus's own bus, whose events are JSON text "
            "inside JSON text: EventBridge cannot look into it, and the message would be empty. Expected a route of "
            "the decoded bus. Make it with bus.decoded(…), and the route on what that returns.",
        )
    bound = sent.bind(rule)
    stack = Stack.of(rule)
    return SentInput(
        constant=None if bound.input is None else known_text(stack.resolve(bound.input)),
        path=bound.input_path,
        template=None if bound.input_template is None else known_text(stack.resolve(bound.input_template)),
        variables=bound.input_paths_map,
    )


def check_input(rule: IRuleRef, sent: SentInput, form: EventForm) -> None:
    """Refuse what EventBridge would refuse or never deliver, and warn about what is probably empty or broken.

    Raises:
        InvalidRoute: An input that is certain to fail.
    """
    if sent.constant is not None:
        _require(rule, "input", aws_fields.INPUT.problem(sent.constant), "Send less, or let the receiver look it up.")
        _check_path_in_text(rule, sent.constant)
    if sent.path is not None:
        check_path(rule, "the input path", sent.path, form)
    paths = sent.variables or {}
    if len(paths) > aws_fields.INPUT_PATHS:
        _refuse(
            rule,
            f"has an input with {len(paths)} fields of the event; EventBridge accepts {aws_fields.INPUT_PATHS}. Send a "
            "larger part of the event, such as $.detail, instead.",
        )
    for name, path in paths.items():
        _require(rule, f"input's variable {name[:50]!r}", aws_fields.VARIABLE_NAME.problem(known_text(name)), _RENAME)
        if name.lower().startswith("aws"):
            _refuse(rule, f"has an input with the variable {name!r}: names that start with AWS are reserved. {_RENAME}")
        check_path(rule, f"the variable {name!r}", path, form)
    if sent.template is not None:
        _check_template(rule, sent.template, paths, form)


_RENAME: Final = "Give the field another name."


def _check_template(rule: IRuleRef, template: KnownText, paths: Mapping[str, str], form: EventForm) -> None:
    _require(
        rule,
        "input's template",
        aws_fields.INPUT_TEMPLATE.problem(template),
        "Send less, or let the receiver look it up.",
    )
    _check_path_in_text(rule, template)
    for name in variables(template.text):
        if name in paths or name in PREDEFINED:
            continue
        if _NAME.fullmatch(name):
            _refuse(
                rule,
                f"has an input with <{name}>, which is not a field of the event that it reads, so EventBridge refuses "
                "the rule. Write a field as EventField.from_path(…), and text without angle brackets.",
            )
        Annotations.of(rule).add_warning_v2(
            warning_ids.ANGLE_BRACKETS,
            f"The input of {rule.node.path} has a text in angle brackets. EventBridge reads <…> as a variable and may "
            "refuse the rule. Remove the brackets, or acknowledge this warning if you have tried it.",
        )
    if not is_json(template.text):
        return
    for name in variables_in_text(template.text):
        found = _found(paths[name], form) if name in paths else None
        value = found.value if found is not None else {} if PREDEFINED.get(name) else ""
        if isinstance(value, (dict, list)):
            _refuse(
                rule,
                f"has an input with <{name}> inside a text. It is an object or a list, and EventBridge delivers "
                "nothing if that is inside a JSON string. Send it as a value of its own "
                '(`{"a": EventField.from_path(…)}`), or send single fields of it.',
            )
        if value == _API_CALL:
            Annotations.of(rule).add_warning_v2(
                warning_ids.INPUT_NOT_ESCAPED,
                f"The input of {rule.node.path} has $.detail.event inside a text. It is JSON, whose quotes EventBridge "
                "does not escape, so the input is not JSON any longer and is not delivered. Send it as a value of its "
                'own (`{"a": EventField.from_path("$.detail.event")}`).',
            )
        elif value == _IN_A_BODY:
            Annotations.of(rule).add_warning_v2(
                warning_ids.INPUT_NOT_ESCAPED,
                f"The input of {rule.node.path} has {paths[name]} inside a text. EventBridge does not escape quotes "
                "and line breaks there, so an event with one is not delivered. Send it as a value of its own "
                '(`{"a": EventField.from_path(…)}`), or in a message of payload.slack(…) or payload.teams(…).',
            )


def _check_path_in_text(rule: IRuleRef, text: KnownText) -> None:
    found = PATH_IN_TEXT.search(text.text)
    if found is not None:
        Annotations.of(rule).add_warning_v2(
            warning_ids.PATH_IN_TEXT,
            f"The input of {rule.node.path} has {found[0]!r} as text, which is sent unchanged. Write "
            "EventField.from_path(…) for the event's value, or acknowledge this warning if the text is intended.",
        )


def check_path(rule: IRuleRef, what: str, path: str, form: EventForm) -> None:
    """Refuse a path that EventBridge does not understand, and warn about one that no SaaSus event has.

    Raises:
        InvalidRoute: It is not a path, or too long.
    """
    _require(
        rule,
        f"path for {what}",
        aws_fields.INPUT_PATH.problem(known_text(path)),
        "Use a shorter path, to a part nearer to the root.",
    )
    # AWS accepts brackets in an InputPath, but only dots in a template's paths.
    dotted = _BRACKETS.sub(r".\2", path) if what == "the input path" else path
    if not is_understood(dotted):
        _refuse(
            rule,
            f"has {path!r} for {what}. Expected $ for the whole event, with names after dots, [0] and [*]. Pass a path "
            "such as $.detail.event_type.",
        )
    if _found(dotted, form) is None:
        Annotations.of(rule).add_warning_v2(
            warning_ids.EMPTY_PATH,
            f"{path!r}, {what} of {rule.node.path}, is nowhere in {_AN_EVENT[form]}, so nothing is sent for it. "
            f"{_why_empty(dotted, form)} Acknowledge this warning if the events are different.",
        )


_AN_EVENT: Final = {EventForm.RAW: "an event of SaaSus", EventForm.DECODED: "a decoded event"}


def _found(path: str, form: EventForm) -> Found | None:
    """Return what an event of SaaSus in this form has at a path; None if it has nothing there."""
    if form is EventForm.DECODED and _BELOW_A_BODY.match(path):
        return Found(_IN_A_BODY)  # the operations differ, and SaaSus adds fields
    return find(_EVENTS[form], path)


def _why_empty(path: str, form: EventForm) -> str:
    if form is EventForm.DECODED:
        return (
            "A decoded event has version, id, detail-type, source, account, time, region, resources (which is empty), "
            f"and in detail {', '.join(FIELDS[:-1])} and {FIELDS[-1]}; what is in a body follows as in "
            "$.detail.request.name."
        )
    if path.startswith(("$.detail.event.", "$.detail.event[")):
        return (
            "detail.event is JSON in a text, which a path cannot look into. Send $.detail.event whole, let a "
            "function read it (SaasusEvent), or route on the decoded bus (bus.decoded(…)), where a path reaches every "
            "field."
        )
    hint = " On the decoded bus (bus.decoded(…)), it has this field." if _found(path, EventForm.DECODED) else ""
    return (
        "An event has version, id, detail-type, source, account, time, region, resources (which is empty), and in "
        f"detail event_type, trace_id and event.{hint}"
    )


def warn_of_raw_event(rule: IRuleRef, paths: Iterable[str], form: EventForm) -> None:
    """Warn if a whole body, with all that a caller sent in it, is at one of the paths that are sent."""
    if not any(_holds_bodies(path, form) for path in paths):
        return
    if form is EventForm.DECODED:
        Annotations.of(rule).add_warning_v2(
            warning_ids.PERSONAL_DATA,
            "A whole body of decoded events leaves the account with this target, with the personal data in it; only "
            "secrets are deleted. Send single fields (payload.json(…), payload.text(…)), or acknowledge this warning "
            "if the receiver may have them.",
        )
    else:
        Annotations.of(rule).add_warning_v2(
            warning_ids.RAW_EVENT,
            "The raw event leaves the account with this target: it holds the SaaSus API key, an IP address, and the "
            "request and response bodies with personal data and secrets. Send single fields "
            "(`event=RuleTargetInput.from_object(…)`), or acknowledge this warning if the receiver may have them.",
        )


def _holds_bodies(path: str, form: EventForm) -> bool:
    """Check whether the value at the path holds a whole body: of raw events, with the SaaSus API key."""
    dotted = _BRACKETS.sub(r".\2", path)
    found = None if _BELOW_A_BODY.match(dotted) else find(_EVENTS[form], dotted)
    texts = () if found is None else _texts(found.value)
    return _API_CALL in texts or (_IN_A_BODY in texts and dotted != "$.detail.message")


def _texts(value: Any) -> list[str]:
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        return [text for each in value for text in _texts(each)]
    return [value]


def _require(rule: IRuleRef, what: str, problem: str | None, advice: str) -> None:
    if problem is not None:
        _refuse(rule, f"is refused by EventBridge: its {what} {problem}. {advice}")


def _refuse(rule: IRuleRef, what: str) -> None:
    raise InvalidRoute(f"The target of {rule.node.path!r} {what}")
