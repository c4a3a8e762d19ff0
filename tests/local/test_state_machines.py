"""State machines: started by a rule with an input, and sending mail."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.eventually import eventually
from tests.local.resources import Bus, new_role, unique

if TYPE_CHECKING:
    from constructs_lib.local import LocalAws


def new_machine(aws: LocalAws, **state: Any) -> str:
    definition = json.dumps({"StartAt": "Only", "States": {"Only": {**state, "End": True}}})
    arn: str = aws.client("stepfunctions").create_state_machine(
        name=unique("machine"), definition=definition, roleArn=new_role(aws, "states.amazonaws.com")
    )["stateMachineArn"]
    return arn


def finished(aws: LocalAws, machine: str) -> dict[str, Any]:
    """Return the only execution of a state machine, once it has ended."""
    states = aws.client("stepfunctions")

    def ended() -> dict[str, Any] | None:
        executions = states.list_executions(stateMachineArn=machine)["executions"]
        done = [each for each in executions if each["status"] != "RUNNING"]
        return states.describe_execution(executionArn=done[0]["executionArn"]) if done else None

    found = eventually(ended)
    assert found is not None
    return found


def mail(sender: str, **changed: Any) -> dict[str, Any]:
    body = {"Text": {"Data": "Hello"}}
    return {
        "Type": "Task",
        "Resource": "arn:aws:states:::aws-sdk:sesv2:sendEmail",
        "Parameters": {
            "FromEmailAddress": sender,
            "Destination": {"ToAddresses.$": "States.Array($.to)"},
            "Content": {"Simple": {"Subject": {"Data": "Welcome"}, "Body": body}},
            **changed,
        },
    }


def run(aws: LocalAws, state: dict[str, Any], **given: str) -> dict[str, Any]:
    machine = new_machine(aws, **state)
    aws.client("stepfunctions").start_execution(stateMachineArn=machine, input=json.dumps(given))
    return finished(aws, machine)


def test_a_rule_starts_a_state_machine_with_the_input_that_it_made(aws: LocalAws, bus: Bus) -> None:
    machine = new_machine(aws, Type="Pass")
    start = {"Effect": "Allow", "Action": "states:StartExecution", "Resource": machine}
    transformer = {"InputPathsMap": {"n": "$.detail.n"}, "InputTemplate": '{"number": <n>}'}
    bus.route(machine, RoleArn=new_role(aws, "events.amazonaws.com", start), InputTransformer=transformer)
    bus.send(n=7)
    execution = finished(aws, machine)
    assert (execution["status"], json.loads(execution["output"])) == ("SUCCEEDED", {"number": 7})


def test_a_state_machine_sends_mail_from_a_verified_address(aws: LocalAws) -> None:
    sender, to = f"{unique('hello')}@example.com", f"{unique('ann')}@example.com"
    aws.client("sesv2").create_email_identity(EmailIdentity=sender)
    execution = run(aws, mail(sender), to=to)
    assert execution["status"] == "SUCCEEDED", execution
    assert json.loads(execution["output"])["MessageId"]
    [sent] = [each for each in aws.sent_emails() if each.sender == sender]
    assert (sent.to, sent.subject, sent.text) == ((to,), "Welcome", "Hello")


def test_mail_from_an_address_that_is_not_verified_is_an_error_that_can_be_caught(aws: LocalAws) -> None:
    failed = run(aws, mail("nobody@example.org"), to="ann@example.com")
    assert (failed["status"], failed["error"]) == ("FAILED", "SesV2.MessageRejectedException")
    assert "not verified" in failed["cause"]


@pytest.mark.parametrize(("source", "status"), [("mine", "SUCCEEDED"), ("aws.mine", "FAILED")])
def test_a_state_machine_that_puts_events_fails_with_an_entry(aws: LocalAws, source: str, status: str) -> None:
    entry = {"Source": source, "DetailType": "made", "Detail": {"n": 1}}
    state = {"Type": "Task", "Resource": "arn:aws:states:::events:putEvents", "Parameters": {"Entries": [entry]}}
    execution = run(aws, state)
    assert execution["status"] == status, execution
    if status == "FAILED":
        assert execution["error"] == "EventBridge.FailedEntry"
        assert "NotAuthorizedForSource" in execution["cause"]


def test_mail_without_a_content_is_refused(aws: LocalAws) -> None:
    state = mail("nobody@example.org")
    del state["Parameters"]["Content"]
    failed = run(aws, state, to="ann@example.com")
    assert (failed["status"], failed["error"]) == ("FAILED", "SesV2.SesV2Exception")
