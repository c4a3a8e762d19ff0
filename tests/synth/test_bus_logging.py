"""EventBridge's own log of a bus: delivered, masked, without payloads unless asked for."""

from __future__ import annotations

import re
from typing import Any

import pytest
from aws_cdk import App, CfnParameter, RemovalPolicy, Stack
from aws_cdk import aws_kms as kms
from aws_cdk import aws_logs as logs

from constructs_lib import EventLogging, InvalidConfiguration, LogLevel, SaasusEventBus
from tests.synth.apps import OTHER_SOURCE, SOURCE, new_app, only, properties, resources, text
from tests.synth.test_encryption import cycle, statements
from tests.synth.test_logs import document


def log_types(stack: Stack) -> list[str]:
    return [each["Properties"]["LogType"] for each in resources(stack, "AWS::Logs::DeliverySource").values()]


def test_without_the_keyword_nothing_is_logged(stack: Stack) -> None:
    bus = SaasusEventBus(stack, "Saasus", event_source_name=SOURCE)
    assert "LogConfig" not in properties(stack, "AWS::Events::EventBus")
    assert resources(stack, "AWS::Logs::DeliverySource") == {}
    assert bus.event_log_group is None


def test_errors_without_payloads_by_default(stack: Stack) -> None:
    SaasusEventBus(stack, "Saasus", event_source_name=SOURCE, event_logging=EventLogging())
    assert properties(stack, "AWS::Events::EventBus")["LogConfig"] == {"Level": "ERROR", "IncludeDetail": "NONE"}
    assert log_types(stack) == ["ERROR_LOGS"]


@pytest.mark.parametrize(
    ("level", "types"),
    [
        (LogLevel.INFO, ["ERROR_LOGS", "INFO_LOGS"]),
        (LogLevel.TRACE, ["ERROR_LOGS", "INFO_LOGS", "TRACE_LOGS"]),
    ],
)
def test_a_level_brings_those_before_it(stack: Stack, level: LogLevel, types: list[str]) -> None:
    logging = EventLogging(level=level, include_detail=True)
    SaasusEventBus(stack, "Saasus", event_source_name=SOURCE, event_logging=logging)
    assert properties(stack, "AWS::Events::EventBus")["LogConfig"] == {"Level": level.value, "IncludeDetail": "FULL"}
    assert log_types(stack) == types


def test_each_log_type_is_delivered_from_the_bus_to_the_group(stack: Stack) -> None:
    logging = EventLogging(level=LogLevel.TRACE)
    bus = SaasusEventBus(stack, "Saasus", event_source_name=SOURCE, event_logging=logging)
    bus_arn = stack.resolve(bus.event_bus.event_bus_arn)
    sources = resources(stack, "AWS::Logs::DeliverySource")
    deliveries = [each["Properties"] for each in resources(stack, "AWS::Logs::Delivery").values()]
    [destination] = resources(stack, "AWS::Logs::DeliveryDestination")
    assert all(source["Properties"]["ResourceArn"] == bus_arn for source in sources.values())
    assert [each["DeliverySourceName"] for each in deliveries] == [{"Ref": id} for id in sources]
    assert {text(each["DeliveryDestinationArn"]) for each in deliveries} == {text({"Fn::GetAtt": [destination, "Arn"]})}
    assert bus.event_log_group is not None
    group_arn = stack.resolve(bus.event_log_group.log_group_arn)
    assert properties(stack, "AWS::Logs::DeliveryDestination")["DestinationResourceArn"] == group_arn
    assert text(group_arn) in text(properties(stack, "AWS::Logs::ResourcePolicy")["PolicyDocument"])


def test_one_delivery_after_the_other(stack: Stack) -> None:
    """CloudWatch Logs refuses two at once on one bus."""
    logging = EventLogging(level=LogLevel.TRACE)
    SaasusEventBus(stack, "Saasus", event_source_name=SOURCE, event_logging=logging)
    sources = list(resources(stack, "AWS::Logs::DeliverySource").values())
    deliveries = list(resources(stack, "AWS::Logs::Delivery"))
    assert [source["DependsOn"] for source in sources[1:]] == [[delivery] for delivery in deliveries[:-1]]


def test_the_group_is_one_of_vended_logs_masked_kept_and_expires(stack: Stack) -> None:
    SaasusEventBus(stack, "Saasus", event_source_name=SOURCE, event_logging=EventLogging())
    group = only(stack, "AWS::Logs::LogGroup")
    assert group["Properties"]["LogGroupName"] == "/aws/vendedlogs/events/event-bus/Events/Saasus-EventLog"
    assert group["Properties"]["RetentionInDays"] == 30
    assert "DataProtectionPolicy" in group["Properties"]
    assert group["DeletionPolicy"] == "RetainExceptOnCreate"


def test_retention_can_be_chosen(stack: Stack) -> None:
    logging = EventLogging(retention=logs.RetentionDays.ONE_DAY)
    SaasusEventBus(stack, "Saasus", event_source_name=SOURCE, event_logging=logging)
    assert properties(stack, "AWS::Logs::LogGroup")["RetentionInDays"] == 1


def names(stack: Stack) -> list[str]:
    kinds = ("AWS::Logs::DeliverySource", "AWS::Logs::DeliveryDestination")
    return [each["Properties"]["Name"] for kind in kinds for each in resources(stack, kind).values()]


