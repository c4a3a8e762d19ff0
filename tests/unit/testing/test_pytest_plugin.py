"""The fixtures, as a user's own tests have them."""

from __future__ import annotations

import json

import pytest

pytest_plugins = ["pytester"]

SOURCE = "aws.partner/saasus.io/d8753ef8-8604-4b7d-8a44-cf9a64433209-1/event"
TEMPLATE = {
    "Resources": {
        "Bus": {"Type": "AWS::Events::EventBus", "Properties": {"Name": SOURCE}},
        "Rule": {
            "Type": "AWS::Events::Rule",
            "Properties": {
                "EventBusName": {"Ref": "Bus"},
                "EventPattern": {"detail": {"event_type": ["create_tenant"]}},
                "Targets": [{"Id": "1", "Arn": "arn:aws:sqs:us-east-1:111122223333:q"}],
            },
        },
    }
}
USES_THE_FIXTURES = """
from constructs_lib import operations as op

def test_it(saasus_event, saasus_router):
    event = saasus_event(op.auth.create_tenant, response={"id": "t-1"})
    [firing] = saasus_router.firings(event)
    assert firing.targets[0].payload.body == event
    assert not saasus_router.firings(saasus_event(op.auth.delete_tenant))
"""


@pytest.fixture
def project(pytester: pytest.Pytester) -> pytest.Pytester:
    pytester.makeconftest('pytest_plugins = ["constructs_lib.testing.pytest_plugin"]')
    (pytester.path / "app.template.json").write_text(json.dumps(TEMPLATE), "utf-8")
    return pytester


def test_the_app_is_a_fixture_of_the_user_s(project: pytest.Pytester) -> None:
    project.makepyfile(
        f"""
import pytest

@pytest.fixture(scope="session")
def saasus_app():
    return {TEMPLATE!r}
{USES_THE_FIXTURES}"""
    )
    project.runpytest_inprocess("-p", "no:cacheprovider").assert_outcomes(passed=1)


def test_the_app_is_named_by_an_option(project: pytest.Pytester) -> None:
    project.makepyfile(USES_THE_FIXTURES)
    project.runpytest_inprocess("--saasus-app", "app.template.json").assert_outcomes(passed=1)


def test_the_app_is_named_by_a_setting_and_can_be_a_folder(project: pytest.Pytester) -> None:
    (project.path / "cdk.out").mkdir()
    artifact = {"type": "aws:cloudformation:stack", "properties": {"templateFile": "Events.template.json"}}
    (project.path / "cdk.out/manifest.json").write_text(json.dumps({"artifacts": {"Events": artifact}}), "utf-8")
    (project.path / "cdk.out/Events.template.json").write_text(json.dumps(TEMPLATE), "utf-8")
    project.makeini("[pytest]\nsaasus_app = cdk.out")
    project.makepyfile(USES_THE_FIXTURES)
    project.runpytest_inprocess().assert_outcomes(passed=1)


def test_without_an_app_there_are_events_and_the_router_says_what_is_missing(project: pytest.Pytester) -> None:
    project.makepyfile(
        """
from constructs_lib import operations as op

def test_event(saasus_event):
    assert saasus_event(op.auth.create_tenant)["detail"]["event_type"] == "create_tenant"

def test_router(saasus_router):
    pass
"""
    )
    done = project.runpytest_inprocess()
    done.assert_outcomes(passed=1, errors=1)
    done.stdout.fnmatch_lines(["*pytest --saasus-app=cdk.out*"])
