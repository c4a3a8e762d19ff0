"""The integration: one function, named resources, no secret in the template, and no dependency cycle."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from aws_cdk import App, Duration, Environment, Stack
from aws_cdk import aws_secretsmanager as secretsmanager

from constructs_lib import EventFilter, InvalidRoute, SaasusEventBus, SaasusIntegration
from constructs_lib import operations as op
from tests.synth.apps import SOURCE, new_app, new_function, only, properties, resources, text

if TYPE_CHECKING:
    from pathlib import Path


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


def test_its_code_is_this_packages_own_and_nothing_else(tmp_path: Path) -> None:
    app = App(outdir=str(tmp_path))
    integrate(Stack(app, "Events"))
    app.synth()
    [asset] = [folder for folder in tmp_path.glob("asset.*") if (folder / "constructs_lib").is_dir()]
    files = {str(file.relative_to(asset)) for file in asset.rglob("*") if file.is_file()}
    assert "constructs_lib/functions/handler.py" in files
    assert all(file.startswith("constructs_lib/") and file.endswith(".py") for file in files)
    assert not [file for file in files if "bus.py" in file or "/local/" in file or "/testing/" in file]


def test_the_code_has_the_same_hash_wherever_it_is_made() -> None:
    def code(app: App) -> object:
        stack = Stack(app, "Events")
        integrate(stack)
        return properties(stack, "AWS::Lambda::Function")["Code"]

    assert code(new_app()) == code(new_app())


def test_a_region_that_saasus_does_not_list_is_refused() -> None:
    stack = Stack(new_app(), "Events", env=Environment(account="111122223333", region="cn-north-1"))
    with pytest.raises(InvalidRoute, match=r"cn-north-1.*ap-northeast-1"):
        integrate(stack)


@pytest.mark.parametrize("timeout", [Duration.seconds(10), Duration.minutes(15)])
def test_a_timeout_that_the_function_cannot_keep_is_refused(stack: Stack, timeout: Duration) -> None:
    with pytest.raises(InvalidRoute, match="30 seconds to 14 minutes"):
        integrate(stack, timeout=timeout)


class TestVerify:
    def test_it_waits_for_the_bus_its_rules_and_the_logs_policy(self, app: App, stack: Stack) -> None:
        integration = integrate(stack)
        bus = SaasusEventBus(stack, "Saasus", event_source_name=integration.event_source_name)
        bus.verify("Verify", integration, bus.log("Everything"))
        app.synth()
        waits_for = set(only(stack, "Custom::SaasusVerification")["DependsOn"])
        for kind in ("AWS::Events::EventBus", "AWS::Events::Rule", "AWS::Logs::ResourcePolicy"):
            assert waits_for & set(resources(stack, kind)), kind

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
        integration = integrate(Stack(app, "Setting"))
        bus = SaasusEventBus(stack, "Saasus", event_source_name=integration.event_source_name)
        bus.verify("Verify", integration, bus.log("Everything"))
        app.synth()  # no dependency cycle


def test_no_value_of_the_secret_is_in_the_template(app: App, stack: Stack) -> None:
    integration = integrate(stack, take_over=True)
    bus = SaasusEventBus(stack, "Saasus", event_source_name=integration.event_source_name)
    bus.verify("Verify", integration, bus.log("Everything"))
    template = json.dumps(app.synth().get_stack_by_name("Events").template)
    assert "{{resolve" not in template
    assert text("saasus")[1:-1] in template


def test_what_is_no_secret_and_no_duration_is_refused(stack: Stack) -> None:
    wrong: Any = "saasus"
    with pytest.raises(InvalidRoute, match="no secret"):
        SaasusIntegration(stack, "Named", credentials=wrong)
    with pytest.raises(InvalidRoute, match="no Duration"):
        integrate(stack, timeout=300)
