"""What each kind of target gets: log lines, invocations, and inputs that were changed on the way."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from tests.eventually import eventually
from tests.local.resources import (
    EVENTS_SERVICE,
    Bus,
    Queue,
    allow,
    log_group_arn,
    log_lines,
    new_function,
    new_log_group,
    new_queue,
    new_role,
    policy,
    unique,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from constructs_lib.local import LocalAws

WRITES = ["logs:CreateLogStream", "logs:PutLogEvents"]


@pytest.fixture
def logs_policy(aws: LocalAws) -> Iterator[Any]:
    """Puts resource policies of CloudWatch Logs, of which a region has ten, and takes them away again."""
    logs, name = aws.client("logs"), unique("policy")

    def put(*statements: dict[str, Any]) -> None:
        logs.put_resource_policy(policyName=name, policyDocument=policy(*statements))

    yield put
    try:
        logs.delete_resource_policy(policyName=name)
    except logs.exceptions.ResourceNotFoundException:
        return


def test_a_log_group_gets_the_event_as_one_line_in_a_stream_of_its_own(
    aws: LocalAws, bus: Bus, logs_policy: Any
) -> None:
    group = new_log_group(aws)
    logs_policy(allow(EVENTS_SERVICE, WRITES, log_group_arn(aws, group) + ":*"))
    bus.route(log_group_arn(aws, group))
    ids = {bus.send(n=1), bus.send(n=2)}
    eventually(lambda: len(log_lines(aws, group)) == 2)
    assert {json.loads(line)["id"] for line in log_lines(aws, group)} == ids
    assert len(aws.client("logs").describe_log_streams(logGroupName=group)["logStreams"]) == 2


@pytest.mark.parametrize(
    "statement",
    [
        None,
        allow(EVENTS_SERVICE, ["logs:PutLogEvents"], "{group}:*"),
        allow(EVENTS_SERVICE, WRITES, "{group}"),
        allow(EVENTS_SERVICE, WRITES, "{group}x:*"),
        allow({"Service": "lambda.amazonaws.com"}, WRITES, "{group}:*"),
    ],
    ids=["no policy", "one action", "without the streams", "another group", "another service"],
)
def test_a_log_group_that_no_resource_policy_opens_gets_nothing(
    aws: LocalAws, bus: Bus, dead_letters: Queue, logs_policy: Any, statement: dict[str, Any] | None
) -> None:
    group = new_log_group(aws)
    if statement is not None:
        logs_policy(json.loads(json.dumps(statement).replace("{group}", log_group_arn(aws, group))))
    bus.route(log_group_arn(aws, group), DeadLetterConfig={"Arn": dead_letters.arn})
    bus.send(n=1)
    assert dead_letters.attributes()["ERROR_CODE"] == "NO_PERMISSIONS"
    assert log_lines(aws, group) == []


@pytest.mark.parametrize(
    ("streams", "lines", "is_delivered"),
    [
        ({}, {"ArnLike": {"aws:SourceArn": "{bus}/*"}}, True),
        (
            {},
            {"ArnEquals": {"aws:SourceArn": "{bus}/rule"}, "StringEquals": {"aws:SourceAccount": "000000000000"}},
            True,
        ),
        ({}, {"ArnLike": {"aws:SourceArn": "{bus}x/*"}}, False),
        ({}, {"StringEquals": {"aws:SourceAccount": "111122223333"}}, False),
        ({"StringEquals": {"aws:SourceAccount": "000000000000"}}, {}, False),
    ],
    ids=["of the bus", "of the rule", "of another bus", "of another account", "before the stream is there"],
)
def test_conditions_of_a_logs_policy_are_looked_at(
    aws: LocalAws, bus: Bus, dead_letters: Queue, logs_policy: Any, streams: Any, lines: Any, is_delivered: bool
) -> None:
    group = new_log_group(aws)
    arn = bus.route(log_group_arn(aws, group), DeadLetterConfig={"Arn": dead_letters.arn})
    of_the_bus = arn.rpartition("/")[0]
    resource = log_group_arn(aws, group) + ":*"
    statements = (
        allow(EVENTS_SERVICE, "logs:CreateLogStream", resource, **streams),
        allow(EVENTS_SERVICE, "logs:PutLogEvents", resource, **lines),
    )
    logs_policy(*json.loads(json.dumps(statements).replace("{bus}", of_the_bus)))
    bus.send(n=1)
    if is_delivered:
        assert len(eventually(lambda: log_lines(aws, group))) == 1
    else:
        assert dead_letters.attributes()["ERROR_CODE"] == "NO_PERMISSIONS"


def test_a_log_group_takes_a_timestamp_and_a_message_as_its_input(aws: LocalAws, bus: Bus, logs_policy: Any) -> None:
    group = new_log_group(aws)
    logs_policy(allow(EVENTS_SERVICE, WRITES, log_group_arn(aws, group) + ":*"))
    transformer = {
        "InputPathsMap": {"time": "$.time", "n": "$.detail.n"},
        "InputTemplate": '{"timestamp": <time>, "message": "number <n>"}',
    }
    bus.route(log_group_arn(aws, group), InputTransformer=transformer)
    bus.send(n=7)
    assert eventually(lambda: log_lines(aws, group)) == ["number 7"]


def test_a_log_group_refuses_any_other_input(aws: LocalAws, bus: Bus, dead_letters: Queue, logs_policy: Any) -> None:
    group = new_log_group(aws)
    logs_policy(allow(EVENTS_SERVICE, WRITES, log_group_arn(aws, group) + ":*"))
    bus.route(log_group_arn(aws, group), Input='{"n": 1}', DeadLetterConfig={"Arn": dead_letters.arn})
    bus.send(n=1)
    assert dead_letters.attributes()["ERROR_CODE"] == "INVALID_PARAMETER"


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        ({"Input": '{"fixed": true}'}, {"fixed": True}),
        ({"InputPath": "$.detail"}, {"n": 1, "text": 'a "quoted" 日本'}),
        ({"InputPath": "$.detail.text"}, 'a "quoted" 日本'),
        (
            {"InputTransformer": {"InputPathsMap": {"t": "$.detail.text"}, "InputTemplate": '{"text": <t>}'}},
            {"text": 'a "quoted" 日本'},
        ),
        (
            {"InputTransformer": {"InputPathsMap": {"d": "$.detail"}, "InputTemplate": '{"is": <d>, "no": <d>}'}},
            {"is": {"n": 1, "text": 'a "quoted" 日本'}, "no": {"n": 1, "text": 'a "quoted" 日本'}},
        ),
    ],
)
def test_inputs_are_changed_on_the_way(bus: Bus, queue: Queue, target: Any, expected: Any) -> None:
    queue.allow_events()
    bus.route(queue.arn, **target)
    bus.send(n=1, text='a "quoted" 日本')
    assert json.loads(queue.message()["Body"]) == expected


def test_an_input_that_is_no_json_arrives_nowhere(bus: Bus, queue: Queue, dead_letters: Queue) -> None:
    queue.allow_events()
    transformer = {"InputPathsMap": {"d": "$.detail"}, "InputTemplate": '{"text": "got <d>"}'}
    bus.route(queue.arn, InputTransformer=transformer, DeadLetterConfig={"Arn": dead_letters.arn})
    bus.route(queue.arn, rule="other", InputPath="$.detail.n")
    bus.send(n=1)
    assert queue.message()["Body"] == "1"
    assert (queue.messages(), dead_letters.messages()) == ([], [])


def test_a_function_gets_the_event_and_its_logs_are_in_its_log_group(aws: LocalAws, bus: Bus) -> None:
    function = new_function(aws, "print('got', event['id'], event['detail']['n'])")
    function.allow_events(bus.route(function.arn))
    event_id = bus.send(n=5)
    assert eventually(lambda: [line for line in function.logged() if "got" in line]) == [f"got {event_id} 5"]


def test_a_function_runs_in_this_virtual_environment_and_its_calls_come_here(aws: LocalAws, bus: Bus) -> None:
    import sys

    code = (
        "import boto3, sys\n"
        "names = [g['logGroupName'] for g in boto3.client('logs').describe_log_groups()['logGroups']]\n"
        "print('seen', sys.executable, context.invoked_function_arn, '{group}' in names)"
    )
    group = new_log_group(aws)
    function = new_function(aws, code.replace("{group}", group))
    function.allow_events(bus.route(function.arn))
    bus.send(n=1)
    line = eventually(lambda: [line for line in function.logged() if "seen" in line])[0]
    assert line == f"seen {sys.executable} {function.arn} True"


def test_a_function_needs_a_permission_for_the_rule(aws: LocalAws, bus: Bus, dead_letters: Queue) -> None:
    function = new_function(aws, "print('got')")
    arn = bus.route(function.arn, DeadLetterConfig={"Arn": dead_letters.arn})
    function.allow_events(arn + "x")
    bus.send(n=1)
    assert dead_letters.attributes()["ERROR_CODE"] == "NO_PERMISSIONS"
    function.allow_events(arn.rpartition("/")[0] + "/*")
    bus.send(n=2)
    eventually(lambda: "got" in function.logged())


def test_an_alias_needs_a_permission_of_its_own(aws: LocalAws, bus: Bus, dead_letters: Queue) -> None:
    function = new_function(aws, "print('called as', context.invoked_function_arn)")
    client = aws.client("lambda")
    version = client.publish_version(FunctionName=function.name)["Version"]
    alias = client.create_alias(FunctionName=function.name, Name="live", FunctionVersion=version)["AliasArn"]
    rule = bus.route(alias, DeadLetterConfig={"Arn": dead_letters.arn})
    function.allow_events(rule)
    bus.send(n=1)
    assert dead_letters.attributes()["ERROR_CODE"] == "NO_PERMISSIONS"
    function.allow_events(rule, qualifier="live")
    bus.send(n=2)
    eventually(lambda: f"called as {alias}" in function.logged())


def test_a_function_that_raises_was_delivered_to(aws: LocalAws, bus: Bus, dead_letters: Queue) -> None:
    function = new_function(aws, "raise ValueError('no')")
    function.allow_events(bus.route(function.arn, DeadLetterConfig={"Arn": dead_letters.arn}))
    bus.send(n=1)
    eventually(lambda: bus.metric("SuccessfulInvocationAttempts") == 1)
    assert dead_letters.messages() == []
    assert bus.metric("FailedInvocations") == 0


def test_a_state_machine_needs_a_role_that_may_start_it(aws: LocalAws, bus: Bus, dead_letters: Queue) -> None:
    definition = json.dumps({"StartAt": "P", "States": {"P": {"Type": "Pass", "End": True}}})
    machine: str = aws.client("stepfunctions").create_state_machine(
        name=unique("machine"), definition=definition, roleArn=new_role(aws, "states.amazonaws.com")
    )["stateMachineArn"]
    powerless = new_role(aws, "events.amazonaws.com")
    bus.route(machine, RoleArn=powerless, DeadLetterConfig={"Arn": dead_letters.arn})
    bus.send(n=1)
    assert dead_letters.attributes()["ERROR_CODE"] == "NO_PERMISSIONS"
    start = {"Effect": "Allow", "Action": "states:StartExecution", "Resource": machine}
    bus.route(machine, RoleArn=new_role(aws, "events.amazonaws.com", start))
    bus.send(n=2)
    states = aws.client("stepfunctions")
    eventually(lambda: states.list_executions(stateMachineArn=machine)["executions"])


def test_an_event_that_is_too_large_for_a_state_machine_or_topic_is_a_dead_letter(
    aws: LocalAws, bus: Bus, queue: Queue, dead_letters: Queue
) -> None:
    queue.allow_events()
    definition = json.dumps({"StartAt": "P", "States": {"P": {"Type": "Pass", "End": True}}})
    machine: str = aws.client("stepfunctions").create_state_machine(
        name=unique("machine"), definition=definition, roleArn=new_role(aws, "states.amazonaws.com")
    )["stateMachineArn"]
    topic: str = aws.client("sns").create_topic(Name=unique("topic"))["TopicArn"]
    allowed = policy(allow(EVENTS_SERVICE, "sns:Publish", topic))
    aws.client("sns").set_topic_attributes(TopicArn=topic, AttributeName="Policy", AttributeValue=allowed)
    start = {"Effect": "Allow", "Action": "states:StartExecution", "Resource": machine}
    letters: dict[str, Any] = {"DeadLetterConfig": {"Arn": dead_letters.arn}}
    bus.route(queue.arn, rule="queue", **letters)
    bus.route(topic, rule="topic", **letters)
    bus.route(machine, rule="machine", RoleArn=new_role(aws, "events.amazonaws.com", start), **letters)
    bus.send(text="x" * 300_000)
    assert len(queue.message()["Body"]) > 300_000
    found: list[str] = []

    def both_there() -> bool:
        attributes = [message["MessageAttributes"] for message in dead_letters.messages()]
        found.extend(f"{each['ERROR_CODE']['StringValue']} {each['TARGET_ARN']['StringValue']}" for each in attributes)
        return len(found) >= 2

    eventually(both_there)
    assert sorted(found) == sorted(f"INVALID_PARAMETER {arn}" for arn in (topic, machine))


def test_a_state_machine_gets_json_only(aws: LocalAws, bus: Bus, dead_letters: Queue) -> None:
    definition = json.dumps({"StartAt": "P", "States": {"P": {"Type": "Pass", "End": True}}})
    machine: str = aws.client("stepfunctions").create_state_machine(
        name=unique("machine"), definition=definition, roleArn=new_role(aws, "states.amazonaws.com")
    )["stateMachineArn"]
    start = {"Effect": "Allow", "Action": "states:StartExecution", "Resource": machine}
    text = {"InputPathsMap": {"n": "$.detail.n"}, "InputTemplate": "number <n>"}
    role, letters = new_role(aws, "events.amazonaws.com", start), {"Arn": dead_letters.arn}
    bus.route(machine, RoleArn=role, InputTransformer=text, DeadLetterConfig=letters)
    bus.send(n=1)
    assert dead_letters.attributes()["ERROR_CODE"] == "INVALID_PARAMETER"


def test_another_bus_gets_the_event_itself(aws: LocalAws, bus: Bus, queue: Queue) -> None:
    events, name = aws.client("events"), unique("bus")
    other = events.create_event_bus(Name=name)["EventBusArn"]
    queue.allow_events()
    events.put_rule(Name="rule", EventBusName=name, EventPattern=json.dumps({"detail": {"n": [1]}}))
    events.put_targets(Rule="rule", EventBusName=name, Targets=[{"Id": "1", "Arn": queue.arn}])
    start = {"Effect": "Allow", "Action": "events:PutEvents", "Resource": other}
    bus.route(other, RoleArn=new_role(aws, "events.amazonaws.com", start))
    event_id = bus.send(n=1)
    assert json.loads(queue.message()["Body"])["id"] == event_id


def test_a_bus_that_is_not_there_or_not_allowed_is_no_delivery(aws: LocalAws, bus: Bus, dead_letters: Queue) -> None:
    here = f"arn:aws:events:{aws.region}:{aws.account}:event-bus/"
    elsewhere = f"arn:aws:events:{aws.region}:111122223333:event-bus/theirs"
    there = aws.client("events").create_event_bus(Name=unique("bus"))["EventBusArn"]
    puts = {"Effect": "Allow", "Action": "events:PutEvents", "Resource": "*"}
    letters: dict[str, Any] = {"DeadLetterConfig": {"Arn": dead_letters.arn}}
    cases: list[tuple[dict[str, Any], str]] = [
        ({"target_arn": f"{here}gone"}, "NO_RESOURCE"),
        ({"target_arn": elsewhere, "RoleArn": new_role(aws, "events.amazonaws.com", puts)}, "NO_RESOURCE"),
        ({"target_arn": there, "RoleArn": new_role(aws, "events.amazonaws.com")}, "NO_PERMISSIONS"),
    ]
    for number, (target, code) in enumerate(cases):
        bus.route(**target, **letters)
        bus.send(n=number)
        assert dead_letters.attributes()["ERROR_CODE"] == code


def test_a_fifo_queue_takes_events_only_where_it_tells_copies_by_their_content(
    aws: LocalAws, bus: Bus, dead_letters: Queue
) -> None:
    sqs, letters = aws.client("sqs"), {"DeadLetterConfig": {"Arn": dead_letters.arn}}
    with_group: dict[str, Any] = {"SqsParameters": {"MessageGroupId": "all"}}
    for by_content, group, arrives in (("false", with_group, False), ("true", {}, False), ("true", with_group, True)):
        attributes: Any = {"FifoQueue": "true", "ContentBasedDeduplication": by_content}
        url = sqs.create_queue(QueueName=f"{unique('queue')}.fifo", Attributes=attributes)["QueueUrl"]
        arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        fifo = Queue(aws, url, arn).allow_events()
        bus.route(arn, **{**group, **letters})
        bus.send(n=1)
        if arrives:
            assert fifo.message()
        else:
            assert dead_letters.attributes()["ERROR_CODE"] == "INVALID_PARAMETER"


def test_a_standard_queue_takes_a_message_group_and_is_a_fair_queue(aws: LocalAws, bus: Bus) -> None:
    queue = new_queue(aws).allow_events()
    bus.route(queue.arn, SqsParameters={"MessageGroupId": "all"})
    bus.send(n=1)
    assert queue.message()


def test_a_topic_with_fifo_order_gets_nothing(aws: LocalAws, bus: Bus, dead_letters: Queue) -> None:
    arn = aws.client("sns").create_topic(Name=f"{unique('topic')}.fifo", Attributes={"FifoTopic": "true"})["TopicArn"]
    bus.route(arn, DeadLetterConfig={"Arn": dead_letters.arn})
    bus.send(n=1)
    assert dead_letters.attributes()["ERROR_CODE"] == "INVALID_PARAMETER"


@pytest.mark.parametrize(
    "target",
    [
        {"Input": "{}", "InputPath": "$.detail"},
        {"DeadLetterConfig": {"Arn": "arn:aws:sqs:us-east-1:000000000000:queue.fifo"}},
        {"RetryPolicy": {"MaximumRetryAttempts": 186}},
        {"InputTransformer": {"InputTemplate": "x" * 8193}},
        {"InputTransformer": {"InputPathsMap": {"aws.x": "$.id"}, "InputTemplate": '"<aws.x>"'}},
        {"InputTransformer": {"InputPathsMap": {"a b": "$.id"}, "InputTemplate": '"<a b>"'}},
        {"InputTransformer": {"InputPathsMap": {"id": "$.id"}, "InputTemplate": '"<other>"'}},
        {"HttpParameters": {"HeaderParameters": {"x": "a\r\nb: c"}}},
        {"HttpParameters": {"HeaderParameters": {"x": "a " * 250 + "日"}}},
        {"HttpParameters": {"HeaderParameters": {"a b": "x"}}},
        {"HttpParameters": {"QueryStringParameters": {"x": "y" * 513}}},
        {"HttpParameters": {"PathParameterValues": [" "]}},
        {"SqsParameters": {"MessageGroupId": "g" * 101}},
    ],
)
def test_a_target_that_aws_refuses_is_refused(aws: LocalAws, bus: Bus, target: Any) -> None:
    queue = new_queue(aws)
    with pytest.raises(ClientError, match="ValidationException"):
        bus.route(queue.arn, **target)


def test_an_api_destination_needs_a_role(bus: Bus) -> None:
    arn = f"arn:aws:events:{bus.aws.region}:{bus.aws.account}:api-destination/x/00000000-0000-0000-0000-000000000000"
    with pytest.raises(ClientError, match="RoleArn is required"):
        bus.route(arn)
