"""`saasus-events filter`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from constructs_lib import EventFilter
from constructs_lib import operations as op
from constructs_lib.cli import main
from constructs_lib.events.known_events import KnownEvents

if TYPE_CHECKING:
    from pathlib import Path

ROUTE = "/v1/auth/users/{user_id}"


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, Any]:
    assert main(["filter", *arguments, "--json"]) == 0
    printed: dict[str, Any] = json.loads(capsys.readouterr().out)
    return printed


@pytest.mark.parametrize(
    ("arguments", "event_filter"),
    [
        ([], EventFilter.all()),
        (["--of", "auth.create_tenant", "--succeeded"], EventFilter.of(op.auth.create_tenant).succeeded()),
        (["--of", "create_tenant", "--of", "pricing"], EventFilter.of(op.auth.create_tenant, op.pricing)),
        (["--event-type", "a", "b", "--failed"], EventFilter.all().event_type("a", "b").failed()),
        (["--route", f"delete {ROUTE}", "--status", "200", "404"],
         EventFilter.all().route("DELETE", ROUTE).status(200, 404)),
        (["--custom", "mine", "x", "--trace-id", "t"], EventFilter.all().custom("mine", "x").trace_id("t")),
        (["--tenant", "t-1"], EventFilter.all().tenant("t-1")),
        (["--user", "u-1"], EventFilter.all().user("u-1")),
        (["--trace-id-prefix", "job-"], EventFilter.all().trace_id_prefix("job-")),
        (["--not-trace-id-prefix", "job-"], EventFilter.all().not_trace_id_prefix("job-")),
        (["--of", "auth.create_tenant", "--request", "name=a=b", "--response", "id=12"],
         EventFilter.of(op.auth.create_tenant).request(name="a=b").response(id="12")),
        (["--request", "count=1", "--request", "on=true", "--request", 'text="1"'],
         EventFilter.all().request(count=1, on=True, text="1")),
    ],
)  # fmt: skip
def test_the_options_mirror_the_filter_s_calls(
    arguments: list[str], event_filter: EventFilter, capsys: pytest.CaptureFixture[str]
) -> None:
    printed = run(capsys, *arguments)
    assert printed["filter"] == repr(event_filter)
    assert tuple(entry["pattern"] for entry in printed["patterns"]) == event_filter.to_patterns()


def test_each_pattern_is_measured(capsys: pytest.CaptureFixture[str]) -> None:
    for entry in run(capsys, "--of", "auth.delete_saas_user", "--succeeded")["patterns"]:
        assert entry["characters"] == len(json.dumps(entry["pattern"], separators=(",", ":")))
        assert 0 < entry["complexity"] <= 10


def test_the_patterns_alone_go_to_the_standard_output(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["filter", "--of", "auth.create_tenant"]) == 0
    printed = capsys.readouterr()
    assert json.loads(printed.out) == EventFilter.of(op.auth.create_tenant).to_pattern()
    assert "complexity 0 of 10" in printed.err


def test_known_events_narrow_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    known = KnownEvents.of({"auth.delete_tenant": "RemoveTenant"})
    (tmp_path / "known.json").write_text(json.dumps(known.to_dict()), "utf-8")
    printed = run(capsys, "--of", "auth.delete_tenant", "--known", str(tmp_path / "known.json"))
    [entry] = printed["patterns"]
    assert entry["pattern"]["detail"] == {"event_type": ["RemoveTenant"]}


def test_what_a_synth_says_of_it_is_said_here_too(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["filter", "--tenant", "acme"]) == 0
    said = " ".join(capsys.readouterr().err.split())
    assert "At synth, a route with this filter causes a warning. .tenant('acme') does not have a UUID" in said
    too_complex = ["--of", "auth.update_tenant_plan", "--succeeded", "--request", "next_plan_id=p"]
    assert main(["filter", *too_complex]) == 0
    assert "a route with this filter causes an error. The pattern's wildcards have a complexity of 13" in " ".join(
        capsys.readouterr().err.split()
    )
    [finding] = run(capsys, *too_complex)["findings"]
    assert (finding["id"], finding["error"]) == ("@saasus/events:wildcardTooComplex", True)
    assert run(capsys, "--of", "auth.create_tenant")["findings"] == []


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--of", "auth.create_tenat"], "Did you mean 'auth.create_tenant'"),
        (["--of", "update_tenant"], "auth.update_tenant"),
        (["--of", "auth.create_tenant", "--request", "nam=x"], "Did you mean 'name'"),
        (["--request", "name"], "NAME=VALUE"),
        (["--route", "DELETE"], "/v1/auth/users/{user_id}"),
        (["--status", "99"], "100 to 599"),
        (["--succeeded", "--failed"], "can never match"),
        (["--known", "no-such-file"], "learn --write"),
    ],
)
def test_what_is_wrong_is_said_in_the_library_s_own_words(
    arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["filter", *arguments]) == 2
    printed = capsys.readouterr()
    assert said in printed.err
    assert not printed.out


def test_an_option_with_several_values_can_be_given_several_times(capsys: pytest.CaptureFixture[str]) -> None:
    assert (
        main(["filter", "--event-type", "a", "b", "--event-type", "c", "--http-status", "404", "--status", "409"]) == 0
    )
    apart = json.loads(capsys.readouterr().out)
    assert main(["filter", "--event-type", "a", "b", "c", "--status", "404", "409"]) == 0
    assert json.loads(capsys.readouterr().out) == apart
    assert "404" in json.dumps(apart)
    assert "409" in json.dumps(apart)
