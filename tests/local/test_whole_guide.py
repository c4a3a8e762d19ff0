"""All of SaaSus's guide by one `cdk deploy`, on an empty local AWS, with the simulator as SaaSus; then its faults."""

from __future__ import annotations

import importlib
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
from botocore.exceptions import WaiterError

from constructs_lib.local import HttpsEndpoint, LocalAws
from constructs_lib.local.cdk_cli import bootstrap, run_cdk
from constructs_lib.local.saasus import Fault, LocalSaasus, Sending
from constructs_lib.runtime.saasus_api import EventBridgeSettings
from tests.eventually import eventually

if TYPE_CHECKING:
    from collections.abc import Iterator

APP = Path(__file__).with_name("whole_guide_app.py")
KEY = ("x-api-key", "only-in-this-test")
ELSEWHERE = EventBridgeSettings("444455556666", "ap-northeast-1")
INFO, TEST_EVENT = "/v1/integration/eventbridge/info", "/v1/integration/eventbridge/test-event"

# The SDK says that it is typed, and is not as a strict check wants it.
SDK_CLIENT: Any = importlib.import_module("saasus_sdk_python.client.client")
SDK_AUTH: Any = importlib.import_module("saasus_sdk_python.src.auth")
SDK_AUTH_CLIENT: Any = importlib.import_module("saasus_sdk_python.client.auth_client")


class Guide(NamedTuple):
    aws: LocalAws
    saasus: LocalSaasus
    crm: HttpsEndpoint
    folder: Path

    def cdk(self, *arguments: str) -> None:
        environment = self.aws.environment() | {
            # No SAASUS_BASE_URL: functions of the local AWS have the local SaaSus by themselves.
            "ENDPOINT": self.crm.url("/hooks"),
            "PYTHONPATH": str(APP.parents[2]),
        }
        run_cdk(
            [*arguments, "--output", str(self.folder / "cdk.out")],
            cwd=self.folder,
            environment=environment,
            app=f"{sys.executable} {APP}",
        )

    def source_state(self) -> str:
        sources = self.aws.client("events").list_event_sources()["EventSources"]
        return sources[0]["State"] if sources else "none"

    def lines(self, group: str, word: str) -> list[str]:
        events = self.aws.client("logs").filter_log_events(logGroupName=group)["events"]
        return [event["message"] for event in events if word in event["message"]]


@pytest.fixture(scope="module")
def guide(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Guide]:
    with (
        HttpsEndpoint(api_key=KEY) as crm,
        LocalAws(ca_file=crm.ca_file) as aws,
        LocalSaasus(aws, source_delay=2) as saasus,
    ):
        bootstrap(aws)
        secrets = aws.client("secretsmanager")
        secrets.create_secret(Name="saasus", SecretString=saasus.secret_string())
        secrets.create_secret(Name="endpoint", SecretString=KEY[1])
        yield Guide(aws, saasus, crm, tmp_path_factory.mktemp("guide"))


@pytest.fixture(scope="module")
def deployed(guide: Guide) -> Guide:
    guide.cdk("deploy", "--require-approval", "never")
    return guide


