from __future__ import annotations

import json
import re
from typing import Any

import pytest

from constructs_lib.events.json_values import read_json, write_json
from constructs_lib.events.operations import operations as op
from constructs_lib.events.saasus_event import SaasusEvent
from constructs_lib.testing import InvalidSample, sample_event, variants
from constructs_lib.testing.samples import schemas_of, sort_keys
from tests.hostile_json import HOSTILE_VALUES, is_json


def is_valid(value: Any, schema: dict[str, Any]) -> bool:
    """Check a value against what the reduced schemas use of JSON Schema."""
    if "oneOf" in schema:
        return any(is_valid(value, choice) for choice in schema["oneOf"])
    if "enum" in schema and value not in schema["enum"]:
        return False
    kind = schema.get("type", "object")
    if kind == "object":
        extra = schema.get("additionalProperties", True)
        known = schema.get("properties", {})
        return (
            isinstance(value, dict)
            and set(schema.get("required", ())) <= set(value)
            and all(is_valid(value[name], part) for name, part in known.items() if name in value)
            and all(is_valid(value[n], extra) for n in value if n not in known and isinstance(extra, dict))
        )
    if kind == "array":
        return (
            isinstance(value, list)
            and len(value) <= schema.get("maxItems", 99)
            and all(is_valid(item, schema.get("items", {})) for item in value)
        )
    if kind == "boolean":
        return isinstance(value, bool)
    if kind in ("integer", "number"):
        return isinstance(value, int) and schema.get("minimum", value) <= value <= schema.get("maximum", value)
    return isinstance(value, str) and bool(re.search(schema.get("pattern", ""), value))


def test_bodies_are_valid_against_their_schema() -> None:
    for operation in op:
        for status, answer in ((None, "response"), (500, "error")):
            record = json.loads(sample_event(operation, status=status)["detail"]["event"])
            for side, name in (("request_body", "request"), ("response_body", answer)):
                schema = schemas_of(operation).get(name)
                if schema is None:
                    assert record[side] == ""
                else:
                    assert is_valid(json.loads(record[side]), schema), (operation, name, record[side])


def test_a_sample_has_the_form_and_the_fields_of_the_documented_event() -> None:
    record = sample_event(op.auth.create_tenant)["detail"]["event"]

    assert list(json.loads(record)) == [
        "log_id",
        "date_time",
        "date",
        "ttl",
        "http_status",
        "uri",
        "ip_address",
        "referer",
        "request_method",
        "saas_id",
        "api_key",
        "request_body",
        "response_body",
    ]
    assert '"http_status":"201"' in record
    assert list(json.loads(json.loads(record)["request_body"])) == ["attributes", "back_office_staff_email", "name"]


def test_a_sample_is_the_same_each_time_and_takes_fields() -> None:
    one = sample_event(op.auth.create_tenant, request={"name": "日<"}, response={"id": "t-1"}, trace_id="t")

    assert one == sample_event(op.auth.create_tenant, request={"name": "日<"}, response={"id": "t-1"}, trace_id="t")
    record = json.loads(one["detail"]["event"])
    assert json.loads(record["response_body"])["id"] == "t-1"
    assert json.loads(record["request_body"])["name"] == "日<"
    assert "\\u003c" in record["request_body"]


@pytest.mark.parametrize("decoded", [False, True])
def test_another_call_has_ids_of_its_own(decoded: bool) -> None:
    events = [
        sample_event(op.auth.update_tenant, decoded=decoded),
        sample_event(op.auth.update_tenant, decoded=decoded, request={"name": "other"}),
        sample_event(op.auth.update_tenant, decoded=decoded, status=400),
        sample_event(op.auth.update_tenant, decoded=decoded, path_params={"tenant_id": "t-2"}),
        sample_event(op.auth.update_tenant, decoded=decoded, trace_id="other"),
        sample_event(op.auth.update_tenant, decoded=decoded, time="2026-05-19T02:22:59Z"),
        sample_event(op.auth.create_tenant, decoded=decoded),
        sample_event(op.auth.create_tenant, decoded=decoded, response={"id": "other"}),
    ]

    parsed = [SaasusEvent.from_dict(event) for event in events]
    assert len({event.log_id for event in parsed}) == len(events)
    assert len({event.id for event in parsed}) == len(events)


@pytest.mark.parametrize("name", [name for name, text in HOSTILE_VALUES.items() if is_json(text)])
def test_a_sample_takes_any_json_as_a_field(name: str) -> None:
    value = read_json(HOSTILE_VALUES[name])
    event = sample_event(op.auth.create_tenant, request={"name": value, "b": {"z": 1, "a": [{"y": 1, "x": 2}]}})
    body = json.loads(event["detail"]["event"])["request_body"]

    assert body.startswith('{"attributes":{},"b":{"a":[{"x":2,"y":1}],"z":1},"back_office_staff_email":')
    assert write_json(read_json(body)["name"]) == write_json(sort_keys(value))
    assert body.encode("utf-8")


def test_sorting_leaves_what_was_given_as_it_was() -> None:
    given = {"b": [{"d": 1, "c": 2}], "a": {}}

    assert json.dumps(sort_keys(given)) == '{"a": {}, "b": [{"c": 2, "d": 1}]}'
    assert json.dumps(given) == '{"b": [{"d": 1, "c": 2}], "a": {}}'


def test_a_path_parameter_that_is_not_there_is_refused() -> None:
    with pytest.raises(InvalidSample, match=r"'tenantid'.*'tenant_id'"):
        sample_event(op.auth.delete_tenant, path_params={"tenantid": "x"})


def test_variants_are_many_different_and_named() -> None:
    for operation in (op.auth.create_tenant, op.auth.sign_in):
        found = variants(operation)
        names = [variant.name for variant in found]
        assert len(set(names)) == len(names)
        assert len({json.dumps(variant.event, sort_keys=True) for variant in found}) >= 16
        assert {variant.is_text_as_seen for variant in found} == {True, False}
    assert "SignIn" in {variant.event["detail"]["event_type"] for variant in variants(op.auth.sign_in)}
