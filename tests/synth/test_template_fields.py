"""Every text and number of a template is one that AWS's API takes, whatever names and descriptions an app has.

The fixture `taken_by_aws` looks at the template of every test in this folder; here are the apps with hostile names,
and the tests that the look finds what is wrong.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from aws_cdk import App, Duration, NestedStack, SecretValue, Stack, Stage
from aws_cdk import aws_events as events
from aws_cdk import aws_kms as kms
from aws_cdk import aws_secretsmanager as secretsmanager
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sqs as sqs
from aws_cdk.assertions import Template

from constructs_lib import (
    EventArchive,
    EventFilter,
    EventLogging,
    LogLevel,
    SaasusEventBus,
    SaasusIntegration,
    targets,
)
from constructs_lib import operations as op
from tests.synth.apps import SOURCE, new_app, new_function
from tests.synth.aws_model import is_known, problems_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from constructs import Construct

LONG = "N" * 128
JAPANESE = "利用者の登録を知らせる「通知」"


def everything(
    scope: Construct,
    *,
    name: str = "",
    log: str = "Everything",
    description: str | None = None,
    source: str | None = None,
) -> None:
    """Use every construct and verb, with a name in each id and a description wherever one can be given."""
    key = kms.Key(scope, f"Key{name}")
    credentials = secretsmanager.Secret.from_secret_name_v2(scope, f"Credentials{name}", "saasus")
    integration = SaasusIntegration(scope, f"Integration{name}", credentials=credentials)
    bus = SaasusEventBus(
        scope,
        f"Saasus{log}",
        event_source_name=source or integration.event_source_name,
        description=description,
        archive=EventArchive(retention=Duration.days(90)),
        encryption_key=key,
        event_logging=EventLogging(level=LogLevel.TRACE),
    )
    logged = bus.log(log, description=description)
    bus.verify(f"Verify{name}", integration, logged)
    function = new_function(Stack.of(scope), f"Function{name}")
    invoked = bus.invoke(f"Invoke{name}", EventFilter.of(op.auth), function, description=description)
    bus.call(
        f"Call{name}",
        EventFilter.all().failed(),
        endpoint="https://crm.example.com/*",
        authorization=events.Authorization.api_key("x-api-key", SecretValue.secrets_manager("crm")),
        path_parameter_values=["$.detail.trace_id"],
        header_parameters={"x-signing-key": SecretValue.secrets_manager("signing")},
        description=description,
        secret_version=(description or "1")[:400],
    )
    queue = sqs.Queue(scope, f"Queue{name}")
    bus.route(f"Route{name}", EventFilter.of(op.pricing), targets.SqsQueue(queue), description=description)
    monitoring = bus.monitor(f"Monitoring{name}", alarm_actions=[sns.Topic(scope, f"Topic{name}")])
    monitoring.add_silence_alarm(invoked, Duration.days(1))


def in_a_stack_with_a_long_name(app: App) -> None:
    everything(Stack(app, "Events", stack_name=LONG), source=SOURCE)


def in_a_stack_with_a_long_id(app: App) -> None:
    everything(Stack(app, LONG))


def in_a_nested_stack(app: App) -> None:
    everything(NestedStack(Stack(app, LONG), "Nested"))


def in_nested_stacks_with_long_ids(app: App) -> None:
    everything(NestedStack(NestedStack(Stack(app, "Events"), LONG), LONG), source=SOURCE)


def in_a_stage_with_a_long_name(app: App) -> None:
    everything(Stack(Stage(app, LONG), LONG))


def with_long_ids(app: App) -> None:
    everything(Stack(app, "Events"), name=LONG, log=LONG, source=SOURCE)


def with_japanese_ids_and_descriptions(app: App) -> None:
    everything(Stack(app, "Events"), name=JAPANESE, description=JAPANESE * 34)


def with_marks_in_ids(app: App) -> None:
    everything(Stack(app, "Events"), name=" .,:;#?!&*'()[]{}<>|~^@+=-_ \t", description='a"b\\c\td')


def with_the_longest_descriptions(app: App) -> None:
    everything(Stack(app, "Events"), description="d" * 512, source=SOURCE)


@pytest.mark.parametrize(
    "build",
    [
        in_a_stack_with_a_long_name,
        in_a_stack_with_a_long_id,
        in_a_nested_stack,
        in_nested_stacks_with_long_ids,
        in_a_stage_with_a_long_name,
        with_long_ids,
        with_japanese_ids_and_descriptions,
        with_marks_in_ids,
        with_the_longest_descriptions,
    ],
    ids=lambda build: build.__name__.replace("_", " "),
)
def test_any_names_are_taken(build: Callable[[App], None]) -> None:
    app = new_app()
    build(app)
    app.synth()
    templates = [json.loads(file.read_text()) for file in Path(app.outdir).rglob("*.template.json")]
    assert templates
    assert [problems_of(template) for template in templates] == [[]] * len(templates)


WRONG: dict[str, dict[str, Any]] = {
    "AWS::CloudWatch::Alarm": {"AlarmDescription": "x" * 1025},
    "AWS::Events::ApiDestination": {"InvocationEndpoint": "https://example.com/{id}"},
    "AWS::Events::Archive": {"Description": "two\nlines"},
    "AWS::Events::Connection": {"AuthParameters": {"ApiKeyAuthParameters": {"ApiKeyName": "a:b"}}},
    "AWS::Events::EventBus": {"Name": "a bus"},
    "AWS::Events::Rule": {"Targets": [{"Id": "a b", "Arn": "x"}]},
    "AWS::IAM::Policy": {"PolicyName": {"Fn::Join": ["", [{"Ref": "AWS::StackName"}, "-x"]]}},
    "AWS::IAM::Role": {"Policies": [{"PolicyName": "a b"}]},
    "AWS::KMS::Key": {"Description": "x" * 8193},
    "AWS::Lambda::Function": {"Timeout": 0},
    "AWS::Lambda::Permission": {"Principal": ""},
    "AWS::Logs::DeliverySource": {"Name": "a/b"},
    # Of a text with a reference in it only the length can be seen.
    "AWS::Logs::LogGroup": {"LogGroupName": {"Fn::Sub": "/aws/${Queue}/" + "x" * 513}},
    "AWS::Logs::QueryDefinition": {"Name": "x" * 256},
    "AWS::Logs::ResourcePolicy": {"PolicyDocument": {"Statement": ["x" * 51200]}},
    "AWS::SecretsManager::Secret": {"Name": ""},
}


@pytest.mark.parametrize("kind", WRONG)
def test_the_look_finds_what_is_wrong(kind: str) -> None:
    assert all(is_known(kind, name) for name in WRONG[kind])
    [problem] = problems_of({"Resources": {"R": {"Type": kind, "Properties": WRONG[kind]}}})
    assert problem.startswith(f"R ({kind})")


def test_the_look_sees_the_names_of_a_template(stack: Stack) -> None:
    SaasusEventBus(stack, "Saasus", event_source_name=SOURCE)
    template = dict(Template.from_stack(stack).to_json())
    assert problems_of(template) == []
    [bus] = [each for each in template["Resources"].values() if each["Type"] == "AWS::Events::EventBus"]
    bus["Properties"]["Name"] += "!"
    assert problems_of(template) != []
