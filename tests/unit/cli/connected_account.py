"""An AWS account and a SaaSus for the commands that look at both, and a clock that does not wait."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import datetime, timezone
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from constructs_lib.cli import main
from constructs_lib.filters.event_filter import EventFilter
from tests.unit.cli.fake_aws import FakeAws, FakeLogs, FakeSqs, refusal
from tests.unit.runtime.scripted_api import Reply, ScriptedApi

if TYPE_CHECKING:
    from collections.abc import Iterator

ACCOUNT, REGION = "111122223333", "us-east-1"
SOURCE = "aws.partner/saasus.io/736385ec-26ba-4567-941f-2affa11d919f-1/event"
OTHER_SOURCE = "aws.partner/saasus.io/d8753ef8-8604-4b7d-8a44-cf9a64433209-1/event"
GROUP = "/aws/events/Events/Saasus-Everything"
SECRETS = ("the-api-key", "the-secret-key")
EXPIRES = datetime(2026, 6, 1, 12, tzinfo=timezone.utc)


@dataclass
class Bridge:
    """EventBridge as the customer sees it, a thing a page; `appears` come one with each further look."""

    sources: dict[str, str] = field(default_factory=dict)
    appears: list[dict[str, str]] = field(default_factory=list)
    buses: set[str] = field(default_factory=set)
    rules: list[dict[str, Any]] = field(default_factory=list)
    targets: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    refuses: dict[str, Exception] = field(default_factory=dict)
    meta: Any = field(default_factory=lambda: SimpleNamespace(region_name=REGION))

    def _asked(self, name: str) -> None:
        if error := self.refuses.get(name):
            raise error

    def list_event_sources(self, **asked: str) -> dict[str, Any]:
        self._asked("list_event_sources")
        prefix, start = asked.get("NamePrefix", ""), int(asked.get("NextToken", 0))
        listed = [{"Name": n, "State": state} for n, state in self.sources.items() if n.startswith(prefix)]
        more = {"NextToken": str(start + 1)} if start + 1 < len(listed) else {}
        if not more:
            self.sources |= self.appears.pop(0) if self.appears else {}
        return {"EventSources": listed[start : start + 1], **more}

    def describe_event_source(self, *, Name: str) -> dict[str, Any]:  # noqa: N803 - boto3's names
        self._asked("describe_event_source")
        return {"Name": Name, "State": self.sources[Name], "ExpirationTime": EXPIRES}

    def describe_event_bus(self, *, Name: str) -> dict[str, Any]:  # noqa: N803
        self._asked("describe_event_bus")
        if Name not in self.buses:
            raise refusal("ResourceNotFoundException")
        return {"Name": Name}

    def get_paginator(self, name: str) -> Any:
        def paginate(**asked: str) -> Iterator[dict[str, Any]]:
            self._asked(name)
            listed = self.rules if name == "list_rules" else self.targets.get(asked["Rule"], [])
            bus = asked["EventBusName"]
            for one in (one for one in listed if one.get("EventBusName", bus) == bus):
                yield {"Rules" if name == "list_rules" else "Targets": [one]}

        return SimpleNamespace(paginate=paginate)


class Logs(FakeLogs):
    """Log groups; what is older than an hour is only in their streams."""

    def describe_log_streams(self, *, logGroupName: str, **_: Any) -> dict[str, Any]:  # noqa: N803
        return {"logStreams": [{"logStreamName": "stream"}] if self.groups[logGroupName] else []}

    def get_log_events(self, *, logGroupName: str, **_: Any) -> dict[str, Any]:  # noqa: N803
        return {"events": self.groups[logGroupName][-1:]}


class Stacks:
    """Stacks, with what the commands look for in them, a resource a page."""

    def __init__(self, queue: str) -> None:
        self.meta = SimpleNamespace(region_name=REGION)
        self.resources: dict[str, list[tuple[str, str, str]]] = {
            "Events": [("DeadLetterQueue", "AWS::SQS::Queue", queue), ("Log", "AWS::Logs::LogGroup", GROUP)]
        }
        self.outputs: dict[str, dict[str, str]] = {}

    def get_paginator(self, name: str) -> Any:
        return SimpleNamespace(paginate=self._stacks if name == "list_stacks" else self._resources)

    def _stacks(self) -> Iterator[dict[str, Any]]:
        for name in self.resources:
            yield {"StackSummaries": [{"StackName": name, "StackStatus": "CREATE_COMPLETE"}]}
        yield {"StackSummaries": [{"StackName": "Gone", "StackStatus": "DELETE_COMPLETE"}]}

    def _resources(self, *, StackName: str) -> Iterator[dict[str, Any]]:  # noqa: N803
        if StackName not in self.resources:
            raise refusal("ValidationError", f"Stack with id {StackName} does not exist")
        for id, kind, physical in self.resources[StackName]:
            listed = {"LogicalResourceId": id, "ResourceType": kind, "PhysicalResourceId": physical}
            yield {"StackResourceSummaries": [listed]}

    def describe_stacks(self, *, StackName: str) -> dict[str, Any]:  # noqa: N803
        listed = [{"OutputKey": k, "OutputValue": value} for k, value in self.outputs.get(StackName, {}).items()]
        return {"Stacks": [{"StackName": StackName, "Outputs": listed}]}


class Account:
    """The account of the AWS credentials, and SaaSus beside it."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, saasus: ScriptedApi) -> None:
        self.bridge = Bridge()
        self.logs = Logs()
        self.logs.groups[GROUP] = []
        self.sqs = FakeSqs()
        self.identity: Any = SimpleNamespace(get_caller_identity=lambda: {"Account": ACCOUNT})
        self.secrets: dict[str, str] = {}
        self.saasus = saasus
        self.stacks = Stacks("https://sqs.us-east-1.amazonaws.com/111122223333/dead-letters")
        FakeAws(
            monkeypatch,
            events=self.bridge,
            logs=self.logs,
            sqs=self.sqs,
            sts=SimpleNamespace(get_caller_identity=lambda: self.identity.get_caller_identity()),
            secretsmanager=SimpleNamespace(get_secret_value=self._secret),
            cloudformation=self.stacks,
        )

    def _secret(self, *, SecretId: str) -> dict[str, str]:  # noqa: N803
        if SecretId not in self.secrets:
            raise refusal("ResourceNotFoundException", "Secrets Manager can't find the specified secret.")
        return {"SecretString": self.secrets[SecretId]}

    def saved(self, account: str | None = ACCOUNT, region: str = REGION) -> None:
        """Let SaaSus have a setting, or none."""
        if account is None:
            self.saasus.reply(Reply(404, b'{"type": "not_found"}'), Reply())
        else:
            self.saasus.reply(Reply(200, json.dumps({"aws_account_id": account, "aws_region": region}).encode()))

    @property
    def calls(self) -> list[tuple[str, str]]:
        """Method and body of each call of SaaSus."""
        return [(request.method, request.body.decode()) for request in self.saasus.requests]

    def make_well(self) -> None:
        """Let everything be as it should."""
        self.bridge.sources = {SOURCE: "ACTIVE"}
        self.bridge.buses = {SOURCE}
        self.bridge.rules, self.bridge.targets = [], {}
        self.add_log_route("log", GROUP, EventFilter.all())

    def add_log_route(self, rule: str, group: str, event_filter: EventFilter, *, decoded_bus: str = "") -> None:
        """Add a rule that sends what a filter takes to a log group, which may have no line yet."""
        pattern = event_filter.to_decoded_pattern() if decoded_bus else event_filter.to_pattern()
        self.bridge.rules.append(
            {
                "Name": rule,
                "State": "ENABLED",
                "EventPattern": json.dumps(pattern),
                "EventBusName": decoded_bus or SOURCE,
            }
        )
        arn = f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:{group}"
        queue = f"arn:aws:sqs:{REGION}:{ACCOUNT}:dead-letters"
        self.bridge.targets[rule] = [{"Id": "1", "Arn": arn, "DeadLetterConfig": {"Arn": queue}}]
        self.logs.groups.setdefault(group, [])


