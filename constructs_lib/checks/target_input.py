"""What a rule sends to its target, and what of that EventBridge would refuse, not fill in or never deliver."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from aws_cdk import Annotations, Stack

from constructs_lib.checks import aws_fields
from constructs_lib.checks.aws_fields import KnownText, known_text
from constructs_lib.events import warning_ids
from constructs_lib.events.errors import InvalidRoute
from constructs_lib.events.event_path import find, is_understood
from constructs_lib.events.input_template import PREDEFINED, is_json, variables, variables_in_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from aws_cdk import aws_events as events
    from aws_cdk.interfaces.aws_events import IRuleRef

_API_CALL: Final = '{"log_id":"…","uri":"…","request_body":"…"}'
_EVENT: Final[dict[str, Any]] = {
    **dict.fromkeys(("version", "id", "detail-type", "source", "account", "time", "region"), "…"),
    "resources": [],
    "detail": {"event_type": "…", "trace_id": "…", "event": _API_CALL},
}
"""The fields of an event of SaaSus; `detail.event` is JSON in a text."""
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


def read_input(rule: IRuleRef, sent: events.RuleTargetInput | None) -> SentInput:
    """Return the input of a target on a rule."""
    if sent is None:
        return SentInput(path="$")
    bound = sent.bind(rule)
    stack = Stack.of(rule)
    return SentInput(
        constant=None if bound.input is None else known_text(stack.resolve(bound.input)),
        path=bound.input_path,
        template=None if bound.input_template is None else known_text(stack.resolve(bound.input_template)),
        variables=bound.input_paths_map,
    )


def check_input(rule: IRuleRef, sent: SentInput) -> None:
    """Refuse what EventBridge would refuse or never deliver, and warn about what is probably empty or broken.

    Raises:
        InvalidRoute: An input that is certain to fail.
    """
    if sent.constant is not None:
        _require(rule, "input", aws_fields.INPUT.problem(sent.constant), "Send less, or let the receiver look it up.")
        _check_path_in_text(rule, sent.constant)
    if sent.path is not None:
        check_path(rule, "the input path", sent.path)
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
        check_path(rule, f"the variable {name!r}", path)
    if sent.template is not None:
        _check_template(rule, sent.template, paths)


_RENAME: Final = "Give the field another name."


def _check_template(rule: IRuleRef, template: KnownText, paths: Mapping[str, str]) -> None:
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
        found = find(_EVENT, paths[name]) if name in paths else None
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


def _check_path_in_text(rule: IRuleRef, text: KnownText) -> None:
    found = PATH_IN_TEXT.search(text.text)
    if found is not None:
        Annotations.of(rule).add_warning_v2(
            warning_ids.PATH_IN_TEXT,
            f"The input of {rule.node.path} has {found[0]!r} as text, which is sent unchanged. Write "
            "EventField.from_path(…) for the event's value, or acknowledge this warning if the text is intended.",
        )


def check_path(rule: IRuleRef, what: str, path: str) -> None:
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
    if find(_EVENT, dotted) is None:
        why = (
            "detail.event is JSON in a text, which a path cannot look into. Send $.detail.event whole, or let a "
            "function read it (SaasusEvent)."
            if dotted.startswith(("$.detail.event.", "$.detail.event["))
            else "An event has version, id, detail-type, source, account, time, region, resources (which is empty), "
            "and in detail event_type, trace_id and event."
        )
        Annotations.of(rule).add_warning_v2(
            warning_ids.EMPTY_PATH,
            f"{path!r}, {what} of {rule.node.path}, is nowhere in an event of SaaSus, so nothing is sent for it. "
            f"{why} Acknowledge this warning if the events are different.",
        )


def warn_of_raw_event(rule: IRuleRef, paths: Iterable[str]) -> None:
    """Warn if the raw event, or the part of it that holds the secrets, is at one of the paths that are sent."""
    if any(map(_holds_the_raw_event, paths)):
        Annotations.of(rule).add_warning_v2(
            warning_ids.RAW_EVENT,
            "The raw event leaves the account with this target: it holds the SaaSus API key, an IP address, and the "
            "request and response bodies with personal data and secrets. Send single fields "
            "(`event=RuleTargetInput.from_object(…)`), or acknowledge this warning if the receiver may have them.",
        )


def _holds_the_raw_event(path: str) -> bool:
    """Check whether the value at the path holds the SaaSus API key and the bodies of the API call."""
    found = find(_EVENT, _BRACKETS.sub(r".\2", path))
    return found is not None and _API_CALL in _texts(found.value)


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
