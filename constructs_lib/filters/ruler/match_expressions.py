"""An element of a pattern's array: a plain value, or an object such as `{"prefix": "x"}`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from constructs_lib.events.errors import InvalidPattern, nearest
from constructs_lib.events.json_values import in_short
from constructs_lib.filters.ruler.addresses import AddressRange, address_digits, parse_cidr
from constructs_lib.filters.ruler.match_values import (
    Addresses,
    AnythingBut,
    AnythingButNumbers,
    ExactLiteral,
    ExactNumber,
    ExactString,
    Exists,
    IgnoreCase,
    Numbers,
    Prefix,
    Suffix,
    Wildcard,
)
from constructs_lib.filters.ruler.numbers import NumericRange, comparable
from constructs_lib.filters.ruler.pattern_json import (
    fail,
    is_array,
    is_object,
    is_string,
    members,
    number_text,
    require_number,
    require_string,
    shown,
)
from constructs_lib.filters.ruler.texts import as_utf8, split_wildcard

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from constructs_lib.filters.ruler.match_values import MatchValue, PositiveStringMatch

_LARGEST = 1.7976931348623157e308
_LITERALS = {True: "true", False: "false", None: "null"}
_IGNORE_CASE = "equals-ignore-case"


def parse_match_value(value: Any, path: str, *, legacy: bool) -> tuple[MatchValue, ...]:
    """Parse an element of a pattern's array; a number has two meanings, its value and its spelling."""
    if is_object(value):
        return (_parse_expression(value, path, legacy=legacy),)
    if is_string(value):
        text = require_string(value, path)
        digits = address_digits(text)
        return (ExactString(text) if digits is None else Addresses(AddressRange(digits, digits)),)
    spelling = number_text(value, path)
    if spelling is not None:
        number = comparable(spelling)
        spelt = ExactLiteral(spelling)
        return (spelt,) if number is None else (ExactNumber(number), spelt)
    if value is None or isinstance(value, bool):
        return (ExactLiteral(_LITERALS[value]),)
    return fail(
        f"{shown(value)} cannot be matched. Expected a string, number, true, false, null or object with one operator",
        path,
    )


def _parse_expression(value: Any, path: str, *, legacy: bool) -> MatchValue:
    name, operand = _only_member(value, path)
    inner = f"{path}.{name}"
    if name == "anything-but":
        return _anything_but(operand, inner, legacy=legacy)
    parse = _OPERATORS.get(name)
    if parse is None:
        known = sorted([*_OPERATORS, "anything-but"])
        return fail(
            f"{in_short(name)} is not an operator.{nearest(name, known)} Expected one of {', '.join(known)}", path
        )
    return parse(operand, inner)


def _only_member(value: Any, path: str) -> tuple[str, Any]:
    pairs = members(value, path)
    if len(pairs) != 1:
        given = ", ".join(key for key, _ in pairs) or "none"
        fail(f"an object in an array has {given}. Expected exactly one operator", path)
    return pairs[0]


def _exactly(operand: Any, path: str) -> MatchValue:
    return ExactString(require_string(operand, path))


def _ignore_case_of(operand: Any, path: str) -> str:
    name, inner = _only_member(operand, path)
    if name != _IGNORE_CASE:
        fail(f"{in_short(name)} cannot be used here. Expected a string or {{{_IGNORE_CASE!r}: a string}}", path)
    return as_utf8(require_string(inner, f"{path}.{name}"))


def _prefix(operand: Any, path: str) -> MatchValue:
    if is_object(operand):
        return Prefix(_ignore_case_of(operand, path), ignore_case=True)
    return Prefix(as_utf8(require_string(operand, path)))


def _suffix(operand: Any, path: str) -> MatchValue:
    if is_object(operand):
        return Suffix(_ignore_case_of(operand, path), ignore_case=True)
    return Suffix(as_utf8(require_string(operand, path)))


def _ignore_case(operand: Any, path: str) -> IgnoreCase:
    return IgnoreCase(as_utf8(require_string(operand, path)))


def _wildcard(operand: Any, path: str) -> Wildcard:
    text = as_utf8(require_string(operand, path))
    try:
        return Wildcard(text, split_wildcard(text))
    except ValueError as error:
        return fail(str(error), path)


def _exists(operand: Any, path: str) -> MatchValue:
    if not isinstance(operand, bool):
        fail(f"{shown(operand)} is neither true nor false. Expected one of them, without quotes", path)
    return Exists(operand)


def _cidr(operand: Any, path: str) -> MatchValue:
    try:
        return Addresses(parse_cidr(require_string(operand, path)))
    except ValueError as error:
        if isinstance(error, InvalidPattern):
            raise
        return fail(str(error), path)


