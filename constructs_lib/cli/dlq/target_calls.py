"""How each kind of target is called by hand, just as EventBridge would have called it.

AWS: EventBridge user guide, "Event bus targets". EventBridge uses the target's role or policy; here, whoever runs the
command needs the permission.
"""

from __future__ import annotations

import time
import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from constructs_lib.cli.aws.session import aws_errors
from constructs_lib.cli.command import CommandError
from constructs_lib.events.json_values import read_json, write_json

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from constructs_lib.cli.aws.session import AwsClients

_ACCEPTED: Final = 202
_KEY: Final = ", with kms:GenerateDataKey and kms:Decrypt if it has a key of yours"


@dataclass(frozen=True)
class Redelivery:
    """An event that is ready to be sent again."""

    says: str
    """What sending it does, such as `Lambda Invoke onboard`."""
    send: Callable[[], None]
    """Sends it; raises `SaasusEventsError` if it was not accepted."""


@dataclass(frozen=True)
class UndeliveredEvent:
    """One event for one target."""

    arn: str
    """The target's, with the qualifier if it is a function."""
    target: dict[str, Any]
    """The target as the rule defines it; empty if the rule is unknown."""
    payload: str
    id: str
    """The id of the dead letter."""


def service_of(arn: str) -> str:
    """Return what kind of target an ARN names: the service, or for EventBridge the kind of resource."""
    parts = arn.split(":", 5)
    if len(parts) < 6:
        return ""
    return parts[5].partition("/")[0] if parts[2] == "events" else parts[2]


def _lambda(clients: AwsClients, given: UndeliveredEvent) -> Redelivery:
    arn, payload = given.arn, given.payload
    parts = arn.split(":")
    if len(parts) not in (7, 8) or parts[5] != "function":
        raise CommandError(
            f"{arn} is not the ARN of a function. Expected arn:…:function:NAME, or a version or alias of it. Correct "
            "the rule, or use --to-bus."
        )
    function, qualifier = ":".join(parts[:7]), parts[7] if len(parts) > 7 else ""
    asked = {"FunctionName": function, **({"Qualifier": qualifier} if qualifier else {})}
    try:
        read_json(payload)
    except ValueError as error:
        raise CommandError(
            f"The rule's input for {function} is not JSON ({error}). Expected JSON, as functions need it. Correct the "
            "rule."
        ) from error

    def send() -> None:
        with aws_errors(f"{function} does not accept the event", "the function, and lambda:InvokeFunction on it"):
            status = clients.of("lambda", arn=arn).invoke(InvocationType="Event", Payload=payload.encode(), **asked)[
                "StatusCode"
            ]
        if status != _ACCEPTED:
            raise CommandError(f"Lambda answered {status} for {function}. Expected {_ACCEPTED}. Try again later.")

    return Redelivery(f"Lambda Invoke {':'.join(filter(None, (parts[6], qualifier)))}", send)


def _sqs(clients: AwsClients, given: UndeliveredEvent) -> Redelivery:
    arn, payload = given.arn, given.payload
    _, _, _, _, owner, name = arn.split(":", 5)
    group = (given.target.get("SqsParameters") or {}).get("MessageGroupId")
    asked = {"MessageGroupId": group} if group else {}
    if name.endswith(".fifo"):
        if not group:
            raise CommandError(
                f"The rule names no message group for {name}. Expected one, as a FIFO queue needs it. Correct the rule."
            )
        # So an event that was delivered but not deleted is not delivered twice; and a queue without content-based
        # deduplication, to which EventBridge itself cannot send, accepts it.
        asked["MessageDeduplicationId"] = given.id

    def send() -> None:
        client = clients.of("sqs", arn=arn)
        with aws_errors(f"The queue {arn} does not accept the event", f"the queue, and sqs:SendMessage on it{_KEY}"):
            url = client.get_queue_url(QueueName=name, QueueOwnerAWSAccountId=owner)["QueueUrl"]
            client.send_message(QueueUrl=url, MessageBody=payload, **asked)

    return Redelivery(f"SQS SendMessage {name}", send)


