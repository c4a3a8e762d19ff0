"""Metrics, alarms, the dashboard and the saved queries of a bus."""

from __future__ import annotations

import functools
import json
import re
from typing import TYPE_CHECKING, Any

import pytest
from aws_cdk import App, CfnParameter, Duration, Stack
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_events as events
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_secretsmanager as secretsmanager
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from constructs_lib import EventFilter, EventLogging, InvalidAlarm, SaasusEventBus, SaasusIntegration, targets
from constructs_lib import operations as op
from constructs_lib.events.errors import SaasusEventsError
from tests.synth.alarm_states import notifications
from tests.synth.apps import REPOSITORY, SOURCE, new_function, resources, text, warnings

if TYPE_CHECKING:
    from collections.abc import Callable

    from constructs_lib.metrics import Metric

DERIVED = EventFilter.of(op.auth.delete_saas_user).succeeded()  # takes two rules
ALL_RULES = f"FROM SCHEMA(\"AWS/Events\", EventBusName, RuleName) WHERE EventBusName = '{SOURCE}'"
IN_QUEUE = "Maximum ApproximateNumberOfMessagesVisible of the queue"
HIDDEN_IN_QUEUE = "Maximum ApproximateNumberOfMessagesNotVisible of the queue"
OF_RULE = f"Sum MatchedEvents of {SOURCE}, rule"


def alarms(stack: Stack) -> dict[str, dict[str, Any]]:
    """Return the alarms by the id that they have in the monitoring."""
    found = resources(stack, "AWS::CloudWatch::Alarm").items()
    return {re.sub(r"^SaasusMonitoring|.{8}$", "", id): alarm["Properties"] for id, alarm in found}


def watched(alarm: dict[str, Any], queue: sqs.IQueue, stack: Stack) -> str:
    """Return what an alarm watches: an expression and the metrics in it, or one metric."""
    if "MetricName" in alarm:
        return _metric_text(alarm, alarm["Statistic"], queue, stack)
    [returned] = [each for each in alarm["Metrics"] if each.get("ReturnData", True)]
    parts = [
        f"{each['Id']}: {_metric_text(each['MetricStat']['Metric'], each['MetricStat']['Stat'], queue, stack)}"
        for each in alarm["Metrics"]
        if "MetricStat" in each
    ]
    return ", ".join([returned["Expression"], *parts])


def _metric_text(metric: dict[str, Any], statistic: str, queue: sqs.IQueue, stack: Stack) -> str:
    given = {each["Name"]: each["Value"] for each in metric["Dimensions"]}
    if metric["Namespace"] == "AWS/SQS":
        assert given == {"QueueName": stack.resolve(queue.queue_name)}
        return f"{statistic} {metric['MetricName']} of the queue"
    assert metric["Namespace"] == "AWS/Events"
    rule = ", rule" if "RuleName" in given else ""
    return f"{statistic} {metric['MetricName']} of {given['EventBusName']}{rule}"


def dimensions(stack: Stack, metric: Metric) -> dict[str, Any]:
    config = metric.to_metric_config().metric_stat
    assert config is not None
    return {each.name: stack.resolve(each.value) for each in config.dimensions or []}


def expression(metric: Metric) -> str:
    assert isinstance(metric, cloudwatch.MathExpression)
    return metric.expression


