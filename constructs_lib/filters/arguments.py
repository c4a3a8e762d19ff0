"""Checks what a filter's calls are given, and says what would be right."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Any, Final

from constructs_lib.events.errors import InvalidFilter, nearest
from constructs_lib.events.operation import Operation, OperationGroup
from constructs_lib.events.operations import operations
from constructs_lib.events.source_name import PREFIX

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from constructs_lib.filters.body_text import Scalar

METHODS: Final = ("DELETE", "GET", "PATCH", "POST", "PUT")
_ID: Final = re.compile(r"[!$'()*+,.:;=@A-Za-z0-9_~-]+")
_UUID: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_TOKEN: Final = re.compile(r"\$\{Token\[[^\]]*\]\}")
_LIST_TOKEN: Final = re.compile(r"#\{Token\[[^\]]*\]\}")
_NUMBER_TOKENS: Final = -1e288  # the CDK writes the number of a token below this
_TEMPLATE: Final = re.compile(r"(/(\{\w+\}|[^/{}?#\"\\\s]+))+")


def targets(given: tuple[object, ...]) -> tuple[Operation | OperationGroup, ...]:
    """Check what `of` is given."""
    if not given:
        raise InvalidFilter(
            "EventFilter.of() was given no operation. Allowed are operations and groups of them, such as "
            "operations.auth.create_tenant and operations.pricing. Use EventFilter.all() to take every event."
        )
    found: dict[Operation | OperationGroup, None] = {}
    for target in given:
        if target is operations:
            raise InvalidFilter(
                "EventFilter.of(operations) was given the whole catalog. Allowed are operations and the groups of "
                "one API. Use EventFilter.all() to take every event."
            )
        if not isinstance(target, (Operation, OperationGroup)):
            known = [str(o) for o in operations] + [o.name for o in operations]
            hint = nearest(target, known) if isinstance(target, str) else ""
            raise InvalidFilter(
                f"EventFilter.of({target!r}) was given something that is no operation.{hint} Allowed are operations "
                "and groups of them, such as operations.auth.create_tenant and operations.pricing. For a name that "
                "is text use operations['create_tenant'], or EventFilter.all().event_type('create_tenant')."
            )
        found[target] = None
    return tuple(found)


def texts(call: str, given: tuple[object, ...], example: str) -> tuple[str, ...]:
    """Check a list of names or ids."""
    if not given:
        raise InvalidFilter(
            f".{call}() was given nothing. Allowed are one or more texts. Write .{call}({example!r}), or leave the "
            "call out to take all."
        )
    return tuple(dict.fromkeys(text(call, value, example) for value in given))


def text(call: str, given: object, example: str) -> str:
    """Check one name, id or prefix."""
    if not (isinstance(given, str) and given):
        raise InvalidFilter(
            f".{call}({given!r}) was given something that is not a text with at least one character. "
            f"Allowed is a text such as {example!r}. Give that, or leave the call out to take all."
        )
    if _LIST_TOKEN.search(given):
        raise InvalidFilter(
            f".{call}({given!r}) was given a list that only the deployment knows, and how many rules a filter takes is "
            f"decided before. Allowed are texts such as {example!r}, also tokens of single texts. Give these."
        )
    return given


def is_token(text: str) -> bool:
    """Tell whether a text is a token of the CDK, whose value only the deployment knows."""
    return _TOKEN.search(text) is not None


def is_uuid(text: str) -> bool:
    """Tell whether a text is a UUID as SaaSus writes its ids, in small letters."""
    return _UUID.fullmatch(text) is not None


def identity(call: str, given: object) -> str:
    """Check the id of a tenant or user, which stands in a uri."""
    example = "fc84307d-e285-4854-8c16-21a6871a2a13"
    id_ = text(call, given, example)
    if not (_ID.fullmatch(id_) or is_token(id_)):
        raise InvalidFilter(
            f".{call}({given!r}) was given an id that cannot stand in a uri as it is. Allowed are ASCII letters, "
            f"digits and punctuation other than / ? # % & < > \" and backslash; SaaSus's ids are UUIDs such as "
            f"{example!r}. Copy the id from the SaaSus console or from an event."
        )
    return id_


def route(method: object, template: object) -> tuple[str, str]:
    """Check a method and a path template."""
    upper = text("route", method, "DELETE").upper()
    if upper not in METHODS:
        raise InvalidFilter(
            f".route({method!r}, …) was given no HTTP method of SaaSus's API.{nearest(upper, METHODS)} "
            f"Allowed are {', '.join(METHODS)}. Correct it."
        )
    if not (isinstance(template, str) and _TEMPLATE.fullmatch(template) and template.startswith("/v1/")):
        known = {o.path for o in operations}
        raise InvalidFilter(
            f".route({method!r}, {template!r}) was given no path of SaaSus's API.{nearest(str(template), known)} "
            "Allowed is a path that starts with /v1/<api>/, with {parameters} for what varies and no query string. "
            "Write it such as '/v1/auth/users/{user_id}'."
        )
    return upper, template


def statuses(given: tuple[object, ...]) -> frozenset[int]:
    """Check HTTP status codes."""
    codes = set()
    for code in given:
        if not isinstance(code, int) or isinstance(code, bool) or not 100 <= code <= 599:
            is_number_token = isinstance(code, float) and code < _NUMBER_TOKENS
            shown = "a number that only the deployment knows" if is_number_token else repr(code)
            raise InvalidFilter(
                f".status({shown}) was given no HTTP status. Allowed are whole numbers from 100 to 599. "
                "Use .succeeded() for all from 200 to 299, and .failed() for all from 400."
            )
        codes.add(code)
    if not codes:
        raise InvalidFilter(
            ".status() was given nothing. Allowed are one or more HTTP statuses. Write .status(201), or leave the "
            "call out to take all."
        )
    return frozenset(codes)


def body_fields(
    call: str, given: Mapping[str, Any], selected: Iterable[Operation | OperationGroup]
) -> tuple[tuple[str, Scalar], ...]:
    """Check the fields that a body must have."""
    if not given:
        raise InvalidFilter(
            f".{call}() was given nothing. Allowed are fields of the body with their value. Write "
            f".{call}(name='x'), or leave the call out to take all."
        )
    for name, value in given.items():
        if not (value is None or isinstance(value, (str, bool, int)) or _is_finite(value)):
            raise InvalidFilter(
                f".{call}({name}={value!r}) was given something that cannot be compared. Allowed are a text, a "
                "number that is known now, True, False or None, for a pattern sees the body as text. Name a field that "
                "holds one."
            )
        for target in selected:
            _check_field(call, name, value, target)
    return tuple(given.items())


def _is_finite(value: object) -> bool:
    return isinstance(value, float) and math.isfinite(value) and value > _NUMBER_TOKENS


def _check_field(call: str, name: str, value: Scalar, target: Operation | OperationGroup) -> None:
    found: dict[str, set[str]] = {}
    for operation in (target,) if isinstance(target, Operation) else target:
        sides = [operation.request_fields] if call == "request" else [operation.response_fields, operation.error_fields]
        for fields in sides:
            for known, json_type in fields.items():
                found.setdefault(known, set()).add(json_type)
    if name not in found:
        allowed = f"Allowed are {', '.join(sorted(found))}." if found else f"It has no {call} body, so none is allowed."
        raise InvalidFilter(
            f".{call}({name}={value!r}) names a field that {target!r} does not have.{nearest(name, found)} {allowed} "
            "Correct the name, or leave the call out."
        )
    if value is not None and _json_type(value).isdisjoint(found[name]):
        raise InvalidFilter(
            f".{call}({name}={value!r}) can never match: the field of {target!r} is of type "
            f"{' or '.join(sorted(found[name]))}. Allowed is a value of that type. Give one, or name another field."
        )


def _json_type(value: Scalar) -> set[str]:
    if isinstance(value, bool):
        return {"boolean"}
    return {"string"} if isinstance(value, str) else {"integer", "number"}


def custom_only(call: str) -> InvalidFilter:
    """Give the error for a condition that events of a SaaS's own cannot meet."""
    return InvalidFilter(
        f".{call}(…) was called on a filter for events that your SaaS sends itself (.custom): their detail.event is "
        f"your own text, without status, uri or bodies. Allowed beside .custom are .event_type and the .trace_id "
        f"calls. Take the call away, or match the text with a pattern of your own on source prefix {PREFIX!r}."
    )