def _numeric(operand: Any, path: str) -> MatchValue:
    if not is_array(operand) or not operand:
        fail(f'{shown(operand)} is not a comparison. Expected an array such as [">", 0, "<=", 5]', path)
    sign, *rest = operand
    if not is_string(sign) or sign not in ("=", "<", "<=", ">", ">="):
        fail(f"{shown(sign)} is not a comparison. Expected =, <, <=, > or >=", f"{path}[0]")
    if not rest:
        fail(f"{sign!r} is not followed by a number. Expected one after it", path)
    number = require_number(rest[0], f"{path}[1]")
    if len(rest) == 1:
        return _one_bound(sign, number)
    if sign not in (">", ">="):
        fail(f"something follows {sign!r} and its number. Expected a range with its lower bound first", path)
    return Numbers(_two_bounds(sign, number, rest[1:], path))


def _one_bound(sign: str, number: float) -> MatchValue:
    if sign == "=":
        return ExactNumber(number)
    if sign in ("<", "<="):
        return Numbers(NumericRange(-_LARGEST, open_bottom=False, top=number, open_top=sign == "<"))
    return Numbers(NumericRange(number, open_bottom=sign == ">", top=_LARGEST, open_top=False))


def _two_bounds(sign: str, bottom: float, rest: Sequence[Any], path: str) -> NumericRange:
    if not is_string(rest[0]) or rest[0] not in ("<", "<="):
        fail(f"{shown(rest[0])} is not the sign of an upper bound. Expected < or <=", f"{path}[2]")
    if len(rest) == 1:
        fail(f"{rest[0]!r} is not followed by a number. Expected one after it", path)
    top = require_number(rest[1], f"{path}[3]")
    if len(rest) != 2:
        fail("the range has more than two bounds. Expected a lower and an upper one", path)
    if not bottom < top:
        fail(f"no number is between {bottom:g} and {top:g}. Expected a lower bound less than the upper one", path)
    return NumericRange(bottom, open_bottom=sign == ">", top=top, open_top=rest[0] == "<")


def _anything_but(operand: Any, path: str, *, legacy: bool) -> MatchValue:
    if is_object(operand):
        name, inner = _only_member(operand, path)
        return _anything_but_like(name, inner, path, legacy=legacy)
    values = list(operand) if is_array(operand) else [operand]
    if values and all(is_string(value) for value in values):
        texts = [as_utf8(require_string(value, path)) for value in values]
        return AnythingBut("anything-but", frozenset(map(ExactString, texts)))
    if values and all(number_text(value, path) is not None for value in values):
        return AnythingButNumbers(frozenset(require_number(value, path) for value in values))
    return fail(
        f"{shown(operand)} cannot be excluded. Expected a string, a number, an array of strings or of numbers, or an "
        "object with one operator",
        path,
    )


def _anything_but_like(name: str, operand: Any, path: str, *, legacy: bool) -> MatchValue:
    inner = f"{path}.{name}"
    parse = _EXCLUDED.get(name)
    if parse is None or (legacy and name == "wildcard"):
        return fail(f"{in_short(name)} cannot be negated. Expected one of {', '.join(sorted(_EXCLUDED))}", path)
    listed = is_array(operand)
    if listed and legacy and name != _IGNORE_CASE:
        fail("an array cannot be excluded where '$or' is the name of a field. Expected one string", inner)
    excluded = []
    for index, value in enumerate(operand if listed else [operand]):
        place = f"{inner}[{index}]" if listed else inner
        if name in ("prefix", "suffix") and value == "":
            fail("an empty string would exclude every string. Expected at least one character", place)
        require_string(value, place)
        excluded.append(parse(value, place))
    return AnythingBut(name, frozenset(excluded))


def _plain_prefix(operand: Any, path: str) -> Prefix:
    return Prefix(as_utf8(require_string(operand, path)))


def _plain_suffix(operand: Any, path: str) -> Suffix:
    return Suffix(as_utf8(require_string(operand, path)))


_EXCLUDED: dict[str, Callable[[Any, str], PositiveStringMatch]] = {
    _IGNORE_CASE: _ignore_case,
    "prefix": _plain_prefix,
    "suffix": _plain_suffix,
    "wildcard": _wildcard,
}

_OPERATORS: dict[str, Callable[[Any, str], MatchValue]] = {
    "cidr": _cidr,
    _IGNORE_CASE: _ignore_case,
    "exactly": _exactly,
    "exists": _exists,
    "numeric": _numeric,
    "prefix": _prefix,
    "suffix": _suffix,
    "wildcard": _wildcard,
}
