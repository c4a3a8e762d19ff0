"""What a filter means for one event, exactly, by what the event says of itself.

Patterns on the decoded bus mean the same. A Lambda function asks here, because loading what makes and matches patterns
would take three times as long as everything else that it needs.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from constructs_lib.events.identities import CREATORS, RESPONSE_ID
from constructs_lib.events.operation import Operation
from constructs_lib.events.operations import operations
from constructs_lib.events.record import API_CALL, is_decoded
from constructs_lib.filters.conditions import (
    BodyCondition,
    Condition,
    CustomCondition,
    EventTypeCondition,
    IdentityCondition,
    OperationCondition,
    RouteCondition,
    StatusCondition,
    TraceIdCondition,
    alternatives_of,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from constructs_lib.events.operation import OperationGroup
    from constructs_lib.events.saasus_event import SaasusEvent
    from constructs_lib.filters.body_text import Scalar


def is_meant(conditions: tuple[Condition, ...], event: SaasusEvent[Any, Any]) -> bool:
    """Check whether an event, raw or decoded, is one that a filter's conditions ask for.

    The operation is that of the call's method and path, whatever SaaSus names the event, and body fields are fields.
    """
    return any(all(_is_met(one, chosen, event) for one in chosen) for chosen in alternatives_of(conditions))


def _is_met(condition: Condition, chosen: tuple[Condition, ...], event: SaasusEvent[Any, Any]) -> bool:
    if isinstance(condition, OperationCondition):
        return any(_is_of(event, target) for target in condition.targets)
    if isinstance(condition, StatusCondition):
        return event.http_status in condition.codes
    if isinstance(condition, IdentityCondition):
        return _is_about(condition, chosen, event)
    if isinstance(condition, BodyCondition):
        body = event.request if condition.side == "request" else event.response
        return all(_has(body, name, value) for name, value in condition.fields)
    if isinstance(condition, EventTypeCondition):
        return event.event_type in condition.names
    if isinstance(condition, TraceIdCondition):
        return _has_trace_id(condition, event)
    if isinstance(condition, RouteCondition):
        return _is_of_route(condition, event)
    if isinstance(condition, CustomCondition):
        return (_detail_type(event), event.event_type) == (condition.detail_type, condition.event_type)
    raise NotImplementedError(type(condition))


def _path(event: SaasusEvent[Any, Any]) -> str:
    return event.uri.partition("?")[0]


def _is_of(event: SaasusEvent[Any, Any], target: Operation | OperationGroup) -> bool:
    if isinstance(target, Operation):
        return operations.by_route(event.method, event.uri) == target
    return _path(event).startswith(target.path_prefix)


def _is_of_route(condition: RouteCondition, event: SaasusEvent[Any, Any]) -> bool:
    """Check the method and path; a call of an operation with a more exact path is that operation's."""
    template = condition.template.split("/")
    if event.method != condition.method or not _fits(template, _path(event).split("/")):
        return False
    operation = operations.identify("", event.method, event.uri)
    return operation is None or _parameters(operation.path.split("/")) >= _parameters(template)


def _is_about(condition: IdentityCondition, chosen: Iterable[Condition], event: SaasusEvent[Any, Any]) -> bool:
    """Check whether the id is in the path, where some operation or route has it, or is that of what was created."""
    segments = _path(event).split("/")
    templates = tuple(one.template for one in chosen if isinstance(one, RouteCondition))
    for start in _before(condition.parameter, templates):
        if segments[len(start) : len(start) + 1] == [condition.value] and _fits(start, segments[: len(start)]):
            return True
    operation = operations.by_route(event.method, event.uri)
    is_created = operation is not None and str(operation) in CREATORS[condition.parameter]
    return is_created and _has(event.response, RESPONSE_ID, condition.value)


@lru_cache(maxsize=64)
def _before(parameter: str, templates: tuple[str, ...]) -> tuple[list[str], ...]:
    """Return what can be before a path parameter: the segments of the operations' paths and of more templates."""
    paths = (*(operation.path for operation in operations), *templates)
    starts = dict.fromkeys(path.partition(f"{{{parameter}}}")[0] for path in paths if f"{{{parameter}}}" in path)
    return tuple(start.removesuffix("/").split("/") for start in starts)


def _fits(template: list[str], segments: list[str]) -> bool:
    return len(template) == len(segments) and all(
        expected == given or (expected.startswith("{") and given != "")
        for expected, given in zip(template, segments, strict=True)
    )


def _parameters(template: list[str]) -> list[bool]:
    return [segment.startswith("{") for segment in template]


def _has_trace_id(condition: TraceIdCondition, event: SaasusEvent[Any, Any]) -> bool:
    if not isinstance(event.raw["detail"].get("trace_id"), str):
        return False
    if condition.call == "trace_id":
        return event.trace_id in condition.arguments
    return event.trace_id.startswith(condition.arguments) is (condition.call == "trace_id_prefix")


def _detail_type(event: SaasusEvent[Any, Any]) -> Any:
    detail = event.raw["detail"]
    return detail.get("detail_type", API_CALL) if is_decoded(event.raw) else event.raw.get("detail-type")


def _has(body: Any, name: str, value: Scalar) -> bool:
    return isinstance(body, dict) and name in body and _equals(body[name], value)


def _equals(found: Any, value: Scalar) -> bool:
    """Compare as EventBridge does: 1 is 1.0, but not True, and a list equals what one of its elements does."""
    if isinstance(found, list):
        return any(_equals(element, value) for element in found)
    return bool(found == value) and isinstance(found, bool) is isinstance(value, bool)
