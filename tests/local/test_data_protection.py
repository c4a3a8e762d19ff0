"""Data protection policies: what CloudWatch Logs refuses, and what it shows of what was written."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from constructs_lib import operations
from constructs_lib.events.log_mask import data_protection_policy, mask
from constructs_lib.testing import sample_event
from tests.eventually import eventually
from tests.local.resources import EVENTS_SERVICE, Bus, allow, log_group_arn, new_function, new_log_group, policy, unique
from tests.local.stacks import StackError, deploy

if TYPE_CHECKING:
    from constructs_lib.local import LocalAws

LINE = '{"password":"sesame","name":"x"}'
SHOWN = '{"*****************","name":"x"}'


def put(aws: LocalAws, group: str, document: Any = None) -> None:
    text = json.dumps(data_protection_policy() if document is None else document)
    aws.client("logs").put_data_protection_policy(logGroupIdentifier=group, policyDocument=text)


def write(aws: LocalAws, group: str, *lines: str, stream: str = "stream") -> str:
    logs = aws.client("logs")
    if not logs.describe_log_streams(logGroupName=group)["logStreams"]:
        logs.create_log_stream(logGroupName=group, logStreamName=stream)
    now = int(time.time() * 1000)
    events: Any = [{"timestamp": now, "message": line} for line in lines]
    logs.put_log_events(logGroupName=group, logStreamName=stream, logEvents=events)
    return stream


def read(aws: LocalAws, group: str, **how: Any) -> list[str]:
    events = aws.client("logs").get_log_events(logGroupName=group, logStreamName="stream", **how)["events"]
    return [event["message"] for event in events]


@pytest.fixture
def group(aws: LocalAws) -> str:
    return new_log_group(aws)


def test_what_is_written_after_the_policy_is_masked(aws: LocalAws, group: str) -> None:
    write(aws, group, LINE)
    put(aws, group)
    write(aws, group, LINE)

    assert mask(LINE) == SHOWN
    assert read(aws, group) == [LINE, SHOWN]
    assert read(aws, group, unmask=True) == [LINE, LINE]


def test_a_filter_sees_what_is_shown(aws: LocalAws, group: str) -> None:
    put(aws, group)
    write(aws, group, LINE)
    logs = aws.client("logs")

    shown = logs.filter_log_events(logGroupName=group)["events"]
    written = logs.filter_log_events(logGroupIdentifier=log_group_arn(aws, group), unmask=True)["events"]
    found = logs.filter_log_events(logGroupName=group, filterPattern="sesame")["events"]
    found_unmasked = logs.filter_log_events(logGroupName=group, filterPattern="sesame", unmask=True)["events"]

    assert [event["message"] for event in shown] == [SHOWN]
    assert [event["message"] for event in written] == [LINE]
    assert (len(found), len(found_unmasked)) == (0, 1)
    groups = logs.describe_log_groups(logGroupNamePrefix=group)["logGroups"]
    assert [(described["logGroupName"], described["dataProtectionStatus"]) for described in groups] == [
        (group, "ACTIVATED")
    ]
    assert logs.describe_log_groups(logGroupNamePrefix="unmasked")["logGroups"] == []


def test_a_query_sees_what_is_shown(aws: LocalAws, group: str) -> None:
    put(aws, group)
    write(aws, group, LINE)
    logs = aws.client("logs")

    now = int(time.time())
    query = logs.start_query(
        logGroupName=group, startTime=now - 60, endTime=now + 60, queryString="fields @message, @ptr"
    )["queryId"]
    row = logs.get_query_results(queryId=query)["results"][0]

    assert {field["field"]: field["value"] for field in row}["@message"] == SHOWN
    pointer = {field["field"]: field["value"] for field in row}["@ptr"]
    assert logs.get_log_record(logRecordPointer=pointer)["logRecord"]["@message"] == SHOWN
    assert logs.get_log_record(logRecordPointer=pointer, unmask=True)["logRecord"]["@message"] == LINE


def test_a_subscription_gets_what_is_shown(aws: LocalAws, group: str) -> None:
    function = new_function(
        aws, "import base64, gzip\nprint(gzip.decompress(base64.b64decode(event['awslogs']['data'])).decode())"
    )
    put(aws, group)
    aws.client("logs").put_subscription_filter(
        logGroupName=group, filterName="all", filterPattern="", destinationArn=function.arn
    )
    write(aws, group, LINE)

    lines = eventually(lambda: [line for line in function.logged() if "logEvents" in line])
    assert [event["message"] for event in json.loads(lines[0])["logEvents"]] == [SHOWN]


def test_an_event_that_a_rule_logs_is_masked(aws: LocalAws, bus: Bus, group: str) -> None:
    put(aws, group)
    arn = log_group_arn(aws, group)
    aws.client("logs").put_resource_policy(
        policyName=unique("policy"),
        policyDocument=policy(allow(EVENTS_SERVICE, ["logs:CreateLogStream", "logs:PutLogEvents"], f"{arn}:*")),
    )
    bus.route(arn)
    detail = sample_event(operations.auth.create_saas_user, request={"password": "sesame"})["detail"]
    bus.send(**detail)

    def logged(**how: Any) -> list[str]:
        events = aws.client("logs").filter_log_events(logGroupName=group, **how)["events"]
        return [event["message"] for event in events]

    shown = eventually(logged)[0]
    assert "sesame" not in shown
    assert json.loads(json.loads(shown)["detail"]["event"])["uri"] == "/v1/auth/users"
    assert "sesame" in logged(unmask=True)[0]


def test_a_policy_is_given_and_taken_away(aws: LocalAws, group: str) -> None:
    logs = aws.client("logs")
    assert "policyDocument" not in logs.get_data_protection_policy(logGroupIdentifier=group)
    put(aws, group)
    given = logs.get_data_protection_policy(logGroupIdentifier=log_group_arn(aws, group))
    assert json.loads(given["policyDocument"]) == data_protection_policy()
    logs.delete_data_protection_policy(logGroupIdentifier=group)
    write(aws, group, LINE)
    assert read(aws, group) == [LINE]
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        put(aws, unique("group"))


def custom(*identifiers: tuple[str, str]) -> dict[str, Any]:
    changed = data_protection_policy()
    changed["Configuration"]["CustomDataIdentifier"] = [{"Name": n, "Regex": r} for n, r in identifiers]
    for statement in changed["Statement"]:
        statement["DataIdentifier"] = [name for name, _ in identifiers]
    return changed


def changed_statement(index: int, **changes: Any) -> dict[str, Any]:
    changed = data_protection_policy()
    changed["Statement"][index] |= changes
    return changed


@pytest.mark.parametrize(
    ("document", "reason"),
    [
        (custom(*((f"n{number}", "x") for number in range(11))), "more than 10"),
        (custom(("n", "x" * 201)), "more than 200"),
        (custom(("n", 'a"')), "not allowed"),
        (custom(("n", "(a)")), "not allowed"),
        (custom(("n", "[a")), "not valid"),
        (custom(("n n", "a")), "not a valid name"),
        (custom(("EmailAddress", "a")), "not a valid name"),
        (custom(("n", "a"), ("n", "b")), "the same name"),
        (custom(), "no data identifier"),
        (changed_statement(0, DataIdentifier=["other"]), "different"),
        (changed_statement(0, Operation={"Audit": {}}), "FindingsDestination"),
        (changed_statement(1, Operation={"Deidentify": {"MaskConfig": {"x": 1}}}), "MaskConfig"),
        (changed_statement(1, Operation={"Audit": {"FindingsDestination": {}}}), "de-identifies"),
        ({"Name": "n"}, "documented form"),
        ({**data_protection_policy(), "Description": "n" * 30_000}, "more than 30720"),
    ],
)
def test_a_policy_that_aws_refuses(aws: LocalAws, group: str, document: Any, reason: str) -> None:
    with pytest.raises(ClientError, match=f"InvalidParameterException.*{reason}"):
        put(aws, group, document)


def test_an_identifier_that_is_not_there(aws: LocalAws, group: str) -> None:
    document = custom(("n", "x"))
    for statement in document["Statement"]:
        statement["DataIdentifier"] = ["m"]
    with pytest.raises(ClientError, match="no data identifier is named 'm'"):
        put(aws, group, document)


def test_cloudformation_puts_changes_and_takes_the_policy(aws: LocalAws) -> None:
    name, stack = f"/aws/events/{unique('group')}", unique("stack")

    def resource(**properties: Any) -> dict[str, Any]:
        return {"Group": {"Type": "AWS::Logs::LogGroup", "Properties": {"LogGroupName": name, **properties}}}

    deploy(aws, resource(DataProtectionPolicy=data_protection_policy()), stack=stack)
    write(aws, name, LINE)
    assert read(aws, name) == [SHOWN]
    deploy(aws, resource(DataProtectionPolicy=custom(("n", "sesam"))), stack=stack)
    write(aws, name, LINE)
    deploy(aws, resource(), stack=stack)
    write(aws, name, LINE)
    assert read(aws, name) == [SHOWN, '{"password":"*****e","name":"x"}', LINE]


def test_cloudformation_refuses_a_policy_and_leaves_no_group(aws: LocalAws) -> None:
    name = f"/aws/events/{unique('group')}"
    properties = {"LogGroupName": name, "DataProtectionPolicy": custom(("n", 'a"'))}
    with pytest.raises(StackError, match="not allowed"):
        deploy(aws, {"Group": {"Type": "AWS::Logs::LogGroup", "Properties": properties}})
    assert aws.client("logs").describe_log_groups(logGroupNamePrefix=name)["logGroups"] == []
