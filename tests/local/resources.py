"""Resources on the local AWS for the tests of a delivery: buses, queues, functions, roles, log groups."""

from __future__ import annotations

import io
import json
import time
import uuid
import zipfile
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tests.eventually import eventually

if TYPE_CHECKING:
    from constructs_lib.local import LocalAws

EVENTS_SERVICE = {"Service": "events.amazonaws.com"}
EVERYTHING = {"source": [{"prefix": "aws.partner/saasus.io"}]}


def unique(prefix: str) -> str:
    return f"{prefix}-{uuid.uuid4().hex[:8]}"


def new_source_name() -> str:
    return f"aws.partner/saasus.io/{uuid.uuid4()}-1/event"


def policy(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def allow(
    principal: dict[str, str] | str, action: str | list[str], resource: str, **condition: dict[str, str]
) -> dict[str, Any]:
    statement = {"Effect": "Allow", "Principal": principal, "Action": action, "Resource": resource}
    return {**statement, "Condition": condition} if condition else statement


@dataclass(frozen=True)
class Queue:
    aws: LocalAws
    url: str
    arn: str

    def set_policy(self, *statements: dict[str, Any]) -> None:
        self.aws.client("sqs").set_queue_attributes(QueueUrl=self.url, Attributes={"Policy": policy(*statements)})

    def allow_events(self, **condition: dict[str, str]) -> Queue:
        self.set_policy(allow(EVENTS_SERVICE, "sqs:SendMessage", self.arn, **condition))
        return self

    def messages(self) -> list[dict[str, Any]]:
        answer: Any = self.aws.client("sqs").receive_message(
            QueueUrl=self.url, MaxNumberOfMessages=10, MessageAttributeNames=["All"], VisibilityTimeout=600
        )
        return list(answer.get("Messages", []))

    def message(self, timeout: float = 10.0) -> dict[str, Any]:
        return eventually(self.messages, timeout)[0]

    def attributes(self, timeout: float = 10.0) -> dict[str, str]:
        message = self.message(timeout)
        return {name: value["StringValue"] for name, value in message["MessageAttributes"].items()}


def new_queue(aws: LocalAws) -> Queue:
    sqs = aws.client("sqs")
    url = sqs.create_queue(QueueName=unique("queue"))["QueueUrl"]
    attributes = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]
    return Queue(aws, url, attributes["QueueArn"])


@dataclass(frozen=True)
class Bus:
    """A partner event source with its bus."""

    aws: LocalAws
    name: str

    def put_rule(self, name: str = "rule", pattern: dict[str, Any] | None = None) -> str:
        return self.aws.client("events").put_rule(
            Name=name, EventBusName=self.name, EventPattern=json.dumps(pattern or EVERYTHING)
        )["RuleArn"]

    def route(self, target_arn: str, *, rule: str = "rule", **target: Any) -> str:
        arn = self.put_rule(rule)
        listed: Any = [{"Id": "1", "Arn": target_arn, **target}]
        self.aws.client("events").put_targets(Rule=rule, EventBusName=self.name, Targets=listed)
        return arn

    def send(self, **detail: Any) -> str:
        answer = self.aws.client("events").put_partner_events(
            Entries=[{"Source": self.name, "DetailType": "api_call", "Detail": json.dumps(detail)}]
        )
        assert answer["FailedEntryCount"] == 0, answer
        return answer["Entries"][0]["EventId"]

    def metric(self, name: str, rule: str = "rule") -> float:
        return sum_of(self.aws, "AWS/Events", name, EventBusName=self.name, RuleName=rule)


def sum_of(aws: LocalAws, namespace: str, metric: str, **dimensions: str) -> float:
    answer: Any = aws.client("cloudwatch").get_metric_statistics(
        Namespace=namespace,
        MetricName=metric,
        Dimensions=[{"Name": name, "Value": value} for name, value in dimensions.items()],
        StartTime=time.time() - 3600,
        EndTime=time.time() + 3600,
        Period=86400,
        Statistics=["Sum"],
    )
    return float(sum(point["Sum"] for point in answer["Datapoints"]))


def new_role(aws: LocalAws, service: str, *statements: dict[str, Any]) -> str:
    iam = aws.client("iam")
    name = unique("role")
    trust = policy({"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"})
    arn: str = iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust)["Role"]["Arn"]
    if statements:
        iam.put_role_policy(RoleName=name, PolicyName="allowed", PolicyDocument=policy(*statements))
    return arn


def archive_of(code: str) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as file:
        file.writestr("index.py", code)
    return content.getvalue()


@dataclass(frozen=True)
class Function:
    aws: LocalAws
    name: str
    arn: str

    def allow_events(self, source_arn: str, *, qualifier: str | None = None) -> Function:
        on: Any = {"Qualifier": qualifier} if qualifier else {}
        self.aws.client("lambda").add_permission(
            FunctionName=self.name,
            StatementId=unique("events"),
            Action="lambda:InvokeFunction",
            Principal="events.amazonaws.com",
            SourceArn=source_arn,
            **on,
        )
        return self

    def logged(self) -> list[str]:
        return log_lines(self.aws, f"/aws/lambda/{self.name}")


def new_function(aws: LocalAws, body: str, *, may: tuple[dict[str, Any], ...] = ()) -> Function:
    """Make a function whose handler has this body."""
    name = unique("function")
    indented = "\n".join(f"    {line}" for line in body.splitlines())
    arn = aws.client("lambda").create_function(
        FunctionName=name,
        Runtime="python3.12",
        Handler="index.handler",
        Role=new_role(aws, "lambda.amazonaws.com", *may),
        Code={"ZipFile": archive_of(f"import json\ndef handler(event, context):\n{indented}\n")},
    )["FunctionArn"]
    return Function(aws, name, arn)


def log_lines(aws: LocalAws, group: str) -> list[str]:
    logs = aws.client("logs")
    try:
        return [event["message"] for event in logs.filter_log_events(logGroupName=group)["events"]]
    except logs.exceptions.ResourceNotFoundException:
        return []


def new_log_group(aws: LocalAws) -> str:
    name = f"/aws/events/{unique('group')}"
    aws.client("logs").create_log_group(logGroupName=name)
    return name


def log_group_arn(aws: LocalAws, name: str) -> str:
    return f"arn:aws:logs:{aws.region}:{aws.account}:log-group:{name}"
