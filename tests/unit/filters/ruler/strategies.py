"""Patterns and events that often match each other."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

_TEXTS = st.sampled_from(["", "a", "b", "ab", "A", "é", "ß", "株", "😀", '"', "*", "\\", "10.0.0.1", "::1", "5"])
_NUMBERS = st.one_of(st.integers(-3, 12), st.sampled_from([0.5, 1e300, 2**53 + 1, 12345678901234567890]))
SCALARS = st.one_of(_TEXTS, _NUMBERS, st.booleans(), st.none())
KEYS = st.sampled_from(["a", "b", "c", "a.b"])

_wildcards = st.lists(
    _TEXTS.map(lambda text: text.replace("\\", "\\\\").replace("*", "\\*")), min_size=1, max_size=4
).map(lambda pieces: "*".join(piece for index, piece in enumerate(pieces) if piece or index in (0, len(pieces) - 1)))
_positive = st.one_of(
    _TEXTS.map(lambda text: {"prefix": text}),
    _TEXTS.map(lambda text: {"suffix": text}),
    _TEXTS.map(lambda text: {"equals-ignore-case": text}),
    _TEXTS.map(lambda text: {"prefix": {"equals-ignore-case": text}}),
    _wildcards.filter(lambda text: "**" not in text).map(lambda text: {"wildcard": text}),
)
_expressions: st.SearchStrategy[Any] = st.one_of(
    _positive,
    st.booleans().map(lambda present: {"exists": present}),
    st.integers(-3, 12).map(lambda number: {"numeric": [">", number, "<=", number + 4]}),
    st.sampled_from(["10.0.0.0/8", "0.0.0.0/0", "::/16"]).map(lambda text: {"cidr": text}),
    st.lists(_TEXTS, min_size=1, max_size=3).map(lambda texts: {"anything-but": texts}),
    st.integers(-3, 12).map(lambda number: {"anything-but": number}),
)
_fields = st.lists(st.one_of(SCALARS, _expressions), min_size=1, max_size=3)


def _objects(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    plain = st.dictionaries(KEYS, inner, min_size=1, max_size=3)
    alternatives = st.lists(plain, min_size=2, max_size=3).map(lambda objects: {"$or": objects})
    return st.one_of(plain, plain, st.tuples(plain, alternatives).map(lambda pair: {**pair[0], **pair[1]}))


PATTERNS: st.SearchStrategy[dict[str, Any]] = _objects(st.one_of(_fields, _objects(_fields)))

_values = st.recursive(
    SCALARS,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(KEYS, inner, max_size=3)),
    max_leaves=8,
)
EVENTS: st.SearchStrategy[dict[str, Any]] = st.dictionaries(KEYS, _values, max_size=3)
