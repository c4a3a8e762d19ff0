"""`saasus-events catalog`."""

from __future__ import annotations

import json

import pytest

from constructs_lib import operations
from constructs_lib.cli import main


def test_it_lists_every_operation(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["catalog"]) == 0
    header, *lines = capsys.readouterr().out.splitlines()
    assert header.split() == ["Operation", "Call", "Event", "types", "Known", "from"]
    assert len(lines) == len(operations)


def test_words_are_all_looked_for_in_any_case(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["catalog", "DeleteTenant", "delete", "/v1/auth/tenants/{tenant_id}"]) == 0
    found = [line.split()[0] for line in capsys.readouterr().out.splitlines()[1:]]
    assert "auth.delete_tenant" in found
    assert all(name.startswith("auth.delete_tenant") for name in found)


def test_json_can_be_read_by_programs(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["catalog", "--api", "pricing", "--json"]) == 0
    listed = json.loads(capsys.readouterr().out)["operations"]
    assert [entry["name"] for entry in listed] == [operation.name for operation in operations.pricing]
    assert {"api", "name", "method", "path", "event_types", "documented"} <= set(listed[0])


def test_nothing_found_is_a_failure_with_the_nearest_names(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["catalog", "creat_tenant"]) == 1
    assert "Did you mean 'create_tenant'" in capsys.readouterr().err


@pytest.mark.parametrize(("name", "said"), [("pricng", "Did you mean 'pricing'"), ("", "''")])
def test_an_unknown_api_is_an_error(name: str, said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["catalog", "--api", name]) == 2
    assert said in capsys.readouterr().err
