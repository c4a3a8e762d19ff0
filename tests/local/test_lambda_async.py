"""Lambda's asynchronous invocation: attempts, destinations, and a configuration for each qualifier."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from tests.eventually import eventually
from tests.local.resources import Bus, Function, Queue, new_function, new_queue, sum_of

if TYPE_CHECKING:
    from constructs_lib.local import LocalAws

RAISES = "print('attempt', context.invoked_function_arn)\nraise ValueError('broken: ' + str(event['detail']['n']))"


def sends_to(*queues: Queue) -> tuple[dict[str, Any], ...]:
    return tuple({"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": queue.arn} for queue in queues)


def configure(function: Function, queue: Queue | None, *, on: str = "OnFailure", **settings: Any) -> None:
    destination: Any = {"DestinationConfig": {on: {"Destination": queue.arn}}} if queue else {}
    function.aws.client("lambda").put_function_event_invoke_config(
        FunctionName=function.name, **destination, **settings
    )


def attempts(function: Function) -> list[str]:
    return [line for line in function.logged() if line.startswith("attempt")]


def test_a_function_that_raises_is_tried_three_times_and_its_event_goes_to_the_failure_destination(
    aws: LocalAws, bus: Bus, queue: Queue
) -> None:
    function = new_function(aws, RAISES, may=sends_to(queue))
    configure(function, queue)
    function.allow_events(bus.route(function.arn))
    event_id = bus.send(n=1)
    record = json.loads(queue.message()["Body"])
    # Lambda writes a log a little after the invocation.
    assert eventually(lambda: len(attempts(function)) == 3)
    assert record["version"] == "1.0"
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", record["timestamp"])
    request = record["requestContext"]
    assert re.fullmatch(r"[0-9a-f-]{36}", request.pop("requestId"))
    assert request == {
        "functionArn": f"{function.arn}:$LATEST",
        "condition": "RetriesExhausted",
        "approximateInvokeCount": 3,
    }
    assert record["requestPayload"]["id"] == event_id
    assert record["responseContext"] == {
        "statusCode": 200,
        "executedVersion": "$LATEST",
        "functionError": "Unhandled",
    }
    assert record["responsePayload"]["errorMessage"] == "broken: 1"
    assert record["responsePayload"]["errorType"] == "ValueError"


def test_the_number_of_attempts_can_be_set(aws: LocalAws, bus: Bus, queue: Queue) -> None:
    function = new_function(aws, RAISES, may=sends_to(queue))
    configure(function, queue, MaximumRetryAttempts=0)
    function.allow_events(bus.route(function.arn))
    bus.send(n=1)
    record = json.loads(queue.message()["Body"])
    assert record["requestContext"]["approximateInvokeCount"] == 1
    assert len(attempts(function)) == 1


def test_an_event_that_is_too_old_is_not_tried_again(aws: LocalAws, bus: Bus, queue: Queue) -> None:
    function = new_function(aws, RAISES, may=sends_to(queue))
    configure(function, queue, MaximumEventAgeInSeconds=60)
    function.allow_events(bus.route(function.arn))
    bus.send(n=1)
    record = json.loads(queue.message()["Body"])
    assert record["requestContext"]["condition"] == "EventAgeExceeded"


def test_an_alias_has_a_configuration_of_its_own(aws: LocalAws, bus: Bus, queue: Queue) -> None:
    other = new_queue(aws)
    function = new_function(aws, RAISES, may=sends_to(queue, other))
    client = aws.client("lambda")
    version = client.publish_version(FunctionName=function.name)["Version"]
    alias = client.create_alias(FunctionName=function.name, Name="live", FunctionVersion=version)["AliasArn"]
    configure(function, other, MaximumRetryAttempts=0)
    configure(function, queue, Qualifier="live", MaximumRetryAttempts=1)
    function.allow_events(bus.route(alias), qualifier="live")
    bus.send(n=1)
    record = json.loads(queue.message()["Body"])
    assert record["requestContext"]["functionArn"] == alias
    assert record["requestContext"]["approximateInvokeCount"] == 2
    assert record["responseContext"]["executedVersion"] == version
    assert other.messages() == []


def test_no_qualifier_and_latest_are_one_configuration(aws: LocalAws) -> None:
    function = new_function(aws, "pass")
    configure(function, None, Qualifier="$LATEST", MaximumRetryAttempts=1)
    found = aws.client("lambda").get_function_event_invoke_config(FunctionName=function.name)
    assert found["MaximumRetryAttempts"] == 1


def test_a_success_goes_to_its_destination(aws: LocalAws, bus: Bus, queue: Queue) -> None:
    function = new_function(aws, "return {'done': event['detail']['n']}", may=sends_to(queue))
    configure(function, queue, on="OnSuccess")
    function.allow_events(bus.route(function.arn))
    bus.send(n=4)
    record = json.loads(queue.message()["Body"])
    assert record["requestContext"]["condition"] == "Success"
    assert record["responsePayload"] == {"done": 4}


def test_a_failure_destination_that_the_role_may_not_send_to_is_refused(aws: LocalAws, queue: Queue) -> None:
    function = new_function(aws, "pass", may=sends_to(new_queue(aws)))
    with pytest.raises(ClientError, match="does not have permissions to call SendMessage") as refused:
        configure(function, queue)
    assert refused.value.response["Error"]["Code"] == "InvalidParameterValueException"


def test_a_role_that_lost_its_permission_loses_the_event_and_that_is_counted(
    aws: LocalAws, bus: Bus, queue: Queue
) -> None:
    function = new_function(aws, RAISES, may=sends_to(queue))
    configure(function, queue, MaximumRetryAttempts=0)
    function.allow_events(bus.route(function.arn))
    role = aws.client("lambda").get_function(FunctionName=function.name)["Configuration"]["Role"]
    aws.client("iam").delete_role_policy(RoleName=role.rpartition("/")[2], PolicyName="allowed")
    bus.send(n=1)
    eventually(lambda: sum_of(aws, "AWS/Lambda", "DestinationDeliveryFailures", FunctionName=function.name) == 1)
    assert queue.messages() == []


def test_an_invocation_by_the_api_is_tried_again_too(aws: LocalAws, queue: Queue) -> None:
    function = new_function(aws, RAISES, may=sends_to(queue))
    configure(function, queue, MaximumRetryAttempts=1)
    payload = json.dumps({"detail": {"n": 9}})
    answer = aws.client("lambda").invoke(FunctionName=function.name, InvocationType="Event", Payload=payload)
    assert answer["StatusCode"] == 202
    assert json.loads(queue.message()["Body"])["requestPayload"] == {"detail": {"n": 9}}
    assert eventually(lambda: len(attempts(function)) == 2)


def test_a_functions_own_dead_letter_queue_gets_the_bare_event(aws: LocalAws, bus: Bus, queue: Queue) -> None:
    function = new_function(aws, RAISES, may=sends_to(queue))
    aws.client("lambda").update_function_configuration(
        FunctionName=function.name, DeadLetterConfig={"TargetArn": queue.arn}
    )
    configure(function, None, MaximumRetryAttempts=0)
    function.allow_events(bus.route(function.arn))
    event_id = bus.send(n=1)
    message = queue.message()
    assert json.loads(message["Body"])["id"] == event_id
    assert message["MessageAttributes"]["ErrorMessage"]["StringValue"] == "broken: 1"
