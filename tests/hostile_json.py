r"""JSON that an event can hold and that a reader may choke on: one generator for the tests of all readers.

Everything is text, because what is hostile here has no Python value, or none that `json.dumps` would write. AWS
delivers what PutEvents takes as JSON (1 MB; 1,000 levels), but `detail.event` and the bodies in it are texts, in which
anything can stand: one user's request body is enough.

```python
@pytest.mark.parametrize("text", HOSTILE_EVENTS.values(), ids=HOSTILE_EVENTS)
def test_answers_or_says_why_not(text: str) -> None:
    with contextlib.suppress(InvalidEvent):
        read(text)
```
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from hypothesis import strategies as st

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_HOLE: Final = "the hostile value stands here"
_SAMPLE: Final = Path(__file__).parent / "fixtures" / "events" / "create_tenant.json"
_MEGABYTE: Final = 1_000_000


def nested(depth: int, *, opening: str = "[", core: str = "1", closing: str = "]") -> str:
    """Return a JSON text that is nested this deeply."""
    return opening * depth + core + closing * depth


HOSTILE_VALUES: Final[Mapping[str, str]] = {
    **{
        f"{name} nested {depth} times": nested(depth, opening=opening, closing=closing)
        for depth in (50, 500, 990, 1_100, 10_000)
        for name, opening, closing in (("arrays", "[", "]"), ("objects", '{"a":', "}"), ("both", '[{"a":', "}]"))
    },
    "objects of a real field nested 1,100 times": nested(1_100, opening='{"password":', core='"x"', closing="}"),
    "arrays that are never closed": "[" * 10_000,
    "objects that are never closed": '{"a":' * 10_000,
    "brackets that close only": "]" * 10_000,
    "half a pair of surrogates, high": r'"\ud83d"',
    "half a pair of surrogates, low": r'"x\ude00y"',
    "surrogates in the wrong order": r'{"\ude00\ud83d":"\ude00\ud83d"}',
    "a pair of surrogates": r'"\ud83d\ude00"',
    "NaN": "NaN",
    "infinities": "[Infinity,-Infinity]",
    "an integer of 4,300 digits": "9" * 4_300,
    "an integer of 5,000 digits": "9" * 5_000,
    "a negative integer of 100,000 digits": f"-{'9' * 100_000}",
    "a number that no double holds": "1e400",
    "a number too small for a double": "1e-400",
    "a number with a huge exponent": "1e999999999999",
    "a fraction of 5,000 digits": f"0.{'3' * 5_000}",
    "minus zero": "[-0,-0.0,0e0]",
    "a key twice": '{"a":1,"a":"2"}',
    "a key twice with other types": '{"a":{"b":1},"a":["c"],"a":null}',
    "keys that are empty or dotted": '{"":{"":1},".":2,"a.b":3,"a":{"b":4}}',
    "keys of the event itself": '{"detail":{"event":"x"},"source":[1],"__class__":{"a":1},"constructor":null}',
    "controls": r'"\u0000\u0001\u001b[31m\u007f\u0085\u2028\u2029\r\n\t"',
    "controls as they are": '"\x00\x1b[31m\r\n"',
    "a byte-order mark": "\ufeff1",
    "combining and bidirectional letters": '"e\u0301\u202e\u2066\U0001f468\u200d\U0001f469"',
    "quotes and backslashes": r'"\"\\\\\"\\u0022,\"http_status\":\"500\""',
    "nothing": "",
    "spaces": " \n\t ",
    "null": "null",
    "a text that is cut off": '{"a":"b',
    "a text with a wrong escape": r'"\x41\u12"',
    "two values": "{}{}",
    "no JSON": "Hello, I am <html>",
    "a million characters": f'"{"x" * _MEGABYTE}"',
    "a million backslashes": '"' + "\\\\" * (_MEGABYTE // 2) + '"',
    "a hundred thousand keys": "{" + ",".join(f'"k{n}":0' for n in range(100_000)) + "}",
    "a hundred thousand numbers": f"[{'0,' * 99_999}0]",
    "empty arrays in a row": f"[{'[],' * 50_000}[]]",
}
"""Texts in the place of a JSON value, by what is hostile about them; some are not JSON at all."""


def is_json(text: str) -> bool:
    """Check whether RFC 8259 allows a text of this module, whatever Python's reader does with it."""
    return text not in _NO_JSON