class TestMetrics:
    def test_a_rule_of_a_partner_bus_reports_under_the_names_of_bus_and_rule(
        self, stack: Stack, bus: SaasusEventBus
    ) -> None:
        route = bus.log("Everything")
        [rule] = resources(stack, "AWS::Events::Rule")
        arn = {"Fn::GetAtt": [rule, "Arn"]}
        # arn:…:rule/aws.partner/saasus.io/<uuid>-1/event/<rule>
        assert dimensions(stack, route.metric_matched_events()) == {
            "EventBusName": SOURCE,
            "RuleName": {"Fn::Select": [5, {"Fn::Split": ["/", arn]}]},
        }

    @pytest.mark.parametrize(("bus_name", "index"), [("mine", 2), ("default", 1)])
    def test_a_rule_of_another_bus(self, stack: Stack, bus_name: str, index: int) -> None:
        imported = events.EventBus.from_event_bus_name(stack, "Imported", bus_name)
        route = SaasusEventBus.from_event_bus(stack, "Saasus", imported).log("Everything")
        found = dimensions(stack, route.metric("Invocations"))
        assert found["RuleName"]["Fn::Select"][0] == index
        assert found.get("EventBusName") == (None if bus_name == "default" else bus_name)

    def test_the_metric_of_a_route_with_several_rules_is_over_all(self, stack: Stack, bus: SaasusEventBus) -> None:
        route = bus.route("Deleted", DERIVED, targets.SqsQueue(sqs.Queue(stack, "Queue")))
        assert len(route.rules) == 2
        assert expression(route.metric_invocations()) == "SUM([FILL(rule1, 0), FILL(rule2, 0)])"
        assert expression(route.metric_delivery_latency()) == "MAX([FILL(rule1, 0), FILL(rule2, 0)])"

    def test_events_in_are_those_of_the_source(self, stack: Stack, bus: SaasusEventBus) -> None:
        assert dimensions(stack, bus.metric_events()) == {"EventSourceName": SOURCE}
        assert dimensions(stack, bus.metric_matched_events()) == {"EventBusName": SOURCE}

    def test_on_a_bus_that_is_no_partners_they_are_those_that_matched(self, stack: Stack) -> None:
        imported = events.EventBus.from_event_bus_name(stack, "Imported", "mine")
        bus = SaasusEventBus.from_event_bus(stack, "Saasus", imported)
        assert dimensions(stack, bus.metric_events()) == {"EventBusName": "mine"}

    def test_failures_of_a_bus_are_over_all_its_rules(self, bus: SaasusEventBus) -> None:
        assert expression(bus.metric_failed_invocations()) == (
            'SELECT SUM(FailedInvocations) FROM SCHEMA("AWS/Events", EventBusName, RuleName) '  # noqa: S608 - no database
            f"WHERE EventBusName = '{SOURCE}'"
        )

    def test_options(self, bus: SaasusEventBus) -> None:
        config = bus.metric("TriggeredRules", period=Duration.hours(1), statistic="max").to_metric_config()
        assert config.metric_stat is not None
        assert config.metric_stat.period.to_hours() == 1
        assert config.metric_stat.statistic == "Maximum"

    def test_the_latency_is_that_of_the_slowest_one_in_a_hundred(self, bus: SaasusEventBus) -> None:
        for metric in (bus.metric_delivery_latency(), bus.log("Everything").metric_delivery_latency()):
            stat = metric.to_metric_config().metric_stat
            assert stat is not None
            assert (stat.metric_name, stat.statistic) == ("IngestionToInvocationSuccessLatency", "p99")

    def test_an_alarm_of_ones_own(self, stack: Stack, bus: SaasusEventBus) -> None:
        route = bus.route("Deleted", DERIVED, targets.SqsQueue(sqs.Queue(stack, "Queue")))
        route.metric_failed_invocations().create_alarm(stack, "Mine", threshold=5, evaluation_periods=1)
        [alarm] = resources(stack, "AWS::CloudWatch::Alarm").values()
        assert len(alarm["Properties"]["Metrics"]) == 3


