"""Checks of what a filter's calls get; an error says what would be right."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Any, Final

from constructs_lib.events.errors import InvalidFilter, nearest
from constructs_lib.events.json_values import in_short
from constructs_lib.events.operation import Operation, OperationGroup
from constructs_lib.events.operations import operations

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from constructs_lib.filters.body_text import Scalar

METHODS: Final = ("DELETE", "GET", "PATCH", "POST", "PUT")
# Expressions as text: `re` compiles and keeps each when it is first used.
_ID: Final = r"[!$'()*+,.:;=@A-Za-z0-9_~-]+"
_UUID: Final = r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"
_DEFERRED: Final = r"\$\{Token\[[^\]]*\]\}"
_DEFERRED_LIST: Final = r"#\{Token\[[^\]]*\]\}"
_NUMBER_TOKENS: Final = -1e288  # the CDK writes the number of a token below this
_INTEGER_BITS: Final = 13_000  # more digits than a pattern can have characters
_TEMPLATE: Final = r"(/(\{\w+\}|[^/{}?#\"\\\s]+))+"
_OPERATIONS: Final = (
    "Expected operations or groups of operations, such as operations.auth.create_tenant and operations.pricing."
)


def targets(given: tuple[object, ...]) -> tuple[Operation | OperationGroup, ...]:
    """Check the arguments of `of`."""
    if not given:
        raise InvalidFilter(
            f"EventFilter.of() has no arguments. {_OPERATIONS} To match every event, use EventFilter.all()."
        )
    found: dict[Operation | OperationGroup, None] = {}
    for target in given:
        if target is operations:
            raise InvalidFilter(
                f"EventFilter.of(operations) names the whole catalog. {_OPERATIONS} To match every event, use "
                "EventFilter.all()."
            )
        if not isinstance(target, (Operation, OperationGroup)):
            hint = _operations_named(target) if isinstance(target, str) else ""
            raise InvalidFilter(
                f"EventFilter.of({in_short(target)}) does not name an operation.{hint} {_OPERATIONS} If you have a "
                "name as text, use operations['create_tenant'] or EventFilter.all().event_type('create_tenant')."
            )
        found[target] = None
    return tuple(found)


def _operations_named(text: str) -> str:
    """Return as a sentence which operations a text could mean; empty if there are none."""
    named = [f"operations.{one}" for one in operations if text in (one.name, str(one))]
    if named:
        return f" Did you mean {' or '.join(named)}?"
    return nearest(text, [name for one in operations for name in (str(one), one.name)])


def texts(call: str, given: tuple[object, ...], example: str) -> tuple[str, ...]:
    """Check one or more names or ids."""
    if not given:
        raise InvalidFilter(
            f".{call}() has no arguments. Expected one or more strings. Write .{call}({example!r}), or leave the call "
            "out to match all."
        )
    return tuple(dict.fromkeys(text(call, value, example) for value in given))


def text(call: str, given: object, example: str) -> str:
    """Check one name, id or prefix."""
    if not (isinstance(given, str) and given):
        raise InvalidFilter(
            f".{call}({in_short(given)}): {in_short(given)} is not a non-empty string. Expected one such as "
            f"{example!r}. Pass one, or leave the call out to match all."
        )
    if re.search(_DEFERRED_LIST, given):
        raise InvalidFilter(
            f".{call}({in_short(given)}): this is a list known only at deployment, but the number of rules is decided "
            f"at synth. Expected strings such as {example!r}, or a token for each string. Pass them one by one."
        )
    return given


def is_token(text: str) -> bool:
    """Check whether a string is a CDK token, whose value is known only at deployment."""
    return re.search(_DEFERRED, text) is not None


def is_uuid(text: str) -> bool:
    """Check whether a string is a UUID as SaaSus writes its ids, in lower case."""
    return re.fullmatch(_UUID, text) is not None


def identity(call: str, given: object) -> str:
    """Check the id of a tenant or user, which is part of a URI."""
    example = "fc84307d-e285-4854-8c16-21a6871a2a13"
    id_ = text(call, given, example)
    if not (re.fullmatch(_ID, id_) or is_token(id_)):
        raise InvalidFilter(
            f".{call}({in_short(given)}): this id cannot be part of a URI as it is. Expected ASCII letters, "
            f"digits and punctuation other than / ? # % & < > \" and backslash; SaaSus's ids are UUIDs such as "
            f"{example!r}. Copy the id from the SaaSus console or from an event."
        )
    return id_


def route(method: object, template: object) -> tuple[str, str]:
    """Check a method and a path template."""
    upper = text("route", method, "DELETE").upper()
    if upper not in METHODS:
        raise InvalidFilter(
            f".route({in_short(method)}, …): {in_short(method)} is not an HTTP method of SaaSus's API."
            f"{nearest(upper, METHODS)} Expected {', '.join(METHODS[:-1])} or {METHODS[-1]}. Correct the method."
        )
    if not (isinstance(template, str) and re.fullmatch(_TEMPLATE, template) and template.startswith("/v1/")):
        known = {o.path for o in operations}
        hint = nearest(template, known) if isinstance(template, str) else ""
        raise InvalidFilter(
            f".route({in_short(method)}, {in_short(template)}): {in_short(template)} is not a path of SaaSus's API."
            f"{hint} Expected a path that starts with /v1/<api>/, has {{parameters}} for what varies and no query "
            "string. Write it as in '/v1/auth/users/{user_id}'."
        )
    return upper, template


def statuses(given: tuple[object, ...]) -> frozenset[int]:
    """Check HTTP status codes."""
    codes = set()
    for code in given:
        if not isinstance(code, int) or isinstance(code, bool) or not 100 <= code <= 599:
            is_number_token = isinstance(code, float) and code < _NUMBER_TOKENS
            shown = "a number known only at deployment" if is_number_token else in_short(code)
            raise InvalidFilter(
                f".status({shown}): {shown} is not an HTTP status. Expected whole numbers from 100 to 599. "
                "Use .succeeded() for 200 to 299, and .failed() for 400 to 599."
            )
        codes.add(code)
    if not codes:
        raise InvalidFilter(
            ".status() has no arguments. Expected one or more HTTP statuses. Write .status(201), or leave the call "
            "out to match all."
        )
    return frozenset(codes)


def body_fields(
    call: str, given: Mapping[str, Any], selected: Iterable[Operation | OperationGroup]
) -> tuple[tuple[str, Scalar], ...]:
    """Check the fields that a body must have."""
    if not given:
        raise InvalidFilter(
            f".{call}() has no arguments. Expected fields of the body with their values. Write "
            f".{call}(name='x'), or leave the call out to match all."
        )
    for name, value in given.items():
        if not _is_comparable(value):
            raise InvalidFilter(
                f".{call}({name}={in_short(value)}) cannot be compared, because a pattern sees the body as text. "
                "Expected a string, a number known at synth, True, False or None. Name a field that holds one."
            )
        for target in selected:
            _check_field(call, name, value, target)
    return tuple(given.items())


def _is_comparable(value: object) -> bool:
    if isinstance(value, float):
        return math.isfinite(value) and value > _NUMBER_TOKENS
    if isinstance(value, int):
        return value.bit_length() <= _INTEGER_BITS
    return value is None or isinstance(value, str)


def _check_field(call: str, name: str, value: Scalar, target: Operation | OperationGroup) -> None:
    found: dict[str, set[str]] = {}
    for operation in (target,) if isinstance(target, Operation) else target:
        sides = [operation.request_fields] if call == "request" else [operation.response_fields, operation.error_fields]
        for fields in sides:
            for known, json_type in fields.items():
                found.setdefault(known, set()).add(json_type)
    if name not in found:
        expected = (
            f"Expected one of {', '.join(sorted(found))}."
            if found
            else f"Expected none, because it has no {call} body."
        )
        raise InvalidFilter(
            f".{call}({name}={in_short(value)}) names a field that {target!r} does not have.{nearest(name, found)} "
            f"{expected} Correct the name, or leave the call out."
        )
    if value is not None and _json_type(value).isdisjoint(found[name]):
        raise InvalidFilter(
            f".{call}({name}={in_short(value)}) can never match. Expected a value of type "
            f"{' or '.join(sorted(found[name]))}, which the field of {target!r} is. Pass one, or name another field."
        )


def _json_type(value: Scalar) -> set[str]:
    if isinstance(value, bool):
        return {"boolean"}
    return {"string"} if isinstance(value, str) else {"integer", "number"}


def custom_only(call: str) -> InvalidFilter:
    """Return the error for a condition that events of a SaaS's own cannot meet."""
    from constructs_lib.events.source_name import PREFIX  # only for the text

    return InvalidFilter(
        f".{call}(…) cannot narrow a filter for events that your SaaS sends itself (.custom): their detail.event is "
        "your own text, without a status, URI or bodies. Expected .event_type and the .trace_id calls. Leave "
        f".{call} out, or match the text with a pattern of your own on source prefix {PREFIX!r}."
    )
