"""What `saasus-events demo` says of its examples, and what is wrong with a request that leaves the account."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest

from constructs_lib.cli import main
from constructs_lib.cli.reference_demo import problems_of
from constructs_lib.local import ReceivedRequest, examples
from constructs_lib.local.errors import UnknownExample

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


def test_the_help_lists_the_examples_with_what_they_do(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["demo", "--help"])
    listed, _, home = capsys.readouterr().out.partition("EXAMPLE:\n")[2].partition("\n\nto copy them:\n")
    assert "crm_webhook" in listed
    assert "Notify a CRM of" in listed
    assert max(map(len, listed.splitlines())) <= 80
    assert [name for name in examples.example_titles() if name not in listed] == ["many_accounts"]
    assert (Path(home.strip().splitlines()[0]) / "crm_webhook" / "app.py").is_file()


def test_an_example_that_does_not_exist_is_answered_with_those_that_do(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["demo", "crm_webook"]) == 2
    said = capsys.readouterr().err
    assert "'crm_webook' is not an example. Did you mean 'crm_webhook'?" in said


def test_an_example_that_needs_more_accounts_says_where_to_read_on(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name, files in {
        "one_account": ("README.md", "app.py", "demo.py"),
        "many_accounts": ("README.md", "app.py"),
    }.items():
        (tmp_path / "examples" / name).mkdir(parents=True)
        for file in files:
            (tmp_path / "examples" / name / file).touch()
    monkeypatch.setattr(examples, "_PACKAGE", tmp_path)
    with pytest.raises(UnknownExample, match=r"more than one AWS account. Expected one of one_account. .*README\.md"):
        examples.example_demo("many_accounts")