class TestAlarms:
    def test_of_everything_that_can_go_wrong(self, stack: Stack, bus: SaasusEventBus) -> None:
        topic = sns.Topic(stack, "Topic")
        made = bus.monitor(alarm_actions=[topic])
        found = alarms(stack)
        assert set(found) == {
            "FailedInvocations",
            "DeadLetters",
            "LostDeadLetters",
            "DeadLettersWaiting",
            "DeadLettersGrowOld",
            "Silence",
        }
        assert len(made.alarms) == len(found)
        for alarm in found.values():
            assert len(alarm["AlarmDescription"]) > 30

    @pytest.mark.parametrize(
        ("name", "metric"),
        [
            ("FailedInvocations", f"SELECT SUM(FailedInvocations) {ALL_RULES}"),
            ("DeadLetters", f"SELECT SUM(InvocationsSentToDlq) {ALL_RULES}"),
            ("LostDeadLetters", f"SELECT SUM(InvocationsFailedToBeSentToDlq) {ALL_RULES}"),
            ("DeadLettersWaiting", IN_QUEUE),
            (
                "DeadLettersGrowOld",
                f"FILL(visible, REPEAT) + FILL(hidden, REPEAT), visible: {IN_QUEUE}, hidden: {HIDDEN_IN_QUEUE}",
            ),
            ("Silence", f"Sum MatchedEvents of {SOURCE}"),
            ("SilenceOfOne", OF_RULE),
            (
                "SilenceOfTwo",
                f"IF(SUM([FILL(rule1, 0), FILL(rule2, 0)]) > 0, 1), rule1: {OF_RULE}, rule2: {OF_RULE}",
            ),
        ],
    )
    def test_each_watches_the_metric_that_it_speaks_of(
        self, stack: Stack, bus: SaasusEventBus, name: str, metric: str
    ) -> None:
        monitoring = bus.monitor()
        monitoring.add_silence_alarm(bus.log("One"), Duration.hours(3))
        monitoring.add_silence_alarm(bus.log("Two", DERIVED), Duration.hours(3))
        assert watched(alarms(stack)[name], bus.dead_letter_queue, stack) == metric

    def test_all_of_several_actions_are_told_by_every_alarm(self, stack: Stack, bus: SaasusEventBus) -> None:
        topics = [sns.Topic(stack, id) for id in ("Team", "OnCall", "Archive")]
        monitoring = bus.monitor(alarm_actions=[topics[0], actions.SnsAction(topics[1]), topics[2]])
        monitoring.add_silence_alarm(bus.log("Everything"), Duration.hours(3))
        arns = [stack.resolve(topic.topic_arn) for topic in topics]
        for name, alarm in alarms(stack).items():
            assert alarm["AlarmActions"] == arns
            assert alarm.get("InsufficientDataActions") == (arns if "Silence" in name else None)

    def test_one_failure_is_enough_and_none_is_fine(self, stack: Stack, bus: SaasusEventBus) -> None:
        bus.monitor()
        for name in ("FailedInvocations", "DeadLetters", "LostDeadLetters", "DeadLettersWaiting"):
            alarm = alarms(stack)[name]
            assert (alarm["Threshold"], alarm["ComparisonOperator"]) == (1, "GreaterThanOrEqualToThreshold")
            assert alarm["TreatMissingData"] == "notBreaching"

    def test_any_alarm_action(self, stack: Stack, bus: SaasusEventBus) -> None:
        function = new_function(stack)
        bus.monitor(
            alarm_actions=[
                actions.LambdaAction(lambda_.Alias(stack, "Live", alias_name="live", version=function.current_version))
            ]
        )
        assert "Live" in text(alarms(stack)["Silence"]["AlarmActions"])

    def test_alarms_that_tell_nobody_are_warned_of(self, stack: Stack, bus: SaasusEventBus) -> None:
        bus.monitor()
        assert "@saasus/events:alarmsTellNobody" in text(warnings(stack))

    def test_their_number_does_not_grow_with_the_routes(self, stack: Stack, bus: SaasusEventBus) -> None:
        bus.monitor()
        queue = sqs.Queue(stack, "Queue")
        for number in range(20):
            bus.route(f"Route{number}", EventFilter.all(), targets.SqsQueue(queue))
        assert len(alarms(stack)) == 6