def _sns(clients: AwsClients, given: UndeliveredEvent) -> Redelivery:
    arn, payload = given.arn, given.payload

    def send() -> None:
        with aws_errors(f"The topic {arn} does not accept the event", f"the topic, and sns:Publish on it{_KEY}"):
            clients.of("sns", arn=arn).publish(TopicArn=arn, Message=payload)

    return Redelivery(f"SNS Publish {arn.rpartition(':')[2]}", send)


def _states(clients: AwsClients, given: UndeliveredEvent) -> Redelivery:
    arn, payload = given.arn, given.payload

    def send() -> None:
        needed = "the state machine, and states:StartExecution on it"
        with aws_errors(f"The state machine {arn} does not accept the event", needed):
            clients.of("stepfunctions", arn=arn).start_execution(stateMachineArn=arn, input=payload)

    return Redelivery(f"Step Functions StartExecution {arn.rpartition(':')[2]}", send)


def _firehose(clients: AwsClients, given: UndeliveredEvent) -> Redelivery:
    arn, payload = given.arn, given.payload
    name = arn.partition(":deliverystream/")[2]

    def send() -> None:
        needed = "the delivery stream, and firehose:PutRecord on it"
        with aws_errors(f"The delivery stream {arn} does not accept the event", needed):
            clients.of("firehose", arn=arn).put_record(DeliveryStreamName=name, Record={"Data": payload.encode()})

    return Redelivery(f"Firehose PutRecord {name}", send)


def _logs(clients: AwsClients, given: UndeliveredEvent) -> Redelivery:
    arn, payload = given.arn, given.payload
    group = arn.partition(":log-group:")[2].removesuffix(":*")
    has_input = any(
        given.target.get(name) not in (None, "", "$") for name in ("Input", "InputPath", "InputTransformer")
    )
    timestamp, message = _log_line(payload) if has_input else (None, payload)

    def send() -> None:
        client = clients.of("logs", arn=arn)
        stream = f"redrive-{uuid.uuid4()}"
        needed = "the group, and logs:CreateLogStream and logs:PutLogEvents on it"
        with aws_errors(f"The log group {group} does not accept the event", needed):
            client.create_log_stream(logGroupName=group, logStreamName=stream)
            line = {"timestamp": timestamp or int(time.time() * 1000), "message": message}
            answer = client.put_log_events(logGroupName=group, logStreamName=stream, logEvents=[line])
        if rejected := answer.get("rejectedLogEventsInfo"):
            raise CommandError(
                f"CloudWatch Logs accepted the call for {group} but not the line ({', '.join(rejected)}). Expected a "
                "line of the last 14 days, within the group's retention. Use --to-bus."
            )

    return Redelivery(f"Logs PutLogEvents {group}", send)


def _log_line(payload: str) -> tuple[int, str]:
    """Read the only form of an input that EventBridge accepts for a log group."""
    try:
        line = read_json(payload)
        given, message = line["timestamp"], line["message"]
        if not isinstance(given, (int, float)) and not str(given).isdigit():
            given = datetime.fromisoformat(str(given).replace("Z", "+00:00")).timestamp() * 1000
        return int(given), message if isinstance(message, str) else write_json(message)
    except (ValueError, TypeError, KeyError, OverflowError) as error:
        raise CommandError(
            'The rule\'s input for its log group does not have the form {"timestamp": …, "message": …}. Expected that '
            "form, the only one that EventBridge accepts. Correct the rule, or use --to-bus."
        ) from error


CALLS: Final[Mapping[str, Callable[[AwsClients, UndeliveredEvent], Redelivery]]] = {
    "lambda": _lambda,
    "sqs": _sqs,
    "sns": _sns,
    "states": _states,
    "firehose": _firehose,
    "logs": _logs,
}
