"""A secret under any name that tells it, in whatever spelling and depth, is in no redacted event."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from constructs_lib.events.operations import operations
from constructs_lib.events.saasus_event import SaasusEvent
from constructs_lib.events.sensitive_fields import SECRET_NAMES
from constructs_lib.testing import sample_event

CANARY = "canary"
SPELLINGS = (
    str,
    str.upper,
    lambda name: name.title().replace("_", ""),
    lambda name: name.replace("_", "-"),
    lambda name: "x_" + name if name.endswith(("password", "secret", "token", "api_key")) else name,
)
SECRETS = st.builds(lambda name, spell: spell(name), st.sampled_from(sorted(SECRET_NAMES)), st.sampled_from(SPELLINGS))
VALUES = st.one_of(
    st.text(max_size=5).map(lambda text: f"{text}{CANARY}{text}"),
    st.lists(st.just(CANARY), min_size=1, max_size=2),
    st.text(max_size=5).map(lambda text: json.dumps({"inner": f"{CANARY}{text}"})),
)
HARMLESS = st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=5).filter(lambda t: CANARY not in t))
NAMES = st.sampled_from(["attributes", "metadata", "name", "users", "日本", "forgot_password"])


def bodies(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(NAMES, inner, max_size=3),
        st.builds(lambda name, value, rest: {name: value, **rest}, SECRETS, VALUES, st.dictionaries(NAMES, inner)),
        inner.filter(lambda value: isinstance(value, (dict, list))).map(json.dumps),
        inner.filter(lambda value: isinstance(value, (dict, list))).map(lambda v: json.dumps(v, indent=1)),
    )


BODIES = st.recursive(HARMLESS, bodies, max_leaves=8)


@given(
    st.sampled_from([*operations, *operations.retired]),
    st.sampled_from(["POST", "GET", ""]),
    st.sampled_from(["request_body", "response_body", "new_field"]),
    BODIES,
    st.booleans(),
)
@settings(max_examples=200)
def test_no_secret_is_in_a_redacted_event(operation: Any, method: str, place: str, body: Any, as_object: bool) -> None:
    event = sample_event(operation)
    record = json.loads(event["detail"]["event"])
    record |= {place: body if as_object else json.dumps(body), "request_method": method or operation.method}
    event["detail"]["event"] = record if as_object else json.dumps(record)
    event["detail"]["new"] = body
    shown = SaasusEvent.from_dict(event).redacted()

    assert CANARY not in json.dumps(shown)
    assert shown["detail"]["trace_id"] == event["detail"]["trace_id"]
    assert SaasusEvent.from_dict(shown).redacted() == shown, "nothing is left to take out"
