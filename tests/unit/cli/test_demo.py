"""What `saasus-events demo` says is wrong with a request that leaves the account."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest

from constructs_lib.cli.reference_demo import problems_of
from constructs_lib.local import ReceivedRequest

KEY = "local-1a2b-key"
BODY = {"id": "1", "time": "2026-05-19T02:20:00Z", "event_type": "delete_saas_user", "trace_id": "t"}
HEADERS = {"Host": "127.0.0.1:40001", "x-api-key": "the endpoint's own"}


def request(**changed: Any) -> ReceivedRequest:
    given: dict[str, Any] = {
        "path": "/hooks/saasus",
        "query": {},
        "headers": HEADERS,
        "body": BODY,
        "authorized": True,
        **changed,
    }
    return ReceivedRequest("POST", **{**given, "body": json.dumps(given["body"]).encode()}, arrived=time.time())


def test_a_request_with_the_four_fields_and_the_endpoints_key_is_right() -> None:
    assert problems_of(request(), KEY) == []


@pytest.mark.parametrize(
    ("changed", "problem"),
    [
        ({"authorized": False}, "the HTTPS endpoint was called without its API key"),
        ({"body": {**BODY, "more": 1}}, "the request's body has the fields"),
        ({"body": {**BODY, "trace_id": KEY}}, "the SaaSus API key left the account"),
        ({"headers": {**HEADERS, "x-caller": "127.0.0.1:52310"}}, "the caller's IP address left the account"),
        ({"path": "/hooks/person@example.com"}, "the user's e-mail address left the account"),
    ],
)
def test_what_else_leaves_the_account_is_named(changed: dict[str, Any], problem: str) -> None:
    [found] = problems_of(request(**changed), KEY)
    assert found.startswith(problem)
