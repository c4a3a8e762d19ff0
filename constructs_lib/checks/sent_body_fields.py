"""Fields of bodies that a target is sent, and that the operations of its route do not have."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from aws_cdk import Annotations

from constructs_lib.events import warning_ids
from constructs_lib.events.errors import nearest
from constructs_lib.synth.statement_text import readable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from aws_cdk import Stack

    from constructs_lib.checks.overlapping_routes import DeliveringRule
    from constructs_lib.events.known_events import KnownEvents
    from constructs_lib.events.operation import Operation
    from constructs_lib.filters.event_filter import EventFilter

_IN_A_BODY: Final = re.compile(r"\$\.detail\.(?P<side>request|response)\.(?P<name>[\w\-/]+)")
_MOST_SHOWN: Final = 12
_TEXT_OF_MESSAGE: Final = re.compile(r'"type":"(?:text|TextRun)","text":<([\w\-]+)>')
"""A variable that `payload.slack` or `payload.teams` puts in the place of a text."""


def warn_of_unknown_fields(rules: Iterable[DeliveringRule], known: KnownEvents) -> None:
    """Warn about each path into a body that no operation of the route has, or that is not a text in a message."""
    of_stacks: dict[Stack, list[DeliveringRule]] = {}
    for rule in rules:
        if rule.event_filter is not None:
            of_stacks.setdefault(rule.stack, []).append(rule)
    for stack, of_stack in of_stacks.items():
        # All at once, because each request to the CDK takes time.
        resolved = stack.resolve({str(number): rule.rule.targets for number, rule in enumerate(of_stack)})
        warned: set[tuple[str, str]] = set()
        for number, rule in enumerate(of_stack):
            for path in sorted(set(_paths(resolved.get(str(number))))):
                problem = _problem(path, rule.event_filter, known)
                if problem and (rule.owner_path, path) not in warned:
                    warned.add((rule.owner_path, path))
                    text = f"{path!r}, which a target of {rule.owner_path} is sent, {problem}"
                    Annotations.of(rule.owner).add_warning_v2(warning_ids.EMPTY_PATH, readable(rule.owner, text))
            for path in sorted(set(_texts_of_messages(resolved.get(str(number))))):
                kind = _other_type(path, rule.event_filter, known)
                if kind and (rule.owner_path, path) not in warned:
                    warned.add((rule.owner_path, path))
                    _warn_of_other_type(rule, path, kind)


def _warn_of_other_type(rule: DeliveringRule, path: str, kind: str) -> None:
    text = (
        f"{path!r}, which a message of {rule.owner_path} shows, is of type {kind} as SaaSus documents it. Expected a "
        "string: Slack and Teams refuse a whole message with another value in it. Name another field, or send it with "
        "payload.json(…)."
    )
    Annotations.of(rule.owner).add_warning_v2(warning_ids.MESSAGE_NEEDS_TEXT, readable(rule.owner, text))


def _texts_of_messages(targets: Any) -> Iterator[str]:
    """Yield the paths whose values a message shows as texts."""
    for target in targets if isinstance(targets, list) else ():
        transformer = target.get("inputTransformer") or {}
        template, paths = transformer.get("inputTemplate"), transformer.get("inputPathsMap") or {}
        if isinstance(template, str):
            yield from (paths[name] for name in _TEXT_OF_MESSAGE.findall(template) if name in paths)


def _other_type(path: str, event_filter: EventFilter[Any, Any] | None, known: KnownEvents) -> str:
    """Return the type of a top-level field of bodies if it is a string in no operation; otherwise nothing."""
    found = _IN_A_BODY.fullmatch(path)
    operations = None if event_filter is None else _operations(event_filter, known)
    if found is None or not operations:
        return ""
    side, name = found["side"], found["name"]
    types = {
        fields[name]
        for operation in operations
        for fields in (
            (operation.request_fields,) if side == "request" else (operation.response_fields, operation.error_fields)
        )
        if name in fields
    }
    return "" if "string" in types else " or ".join(sorted(types))


def _paths(targets: Any) -> Iterator[str]:
    """Yield the paths into a body that targets are sent."""
    for target in targets if isinstance(targets, list) else ():
        http = target.get("httpParameters") or {}
        paths = [
            target.get("inputPath"),
            *((target.get("inputTransformer") or {}).get("inputPathsMap") or {}).values(),
            *(http.get("headerParameters") or {}).values(),
            *(http.get("queryStringParameters") or {}).values(),
            *(http.get("pathParameterValues") or ()),
        ]
        yield from (path for path in paths if isinstance(path, str) and _IN_A_BODY.match(path))


def _problem(path: str, event_filter: EventFilter[Any, Any] | None, known: KnownEvents) -> str:
    found = _IN_A_BODY.match(path)
    operations = None if event_filter is None else _operations(event_filter, known)
    if found is None or not operations:
        return ""
    side, name = found["side"], found["name"]
    fields = {field for operation in operations for field in _fields(operation, side)}
    secrets = {field for operation in operations for field in _secrets(operation, side)}
    if name in fields & secrets and not any(name in _fields(each, side) - _secrets(each, side) for each in operations):
        return f"is a secret of the {side}, which decoded events do not have, so it is empty. Send another field."
    if not fields or name in fields:
        return ""
    shown = ", ".join(sorted(fields)[:_MOST_SHOWN]) + (", …" if len(fields) > _MOST_SHOWN else "")
    which = repr(operations[0]) if len(operations) == 1 else f"any of the {len(operations)} operations of the route"
    return (
        f"is not a field in the {side} of {which}, as far as SaaSus documents it, so it is empty."
        f"{nearest(name, fields)} Expected one of {shown}. Correct the name, or acknowledge this warning if the events "
        "have it."
    )


def _operations(event_filter: EventFilter[Any, Any], known: KnownEvents) -> list[Operation]:
    """Return the operations that the filter names; none if it takes the events of any."""
    found: dict[Operation, None] = {}
    for conjunction in event_filter.conjunctions(known):
        if conjunction.candidates is None:
            return []
        found |= dict.fromkeys(conjunction.candidates)
    return list(found)


def _secrets(operation: Operation, side: str) -> set[str]:
    start = f"{side}_body."
    return {field.removeprefix(start) for field in operation.secret_fields if field.startswith(start)}


def _fields(operation: Operation, side: str) -> set[str]:
    if side == "request":
        return set(operation.request_fields)
    return {*operation.response_fields, *operation.error_fields}
