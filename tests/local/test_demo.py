"""`saasus-events demo`, as a user runs it."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
import time

import boto3
import pytest

COMMAND = [sys.executable, "-m", "constructs_lib.cli", "demo"]


def test_every_event_is_seen_where_it_should_be(environment: dict[str, str]) -> None:
    done = subprocess.run(COMMAND, env=environment, capture_output=True, text=True, check=False, timeout=120)
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
    with subprocess.Popen(
        COMMAND, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment
    ) as running:
        assert running.stdout is not None
        for line in running.stdout:
            if "Bootstrapping" in line:
                break
        time.sleep(1)  # into `cdk deploy`
        running.send_signal(stop)
        assert running.wait(30) == 130


def test_kept_it_can_be_looked_at_until_ctrl_c(environment: dict[str, str]) -> None:
    with subprocess.Popen([*COMMAND, "--keep"], stdout=subprocess.PIPE, text=True, env=environment) as running:
        assert running.stdout is not None
        shown = ""
        for line in running.stdout:
            shown += line
            if "The API that is called" in line:
                break
        variables = dict(re.findall(r"(AWS_\w+)=(\S+)", shown))
        client = boto3.client(
            "events",
            endpoint_url=variables["AWS_ENDPOINT_URL"],
            aws_access_key_id=variables["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=variables["AWS_SECRET_ACCESS_KEY"],
            region_name=variables["AWS_REGION"],
        )
        [source] = client.list_event_sources()["EventSources"]
        assert source["State"] == "ACTIVE"
        running.send_signal(signal.SIGINT)
        assert running.wait(30) == 0
