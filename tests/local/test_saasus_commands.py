"""`connect`, `status`, `send-test`, `disconnect` and `local`: the whole way on one machine, as a user goes it."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from constructs_lib.local.saasus import LocalSaasus, Sending
from constructs_lib.runtime.saasus_api import EventBridgeSettings
from tests.local.command import Command
from tests.local.resources import EVENTS_SERVICE, Bus, allow, log_group_arn, new_log_group, new_queue, policy, unique
from tests.local.running import COMMAND, Running

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import TracebackType

    from typing_extensions import Self

    from constructs_lib.local import LocalAws

REPOSITORY = Path(__file__).parents[2]
# A region for these tests alone, so that no other test's event sources are in the way.
REGION = "eu-north-1"


@pytest.fixture
def saasus(aws: LocalAws) -> Iterator[LocalSaasus]:
    with LocalSaasus(aws) as running:
        yield running
        events = aws.client("events", region=REGION)
        events.delete_partner_event_source(Name=running.event_source_name, Account=aws.account)


@pytest.fixture
def command(
    aws: LocalAws, saasus: LocalSaasus, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Command:
    made = Command(aws, monkeypatch, capsys)
    for name, value in {**saasus.environment(), "AWS_REGION": REGION, "AWS_DEFAULT_REGION": REGION}.items():
        monkeypatch.setenv(name, value)
    return made


class Routed:
    """A bus with a log route and a dead-letter queue, as a stack would make it, in the region of these tests."""

    def __init__(self, aws: LocalAws, source: str) -> None:
        self.events = aws.client("events", region=REGION)
        self.group = f"/aws/events/{unique('group')}"
        self.source = source
        logs = aws.client("logs", region=REGION)
        logs.create_log_group(logGroupName=self.group)
        statement = allow(
            EVENTS_SERVICE,
            ["logs:CreateLogStream", "logs:PutLogEvents"],
            f"arn:aws:logs:{REGION}:{aws.account}:log-group:/aws/events/*",
        )
        logs.put_resource_policy(policyName="saasus-commands", policyDocument=policy(statement))
        self.events.create_event_bus(Name=source, EventSourceName=source)
        self.events.put_rule(Name="log", EventBusName=source, EventPattern='{"source": [{"prefix": "aws.partner/"}]}')
        arn = f"arn:aws:logs:{REGION}:{aws.account}:log-group:{self.group}"
        self.events.put_targets(Rule="log", EventBusName=source, Targets=[{"Id": "1", "Arn": arn}])

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.events.remove_targets(Rule="log", EventBusName=self.source, Ids=["1"])
        self.events.delete_rule(Name="log", EventBusName=self.source)
        self.events.delete_event_bus(Name=self.source)


def last(out: str) -> str:
    return out.splitlines()[-1]


def test_the_whole_way_there_and_back(aws: LocalAws, saasus: LocalSaasus, command: Command) -> None:
    name = saasus.event_source_name
    at_first = command("status")
    assert at_first.code == 1
    assert last(at_first.out) == "Next: saasus-events connect"

    assert command("connect").code == 0
    assert saasus.settings is None, "it was not told --yes"
    connected = command("connect", "--yes")
    assert connected.code == 0, connected.err
    assert saasus.settings == EventBridgeSettings(aws.account, REGION)
    assert last(connected.out) == f"Next: cdk deploy -c saasus:eventSourceName={name}"

    pending = command("status")
    assert pending.code == 1
    assert f"{name} is PENDING" in pending.out
    assert last(pending.out) == last(connected.out)

    with Routed(aws, name) as routed:
        silent = command("status")
        assert last(silent.out) == f"Next: saasus-events send-test --wait --log-group {routed.group}"
        sent = command("send-test", "--wait")
        assert sent.code == 0, sent.err
        assert sent.out.count("saasus-send-test-") == 2
        trace_id = saasus.events[-1].trace_id
        assert trace_id in sent.out
        well = command("status")
        assert well.code == 0, well.out
        assert f"trace={trace_id}" in well.out

        assert command("disconnect").code == 0
        assert saasus.settings is not None
        assert command("disconnect", "--yes").code == 0
        assert saasus.settings is None
        ended = command("status")
        assert f"{name} is DELETED" in ended.out
        again = command("connect", "--yes")
        assert last(again.out) == "Next: saasus-events status", "its bus is live again"
        assert command("status").code == 0


def test_a_test_event_that_is_lost_ends_with_what_to_do(aws: LocalAws, saasus: LocalSaasus, command: Command) -> None:
    assert command("connect", "--yes").code == 0
    with Routed(aws, saasus.event_source_name):
        saasus.send_events(Sending(copies=0))
        ran = command("send-test", "--wait", "--timeout", "3s")
        assert ran.code == 1
        assert "aws logs describe-resource-policies" in ran.err
        aws.client("events", region=REGION).deactivate_event_source(Name=saasus.event_source_name)
        group = aws.client("logs", region=REGION).describe_log_groups(logGroupNamePrefix="/aws/events/")["logGroups"]
        ran = command("send-test", "--wait", "--timeout", "3s", "--log-group", group[0]["logGroupName"])
        assert "it is deactivated, so its events are dropped" in ran.err
        assert f"aws events activate-event-source --name {saasus.event_source_name}" in ran.err
        assert "describe-resource-policies" not in ran.err


def test_a_dead_letter_is_seen(aws: LocalAws, bus: Bus, command: Command) -> None:
    queue = new_queue(aws)
    bus.route(log_group_arn(aws, new_log_group(aws)), DeadLetterConfig={"Arn": queue.arn})
    arguments = ("status", "--region", aws.region, "--source", bus.name)
    assert "Dead letters    none in" in command(*arguments).out
    aws.client("sqs").send_message(QueueUrl=queue.url, MessageBody="{}")
    assert "events that did not reach their target" in command(*arguments).out


# ---------------------------------------------------------------------- local


@pytest.fixture
def local(environment: dict[str, str], request: pytest.FixtureRequest) -> Iterator[Running]:
    with Running(environment, "local", *getattr(request, "param", ())) as running:
        running.wait_for(r"(?m)^Ready\.")
        yield running


def test_local_shows_a_call_as_it_arrives_and_ends_cleanly(local: Running, environment: dict[str, str]) -> None:
    theirs = {**environment, **local.variables}
    snippet = re.search(r"^python - <<'EOF'\n(.*?)^EOF$", local.shown, re.DOTALL | re.MULTILINE)
    assert snippet
    called = subprocess.run([sys.executable, "-c", snippet[1]], env=theirs, text=True, capture_output=True, check=False)
    assert called.returncode == 0, called.stderr
    local.wait_for(r"SaaSus +sent create_tenant", 15)
    local.wait_for(r"CloudWatch Logs .* create_tenant  201  POST /v1/auth/tenants", 15)
    local.wait_for(r"Function|onboarded_tenant", 15)
    assert "person@example.com" not in local.shown.partition("Ready.")[2]
    for arguments in (["send-test", "--wait"], ["status", "--stack", "SaasusEvents"]):
        done = subprocess.run(
            [*COMMAND, *arguments],
            env=theirs,
            text=True,
            capture_output=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
    assert local.stop() == 0
    assert "Nothing is left running." in local.shown


@pytest.mark.parametrize("local", [["--no-app"]], indirect=True)
def test_local_without_the_app_is_an_empty_account(local: Running, environment: dict[str, str]) -> None:
    theirs = {**environment, **local.variables}
    done = subprocess.run(
        [sys.executable, "-m", "constructs_lib.cli", "connect", "--yes", "--secret", "saasus"],
        env=theirs,
        text=True,
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert last(done.stdout).startswith("Next: cdk deploy -c saasus:eventSourceName=aws.partner/saasus.io/")
    assert last(done.stdout).removeprefix("Next: ") in local.shown
    local.wait_for("SaaSus +sent save_eventbridge_settings", 15)
    assert local.stop(signal.SIGTERM) == 0


OWN_APP = """
from aws_cdk import App, SecretValue, Stack, aws_events, aws_lambda
from aws_cdk import aws_secretsmanager as secretsmanager
from constructs_lib import EventFilter, SaasusEventBus, SaasusIntegration, operations as op