class TestTheWholeGuide:
    def test_the_setting_is_saved_and_the_source_associated(self, deployed: Guide) -> None:
        assert deployed.saasus.settings == EventBridgeSettings(deployed.aws.account, deployed.aws.region)
        assert deployed.saasus.count("PUT", INFO) == 1
        assert deployed.source_state() == "ACTIVE"

    def test_a_test_event_was_verified(self, deployed: Guide) -> None:
        sent = [call.trace_id for call in deployed.saasus.calls if call.path == TEST_EVENT]
        assert sent
        assert all(trace_id.startswith("saasus-verify-") for trace_id in sent)
        assert deployed.lines("/aws/events/Guide/Saasus-Everything", sent[-1])

    def test_calls_of_the_official_sdk_reach_log_function_and_api(
        self, deployed: Guide, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for name, value in deployed.saasus.environment().items():
            monkeypatch.setenv(name, value)
        monkeypatch.setattr(SDK_CLIENT.Client, "_instance", None)  # it reads the environment once in a process
        client = SDK_AUTH_CLIENT.SignedAuthApiClient()
        SDK_AUTH.TenantApi(client).create_tenant(
            SDK_AUTH.TenantProps(name="株式会社 <例>", attributes={}, back_office_staff_email="x@example.com")
        )
        user = SDK_AUTH.SaasUserApi(client).create_saas_user(
            SDK_AUTH.CreateSaasUserParam(email="person@example.com", password="Pass-word-1")
        )
        SDK_AUTH.SaasUserApi(client).delete_saas_user(user.id)
        created, made, deleted = [event.trace_id for event in deployed.saasus.events[-3:]]
        for trace_id in (created, made, deleted):
            eventually(lambda id=trace_id: deployed.lines("/aws/events/Guide/Saasus-Everything", id))  # type: ignore[misc]
        assert eventually(lambda: deployed.lines("/aws/lambda/guide", f"onboarded by {created}"))
        [request] = deployed.crm.wait_for(1)
        assert request.authorized
        assert request.json()["trace_id"] == deleted

    def test_no_secret_is_in_a_log_of_the_integration_or_in_the_stack(self, deployed: Guide) -> None:
        credentials = deployed.saasus.credentials
        cloudformation = deployed.aws.client("cloudformation")
        seen = json.dumps(cloudformation.describe_stack_events(StackName="Guide")["StackEvents"], default=str)
        seen += json.dumps(cloudformation.get_template(StackName="Guide")["TemplateBody"])
        for group in deployed.aws.client("logs").describe_log_groups()["logGroups"]:
            if "Integration" in group["logGroupName"]:
                seen += str(deployed.lines(group["logGroupName"], ""))
        assert "saasus-eventbridge/" in seen
        for secret in (credentials.secret_key, credentials.api_key):
            assert secret not in seen

    def test_destroyed_the_setting_is_gone_and_so_is_the_source(self, deployed: Guide) -> None:
        deployed.cdk("destroy", "--force")
        assert deployed.saasus.settings is None
        assert deployed.source_state() in ("none", "DELETED")


@pytest.fixture
def template(guide: Guide) -> dict[str, Any]:
    """The stack's template; its function's code is in the local AWS since the first deployment."""
    made: dict[str, Any] = json.loads((guide.folder / "cdk.out" / "Guide.template.json").read_text())
    return made


@pytest.fixture
def empty(guide: Guide) -> Iterator[Guide]:
    """The local AWS without the stack, and SaaSus without a setting and without a fault, before and after."""
    guide.saasus.source_delay = 0.5
    yield guide
    guide.saasus.clear_faults()
    guide.saasus.send_events(Sending())
    delete(guide)
    assert guide.aws.client("sqs").list_queues().get("QueueUrls", []) == []
    save(guide, None)


def create(guide: Guide, template: dict[str, Any], **setting: str) -> str:
    """Create the stack, and give the reasons why it failed; empty when it did not."""
    for resource in template["Resources"].values():
        if resource["Type"] in ("Custom::SaasusEventBridgeSetting", "Custom::SaasusVerification"):
            resource["Properties"] |= {"TimeoutSeconds": "6", **setting}
    cloudformation = guide.aws.client("cloudformation")
    delete(guide)
    cloudformation.create_stack(
        StackName="Guide", TemplateBody=json.dumps(template), Capabilities=["CAPABILITY_NAMED_IAM"]
    )
    try:
        cloudformation.get_waiter("stack_create_complete").wait(
            StackName="Guide", WaiterConfig={"Delay": 0.2, "MaxAttempts": 500}
        )
    except WaiterError:
        events = cloudformation.describe_stack_events(StackName="Guide")["StackEvents"]
        return "; ".join(e.get("ResourceStatusReason", "") for e in events if e["ResourceStatus"] == "CREATE_FAILED")
    return ""


def delete(guide: Guide) -> None:
    cloudformation = guide.aws.client("cloudformation")
    cloudformation.delete_stack(StackName="Guide")
    cloudformation.get_waiter("stack_delete_complete").wait(
        StackName="Guide", WaiterConfig={"Delay": 0.2, "MaxAttempts": 500}
    )


def save(guide: Guide, settings: EventBridgeSettings | None) -> None:
    """Put SaaSus's setting to something, as somebody else would."""
    from constructs_lib.runtime.saasus_api import IntegrationApi

    api = IntegrationApi(guide.saasus.credentials, base_url=guide.saasus.base_url)
    api.delete_settings() if settings is None else api.save_settings(settings)


@pytest.mark.usefixtures("deployed")
class TestFaults:
    def test_an_error_that_passes_is_passed_over(self, empty: Guide, template: dict[str, Any]) -> None:
        empty.saasus.fail(Fault(status=500))
        empty.saasus.fail(Fault(status=429))
        empty.saasus.fail(Fault(delay=1))
        assert create(empty, template) == ""
        assert empty.source_state() == "ACTIVE"

    def test_an_answer_that_was_lost_still_leaves_the_setting_ours(
        self, empty: Guide, template: dict[str, Any]
    ) -> None:
        empty.saasus.fail(Fault(broken=True, carried_out=True, method="PUT"))
        assert create(empty, template) == ""
        delete(empty)
        assert empty.saasus.settings is None

    def test_saasus_that_is_down_is_named_and_the_next_deployment_works(
        self, empty: Guide, template: dict[str, Any]
    ) -> None:
        empty.saasus.fail(Fault(status=503, times=None))
        assert "SaaSus answered 503" in create(empty, template)
        empty.saasus.clear_faults()
        assert create(empty, template) == ""

    def test_credentials_that_are_refused_are_named_and_not_shown(self, empty: Guide, template: dict[str, Any]) -> None:
        empty.saasus.fail(Fault(status=401, times=None))
        said = create(empty, template)
        assert "Check saas_id, api_key and secret_key" in said
        assert empty.saasus.credentials.api_key not in said

    def test_a_source_that_never_appears_is_waited_for_and_the_setting_taken_back(
        self, empty: Guide, template: dict[str, Any]
    ) -> None:
        empty.saasus.source_delay = None
        said = create(empty, template)
        assert "Waited 6 s for SaaSus's partner event source" in said
        assert empty.saasus.settings is None

    def test_a_setting_of_somebody_else_stays_theirs(self, empty: Guide, template: dict[str, Any]) -> None:
        save(empty, ELSEWHERE)
        said = create(empty, template)
        assert "444455556666" in said
        assert "take_over=True" in said
        assert empty.saasus.settings == ELSEWHERE

    def test_taken_over_it_is_put_back_when_the_test_event_does_not_come(
        self, empty: Guide, template: dict[str, Any]
    ) -> None:
        save(empty, ELSEWHERE)
        empty.saasus.send_events(Sending(copies=0))
        said = create(empty, template, TakeOver="true")
        assert "none arrived in log group" in said
        assert empty.saasus.settings == ELSEWHERE

    def test_taken_over_and_verified_it_is_ours_until_the_stack_goes(
        self, empty: Guide, template: dict[str, Any]
    ) -> None:
        save(empty, ELSEWHERE)
        assert create(empty, template, TakeOver="true") == ""
        delete(empty)
        assert empty.saasus.settings is None

    def test_adopted_it_stays_when_the_stack_goes(self, empty: Guide, template: dict[str, Any]) -> None:
        here = EventBridgeSettings(empty.aws.account, empty.aws.region)
        save(empty, here)
        saved = empty.saasus.count("PUT", INFO)
        assert create(empty, template) == ""
        delete(empty)
        assert empty.saasus.settings == here
        assert empty.saasus.count("PUT", INFO) == saved

    def test_an_update_that_fails_is_rolled_back_though_saasus_is_down(
        self, empty: Guide, template: dict[str, Any]
    ) -> None:
        assert create(empty, template) == ""
        empty.saasus.fail(Fault(status=503, times=None))
        for resource in template["Resources"].values():
            if resource["Type"] == "Custom::SaasusEventBridgeSetting":
                resource["Properties"]["TimeoutSeconds"] = "7"
        cloudformation = empty.aws.client("cloudformation")
        cloudformation.update_stack(
            StackName="Guide", TemplateBody=json.dumps(template), Capabilities=["CAPABILITY_NAMED_IAM"]
        )
        status = eventually(
            lambda: ended(cloudformation.describe_stacks(StackName="Guide")["Stacks"][0]["StackStatus"]), timeout=120
        )
        assert status == "UPDATE_ROLLBACK_COMPLETE"
        assert empty.source_state() == "ACTIVE"


def ended(status: str) -> str:
    """Return the status of a stack at rest; empty while it is being changed."""
    return "" if status.endswith("_IN_PROGRESS") else status