class TestSilence:
    def test_of_the_bus_for_a_week_by_default(self, stack: Stack, bus: SaasusEventBus) -> None:
        bus.monitor()
        alarm = alarms(stack)["Silence"]
        assert alarm["Period"] * alarm["EvaluationPeriods"] == 7 * 24 * 3600

    @pytest.mark.parametrize("hours", [1, 2, 24, 25, 168])
    def test_any_whole_hours_within_what_cloudwatch_evaluates(
        self, stack: Stack, bus: SaasusEventBus, hours: int
    ) -> None:
        bus.monitor(silence=Duration.hours(hours))
        alarm = alarms(stack)["Silence"]
        span = alarm["Period"] * alarm["EvaluationPeriods"]
        assert span == hours * 3600
        assert (alarm["Period"] == 300) == (hours <= 24)  # as punctual as it can be
        # CloudWatch API reference, PutMetricAlarm: a day for periods below an hour, else seven.
        assert span <= (86_400 if alarm["Period"] < 3600 else 604_800)

    @pytest.mark.parametrize("span", [Duration.minutes(59), Duration.minutes(90), Duration.days(8)])
    def test_another_span_is_refused(self, bus: SaasusEventBus, span: Duration) -> None:
        with pytest.raises(InvalidAlarm, match=r"Duration.hours\(1\) to Duration.days\(7\)"):
            bus.monitor(silence=span)

    def test_none_on_request(self, stack: Stack, bus: SaasusEventBus) -> None:
        bus.monitor(silence=None)
        assert "Silence" not in alarms(stack)

    def test_of_a_route_on_request(self, stack: Stack, bus: SaasusEventBus) -> None:
        monitoring = bus.monitor()
        route = bus.log("Created", EventFilter.of(op.auth.create_tenant))
        monitoring.add_silence_alarm(route, Duration.hours(6))
        alarm = alarms(stack)["SilenceOfCreated"]
        assert alarm["Period"] * alarm["EvaluationPeriods"] == 6 * 3600

    @pytest.mark.parametrize("name", ["Silence", "SilenceOfCreated"])
    def test_it_keeps_still_after_a_first_deploy_and_tells_of_each_silence_after_that(
        self, stack: Stack, bus: SaasusEventBus, name: str
    ) -> None:
        route = bus.log("Created", EventFilter.of(op.auth.create_tenant))
        bus.monitor(alarm_actions=[sns.Topic(stack, "T")], silence=Duration.hours(2)).add_silence_alarm(
            route, Duration.hours(2)
        )
        alarm = alarms(stack)[name]
        periods = alarm["EvaluationPeriods"]
        nothing, event = [None] * periods * 3, [1.0]
        assert notifications(alarm, nothing) == []
        assert notifications(alarm, [*event, *nothing[: periods - 1]]) == []
        assert notifications(alarm, [*event, *nothing, *event, *nothing]) == ["silent", "silent"]
        # Should EventBridge report zeros.
        assert notifications(alarm, [*event, *[0.0] * periods]) == ["silent"]

    @pytest.mark.parametrize("order", [1, -1])
    def test_it_waits_for_the_verification_whichever_was_written_first(self, stack: Stack, order: int) -> None:
        """Whose test event is the first event."""
        integration = SaasusIntegration(stack, "Integration", credentials=secretsmanager.Secret(stack, "Secret"))
        bus = SaasusEventBus(stack, "Saasus", event_source_name=integration.event_source_name)
        everything = bus.log("Everything")
        calls: list[Callable[[], object]] = [bus.monitor, lambda: bus.verify("TestEvent", integration, everything)]
        for call in calls[::order]:
            call()
        [verification] = resources(stack, "Custom::SaasusVerification")
        waiting = [
            each["Properties"]["AlarmDescription"]
            for each in resources(stack, "AWS::CloudWatch::Alarm").values()
            if verification in each.get("DependsOn", [])
        ]
        assert [each[:26] for each in waiting] == ["No event of SaaSus arrived"]

    def test_that_it_counts_only_what_rules_take_is_said_where_none_takes_all(
        self, stack: Stack, bus: SaasusEventBus
    ) -> None:
        bus.monitor()
        bus.log("Created", EventFilter.of(op.auth.create_tenant))
        assert "@saasus/events:silenceOfSome" in text(warnings(stack))

    @pytest.mark.parametrize("order", [1, -1])
    def test_nothing_is_said_where_a_route_takes_all_or_silence_is_fine(self, app: App, order: int) -> None:
        for silence in (Duration.days(1), None):
            stack = Stack(app, f"Stack{silence is None}")
            bus = SaasusEventBus(stack, "Saasus", event_source_name=SOURCE)
            calls: list[Callable[[], object]] = [
                functools.partial(bus.monitor, silence=silence),
                functools.partial(bus.log, "Everything", enabled=silence is not None),
            ]
            for call in calls[::order]:
                call()
            assert "silenceOfSome" not in text(warnings(stack))

    def test_a_route_that_is_off_takes_nothing(self, stack: Stack, bus: SaasusEventBus) -> None:
        bus.monitor()
        bus.log("Everything", enabled=False)
        assert "silenceOfSome" in text(warnings(stack))

    def test_what_is_known_at_deploy_only_is_refused(self, stack: Stack, bus: SaasusEventBus) -> None:
        hours = CfnParameter(stack, "Hours", type="Number").value_as_number
        with pytest.raises(InvalidAlarm, match="token"):
            bus.monitor(silence=Duration.hours(hours))
        with pytest.raises(InvalidAlarm, match="token"):
            bus.monitor("Other", dead_letter_age=Duration.hours(hours))

    def test_a_second_one_of_a_route_or_one_of_no_route_is_refused(self, bus: SaasusEventBus) -> None:
        monitoring, route = bus.monitor(), bus.log("Everything")
        monitoring.add_silence_alarm(route, Duration.hours(6))
        with pytest.raises(InvalidAlarm, match="already"):
            monitoring.add_silence_alarm(route, Duration.hours(7))
        no_route: Any = "Everything"
        with pytest.raises(InvalidAlarm, match="is not a route"):
            monitoring.add_silence_alarm(no_route, Duration.hours(6))

    def test_one_of_another_buss_route_is_refused(self, stack: Stack, bus: SaasusEventBus) -> None:
        """Its metrics are under that bus's name."""
        other = SaasusEventBus(stack, "Other", event_source_name=SOURCE.replace("-1/", "-2/"))
        with pytest.raises(InvalidAlarm, match="belongs to another bus"):
            bus.monitor().add_silence_alarm(other.log("Everything"), Duration.hours(6))

    def test_a_second_monitoring_of_the_same_id_is_refused(self, bus: SaasusEventBus) -> None:
        bus.monitor()
        with pytest.raises(InvalidAlarm, match=r"monitor\(id"):
            bus.monitor()

    def test_of_a_route_with_several_rules(self, stack: Stack, bus: SaasusEventBus) -> None:
        route = bus.log("Deleted", DERIVED)
        bus.monitor().add_silence_alarm(route, Duration.days(2))
        metrics = alarms(stack)["SilenceOfDeleted"]["Metrics"]
        assert {each["MetricStat"]["Period"] for each in metrics if "MetricStat" in each} == {3600}


