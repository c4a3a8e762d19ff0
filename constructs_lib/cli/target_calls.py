"""How each kind of target is called by hand, as EventBridge would have called it.

AWS: EventBridge user guide, "Event bus targets". EventBridge uses the target's role or policy; here it is the caller
of the command that needs the permission.
"""

from __future__ import annotations

import json
import time
import uuid
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from constructs_lib.cli.aws_session import aws_errors
from constructs_lib.cli.redelivery import CannotRedrive, Redelivery

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from constructs_lib.cli.aws_session import AwsClients

_ACCEPTED: Final = 202


def service_of(arn: str) -> str:
    """Give what kind of target an ARN is: the service, and for EventBridge the kind of resource."""
    parts = arn.split(":", 5)
    if len(parts) < 6:
        return ""
    return parts[5].partition("/")[0] if parts[2] == "events" else parts[2]


def _lambda(clients: AwsClients, arn: str, _target: dict[str, Any], payload: str) -> Redelivery:
    parts = arn.split(":")
    function, qualifier = ":".join(parts[:7]), parts[7] if len(parts) > 7 else ""
    asked = {"FunctionName": function, **({"Qualifier": qualifier} if qualifier else {})}
    try:
        json.loads(payload)
    except ValueError as error:
        raise CannotRedrive(
            f"The rule's input for {function} is no JSON ({error}). Needed for a function is JSON. Correct the rule."
        ) from error

    def send() -> None:
        with aws_errors(f"{function} does not take the event", "the function, and lambda:InvokeFunction on it"):
            status = clients.of("lambda", arn=arn).invoke(InvocationType="Event", Payload=payload.encode(), **asked)[
                "StatusCode"
            ]
        if status != _ACCEPTED:
            raise CannotRedrive(f"Lambda answered {status} for {function}. Needed is {_ACCEPTED}. Try again later.")

    return Redelivery(f"Lambda Invoke {':'.join(filter(None, (parts[6], qualifier)))}", send)


def _sqs(clients: AwsClients, arn: str, target: dict[str, Any], payload: str) -> Redelivery:
    _, _, _, _, owner, name = arn.split(":", 5)
    group = (target.get("SqsParameters") or {}).get("MessageGroupId")

    def send() -> None:
        client = clients.of("sqs", arn=arn)
        with aws_errors(f"The queue {arn} does not take the event", "the queue, and sqs:SendMessage on it"):
            url = client.get_queue_url(QueueName=name, QueueOwnerAWSAccountId=owner)["QueueUrl"]
            in_group = {"MessageGroupId": group} if group else {}
            client.send_message(QueueUrl=url, MessageBody=payload, **in_group)

    return Redelivery(f"SQS SendMessage {name}", send)


def _sns(clients: AwsClients, arn: str, _target: dict[str, Any], payload: str) -> Redelivery:
    def send() -> None:
        with aws_errors(f"The topic {arn} does not take the event", "the topic, and sns:Publish on it"):
            clients.of("sns", arn=arn).publish(TopicArn=arn, Message=payload)

    return Redelivery(f"SNS Publish {arn.rpartition(':')[2]}", send)


def _states(clients: AwsClients, arn: str, _target: dict[str, Any], payload: str) -> Redelivery:
    def send() -> None:
        needed = "the state machine, and states:StartExecution on it"
        with aws_errors(f"The state machine {arn} does not take the event", needed):
            clients.of("stepfunctions", arn=arn).start_execution(stateMachineArn=arn, input=payload)

    return Redelivery(f"Step Functions StartExecution {arn.rpartition(':')[2]}", send)


def _logs(clients: AwsClients, arn: str, target: dict[str, Any], payload: str) -> Redelivery:
    group = arn.partition(":log-group:")[2].removesuffix(":*")
    has_input = any(target.get(name) for name in ("Input", "InputPath", "InputTransformer"))
    timestamp, message = _log_line(payload) if has_input else (None, payload)

    def send() -> None:
        client = clients.of("logs", arn=arn)
        stream = f"redrive-{uuid.uuid4()}"
        needed = "the group, and logs:CreateLogStream and logs:PutLogEvents on it"
        with aws_errors(f"The log group {group} does not take the event", needed):
            client.create_log_stream(logGroupName=group, logStreamName=stream)
            line = {"timestamp": timestamp or int(time.time() * 1000), "message": message}
            answer = client.put_log_events(logGroupName=group, logStreamName=stream, logEvents=[line])
        if rejected := answer.get("rejectedLogEventsInfo"):
            raise CannotRedrive(
                f"CloudWatch Logs took the call for {group} and not the line ({', '.join(rejected)}). Allowed are "
                "lines of the last 14 days, within the group's retention. Use --to-bus."
            )

    return Redelivery(f"Logs PutLogEvents {group}", send)


def _log_line(payload: str) -> tuple[int, str]:
    """Read the only form in which EventBridge takes an input for a log group."""
    try:
        line = json.loads(payload)
        given, message = line["timestamp"], line["message"]
        if not isinstance(given, (int, float)) and not str(given).isdigit():
            given = datetime.fromisoformat(str(given).replace("Z", "+00:00")).timestamp() * 1000
        return int(given), message if isinstance(message, str) else json.dumps(message, ensure_ascii=False)
    except (ValueError, TypeError, KeyError) as error:
        raise CannotRedrive(
            'The rule\'s input for its log group is not {"timestamp": …, "message": …}. Allowed is only that. Correct '
            "the rule, or use --to-bus."
        ) from error


CALLS: Final[Mapping[str, Callable[[AwsClients, str, dict[str, Any], str], Redelivery]]] = {
    "lambda": _lambda,
    "sqs": _sqs,
    "sns": _sns,
    "states": _states,
    "logs": _logs,
}