def test_names_are_such_as_cloudwatch_logs_takes(app: App) -> None:
    stack = Stack(app, "AStackWithALongNameAsTheyAreInLargeCompanies-Production-Tokyo")
    for id, source in (("ProductionOfTheWholeCompany", SOURCE), ("StagingOfTheWholeCompany", OTHER_SOURCE)):
        logging = EventLogging(level=LogLevel.TRACE)
        SaasusEventBus(stack, id, event_source_name=source, event_logging=logging)
    assert len(names(stack)) == len(set(names(stack))) == 8
    for name in names(stack):
        assert re.fullmatch(r"[\w-]{1,60}", name), name


def test_two_deployments_of_one_app_do_not_collide() -> None:
    made: list[str] = []
    for stack_name in ("blue", "green"):
        stack = Stack(new_app(), "Events", stack_name=stack_name)
        SaasusEventBus(stack, "Saasus", event_source_name=SOURCE, event_logging=EventLogging())
        made += names(stack)
    assert len(set(made)) == 4


def test_a_name_known_only_at_deploy(app: App, stack: Stack) -> None:
    name = CfnParameter(stack, "SourceName").value_as_string
    SaasusEventBus(stack, "Saasus", event_source_name=name, event_logging=EventLogging())
    template: dict[str, Any] = app.synth().get_stack_by_name("Events").template
    assert cycle(template["Resources"]) == []
    [source, destination] = names(stack)
    assert "SourceName" not in text(destination)
    assert filled(source, SOURCE).endswith("-2affa11d919f-1")
    assert re.fullmatch(r"[\w-]{1,60}", filled(source, SOURCE.replace("-1/", "-9999/")))


def filled(value: Any, source_name: str) -> str:
    """Do what CloudFormation does with the functions in a name."""
    if isinstance(value, str):
        return value
    [(function, argument)] = value.items()
    if function == "Ref":
        return source_name
    if function == "Fn::Join":
        return str(argument[0].join(filled(part, source_name) for part in argument[1]))
    assert function == "Fn::Select"
    delimiter, text_to_split = argument[1]["Fn::Split"]
    return filled(text_to_split, source_name).split(delimiter)[int(argument[0])]


@pytest.mark.parametrize("at_deploy", [True, False])
def test_a_new_event_source_gets_delivery_sources_of_new_names(*, at_deploy: bool) -> None:
    """CloudFormation makes them before it deletes those of the old bus."""
    made: list[set[str]] = []
    for source_name in (SOURCE, SOURCE.replace("-1/", "-2/"), OTHER_SOURCE):
        stack = Stack(new_app(), "Events")
        given = CfnParameter(stack, "SourceName").value_as_string if at_deploy else source_name
        logging = EventLogging(level=LogLevel.TRACE)
        SaasusEventBus(stack, "Saasus", event_source_name=given, event_logging=logging)
        found = resources(stack, "AWS::Logs::DeliverySource").values()
        made.append({filled(each["Properties"]["Name"], source_name) for each in found})
    assert len(set.union(*made)) == sum(map(len, made)) == 9


def test_the_delivery_service_may_write_there_from_this_account_and_eventbridge_may_not(stack: Stack) -> None:
    SaasusEventBus(stack, "Saasus", event_source_name=SOURCE, event_logging=EventLogging())
    assert document(stack) == [
        {
            "Effect": "Allow",
            "Principal": {"Service": "delivery.logs.amazonaws.com"},
            "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
            "Resource": list(resources(stack, "AWS::Logs::LogGroup")),
            "Condition": {"StringEquals": {"aws:SourceAccount": "AWS::AccountId"}},
        }
    ]


def test_with_a_key_the_records_can_be_encrypted_on_their_way(stack: Stack) -> None:
    SaasusEventBus(
        stack, "Saasus", event_source_name=SOURCE, event_logging=EventLogging(), encryption_key=kms.Key(stack, "Key")
    )
    told = statements(stack)
    assert told["SaasusBusLogs"]["Principal"] == {"Service": "events.amazonaws.com"}
    assert told["SaasusBusLogs"]["Action"] == "kms:GenerateDataKey"
    assert told["SaasusBusLogDelivery"]["Principal"] == {"Service": "delivery.logs.amazonaws.com"}
    assert "event-bus/Events/Saasus-EventLog" in text(told["SaasusLogGroups"])


def test_what_is_no_level_is_refused_with_those_that_are() -> None:
    level: Any = "INFO"
    with pytest.raises(
        InvalidConfiguration, match=r"'INFO'.*Expected one of LogLevel.ERROR, LogLevel.INFO, LogLevel.TRACE"
    ):
        EventLogging(level=level)


def test_a_snapshot_of_a_log_group_does_not_exist(stack: Stack) -> None:
    bus = SaasusEventBus(stack, "Saasus", event_source_name=SOURCE)
    with pytest.raises(InvalidConfiguration, match="Expected DESTROY, RETAIN"):
        bus.log("Everything", removal_policy=RemovalPolicy.SNAPSHOT)
    logging = EventLogging(removal_policy=RemovalPolicy.SNAPSHOT)
    with pytest.raises(InvalidConfiguration, match="Expected DESTROY, RETAIN"):
        SaasusEventBus(stack, "Other", event_source_name=OTHER_SOURCE, event_logging=logging)