class TestDashboard:
    def test_it_shows_every_rule_also_those_added_later(self, stack: Stack, bus: SaasusEventBus) -> None:
        bus.monitor()
        body = text(resources(stack, "AWS::CloudWatch::Dashboard"))
        searched = set(re.findall(r'MetricName=[\\"]+(\w+)', body))
        assert searched == {
            "Invocations",
            "FailedInvocations",
            "RetryInvocationAttempts",
            "ThrottledRules",
            "IngestionToInvocationSuccessLatency",
        }
        assert SOURCE in body
        for metric in (
            "Events",
            "MatchedEvents",
            "ApproximateNumberOfMessagesVisible",
            "ApproximateAgeOfOldestMessage",
        ):
            assert metric in body

    def test_each_line_is_of_the_statistic_that_its_title_says(self, stack: Stack, bus: SaasusEventBus) -> None:
        bus.monitor()
        body = text(resources(stack, "AWS::CloudWatch::Dashboard"))
        searched = dict(re.findall(r"MetricName=[\\\"]+(\w+)[\\\"]+', '(\w+)', 300", body))
        assert searched == {
            "Invocations": "Sum",
            "FailedInvocations": "Sum",
            "RetryInvocationAttempts": "Sum",
            "ThrottledRules": "Sum",
            "IngestionToInvocationSuccessLatency": "p99",
        }

    def test_a_users_widgets_are_added(self, stack: Stack, bus: SaasusEventBus) -> None:
        bus.monitor().dashboard.add_widgets(cloudwatch.TextWidget(markdown="Who to call"))
        assert "Who to call" in text(resources(stack, "AWS::CloudWatch::Dashboard"))

    def test_the_answers_of_targets_where_eventbridge_logs_them(self, stack: Stack) -> None:
        bus = SaasusEventBus(stack, "Saasus", event_source_name=SOURCE, event_logging=EventLogging())
        bus.monitor()
        assert "error.http_status_code" in text(resources(stack, "AWS::CloudWatch::Dashboard"))

    def test_a_name_known_only_at_deploy(self, app: App, stack: Stack) -> None:
        name = CfnParameter(stack, "SourceName").value_as_string
        SaasusEventBus(stack, "Saasus", event_source_name=name).monitor()
        app.synth()
        assert {"Ref": "SourceName"} in [
            part
            for alarm in alarms(stack).values()
            for part in [*_parts(alarm), *[each["Value"] for each in alarm.get("Dimensions", [])]]
        ]


