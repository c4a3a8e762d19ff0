"""`saasus-events connect` and `disconnect`: nothing is changed unasked, and nobody else's setting by accident."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest
from botocore.exceptions import NoCredentialsError

from tests.unit.cli import connected_account as fakes
from tests.unit.cli.connected_account import ACCOUNT, OTHER_SOURCE, REGION, SOURCE, Clock, Run
from tests.unit.cli.fake_aws import refusal

if TYPE_CHECKING:
    from pathlib import Path

    from tests.unit.cli.connected_account import Account

account, clock, run = fakes.account, fakes.clock, fakes.run
OURS = {"aws_account_id": ACCOUNT, "aws_region": REGION}
ELSEWHERE = ("444455556666", "eu-west-1")
DEPLOY = f"Next: cdk deploy -c saasus:eventSourceName={SOURCE}"


def methods(account: Account) -> list[str]:
    return [method for method, _ in account.calls]


def saved(account: Account) -> list[dict[str, str]]:
    return [json.loads(body) for method, body in account.calls if method == "PUT"]


# ---------------------------------------------------------------------- connect


def test_without_yes_it_says_what_it_would_do(account: Account, run: Run) -> None:
    account.saved(None)
    ran = run("connect")
    assert ran.code == 0
    assert f"Would save: account {ACCOUNT}, region {REGION}." in ran.out
    assert "Nothing was changed. Add --yes to do it." in ran.err
    assert methods(account) == ["GET"]


def test_it_saves_and_waits_for_the_source(account: Account, run: Run, clock: Clock) -> None:
    account.saved(None)
    account.bridge.appears = [{}, {}, {SOURCE: "PENDING"}]
    ran = run("connect", "--yes")
    assert ran.code == 0, ran.err
    assert saved(account) == [OURS]
    assert f"Event source: {SOURCE}" in ran.out
    assert ran.out.splitlines()[-1] == DEPLOY
    assert "Waiting for SaaSus's partner event source" in ran.err
    assert clock.now > 0


def test_the_next_step_is_in_the_words_of_the_users_own_app(
    account: Account, run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    account.bridge.sources = {SOURCE: "PENDING"}
    monkeypatch.chdir(tmp_path)
    ran = run("connect")
    assert (
        ran.out.splitlines()[-1]
        == f'Next: in your stack, SaasusEventBus(…, event_source_name="{SOURCE}"); then cdk deploy'
    )


def test_of_many_sources_all_pages_are_looked_at(account: Account, run: Run) -> None:
    account.bridge.sources = {f"aws.partner/saasus.io/{n}-1/event": "DELETED" for n in range(5)} | {SOURCE: "PENDING"}
    ran = run("connect")
    assert ran.code == 0, ran.err
    assert f"Event source: {SOURCE}" in ran.out


def test_what_is_right_already_is_left_alone(account: Account, run: Run) -> None:
    account.bridge.sources = {SOURCE: "PENDING"}
    ran = run("connect")
    assert ran.code == 0
    assert "SaaSus already has this setting" in ran.out
    assert ran.out.splitlines()[-1] == DEPLOY
    assert methods(account) == ["GET"]


def test_an_active_source_needs_no_deployment(account: Account, run: Run) -> None:
    account.make_well()
    assert run("connect").out.splitlines()[-1] == "Next: saasus-events status"


@pytest.mark.parametrize("sources", [{}, {SOURCE: "DELETED"}])
def test_a_right_setting_without_its_source_is_saved_again(account: Account, run: Run, sources: dict[str, str]) -> None:
    account.bridge.sources = dict(sources)
    assert "Would save" in run("connect").out
    account.saved()
    account.bridge.appears = [{}, {SOURCE: "PENDING"}]
    assert run("connect", "--yes").code == 0
    assert saved(account) == [OURS]


@pytest.mark.parametrize("arguments", [[], ["--yes"]])
def test_somebody_elses_setting_is_not_replaced(account: Account, run: Run, arguments: list[str]) -> None:
    account.saved(*ELSEWHERE)
    ran = run("connect", *arguments)
    assert ran.code == 2
    assert "account 444455556666, region eu-west-1" in ran.err
    assert "--take-over" in ran.err
    assert methods(account) == ["GET"]


def test_taking_over_shows_first_and_tells_the_way_back(account: Account, run: Run) -> None:
    account.saved(*ELSEWHERE)
    back = "saasus-events connect --account 444455556666 --region eu-west-1 --take-over --yes"
    dry = run("connect", "--take-over")
    assert (dry.code, methods(account)) == (0, ["GET"])
    assert back in dry.out
    account.saved(*ELSEWHERE)
    account.bridge.appears = [{SOURCE: "PENDING"}]
    done = run("connect", "--take-over", "--yes")
    assert done.code == 0
    assert saved(account) == [OURS]
    assert back in done.out


def test_a_source_that_never_comes_is_an_error_with_what_to_do(account: Account, run: Run, clock: Clock) -> None:
    account.saved(None)
    account.bridge.sources = {OTHER_SOURCE: "DELETED"}
    ran = run("connect", "--yes", "--timeout", "1m")
    assert ran.code == 1
    assert "within 60 s" in ran.err
    assert f"{OTHER_SOURCE} (DELETED)" in ran.err
    assert "run the command again" in ran.err
    assert 60 <= clock.now < 70


def test_of_several_sources_one_must_be_named(account: Account, run: Run) -> None:
    account.bridge.sources = {SOURCE: "PENDING", OTHER_SOURCE: "ACTIVE"}
    ran = run("connect")
    assert ran.code == 2
    assert "--source NAME" in ran.err
    account.saved()
    assert run("connect", "--source", SOURCE).out.splitlines()[-1] == DEPLOY
    account.saved()
    assert run("connect", "--source", "a-source").code == 2


def test_another_account_can_be_named_and_is_not_waited_for(account: Account, run: Run) -> None:
    account.saved(None)
    ran = run("connect", "--account", "444455556666", "--yes")
    assert ran.code == 0
    assert saved(account) == [{"aws_account_id": "444455556666", "aws_region": REGION}]
    assert "with AWS credentials of that account" in ran.out.splitlines()[-1]


def test_without_aws_credentials_the_account_must_be_named(account: Account, run: Run) -> None:
    def none() -> None:
        raise NoCredentialsError

    account.identity = SimpleNamespace(get_caller_identity=none)
    assert run("connect", "--yes").code == 2
    account.saved(None)
    assert run("connect", "--account", ACCOUNT, "--yes").code == 0
    assert saved(account) == [OURS]


def test_a_region_that_saasus_does_not_send_to_is_refused(account: Account, run: Run) -> None:
    account.bridge.meta.region_name = "eu-west-9"
    ran = run("connect", "--yes")
    assert ran.code == 2
    assert "'eu-west-9'. Did you mean" in ran.err
    assert not account.calls


def test_sources_that_cannot_be_seen_are_found_out_before_anything_is_saved(account: Account, run: Run) -> None:
    account.saved(None)
    account.bridge.refuses = {"list_event_sources": refusal("AccessDeniedException", "not authorized")}
    ran = run("connect", "--yes")
    assert ran.code == 2
    assert "events:ListEventSources" in ran.err
    assert not saved(account)


@pytest.mark.parametrize("command", ["connect", "disconnect"])
def test_an_account_has_twelve_digits(run: Run, command: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        run(command, "--account", "1234")
    assert ended.value.code == 2
    assert "12 digits" in capsys.readouterr().err


# ---------------------------------------------------------------------- disconnect


def test_disconnecting_is_shown_first(account: Account, run: Run) -> None:
    ran = run("disconnect")
    assert ran.code == 0
    assert "That would end" in ran.out
    assert methods(account) == ["GET"]
    account.saved()
    assert run("disconnect", "--yes").code == 0
    assert methods(account) == ["GET", "GET", "DELETE"]


def test_where_nothing_is_saved_nothing_is_deleted(account: Account, run: Run) -> None:
    account.saved(None)
    assert run("disconnect", "--yes").code == 0
    assert methods(account) == ["GET"]


def test_somebody_elses_setting_is_deleted_only_by_name(account: Account, run: Run) -> None:
    account.saved(*ELSEWHERE)
    ran = run("disconnect", "--yes")
    assert ran.code == 2
    assert "saasus-events disconnect --account 444455556666 --region eu-west-1" in ran.err
    assert methods(account) == ["GET"]
    account.saved(*ELSEWHERE)
    account.bridge.meta.region_name = "eu-west-1"  # what --region does to boto3's clients
    assert run("disconnect", "--account", "444455556666", "--region", "eu-west-1", "--yes").code == 0
    assert methods(account) == ["GET", "GET", "DELETE"]
