"""`saasus-events dlq` on the local AWS: what failed is listed and sent again, and every sum is the number sent."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

from constructs_lib.local import Hang, HttpsEndpoint
from tests.eventually import eventually
from tests.local.api import ApiDestination
from tests.local.lake import new_bucket, new_stream, objects
from tests.local.resources import (
    EVERYTHING,
    Bus,
    Function,
    Queue,
    archive_of,
    log_group_arn,
    log_lines,
    new_function,
    new_log_group,
    new_queue,
    new_role,
    unique,
)
from tests.local.sent_events import API_KEY, EMAIL, created_tenant, put
from tests.local.stacks import deploy
from tests.unit.cli.dlq.dead_letters import OF_EVENTBRIDGE, REFUSED, TEXT

if TYPE_CHECKING:
    import trustme

    from constructs_lib.local import LocalAws
    from tests.local.command import Command

RAISES = "raise ValueError('broken for ' + event['detail']['event'])"
WORKS = "print('ran for', event['detail']['trace_id'])"


def of_type(name: str) -> dict[str, Any]:
    return {"detail": {"event_type": [name]}}


def send(bus: Bus, event_type: str, count: int = 1) -> list[str]:
    return put(bus.aws, bus.name, [created_tenant(event_type=event_type) for _ in range(count)])


def route(bus: Bus, event_type: str, arn: str, dead_letters: Queue, **target: Any) -> str:
    rule = bus.put_rule(event_type, of_type(event_type))
    listed: Any = [{"Id": "1", "Arn": arn, "DeadLetterConfig": {"Arn": dead_letters.arn}, **target}]
    bus.aws.client("events").put_targets(Rule=event_type, EventBusName=bus.name, Targets=listed)
    return rule


def missing_queue(aws: LocalAws) -> tuple[str, str]:
    name = unique("missing")
    return name, f"arn:aws:sqs:{aws.region}:{aws.account}:{name}"


def create_missing(aws: LocalAws, name: str, arn: str) -> Queue:
    url = aws.client("sqs").create_queue(QueueName=name)["QueueUrl"]
    return Queue(aws, url, arn).allow_events()


def depth(queue: Queue) -> tuple[int, int]:
    """Visible, and hidden by a reader."""
    names: Any = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    found = queue.aws.client("sqs").get_queue_attributes(QueueUrl=queue.url, AttributeNames=names)["Attributes"]
    return int(found[names[0]]), int(found[names[1]])


def wait_for_depth(queue: Queue, count: int, timeout: float = 20) -> None:
    eventually(lambda: depth(queue) == (count, 0), timeout)


def failing_function(aws: LocalAws, dead_letters: Queue, body: str = RAISES) -> Function:
    may = {"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": dead_letters.arn}
    function = new_function(aws, body, may=(may,))
    aws.client("lambda").put_function_event_invoke_config(
        FunctionName=function.name,
        MaximumRetryAttempts=1,
        DestinationConfig={"OnFailure": {"Destination": dead_letters.arn}},
    )
    return function


def mend(function: Function) -> None:
    code = "\n".join(("import json", "def handler(event, context):", f"    {WORKS}", ""))
    function.aws.client("lambda").update_function_code(FunctionName=function.name, ZipFile=archive_of(code))


def test_listing_says_what_failed_and_why_without_secrets_and_gives_all_back(
    aws: LocalAws, bus: Bus, dead_letters: Queue, command: Command
) -> None:
    _, missing = missing_queue(aws)
    rule = route(bus, "a", missing, dead_letters)
    function = failing_function(aws, dead_letters)
    function.allow_events(route(bus, "b", function.arn, dead_letters))
    traces = send(bus, "a") + send(bus, "b")
    wait_for_depth(dead_letters, 2)
    listed = command("dlq", "list", dead_letters.arn)
    assert listed.code == 0
    assert all(trace in listed.out for trace in traces)
    assert "NO_RESOURCE" in listed.out
    assert "RetriesExhausted: ValueError: broken for" in listed.out
    assert "1 x NO_RESOURCE  a -> sqs missing" in listed.out
    lines = command("dlq", "list", dead_letters.url, "--json").out.splitlines()
    letters = {letter["trace_id"]: letter for letter in map(json.loads, lines)}
    assert letters[traces[0]]["rule_arn"] == rule
    assert letters[traces[1]]["target_arn"] == f"{function.arn}:$LATEST"
    shown = command("dlq", "show", dead_letters.arn, traces[1])
    for text in (listed.out, *lines, shown.out):
        assert API_KEY not in text
        assert EMAIL not in text
    assert API_KEY in command("dlq", "show", dead_letters.arn, traces[1], "--raw").out
    assert depth(dead_letters) == (2, 0)


def test_a_filter_and_a_limit_choose_what_is_listed(
    aws: LocalAws, bus: Bus, dead_letters: Queue, command: Command
) -> None:
    _, missing = missing_queue(aws)
    route(bus, "a", missing, dead_letters)
    route(bus, "b", missing, dead_letters)
    send(bus, "a", 12)
    [trace] = send(bus, "b")
    wait_for_depth(dead_letters, 13)
    only = command("dlq", "list", dead_letters.arn, "--event-type", "b")
    assert trace in only.out
    assert "1 selected of 13 messages" in only.err
    some = command("dlq", "list", dead_letters.arn, "--json", "--limit", "3")
    assert len(some.out.splitlines()) == 3
    assert "--limit 0 shows all" in some.err
    assert depth(dead_letters) == (13, 0)


def test_a_dry_run_changes_nothing(aws: LocalAws, bus: Bus, dead_letters: Queue, command: Command) -> None:
    name, missing = missing_queue(aws)
    route(bus, "a", missing, dead_letters)
    send(bus, "a", 2)
    wait_for_depth(dead_letters, 2)
    queue = create_missing(aws, name, missing)
    ran = command("dlq", "redrive", dead_letters.arn, "--to-target")
    assert ran.sums == (2, 2, 0, 0)
    assert f"SQS SendMessage {name}" in ran.out
    assert "Nothing was changed" in ran.err
    assert depth(dead_letters) == (2, 0)
    assert queue.messages() == []


def test_a_rules_own_input_is_what_is_sent_again(
    aws: LocalAws, bus: Bus, dead_letters: Queue, command: Command
) -> None:
    name, missing = missing_queue(aws)
    transformer = {"InputPathsMap": {"t": "$.detail.trace_id"}, "InputTemplate": '{"trace": <t>}'}
    route(bus, "a", missing, dead_letters, InputTransformer=transformer)
    [trace] = send(bus, "a")
    wait_for_depth(dead_letters, 1)
    queue = create_missing(aws, name, missing)
    assert command("dlq", "redrive", dead_letters.arn, "--to-target", "--yes").sums == (1, 1, 0, 0)
    assert json.loads(queue.message()["Body"]) == {"trace": trace}


def test_what_still_fails_stays_and_the_exit_code_says_so(
    aws: LocalAws, bus: Bus, dead_letters: Queue, command: Command
) -> None:
    _, missing = missing_queue(aws)
    route(bus, "a", missing, dead_letters)
    send(bus, "a", 2)
    wait_for_depth(dead_letters, 2)
    ran = command("dlq", "redrive", dead_letters.arn, "--to-target", "--yes")
    assert ran.code == 1
    assert ran.sums == (2, 0, 2, 0)
    assert depth(dead_letters) == (2, 0)


def test_a_function_that_raises_again_does_not_go_round_in_circles(
    aws: LocalAws, bus: Bus, dead_letters: Queue, command: Command
) -> None:
    body = "print('attempt')\n" + RAISES
    function = failing_function(aws, dead_letters, body)
    aws.client("lambda").put_function_event_invoke_config(
        FunctionName=function.name,
        MaximumRetryAttempts=0,
        DestinationConfig={"OnFailure": {"Destination": dead_letters.arn}},
    )
    function.allow_events(route(bus, "a", function.arn, dead_letters))
    send(bus, "a", 3)
    wait_for_depth(dead_letters, 3)
    ran = command("dlq", "redrive", dead_letters.arn, "--to-target", "--yes")
    assert ran.sums == (3, 3, 0, 0)
    wait_for_depth(dead_letters, 3)
    assert len([line for line in function.logged() if line.startswith("attempt")]) == 6


def test_a_message_that_is_not_selected_stays(aws: LocalAws, bus: Bus, dead_letters: Queue, command: Command) -> None:
    name, missing = missing_queue(aws)
    route(bus, "a", missing, dead_letters)
    first, second = send(bus, "a", 2)
    aws.client("sqs").send_message(QueueUrl=dead_letters.url, MessageBody="what is this?")
    wait_for_depth(dead_letters, 3)
    queue = create_missing(aws, name, missing)
    ran = command("dlq", "redrive", dead_letters.arn, "--to-target", "--trace-id", first, "--yes")
    assert ran.code == 0
    assert ran.sums == (3, 1, 0, 2)
    assert first in queue.message()["Body"]
    assert depth(dead_letters) == (2, 0)
    again = command("dlq", "redrive", dead_letters.arn, "--to-target", "--yes")
    assert again.code == 1
    assert again.sums == (2, 1, 1, 0)
    assert second in again.out


def test_what_is_not_understood_is_listed_refused_and_stays_and_blocks_nothing(
    aws: LocalAws, bus: Bus, dead_letters: Queue, command: Command
) -> None:
    for message, _ in REFUSED.values():
        attributes: Any = {
            name: {"DataType": "String", "StringValue": value} for name, value in message.attributes.items() if value
        }
        aws.client("sqs").send_message(
            QueueUrl=dead_letters.url, MessageBody=message.body, MessageAttributes=attributes
        )
    name, missing = missing_queue(aws)
    route(bus, "a", missing, dead_letters)
    [trace] = send(bus, "a")
    wait_for_depth(dead_letters, len(REFUSED) + 1)
    queue = create_missing(aws, name, missing)
    listed = command("dlq", "list", dead_letters.arn)
    assert all(says in listed.out for _, says in REFUSED.values())
    ran = command("dlq", "redrive", dead_letters.arn, "--to-target", "--yes")
    assert (ran.code, ran.sums) == (1, (len(REFUSED) + 1, 1, len(REFUSED), 0))
    assert trace in queue.message()["Body"]
    assert depth(dead_letters) == (len(REFUSED), 0)
    bodies = [letter["Body"] for _ in range(len(REFUSED)) for letter in dead_letters.messages()]
    assert sorted(bodies) == sorted(message.body for message, _ in REFUSED.values())


def test_a_rule_of_the_same_name_in_another_account_and_one_that_is_gone_are_not_this_one(
    aws: LocalAws, bus: Bus, dead_letters: Queue, command: Command
) -> None:
    name, missing = missing_queue(aws)
    rule = route(bus, "a", missing, dead_letters, Input='{"from":"this account"}')
    create_missing(aws, name, missing)
    for arn in (rule.replace(aws.account, "999999999999"), f"{rule}-gone"):
        attributes: Any = {
            key: {"DataType": "String", "StringValue": value}
            for key, value in {**OF_EVENTBRIDGE, "RULE_ARN": arn, "TARGET_ARN": missing}.items()
        }
        aws.client("sqs").send_message(QueueUrl=dead_letters.url, MessageBody=TEXT, MessageAttributes=attributes)
    ran = command("dlq", "redrive", dead_letters.arn, "--to-target", "--yes")
    assert ran.sums == (2, 0, 2, 0)
    assert ran.out.count("is gone, so it is unknown what it sent") == 2
    assert depth(dead_letters) == (2, 0)


def test_a_partner_bus_is_refused_and_a_custom_bus_gets_the_event_with_another_source(
    aws: LocalAws, bus: Bus, dead_letters: Queue, command: Command, queue: Queue
) -> None:
    _, missing = missing_queue(aws)
    route(bus, "a", missing, dead_letters)
    [trace] = send(bus, "a")
    wait_for_depth(dead_letters, 1)
    refused = command("dlq", "redrive", dead_letters.arn, "--to-bus", bus.name, "--yes")
    assert refused.code == 2
    assert "it is a partner event bus" in refused.err
    repairs = Bus(aws, unique("repairs"))
    aws.client("events").create_event_bus(Name=repairs.name)
    repairs.put_rule(pattern={"source": [{"prefix": "redriven/saasus.io/"}]})
    queue.allow_events()
    aws.client("events").put_targets(Rule="rule", EventBusName=repairs.name, Targets=[{"Id": "1", "Arn": queue.arn}])
    ran = command("dlq", "redrive", dead_letters.arn, "--to-bus", repairs.name, "--yes")
    assert (ran.code, ran.sums) == (0, (1, 1, 0, 0))
    event = json.loads(queue.message()["Body"])
    assert event["source"] == bus.name.replace("aws.partner/", "redriven/")
    assert event["detail"]["trace_id"] == trace
    assert depth(dead_letters) == (0, 0)


def test_topics_state_machines_delivery_streams_and_log_groups_are_called_too(
    aws: LocalAws, bus: Bus, dead_letters: Queue, command: Command
) -> None:
    group, topic_name, machine_name = new_log_group(aws), unique("topic"), unique("machine")
    account = f"{aws.region}:{aws.account}"
    machine = f"arn:aws:states:{account}:stateMachine:{machine_name}"
    route(bus, "logs", log_group_arn(aws, group), dead_letters)
    route(bus, "topic", f"arn:aws:sns:{account}:{topic_name}", dead_letters)
    route(bus, "machine", machine, dead_letters, RoleArn=new_role(aws, "events.amazonaws.com"))
    stream_name = unique("stream")
    stream = f"arn:aws:firehose:{account}:deliverystream/{stream_name}"
    route(bus, "stream", stream, dead_letters, RoleArn=new_role(aws, "events.amazonaws.com"))
    traces = {name: send(bus, name)[0] for name in ("logs", "topic", "machine", "stream")}
    wait_for_depth(dead_letters, 4)
    topic = aws.client("sns").create_topic(Name=topic_name)["TopicArn"]
    received = new_queue(aws)
    received.set_policy({"Effect": "Allow", "Principal": "*", "Action": "sqs:SendMessage", "Resource": received.arn})
    aws.client("sns").subscribe(TopicArn=topic, Protocol="sqs", Endpoint=received.arn)
    definition = json.dumps({"StartAt": "Done", "States": {"Done": {"Type": "Succeed"}}})
    aws.client("stepfunctions").create_state_machine(
        name=machine_name, definition=definition, roleArn=new_role(aws, "states.amazonaws.com")
    )
    new_stream(aws, bucket := new_bucket(aws), name=stream_name)
    assert command("dlq", "redrive", dead_letters.arn, "--to-target", "--yes").sums == (4, 4, 0, 0)
    assert traces["stream"] in eventually(lambda: objects(aws, bucket)).popitem()[1].decode()
    assert traces["logs"] in log_lines(aws, group)[0]
    assert traces["topic"] in received.message()["Body"]
    [execution] = aws.client("stepfunctions").list_executions(stateMachineArn=machine)["executions"]
    described = aws.client("stepfunctions").describe_execution(executionArn=execution["executionArn"])
    assert traces["machine"] in described["input"]


def test_the_queue_of_a_stack_is_found(aws: LocalAws, command: Command) -> None:
    stack = unique("stack")
    queues = {"SaasusDeadLetterQueue1A2B": {"Type": "AWS::SQS::Queue"}, "Mine": {"Type": "AWS::SQS::Queue"}}
    deploy(aws, queues, stack=stack)
    ran = command("dlq", "list", "--stack", stack)
    assert ran.code == 0
    assert "There are no messages in" in ran.err
    assert "SaasusDeadLetterQueue" in ran.err


def test_a_queue_that_is_not_there_is_an_error_with_the_nearest_names(
    aws: LocalAws, dead_letters: Queue, command: Command
) -> None:
    ran = command("dlq", "list", dead_letters.arn.rpartition(":")[2] + "x")
    assert ran.code == 2
    assert f"Did you mean '{dead_letters.arn.rpartition(':')[2]}'" in ran.err


def test_every_event_sent_is_delivered_or_in_the_queue_and_after_a_redrive_delivered(
    aws: LocalAws, bus: Bus, authority: trustme.CA, dead_letters: Queue, command: Command
) -> None:
    """The table of the faults: sent = delivered + in the queue, and in the queue = redriven + failed + skipped."""
    name, missing = missing_queue(aws)
    function = failing_function(aws, dead_letters)
    route(bus, "missing", missing, dead_letters)
    function.allow_events(route(bus, "raises", function.arn, dead_letters))
    answers: dict[str, Any] = {"refuses": 400, "recovers": [500, 500, 200], "hangs": Hang(30)}
    endpoints = {kind: HttpsEndpoint(answer, authority=authority).start() for kind, answer in answers.items()}
    sent = {"missing": 3, "raises": 2, "refuses": 2, "recovers": 1, "hangs": 1}
    try:
        for kind, endpoint in endpoints.items():
            api = ApiDestination.make(aws, endpoint.url("/hook"))
            attempts = {"MaximumRetryAttempts": 0 if kind == "hangs" else 3}
            route(bus, kind, api.arn, dead_letters, RoleArn=api.role, RetryPolicy=attempts)
        for kind, count in sent.items():
            send(bus, kind, count)
        wait_for_depth(dead_letters, 8, timeout=40)
        endpoints["recovers"].wait_for(3)
    finally:
        for endpoint in endpoints.values():
            endpoint.stop()
    delivered = 1  # by the endpoint that recovers
    assert delivered + depth(dead_letters)[0] == sum(sent.values())

    mend(function)
    queue = create_missing(aws, name, missing)
    ran = command("dlq", "redrive", dead_letters.arn, "--to-target", "--yes")
    assert ran.code == 1
    assert ran.sums == (8, 5, 3, 0), ran.out
    assert ran.out.count("only EventBridge can call") == 3
    assert len(eventually(lambda: [m for _ in range(3) for m in queue.messages()])) == 3
    eventually(lambda: len([line for line in function.logged() if line.startswith("ran for")]) == 2)
    assert depth(dead_letters) == (3, 0)

    received = new_queue(aws).allow_events()
    repairs = Bus(aws, unique("repairs"))
    aws.client("events").create_event_bus(Name=repairs.name)
    repairs.put_rule(pattern={"source": [{"prefix": "redriven/"}]})
    aws.client("events").put_targets(Rule="rule", EventBusName=repairs.name, Targets=[{"Id": "1", "Arn": received.arn}])
    assert command("dlq", "redrive", dead_letters.arn, "--to-bus", repairs.name, "--yes").sums == (3, 3, 0, 0)
    eventually(lambda: depth(received)[0] == 3)
    assert depth(dead_letters) == (0, 0)


def test_an_archive_is_replayed_to_the_partner_bus(aws: LocalAws, bus: Bus, queue: Queue, command: Command) -> None:
    queue.allow_events()
    archive = unique("archive")
    arn = aws.client("events").describe_event_bus(Name=bus.name)["Arn"]
    aws.client("events").create_archive(ArchiveName=archive, EventSourceArn=arn, EventPattern=json.dumps(EVERYTHING))
    send(bus, "a", 3)
    bus.route(queue.arn)
    dry = command("replay", archive, "--from", "1h", "--to", "now")
    assert dry.code == 0
    assert "Nothing was started" in dry.err
    assert "Rules    1 of 1: rule" in dry.out
    time.sleep(1)
    ran = command("replay", archive, "--from", "1h", "--to", "now", "--rule", "rule", "--yes", "--wait")
    assert ran.code == 0
    assert "is COMPLETED" in ran.out
    eventually(lambda: depth(queue)[0] == 3)