def _parts(alarm: dict[str, Any]) -> list[Any]:
    return [
        part
        for metric in alarm.get("Metrics", [])
        if isinstance(metric.get("Expression"), dict)
        for part in metric["Expression"]["Fn::Join"][1]
    ]


class TestSavedQueries:
    def queries(self, stack: Stack) -> dict[str, dict[str, Any]]:
        found = resources(stack, "AWS::Logs::QueryDefinition").values()
        return {each["Properties"]["Name"].rpartition("/")[2]: each["Properties"] for each in found}

    def test_they_are_over_all_log_routes_also_those_added_later(self, stack: Stack, bus: SaasusEventBus) -> None:
        first = bus.log("First")
        bus.monitor()
        second = bus.log("Second")
        names = [stack.resolve(route.log_group.log_group_name) for route in (first, second)]
        for query in self.queries(stack).values():
            assert query["LogGroupNames"] == names
            assert query["Name"].startswith("SaaSus/Events/Saasus/")
            assert len(query["QueryString"]) <= 10_000

    def test_a_name_is_never_longer_than_cloudwatch_logs_takes(self, app: App) -> None:
        stack = Stack(app, "S" * 128)
        for id, source in (("A" * 200, SOURCE), ("A" * 200 + "B", SOURCE.replace("-1/", "-2/"))):
            bus = SaasusEventBus(Construct(stack, id), "Saasus", event_source_name=source)
            bus.monitor()
        found = [each["Properties"]["Name"] for each in resources(stack, "AWS::Logs::QueryDefinition").values()]
        names = set(found)
        assert len(names) == len(found) == 10
        assert max(map(len, names)) <= 255

    def test_a_group_that_two_routes_share_is_named_once(self, stack: Stack, bus: SaasusEventBus) -> None:
        group = bus.log("First").log_group
        bus.log("Second", log_group=group)
        bus.monitor()
        name = stack.resolve(group.log_group_name)
        assert all(query["LogGroupNames"] == [name] for query in self.queries(stack).values())

    def test_without_a_log_route_the_user_chooses_the_groups(self, stack: Stack, bus: SaasusEventBus) -> None:
        bus.monitor()
        assert all("LogGroupNames" not in query for query in self.queries(stack).values())

    def test_of_the_buss_own_log_where_it_has_one(self, stack: Stack) -> None:
        bus = SaasusEventBus(stack, "Saasus", event_source_name=SOURCE, event_logging=EventLogging())
        bus.monitor()
        assert bus.event_log_group is not None
        group = stack.resolve(bus.event_log_group.log_group_name)
        for name in ("Slowest deliveries to targets", "Failed deliveries, by target and answer"):
            assert self.queries(stack)[name]["LogGroupNames"] == [group]

    def test_failed_deliveries_are_counted_once_each(self, stack: Stack) -> None:
        """Tries, the end of a delivery and the dead letter are records of their own (EventBridge's log schema)."""
        bus = SaasusEventBus(stack, "Saasus", event_source_name=SOURCE, event_logging=EventLogging())
        bus.monitor()
        query = self.queries(stack)["Failed deliveries, by target and answer"]["QueryString"]
        filters = [line for line in query.splitlines() if line.startswith(("filter", "| filter"))]
        assert filters == ['filter message_type = "INVOCATION_FAILURE"']
        widgets = text(resources(stack, "AWS::CloudWatch::Dashboard"))
        assert "INVOCATION_FAILURE" in widgets
        assert "log_level" not in widgets

    @pytest.mark.parametrize("escaped", [False, True])
    @pytest.mark.parametrize("sample", ["create_tenant", "create_saas_user", "create_eventbridge_test_event"])
    def test_what_they_parse_stands_in_a_real_line(
        self, stack: Stack, bus: SaasusEventBus, sample: str, *, escaped: bool
    ) -> None:
        """Whether Insights gives a string field as it is written or without its escapes."""
        bus.monitor()
        event = json.loads((REPOSITORY / "tests/fixtures/events" / f"{sample}.json").read_text())
        told = json.loads(event["detail"]["event"])
        field = json.dumps(event["detail"]["event"]) if escaped else event["detail"]["event"]
        query = self.queries(stack)["API calls that failed, by operation"]["QueryString"]
        parsed: dict[str, str] = {}
        for regex in re.findall(r"parse detail\.event /(.*)/$", query, re.MULTILINE):
            found = re.search(regex.replace("(?<", "(?P<"), field)
            assert found is not None
            parsed |= found.groupdict()
        assert parsed == {
            "http_status": told["http_status"],
            "method": told["request_method"],
            "uri": told["uri"],
        }

    def test_unknown_types_are_those_of_no_operation(self, stack: Stack, bus: SaasusEventBus) -> None:
        bus.monitor()
        query = self.queries(stack)["Event types that the catalog does not know"]["QueryString"]
        known = set(re.findall(r'"(\w+)"', query.partition("\n| parse")[0]))
        assert known == {name for operation in op for name in operation.event_types}


