"""`saasus-events demo`, as a user runs it."""

from __future__ import annotations

import signal
import subprocess
import time

import boto3
import pytest

from tests.local.running import COMMAND, Running


def test_every_event_is_seen_where_it_should_be(environment: dict[str, str]) -> None:
    done = subprocess.run([*COMMAND, "demo"], env=environment, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    for arrival in (
        "CloudWatch Logs got create_eventbridge_test_event",
        "CloudWatch Logs got create_tenant",
        "CloudWatch Logs got delete_saas_user",
        "Lambda function got create_tenant",
        "HTTPS endpoint got delete_saas_user",
    ):
        assert arrival in done.stdout
    assert "API key checked" in done.stdout
    assert "nothing is left running" in done.stdout


@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM])
def test_stopped_while_it_deploys_it_leaves_no_process_behind(
    environment: dict[str, str], stop: signal.Signals
) -> None:
    with Running(environment, "demo") as running:
        running.wait_for("Bootstrapping")
        time.sleep(1)  # into `cdk deploy`
        assert running.stop(stop) == 130


def test_kept_it_can_be_looked_at_until_ctrl_c(environment: dict[str, str]) -> None:
    with Running(environment, "demo", "--keep") as running:
        running.wait_for("The API that the route calls: http")
        variables = running.variables
        client = boto3.client(
            "events",
            endpoint_url=variables["AWS_ENDPOINT_URL"],
            aws_access_key_id=variables["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=variables["AWS_SECRET_ACCESS_KEY"],
            region_name=variables["AWS_REGION"],
        )
        [source] = client.list_event_sources()["EventSources"]
        assert source["State"] == "ACTIVE"
        assert running.stop() == 0