class Clock:
    """Time that goes on only by sleeping."""

    def __init__(self) -> None:
        self.now = 0.0

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr("constructs_lib.cli.screen.progress.time", made)
    return made


@pytest.fixture
def account(monkeypatch: pytest.MonkeyPatch, clock: Clock) -> Iterator[Account]:
    with ScriptedApi() as saasus:
        monkeypatch.setenv("SAASUS_BASE_URL", saasus.base_url)
        monkeypatch.setenv("SAASUS_SAAS_ID", "the-saas")
        monkeypatch.setenv("SAASUS_API_KEY", SECRETS[0])
        monkeypatch.setenv("SAASUS_SECRET_KEY", SECRETS[1])
        made = Account(monkeypatch, saasus)
        made.saved()
        yield made


@dataclass(frozen=True)
class Ran:
    code: int
    out: str
    err: str


class Run:
    """Runs a command; whatever it prints, no secret may be in it."""

    def __init__(self, captured: pytest.CaptureFixture[str]) -> None:
        self._captured = captured

    def __call__(self, *arguments: str) -> Ran:
        code = main(list(arguments))
        ran = Ran(code, *self._captured.readouterr())
        assert not any(secret in ran.out + ran.err for secret in SECRETS)
        return ran


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    return Run(capsys)
