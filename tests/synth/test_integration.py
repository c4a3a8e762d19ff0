"""The integration: one function, named resources, no secret in the template, and no dependency cycle."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import pytest
from aws_cdk import App, CfnParameter, Duration, Environment, NestedStack, Stack, Stage, Token
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_secretsmanager as secretsmanager

from constructs_lib import (
    EventFilter,
    InvalidConfiguration,
    InvalidEventSource,
    InvalidRoute,
    SaasusEventBus,
    SaasusIntegration,
)
from constructs_lib import operations as op
from tests.synth.apps import SOURCE, new_app, new_function, only, properties, resources, text, warnings

if TYPE_CHECKING:
    from aws_cdk import CfnElement


def integrate(stack: Stack, **options: Any) -> SaasusIntegration:
    secret = secretsmanager.Secret.from_secret_name_v2(stack, "Credentials", "saasus")
    return SaasusIntegration(stack, "Integration", credentials=secret, **options)


def setting(stack: Stack) -> dict[str, Any]:
    return properties(stack, "Custom::SaasusEventBridgeSetting")


def test_the_setting_is_for_this_account_and_region(stack: Stack) -> None:
    integrate(stack)
    given = setting(stack)
    assert given["Account"] == {"Ref": "AWS::AccountId"}
    assert given["Region"] == {"Ref": "AWS::Region"}
    assert given["TakeOver"] == "false"
    assert given["TimeoutSeconds"] == 600


def test_the_bus_takes_its_name_from_it(stack: Stack) -> None:
    bus = SaasusEventBus(stack, "Saasus", event_source_name=integrate(stack).event_source_name)
    bus.log("Everything")
    bus.invoke("Run", EventFilter.of(op.auth.create_tenant), new_function(stack))
    [resource] = resources(stack, "Custom::SaasusEventBridgeSetting")
    name = {"Fn::GetAtt": [resource, "EventSourceName"]}
    assert properties(stack, "AWS::Events::EventBus")["EventSourceName"] == name


def test_it_is_one_function_with_a_role_of_named_resources(stack: Stack) -> None:
    integrate(stack)
    assert only(stack, "AWS::Lambda::Function")
    role = properties(stack, "AWS::IAM::Role")
    assert "ManagedPolicyArns" not in role
    statements = [
        statement
        for policy in [*role["Policies"], *[p["Properties"] for p in resources(stack, "AWS::IAM::Policy").values()]]
        for statement in policy["PolicyDocument"]["Statement"]
    ]
    wide = [statement["Action"] for statement in statements if statement["Resource"] == "*"]
    assert wide == ["events:ListEventSources"]


def test_a_region_that_saasus_does_not_list_is_refused() -> None:
    stack = Stack(new_app(), "Events", env=Environment(account="111122223333", region="cn-north-1"))
    with pytest.raises(InvalidConfiguration, match=r"cn-north-1.*ap-northeast-1"):
        integrate(stack)


@pytest.mark.parametrize("timeout", [Duration.seconds(10), Duration.minutes(15)])
def test_a_timeout_that_the_function_cannot_keep_is_refused(stack: Stack, timeout: Duration) -> None:
    with pytest.raises(InvalidConfiguration, match="30 seconds to 14 minutes"):
        integrate(stack, timeout=timeout)


class TestVerify:
    def test_the_function_may_all_it_needs_before_it_is_called(self, stack: Stack) -> None:
        integrate(stack)
        waits_for = set(only(stack, "Custom::SaasusEventBridgeSetting")["DependsOn"])
        for kind in ("AWS::IAM::Role", "AWS::IAM::Policy"):
            assert waits_for >= set(resources(stack, kind)), kind

    def test_it_waits_for_the_bus_its_rules_and_the_logs_policy(self, app: App, stack: Stack) -> None:
        integration = integrate(stack)
        bus = SaasusEventBus(stack, "Saasus", event_source_name=integration.event_source_name)
        bus.verify("Verify", integration, bus.log("Everything"))
        app.synth()
        waits_for = set(only(stack, "Custom::SaasusVerification")["DependsOn"])
        for kind in ("AWS::Events::EventBus", "AWS::Events::Rule", "AWS::Logs::ResourcePolicy"):
            assert waits_for & set(resources(stack, kind)), kind

    def test_it_may_read_the_log_of_its_route_and_no_other(self, app: App, stack: Stack) -> None:
        bus = SaasusEventBus(stack, "Saasus", event_source_name=SOURCE)
        bus.log("Another")
        log = bus.log("Everything")
        bus.verify("Verify", integrate(Stack(app, "Setting")), log)
        [policy] = resources(stack, "AWS::IAM::Policy").values()
        group = stack.get_logical_id(cast("CfnElement", log.log_group.node.default_child))
        assert policy["Properties"]["PolicyDocument"]["Statement"] == [
            {"Effect": "Allow", "Action": "logs:FilterLogEvents", "Resource": {"Fn::GetAtt": [group, "Arn"]}},
            {"Effect": "Allow", "Action": "cloudformation:DescribeStacks", "Resource": {"Ref": "AWS::StackId"}},
        ]

    def test_a_route_that_does_not_take_test_events_is_refused(self, stack: Stack) -> None:
        integration = integrate(stack)
        bus = SaasusEventBus(stack, "Saasus", event_source_name=SOURCE)
        tenants = bus.log("Tenants", EventFilter.of(op.auth.create_tenant))
        with pytest.raises(InvalidRoute, match="create_eventbridge_test_event"):
            bus.verify("Verify", integration, tenants)

    def test_it_runs_again_when_the_filter_changes(self) -> None:
        def verified(event_filter: EventFilter) -> dict[str, Any]:
            stack = Stack(new_app(), "Events")
            bus = SaasusEventBus(stack, "Saasus", event_source_name=SOURCE)
            bus.verify("Verify", integrate(stack), bus.log("Log", event_filter))
            return properties(stack, "Custom::SaasusVerification")

        assert verified(EventFilter.all()) == verified(EventFilter.all())
        assert verified(EventFilter.all()) != verified(EventFilter.all().succeeded())

    def test_the_integration_can_be_in_another_stack(self, app: App, stack: Stack) -> None:
        setting = Stack(app, "Setting")
        integration = integrate(setting)
        bus = SaasusEventBus(stack, "Saasus", event_source_name=integration.event_source_name)
        bus.verify("Verify", integration, bus.log("Everything"))
        app.synth()
        assert [found.stack_name for found in stack.dependencies] == [setting.stack_name]
        assert setting.dependencies == []


def test_no_value_of_the_secret_is_in_the_template(app: App, stack: Stack) -> None:
    integration = integrate(stack, take_over=True)
    bus = SaasusEventBus(stack, "Saasus", event_source_name=integration.event_source_name)
    bus.verify("Verify", integration, bus.log("Everything"))
    template = json.dumps(app.synth().get_stack_by_name("Events").template)
    assert "{{resolve" not in template
    assert text("saasus")[1:-1] in template


def test_what_is_no_secret_and_no_duration_is_refused(stack: Stack) -> None:
    wrong: Any = "saasus"
    with pytest.raises(InvalidConfiguration, match="Expected a secret of Secrets Manager"):
        SaasusIntegration(stack, "Named", credentials=wrong)
    with pytest.raises(InvalidConfiguration, match="is not a Duration"):
        integrate(stack, timeout=300)


class TestWhatIsKnownAtDeployOnly:
    def test_a_timeout_can_be_a_parameter(self, stack: Stack) -> None:
        seconds = CfnParameter(stack, "Seconds", type="Number").value_as_number
        integration = integrate(stack, timeout=Duration.seconds(seconds))
        bus = SaasusEventBus(stack, "Saasus", event_source_name=integration.event_source_name)
        bus.verify("Verify", integration, bus.log("Everything"), timeout=Duration.seconds(seconds))
        assert setting(stack)["TimeoutSeconds"] == {"Ref": "Seconds"}
        assert properties(stack, "Custom::SaasusVerification")["TimeoutSeconds"] == {"Ref": "Seconds"}

    def test_in_minutes_it_says_how_else(self, stack: Stack) -> None:
        minutes = CfnParameter(stack, "Minutes", type="Number").value_as_number
        with pytest.raises(InvalidConfiguration, match=r"token in minutes.*Duration\.seconds"):
            integrate(stack, timeout=Duration.minutes(minutes))

    def test_names_and_addresses_can_be_too(self, stack: Stack) -> None:
        name, url = (CfnParameter(stack, id).value_as_string for id in ("Name", "Url"))
        integrate(stack, event_source_name=name, base_url=url)
        given = setting(stack)
        assert (given["EventSourceName"], given["BaseUrl"]) == ({"Ref": "Name"}, {"Ref": "Url"})

    def test_taking_over_cannot(self, stack: Stack) -> None:
        with pytest.raises(InvalidConfiguration, match="is not a bool"):
            integrate(stack, take_over=CfnParameter(stack, "TakeOver").value_as_string)


class TestNested:
    def test_it_may_ask_its_root_stack_whether_it_rolls_back(self, app: App) -> None:
        root = Stack(app, "Root")
        inner = NestedStack(NestedStack(root, "Outer"), "Inner")
        integration = integrate(inner)
        bus = SaasusEventBus(inner, "Saasus", event_source_name=integration.event_source_name)
        bus.verify("Verify", integration, bus.log("Everything"))
        asks = [
            statement["Resource"]
            for statement in statements_of(inner)
            if statement["Action"] == "cloudformation:DescribeStacks"
        ]
        assert asks == [[{"Ref": "AWS::StackId"}, {"Ref": "referencetoRootAWSStackId"}]] * 2
        app.synth()  # no dependency cycle

    def test_otherwise_it_may_ask_its_own_only(self, stack: Stack) -> None:
        integrate(stack)
        [asks] = [s for s in statements_of(stack) if s["Action"] == "cloudformation:DescribeStacks"]
        assert asks["Resource"] == {"Ref": "AWS::StackId"}


def statements_of(stack: Stack) -> list[dict[str, Any]]:
    policies = [
        *[policy for role in resources(stack, "AWS::IAM::Role").values() for policy in role["Properties"]["Policies"]],
        *[policy["Properties"] for policy in resources(stack, "AWS::IAM::Policy").values()],
    ]
    return [statement for policy in policies for statement in policy["PolicyDocument"]["Statement"]]


class TestThePolicysName:
    def names(self, *stacks: Stack) -> list[str]:
        return [
            policy["Properties"]["PolicyName"]
            for stack in stacks
            for policy in resources(stack, "AWS::IAM::Policy").values()
            if "ReadLog" in str(policy["Properties"]["PolicyName"])
        ]

    def test_it_fits_whatever_the_stack_is_called_and_is_nobody_elses(self, app: App) -> None:
        integration = integrate(Stack(app, "Setting"))
        long = Stack(app, "Long", stack_name="s" * 128)
        stacks = [long, Stack(app, "Short"), NestedStack(long, "Nested"), NestedStack(Stack(app, "N" * 120), "Nested")]
        for stack in stacks:
            # The same ids in each: within its stack, each policy is called the same.
            bus = SaasusEventBus(stack, "Saasus", event_source_name=SOURCE)
            bus.verify("Verify", integration, bus.log("Everything"))
        names = self.names(*stacks)
        assert len(set(names)) == len(names) == len(stacks)
        assert max(len(name) for name in names) <= 128

    def test_two_deployments_of_one_app_have_two(self) -> None:
        def name(stack_name: str) -> str:
            app = new_app()
            integration = integrate(Stack(app, "Setting"))
            stack = Stack(app, "Events", stack_name=stack_name)
            bus = SaasusEventBus(stack, "Saasus", event_source_name=SOURCE)
            bus.verify("Verify", integration, bus.log("Everything"))
            [found] = self.names(stack)
            return found

        assert name("test") != name("live")
        assert name("test") == name("test")


class TestASecondIntegration:
    def test_of_the_same_secret_is_warned_of(self, app: App) -> None:
        one, two = Stack(app, "One"), Stack(app, "Two")
        integrate(one)
        integrate(two)
        assert warnings(one) == []
        [said] = warnings(two)
        assert "@saasus/events:secondIntegration" in said
        for word in ("One/Integration", "Two/Integration", "adopts", "event_source_name"):
            assert word in said

    def test_in_another_region_one_ends_the_other(self, app: App) -> None:
        arn = "arn:aws:secretsmanager:us-east-1:111122223333:secret:saasus-abcdef"
        for id, region in (("One", "us-east-1"), ("Two", "eu-west-1")):
            stack = Stack(app, id, env=Environment(account="111122223333", region=region))
            secret = secretsmanager.Secret.from_secret_complete_arn(stack, "Credentials", arn)
            SaasusIntegration(stack, "Integration", credentials=secret)
        [said] = warnings(stack)
        assert "fails, or with take_over=True takes the events from the first" in said

    def test_a_secret_of_the_app_is_known_in_every_stack(self, app: App) -> None:
        one, two = Stack(app, "One"), Stack(app, "Two")
        secret = secretsmanager.Secret(one, "Secret")
        for stack in (one, two):
            SaasusIntegration(stack, "Integration", credentials=secret)
        assert len(warnings(two)) == 1

    def test_others_are_not(self, app: App) -> None:
        stacks = [
            Stack(Stage(app, "Test"), "Events"),
            Stack(Stage(app, "Live"), "Events"),
            Stack(app, "Here", env=Environment(account="111122223333", region="us-east-1")),
            Stack(app, "There", env=Environment(account="111122223333", region="eu-west-1")),
        ]
        for stack in stacks:
            integrate(stack)
        for id in ("First", "Second"):
            stack = Stack(app, id)
            arn = CfnParameter(stack, "SecretArn").value_as_string
            secret = secretsmanager.Secret.from_secret_complete_arn(stack, "Credentials", arn)
            SaasusIntegration(stack, "Integration", credentials=secret)
            stacks.append(stack)
        secret = secretsmanager.Secret.from_secret_name_v2(stacks[0], "Other", "other")
        SaasusIntegration(stacks[0], "Other-Integration", credentials=secret)
        assert [warnings(stack) for stack in stacks] == [[]] * len(stacks)


class TestCustomizedRoles:
    def test_a_role_that_was_made_before_gets_no_policy(self, app: App) -> None:
        """Its statements stand in the report that the CDK writes for whoever makes the roles, and in a warning."""
        iam.Role.customize_roles(
            app,
            use_precreated_roles={"Events/Integration/Role": "made-before", "Setting/Integration/Role": "also-made"},
        )
        stack = Stack(app, "Events")
        integration = integrate(stack)
        bus = SaasusEventBus(stack, "Saasus", event_source_name=integration.event_source_name)
        bus.verify("Verify", integration, bus.log("Everything"))
        assembly = app.synth()
        template = assembly.get_stack_by_name("Events").template["Resources"]
        kinds = {resource["Type"] for resource in template.values()}
        assert not kinds & {"AWS::IAM::Role", "AWS::IAM::Policy"}
        report = Path(assembly.directory, "iam-policy-report.txt").read_text(encoding="utf-8")
        for action in ("events:ListEventSources", "secretsmanager:GetSecretValue", "logs:FilterLogEvents"):
            assert action in report


def use(stack: Stack, role: iam.IRole) -> None:
    integration = integrate(stack, role=role)
    bus = SaasusEventBus(stack, "Saasus", event_source_name=integration.event_source_name)
    bus.verify("Verify", integration, bus.log("Everything"))


NEEDED = ("events:ListEventSources", "secretsmanager:GetSecretValue", "logs:PutLogEvents", "logs:FilterLogEvents")


class TestAGivenRole:
    def test_it_gets_what_a_role_of_its_own_would_get_and_is_waited_for(self, stack: Stack) -> None:
        use(stack, iam.Role(stack, "Role", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com")))
        only(stack, "AWS::IAM::Role")
        policies = resources(stack, "AWS::IAM::Policy")
        given = text([policy["Properties"] for policy in policies.values()])
        for action in NEEDED:
            assert action in given
        assert warnings(stack) == []
        assert set(only(stack, "Custom::SaasusEventBridgeSetting")["DependsOn"]) & set(policies)
        assert set(only(stack, "Custom::SaasusVerification")["DependsOn"]) & set(policies)

    def test_it_may_decrypt_a_secret_that_has_a_key_of_its_own(self, stack: Stack) -> None:
        key = kms.Key(stack, "Key")
        secret = secretsmanager.Secret(stack, "Secret", encryption_key=key)
        role = iam.Role.from_role_arn(stack, "Role", "arn:aws:iam::111122223333:role/theirs", mutable=False)
        SaasusIntegration(stack, "Integration", credentials=secret, role=role)
        assert "kms:Decrypt" in " ".join(warnings(stack))
        allowed = properties(stack, "AWS::KMS::Key")["KeyPolicy"]["Statement"]
        assert [s for s in allowed if s["Principal"] == {"AWS": "arn:aws:iam::111122223333:role/theirs"}]

    def test_one_that_is_not_to_be_changed_gets_no_policy_and_a_warning(self, stack: Stack) -> None:
        arn = "arn:aws:iam::111122223333:role/theirs"
        use(stack, iam.Role.from_role_arn(stack, "Role", arn, mutable=False))
        assert resources(stack, "AWS::IAM::Policy") == {}
        said = " ".join(warnings(stack))
        assert "@saasus/events:rolePolicy" in said
        assert "'theirs'" in said
        for action in NEEDED:
            assert action in said
        assert "secret:saasus-??????" in said
        assert "Fn::" not in said


@pytest.mark.parametrize("missing", [None, "", "  "])
def test_a_bus_without_a_name_says_that_it_is_missing(stack: Stack, missing: Any) -> None:
    with pytest.raises(InvalidEventSource, match=r"missing: .*SaasusIntegration.*cdk deploy -c"):
        SaasusEventBus(stack, "Saasus", event_source_name=missing)


def test_an_integration_without_a_name_finds_it(stack: Stack) -> None:
    assert Token.is_unresolved(integrate(stack, event_source_name=None).event_source_name)
    assert setting(stack)["EventSourceName"] == ""