app = App()
stack = Stack(app, "Own")
credentials = secretsmanager.Secret.from_secret_name_v2(stack, "Credentials", "saasus")
integration = SaasusIntegration(stack, "Integration", credentials=credentials)
bus = SaasusEventBus(stack, "Saasus", event_source_name=integration.event_source_name)
bus.verify("Verified", integration, bus.log("Everything"))
code = aws_lambda.Code.from_inline("def handler(event, context): print('hello from my own function')")
function = aws_lambda.Function(
    stack, "Mine", runtime=aws_lambda.Runtime.PYTHON_3_13, handler="index.handler", code=code
)
bus.invoke("Tested", EventFilter.of(op.integration.create_eventbridge_test_event), function)
key = aws_events.Authorization.api_key("x-api-key", SecretValue.secrets_manager("crm-api-key"))
bus.call("Told", EventFilter.of(op.integration), endpoint="ENDPOINT", authorization=key)
app.synth()
"""


@pytest.mark.parametrize("local", [["--no-app"]], indirect=True)
def test_a_stack_of_ones_own_is_deployed_to_local_and_seen_there(
    local: Running, environment: dict[str, str], tmp_path: Path
) -> None:
    """README's stack without the consoles, by the `cdk` that `local` names: it knows of no other address of SaaSus."""
    [endpoint] = re.findall(r"^API +(https\S+)", local.shown, re.MULTILINE)
    (tmp_path / "app.py").write_text(OWN_APP.replace("ENDPOINT", endpoint))
    (tmp_path / "cdk.json").write_text('{"app": "python app.py"}')
    variables = local.variables
    path = variables.pop("PATH").strip('"').replace("$PATH", environment["PATH"])
    without_saasus = {name: value for name, value in variables.items() if not name.startswith("SAASUS_")}
    deployed = subprocess.run(
        ["cdk", "deploy", "--require-approval", "never"],
        cwd=tmp_path,
        env={**environment, **without_saasus, "PATH": path, "PYTHONPATH": str(REPOSITORY)},
        text=True,
        capture_output=True,
        check=False,
    )
    assert deployed.returncode == 0, deployed.stdout + deployed.stderr
    local.wait_for(r"CloudWatch Logs +/aws/events/Own/Saasus-Everything +create_eventbridge_test_event +201", 15)
    local.wait_for(r"Function +\S+ +hello from my own function", 15)
    local.wait_for(r"Function +\S+ +ran for \d", 15)
    local.wait_for(r"HTTPS API +POST /hooks/saasus +\(API key checked\)", 15)
    local.wait_for(r' +"event_type": "create_eventbridge_test_event"', 15)


def test_local_stopped_while_it_starts_leaves_nothing(environment: dict[str, str]) -> None:
    with Running(environment, "local") as running:
        running.wait_for("SaaSus: saving the setting")
        assert running.stop() == 130


def test_a_port_that_is_taken_is_named(aws: LocalAws, environment: dict[str, str]) -> None:
    port = aws.endpoint_url.rpartition(":")[2]
    done = subprocess.run(
        [*COMMAND, "local", "--port", port], env=environment, text=True, capture_output=True, check=False, timeout=60
    )
    assert done.returncode == 2
    assert f"port {port}" in done.stderr