class TestCustomBusOfTheApp:
    @pytest.mark.parametrize("named", ["text", "by the CDK", "at deploy"])
    def test_it_is_no_partners(self, stack: Stack, named: str) -> None:
        name = {"text": "forwarded", "by the CDK": None, "at deploy": CfnParameter(stack, "Name").value_as_string}[
            named
        ]
        forwarded = events.EventBus(stack, "Forwarded", event_bus_name=name)
        bus = SaasusEventBus.from_event_bus(stack, "Saasus", forwarded)
        found = dimensions(stack, bus.log("Everything").metric_matched_events())
        assert found["RuleName"]["Fn::Select"][0] == 2
        assert set(dimensions(stack, bus.metric_events())) == {"EventBusName"}


class TestAgeOfDeadLetters:
    def alarm(self, stack: Stack) -> dict[str, Any]:
        return alarms(stack)["DeadLettersGrowOld"]

    def span(self, stack: Stack) -> int:
        alarm = self.alarm(stack)
        periods = {each["MetricStat"]["Period"] for each in alarm["Metrics"] if "MetricStat" in each}
        assert len(periods) == 1
        period = periods.pop()
        assert period * alarm["EvaluationPeriods"] <= (86_400 if period < 3600 else 604_800)
        assert period % 60 == 0
        return int(period * alarm["EvaluationPeriods"])

    def test_it_is_half_of_what_the_queue_keeps(self, stack: Stack, bus: SaasusEventBus) -> None:
        bus.monitor()
        assert self.span(stack) == 7 * 24 * 3600

    @pytest.mark.parametrize(
        ("kept", "half"),
        [
            (None, 2 * 86_400),
            (Duration.days(3), 36 * 3600),
            (Duration.hours(49), 24 * 3600),
            (Duration.hours(47), 23 * 3600 + 1800),
            (Duration.minutes(119), 59 * 60),
            (Duration.seconds(60), 60),
        ],
    )
    def test_of_a_queue_of_ones_own_it_is_the_nearest_that_can_be_evaluated(
        self, stack: Stack, kept: Duration | None, half: int
    ) -> None:
        queue = sqs.Queue(stack, "Mine", retention_period=kept)
        SaasusEventBus(stack, "Saasus", event_source_name=SOURCE, dead_letter_queue=queue).monitor()
        assert self.span(stack) == half

    def test_of_a_queue_that_is_not_known_it_is_a_week(self, stack: Stack) -> None:
        queue = sqs.Queue.from_queue_arn(stack, "Theirs", "arn:aws:sqs:us-east-1:111122223333:theirs")
        SaasusEventBus(stack, "Saasus", event_source_name=SOURCE, dead_letter_queue=queue).monitor()
        assert self.span(stack) == 7 * 24 * 3600

    @pytest.mark.parametrize("age", [Duration.minutes(1), Duration.minutes(55), Duration.hours(24), Duration.days(7)])
    def test_another_can_be_chosen(self, stack: Stack, bus: SaasusEventBus, age: Duration) -> None:
        bus.monitor(dead_letter_age=age)
        assert self.span(stack) == age.to_seconds()

    @pytest.mark.parametrize(
        "age", [Duration.seconds(90), Duration.minutes(61), Duration.hours(25.5), Duration.days(8)]
    )
    def test_one_that_cloudwatch_cannot_evaluate_is_refused(self, bus: SaasusEventBus, age: Duration) -> None:
        with pytest.raises(InvalidAlarm, match=r"Pass Duration.minutes\(1\) to Duration.days\(7\)"):
            bus.monitor(dead_letter_age=age)

    @pytest.mark.parametrize("age", [Duration.days(4), Duration.days(5)])
    def test_one_that_never_comes_is_refused(self, stack: Stack, age: Duration) -> None:
        queue = sqs.Queue(stack, "Mine")
        bus = SaasusEventBus(stack, "Saasus", event_source_name=SOURCE, dead_letter_queue=queue)
        with pytest.raises(InvalidAlarm, match="is never reached"):
            bus.monitor(dead_letter_age=age)

    def test_it_sounds_once_messages_lay_there_all_the_time(self, stack: Stack, bus: SaasusEventBus) -> None:
        bus.monitor(alarm_actions=[sns.Topic(stack, "T")], dead_letter_age=Duration.hours(1))
        alarm = self.alarm(stack)
        periods = alarm["EvaluationPeriods"]
        assert notifications(alarm, [0.0, *[1.0] * (periods - 1), 0.0]) == []
        assert notifications(alarm, [0.0, *[2.0] * periods]) == ["alarm"]
        assert notifications(alarm, [None] * periods * 2) == []


@pytest.mark.parametrize("option", ["archive", "event_logging", "encryption_key"])
def test_an_option_of_another_kind_is_refused_with_what_to_give(stack: Stack, option: str) -> None:
    given: dict[str, Any] = {option: True}
    with pytest.raises(SaasusEventsError, match="Expected"):
        SaasusEventBus(stack, "Saasus", event_source_name=SOURCE, **given)


def test_what_is_no_bus_is_refused(stack: Stack, bus: SaasusEventBus) -> None:
    given: list[Any] = ["default", bus]
    for number, each in enumerate(given):
        with pytest.raises(SaasusEventsError, match="is not an event bus"):
            SaasusEventBus.from_event_bus(stack, f"On{number}", each)
