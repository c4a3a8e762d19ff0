"""The CloudFormation types that ministack lacks or takes too easily."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from constructs_lib.local import HttpsEndpoint
from tests.eventually import eventually
from tests.local.resources import (
    EVENTS_SERVICE,
    EVERYTHING,
    Bus,
    Queue,
    allow,
    log_group_arn,
    log_lines,
    new_function,
    new_queue,
    new_source_name,
    unique,
)
from tests.local.stacks import StackError, deploy, destroy

if TYPE_CHECKING:
    import trustme

    from constructs_lib.local import LocalAws

RATE = "InvocationRateLimitPerSecond"


def bus_resource(name: str, **properties: Any) -> dict[str, Any]:
    return {"Type": "AWS::Events::EventBus", "Properties": {"Name": name, "EventSourceName": name, **properties}}


def ref(name: str) -> dict[str, str]:
    return {"Ref": name}


def att(name: str, attribute: str) -> dict[str, list[str]]:
    return {"Fn::GetAtt": [name, attribute]}


def connection(value: str, **properties: Any) -> dict[str, Any]:
    parameters = {"ApiKeyAuthParameters": {"ApiKeyName": "x-api-key", "ApiKeyValue": value}}
    return {
        "Type": "AWS::Events::Connection",
        "Properties": {"AuthorizationType": "API_KEY", "AuthParameters": parameters, **properties},
    }


def destination(endpoint: str, **properties: Any) -> dict[str, Any]:
    return {
        "Type": "AWS::Events::ApiDestination",
        "Properties": {
            "ConnectionArn": att("Connection", "Arn"),
            "InvocationEndpoint": endpoint,
            "HttpMethod": "POST",
            **properties,
        },
    }


# ------------------------------------------------------------------------------- buses


def test_a_bus_is_associated_updated_and_given_back(aws: LocalAws, source_name: str, queue: Queue) -> None:
    events, stack = aws.client("events"), unique("stack")
    letters = {"DeadLetterConfig": {"Arn": queue.arn}, "KmsKeyIdentifier": "alias/mine"}
    tags = [{"Key": "team", "Value": "a"}]
    resources = {"Bus": bus_resource(source_name, Description="one", Tags=tags, **letters)}
    outputs = deploy(aws, resources, stack=stack, Name=ref("Bus"), Arn=att("Bus", "Arn"))
    arn = f"arn:aws:events:{aws.region}:{aws.account}:event-bus/{source_name}"
    assert outputs == {"Name": source_name, "Arn": arn}
    assert events.describe_event_source(Name=source_name)["State"] == "ACTIVE"
    described = events.describe_event_bus(Name=source_name)
    assert described["Description"] == "one"
    assert described["DeadLetterConfig"] == {"Arn": queue.arn}
    assert described["KmsKeyIdentifier"] == "alias/mine"
    assert {"Key": "team", "Value": "a"} in events.list_tags_for_resource(ResourceARN=arn)["Tags"]

    deploy(aws, {"Bus": bus_resource(source_name, Description="two")}, stack=stack)
    described = events.describe_event_bus(Name=source_name)
    assert described["Description"] == "two"
    assert "DeadLetterConfig" not in described
    assert events.describe_event_source(Name=source_name)["State"] == "ACTIVE"

    destroy(aws, stack)
    assert events.describe_event_source(Name=source_name)["State"] == "PENDING"


def test_a_bus_of_a_source_that_does_not_exist_fails_the_deploy(aws: LocalAws) -> None:
    name = new_source_name()
    with pytest.raises(StackError, match="does not exist"):
        deploy(aws, {"Bus": bus_resource(name)})


def test_a_bus_that_exists_fails_the_deploy(aws: LocalAws, bus: Bus) -> None:
    with pytest.raises(StackError, match="already exists"):
        deploy(aws, {"Bus": bus_resource(bus.name)})


# ------------------------------------------------------------------------------- rules


def rule(bus: Any, target: str, **properties: Any) -> dict[str, Any]:
    return {
        "Type": "AWS::Events::Rule",
        "Properties": {
            "EventBusName": bus,
            "EventPattern": EVERYTHING,
            "Targets": [{"Id": "1", "Arn": target}],
            **properties,
        },
    }


def test_a_rule_of_a_partner_bus_is_made_with_its_tags_and_delivers(aws: LocalAws, bus: Bus, queue: Queue) -> None:
    queue.allow_events()
    tags = [{"Key": "team", "Value": "a"}]
    outputs = deploy(
        aws, {"Rule": rule(bus.name, queue.arn, Name="named", Tags=tags)}, Name=ref("Rule"), Arn=att("Rule", "Arn")
    )
    arn = f"arn:aws:events:{aws.region}:{aws.account}:rule/{bus.name}/named"
    assert outputs["Arn"] == arn
    assert aws.client("events").list_tags_for_resource(ResourceARN=arn)["Tags"] == tags
    bus.send(n=1)
    assert queue.message()


def test_a_rule_on_a_bus_that_does_not_exist_fails_the_deploy(aws: LocalAws, queue: Queue) -> None:
    with pytest.raises(StackError, match="does not exist"):
        deploy(aws, {"Rule": rule("nowhere", queue.arn)})


def test_a_rule_whose_pattern_is_wrong_fails_the_deploy(aws: LocalAws, bus: Bus, queue: Queue) -> None:
    with pytest.raises(StackError, match="pattern is not valid"):
        deploy(aws, {"Rule": rule(bus.name, queue.arn, EventPattern={"source": "not a list"})})


def test_a_rule_that_exists_fails_the_deploy(aws: LocalAws, bus: Bus, queue: Queue) -> None:
    bus.put_rule("taken")
    with pytest.raises(StackError, match="already exists"):
        deploy(aws, {"Rule": rule(bus.name, queue.arn, Name="taken")})


# ------------------------------------------------- connections, API destinations, archives


def test_a_connection_and_an_api_destination_are_made_used_changed_and_deleted(
    aws: LocalAws, bus: Bus, authority: trustme.CA
) -> None:
    events, stack, secret = aws.client("events"), unique("stack"), unique("secret")
    aws.client("secretsmanager").create_secret(Name=secret, SecretString=json.dumps({"key": "the-key"}))
    role = {
        "Type": "AWS::IAM::Role",
        "Properties": {
            "AssumeRolePolicyDocument": {
                "Version": "2012-10-17",
                "Statement": [{"Effect": "Allow", "Principal": EVENTS_SERVICE, "Action": "sts:AssumeRole"}],
            },
            "Policies": [
                {
                    "PolicyName": "call",
                    "PolicyDocument": {
                        "Version": "2012-10-17",
                        "Statement": [
                            {
                                "Effect": "Allow",
                                "Action": "events:InvokeApiDestination",
                                "Resource": att("Destination", "ArnForPolicy"),
                            }
                        ],
                    },
                }
            ],
        },
    }
    target = {"Id": "1", "Arn": att("Destination", "Arn"), "RoleArn": att("Role", "Arn")}
    with HttpsEndpoint(api_key=("x-api-key", "the-key"), authority=authority) as endpoint:
        resources = {
            "Connection": connection(f"{{{{resolve:secretsmanager:{secret}:SecretString:key}}}}"),
            "Destination": destination(endpoint.url("/a"), **{RATE: 10}),
            "Role": role,
            "Rule": rule(bus.name, "", Targets=[target]),
        }
        outputs = deploy(
            aws,
            resources,
            stack=stack,
            Connection=ref("Connection"),
            ConnectionArn=att("Connection", "Arn"),
            SecretArn=att("Connection", "SecretArn"),
            Destination=ref("Destination"),
            DestinationArn=att("Destination", "Arn"),
            ForPolicy=att("Destination", "ArnForPolicy"),
        )
        assert outputs["ConnectionArn"].split(":connection/")[1].startswith(outputs["Connection"] + "/")
        assert outputs["DestinationArn"].startswith(outputs["ForPolicy"] + "/")
        assert outputs["ForPolicy"].endswith(f":api-destination/{outputs['Destination']}")
        assert events.describe_connection(Name=outputs["Connection"])["SecretArn"] == outputs["SecretArn"]
        assert events.describe_api_destination(Name=outputs["Destination"])["InvocationRateLimitPerSecond"] == 10
        bus.send(n=1)
        assert endpoint.wait_for(1)[0].authorized

        changed = {**resources, "Destination": destination(endpoint.url("/b"), **{RATE: 20})}
        deploy(aws, changed, stack=stack)
        described = events.describe_api_destination(Name=outputs["Destination"])
        assert described["ApiDestinationArn"] == outputs["DestinationArn"]
        assert described["InvocationRateLimitPerSecond"] == 20
        bus.send(n=2)
        assert endpoint.wait_for(2)[1].path == "/b"

    destroy(aws, stack)
    assert events.list_connections(NamePrefix=outputs["Connection"])["Connections"] == []
    assert events.list_api_destinations(NamePrefix=outputs["Destination"])["ApiDestinations"] == []


def test_a_secret_that_does_not_exist_fails_the_deploy(aws: LocalAws) -> None:
    with pytest.raises(StackError, match="not found"):
        deploy(aws, {"Connection": connection("{{resolve:secretsmanager:nothing:SecretString:key}}")})


@pytest.mark.parametrize(
    "properties",
    [{"InvocationEndpoint": "http://example.com/"}, {RATE: 0}, {"HttpMethod": "TRACE"}, {"Name": "a b"}],
)
def test_an_api_destination_that_aws_refuses_fails_the_deploy(aws: LocalAws, properties: dict[str, Any]) -> None:
    with pytest.raises(StackError, match="AWS::Events::ApiDestination"):
        deploy(aws, {"Connection": connection("x"), "Destination": destination("https://example.com/", **properties)})


def test_a_renamed_connection_is_replaced(aws: LocalAws) -> None:
    stack, first, second = unique("stack"), unique("first"), unique("second")
    deploy(aws, {"Connection": connection("x", Name=first)}, stack=stack)
    deploy(aws, {"Connection": connection("x", Name=second)}, stack=stack)
    names = {c["Name"] for c in aws.client("events").list_connections()["Connections"]}
    assert second in names
    assert first not in names


def test_an_archive_keeps_the_events_of_a_partner_bus(aws: LocalAws, bus: Bus) -> None:
    events, stack = aws.client("events"), unique("stack")
    source = f"arn:aws:events:{aws.region}:{aws.account}:event-bus/{bus.name}"

    def archive(**properties: Any) -> dict[str, Any]:
        given = {"SourceArn": source, "KmsKeyIdentifier": "", **properties}
        return {"Archive": {"Type": "AWS::Events::Archive", "Properties": given}}

    pattern = {"detail": {"n": [1]}}
    outputs = deploy(
        aws, archive(RetentionDays=7, EventPattern=pattern), stack=stack, Name=ref("Archive"), Arn=att("Archive", "Arn")
    )
    assert len(outputs["Name"]) <= 48
    assert outputs["Arn"].endswith(f":archive/{outputs['Name']}")
    bus.send(n=1)
    bus.send(n=2)
    described = events.describe_archive(ArchiveName=outputs["Name"])
    assert (described["EventCount"], described["RetentionDays"]) == (1, 7)
    deploy(aws, archive(RetentionDays=8, EventPattern=pattern), stack=stack)
    described = events.describe_archive(ArchiveName=outputs["Name"])
    assert (described["EventCount"], described["RetentionDays"]) == (1, 8)
    destroy(aws, stack)
    assert events.list_archives(NamePrefix=outputs["Name"])["Archives"] == []


def test_a_bus_whose_archive_is_kept_cannot_be_destroyed(aws: LocalAws, source_name: str) -> None:
    stack, archive = unique("stack"), unique("archive")
    resources = {
        "Bus": bus_resource(source_name),
        "Archive": {
            "Type": "AWS::Events::Archive",
            "DeletionPolicy": "Retain",
            "Properties": {"ArchiveName": archive, "SourceArn": att("Bus", "Arn")},
        },
    }
    deploy(aws, resources, stack=stack)
    cloudformation = aws.client("cloudformation")
    cloudformation.delete_stack(StackName=stack)
    status = eventually(
        lambda: [
            found["StackStatus"]
            for found in cloudformation.describe_stacks(StackName=stack)["Stacks"]
            if found["StackStatus"] != "DELETE_IN_PROGRESS"
        ]
    )
    assert status == ["DELETE_FAILED"]
    events = cloudformation.describe_stack_events(StackName=stack)["StackEvents"]
    assert any("since it has rules" in event.get("ResourceStatusReason", "") for event in events)
    aws.client("events").delete_archive(ArchiveName=archive)
    destroy(aws, stack)


def test_an_archive_of_a_bus_that_does_not_exist_fails_the_deploy(aws: LocalAws) -> None:
    source = f"arn:aws:events:{aws.region}:{aws.account}:event-bus/nowhere"
    with pytest.raises(StackError, match="does not exist"):
        deploy(aws, {"Archive": {"Type": "AWS::Events::Archive", "Properties": {"SourceArn": source}}})


# --------------------------------------------------------------------------- log groups


def log_group(name: str, policy: str = "Delete") -> dict[str, Any]:
    return {"Type": "AWS::Logs::LogGroup", "DeletionPolicy": policy, "Properties": {"LogGroupName": name}}


def groups(aws: LocalAws, name: str) -> list[str]:
    found = aws.client("logs").describe_log_groups(logGroupNamePrefix=name)["logGroups"]
    return [group["logGroupName"] for group in found]


def test_a_log_group_that_exists_fails_the_deploy_and_is_left_alone(aws: LocalAws) -> None:
    name = unique("/aws/events/group")
    aws.client("logs").create_log_group(logGroupName=name)
    with pytest.raises(StackError, match="already exists"):
        deploy(aws, {"Group": log_group(name)})
    assert groups(aws, name) == [name]


@pytest.mark.parametrize("policy", ["Retain", "RetainExceptOnCreate"])
def test_a_kept_log_group_outlives_its_stack(aws: LocalAws, policy: str) -> None:
    stack, name = unique("stack"), unique("/aws/events/group")
    deploy(aws, {"Group": log_group(name, policy)}, stack=stack)
    destroy(aws, stack)
    assert groups(aws, name) == [name]


@pytest.mark.parametrize(("policy", "left"), [("Retain", True), ("RetainExceptOnCreate", False), ("Delete", False)])
def test_what_a_failed_first_deploy_leaves_behind(aws: LocalAws, policy: str, left: bool) -> None:
    name = unique("/aws/events/group")
    broken = {**rule("nowhere", "arn:aws:sqs:us-east-1:000000000000:q"), "DependsOn": "Group"}
    with pytest.raises(StackError):
        deploy(aws, {"Group": log_group(name, policy), "Rule": broken})
    assert groups(aws, name) == ([name] if left else [])


def test_a_logs_resource_policy_lets_a_rule_of_the_stack_write(aws: LocalAws, bus: Bus) -> None:
    stack, name = unique("stack"), unique("/aws/events/group")
    arn = log_group_arn(aws, name)
    document = {
        "Version": "2012-10-17",
        "Statement": [allow(EVENTS_SERVICE, ["logs:CreateLogStream", "logs:PutLogEvents"], arn + ":*")],
    }
    resources = {
        "Group": log_group(name),
        "Policy": {
            "Type": "AWS::Logs::ResourcePolicy",
            "Properties": {"PolicyName": unique("policy"), "PolicyDocument": json.dumps(document)},
        },
        "Rule": {**rule(bus.name, arn), "DependsOn": ["Group", "Policy"]},
    }
    deploy(aws, resources, stack=stack)
    bus.send(n=1)
    assert len(eventually(lambda: log_lines(aws, name))) == 1
    destroy(aws, stack)


# ------------------------------------------------------------------- queues and functions


def test_a_queue_policy_of_a_queue_that_does_not_exist_fails_the_deploy(aws: LocalAws) -> None:
    document = {"Version": "2012-10-17", "Statement": [allow(EVENTS_SERVICE, "sqs:SendMessage", "*")]}
    url = f"{aws.endpoint_url}/{aws.account}/nowhere"
    with pytest.raises(StackError, match="does not exist"):
        deploy(
            aws,
            {"Policy": {"Type": "AWS::SQS::QueuePolicy", "Properties": {"Queues": [url], "PolicyDocument": document}}},
        )


def test_a_queue_that_exists_fails_the_deploy(aws: LocalAws, queue: Queue) -> None:
    name = queue.arn.rpartition(":")[2]
    with pytest.raises(StackError, match="already exists"):
        deploy(aws, {"Queue": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": name}}})


def test_a_permission_on_a_function_that_does_not_exist_fails_the_deploy(aws: LocalAws) -> None:
    properties = {"FunctionName": "nowhere", "Action": "lambda:InvokeFunction", "Principal": "events.amazonaws.com"}
    with pytest.raises(StackError, match="function not found"):
        deploy(aws, {"Permission": {"Type": "AWS::Lambda::Permission", "Properties": properties}})


def invoke_config(function: str, **properties: Any) -> dict[str, Any]:
    given = {"FunctionName": function, "Qualifier": "$LATEST", **properties}
    return {"Type": "AWS::Lambda::EventInvokeConfig", "Properties": given}


def test_a_second_invoke_config_of_a_function_fails_the_deploy(aws: LocalAws) -> None:
    function = new_function(aws, "pass")
    first = invoke_config(function.name, MaximumRetryAttempts=1)
    second = {**invoke_config(function.arn, MaximumRetryAttempts=2), "DependsOn": "First"}
    with pytest.raises(StackError, match="already exists"):
        deploy(aws, {"First": first, "Second": second})


def test_an_invoke_config_can_be_changed(aws: LocalAws) -> None:
    function, stack = new_function(aws, "pass"), unique("stack")
    for attempts in (1, 0):
        deploy(aws, {"Config": invoke_config(function.name, MaximumRetryAttempts=attempts)}, stack=stack)
        found = aws.client("lambda").get_function_event_invoke_config(FunctionName=function.name)
        assert found["MaximumRetryAttempts"] == attempts


def test_an_invoke_config_to_a_queue_that_the_role_may_not_send_to_fails_the_deploy(aws: LocalAws) -> None:
    function, target = new_function(aws, "pass"), new_queue(aws)
    destinations = {"OnFailure": {"Destination": target.arn}}
    with pytest.raises(StackError, match="does not have permissions to call SendMessage"):
        deploy(aws, {"Config": invoke_config(function.name, DestinationConfig=destinations)})


# ------------------------------------------------------------------------------- functions


def function_with_queue(queue: Queue | None, *, may_send: bool = True, code: str = "raise ValueError('no')") -> Any:
    statement = {"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": queue.arn if queue else "*"}
    document = {"Version": "2012-10-17", "Statement": [statement]}
    trust = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    return {
        "Role": {
            "Type": "AWS::IAM::Role",
            "Properties": {
                "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [trust]},
                **({"Policies": [{"PolicyName": "send", "PolicyDocument": document}]} if may_send else {}),
            },
        },
        "Function": {
            "Type": "AWS::Lambda::Function",
            "Properties": {
                "Runtime": "python3.12",
                "Handler": "index.handler",
                "Role": att("Role", "Arn"),
                "Code": {"ZipFile": f"def handler(event, context):\n    {code}\n"},
                **({"DeadLetterConfig": {"TargetArn": queue.arn}} if queue else {}),
            },
        },
    }


def test_a_functions_own_dead_letter_queue_is_kept_through_deployments(aws: LocalAws, queue: Queue) -> None:
    stack, client = unique("stack"), aws.client("lambda")
    name = deploy(aws, function_with_queue(queue), stack=stack, Name=ref("Function"))["Name"]
    client.put_function_event_invoke_config(FunctionName=name, MaximumRetryAttempts=0)
    deploy(aws, function_with_queue(queue, code="raise ValueError('still')"), stack=stack)
    client.invoke(FunctionName=name, InvocationType="Event", Payload=b'{"n": 1}')
    message = queue.message()
    assert json.loads(message["Body"]) == {"n": 1}
    assert message["MessageAttributes"]["ErrorMessage"]["StringValue"] == "still"
    deploy(aws, function_with_queue(None), stack=stack)
    assert "DeadLetterConfig" not in client.get_function_configuration(FunctionName=name)


def test_a_dead_letter_queue_that_the_role_may_not_send_to_fails_the_deploy(aws: LocalAws, queue: Queue) -> None:
    with pytest.raises(StackError, match="does not have permissions to call SendMessage"):
        deploy(aws, function_with_queue(queue, may_send=False))