_NO_JSON: Final = frozenset(
    HOSTILE_VALUES[name]
    for name in (
        "arrays that are never closed",
        "objects that are never closed",
        "brackets that close only",
        "NaN",
        "infinities",
        "controls as they are",
        "a byte-order mark",
        "nothing",
        "spaces",
        "a text that is cut off",
        "a text with a wrong escape",
        "two values",
        "no JSON",
    )
)


def _as_string(text: str) -> str:
    """Return the JSON string of a text."""
    return json.dumps(text, ensure_ascii=False)


def _filled(value: Any, text: str) -> str:
    """Write a value that has the hole somewhere, the hostile text in its place."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).replace(f'"{_HOLE}"', text)


def events_with(text: str) -> Iterator[tuple[str, str]]:
    """Return whole events, as text, with a hostile text in each place in turn, by the name of the place."""
    event: dict[str, Any] = json.loads(_SAMPLE.read_text(encoding="utf-8"))
    detail: dict[str, Any] = event["detail"]
    record: dict[str, Any] = json.loads(detail["event"])
    yield "the whole event", text
    for name in (*event, "a_new_field"):
        yield name, _filled({**event, name: _HOLE}, text)
    for name in (*detail, "a_new_field"):
        yield f"detail.{name}", _filled({**event, "detail": {**detail, name: _HOLE}}, text)

    def with_event(value: str) -> str:
        return _filled({**event, "detail": {**detail, "event": _HOLE}}, value)

    yield "the text of detail.event", with_event(_as_string(text))
    for name in (*record, "a_new_field"):
        yield f"{name} in detail.event", with_event(_as_string(_filled({**record, name: _HOLE}, text)))
        yield f"{name} in detail.event as an object", with_event(_filled({**record, name: _HOLE}, text))
    for name in ("request_body", "response_body"):
        yield f"the text of the {name}", with_event(_as_string(_filled({**record, name: _HOLE}, _as_string(text))))
        inner = _filled({**json.loads(record[name]), "name": _HOLE}, text)
        yield f"a field of the {name}", with_event(_as_string(_filled({**record, name: _HOLE}, _as_string(inner))))
        yield f"a field of the {name} as an object", with_event(_filled({**record, name: _HOLE}, inner))


_MOST_TELLING: Final = (
    "the text of detail.event",
    "the text of the request_body",
    "a field of the request_body",
    "a field of the response_body as an object",
    "http_status in detail.event",
    "uri in detail.event",
    "detail.trace_id",
    "detail.event_type",
    "a_new_field",
    "the whole event",
)

HOSTILE_EVENTS: Final[Mapping[str, str]] = {
    f"{value}: {place}": event
    for value, text in HOSTILE_VALUES.items()
    if len(text) < _MEGABYTE
    for place, event in events_with(text)
    if place in _MOST_TELLING
}
"""Whole events as text: each hostile value but the largest, in the places where it tells most."""

_JSON_VALUES: Final = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(),
        st.floats(allow_nan=False, allow_infinity=False),
        st.text(st.characters(exclude_categories=())),
        st.sampled_from(["create_tenant", "201", "/v1/auth/tenants", '{"name":"x"}', "{", ""]),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(
            st.one_of(st.text(max_size=3), st.sampled_from(["detail", "event", "request_body", "http_status", "id"])),
            inner,
            max_size=3,
        ),
    ),
    max_leaves=6,
)


@st.composite
def hostile_texts(draw: st.DrawFn) -> str:
    """Return a strategy for JSON and nearly JSON: random and hostile values, cut off, joined, nested."""
    text = draw(
        st.one_of(
            _JSON_VALUES.map(json.dumps),
            st.sampled_from([text for text in HOSTILE_VALUES.values() if len(text) < _MEGABYTE // 10]),
        )
    )
    change = draw(st.sampled_from(["none", "none", "none", "cut", "joined", "nested", "quoted"]))
    if change == "cut":
        return text[: draw(st.integers(0, len(text)))]
    if change == "joined":
        return f'[{text},{draw(_JSON_VALUES.map(json.dumps))},{{"a":{text}}}]'
    if change == "nested":
        return nested(draw(st.sampled_from([10, 300, 1_200])), core=text)
    return _as_string(text) if change == "quoted" else text


@st.composite
def hostile_events(draw: st.DrawFn) -> str:
    """Return a strategy for texts of whole events with a hostile text in some place."""
    text = draw(hostile_texts())
    places = dict(events_with(text))
    return places[draw(st.sampled_from(sorted(places)))]
