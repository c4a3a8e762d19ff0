"""`examples/many_accounts`: what each account lets in, what the hub may do, and what leaves it.

One AWS account is all that the local AWS has, so only the templates are looked at.
"""

from __future__ import annotations

import json
import runpy
from functools import partial
from typing import TYPE_CHECKING, Any

import aws_cdk
import pytest

from tests.documents import REPOSITORY

if TYPE_CHECKING:
    from aws_cdk.cx_api import CloudAssembly, CloudFormationStackArtifact

CONTEXT = {
    "saasus:eventSourceName": "aws.partner/saasus.io/736385ec-26ba-4567-941f-2affa11d919f-1/event",
    "accounts:hub": "111122223333",
    "accounts:billing": "222233334444",
    "accounts:audit": "333344445555",
    "region": "ap-northeast-1",
}
BUS = "arn:aws:events:ap-northeast-1:222233334444:event-bus/saasus-events"
QUEUE = "arn:aws:sqs:ap-northeast-1:333344445555:saasus-audit"


@pytest.fixture(scope="module")
def assembly(tmp_path_factory: pytest.TempPathFactory) -> CloudAssembly:
    apps: list[aws_cdk.App] = []
    real_app = aws_cdk.App

    def new_app(**options: Any) -> aws_cdk.App:
        apps.append(real_app(context=CONTEXT, **options))
        return apps[-1]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(aws_cdk, "App", partial(new_app, outdir=str(tmp_path_factory.mktemp("out"))))
        runpy.run_path(str(REPOSITORY / "examples/many_accounts/app.py"), run_name="__main__")
    return apps[0].synth()


def stack(assembly: CloudAssembly, name: str) -> CloudFormationStackArtifact:
    return assembly.get_stack_by_name(name)


def resources(assembly: CloudAssembly, name: str, kind: str) -> list[dict[str, Any]]:
    """Return the properties of the resources of a kind; the partition is AWS's."""
    text = json.dumps(stack(assembly, name).template["Resources"]).replace('{"Ref": "AWS::Partition"}', '"aws"')
    return [each["Properties"] for each in json.loads(text).values() if each["Type"] == kind]


def arn(value: Any) -> str:
    """Return an ARN that is joined of texts."""
    return "".join(value["Fn::Join"][1]) if isinstance(value, dict) and "Fn::Join" in value else str(value)


def targets_elsewhere(assembly: CloudAssembly) -> dict[str, dict[str, Any]]:
    """Return the targets of the hub that are in other accounts, with their rule's pattern."""
    found = {}
    for rule in resources(assembly, "Hub", "AWS::Events::Rule"):
        for target in rule["Targets"]:
            if arn(target["Arn"]).startswith("arn:aws:"):
                found[arn(target["Arn"])] = {**target, "Pattern": rule["EventPattern"]}
    return found


def test_each_stack_is_in_its_own_account(assembly: CloudAssembly) -> None:
    for name in ("Hub", "Billing", "Audit"):
        environment = stack(assembly, name).environment
        assert (environment.account, environment.region) == (CONTEXT[f"accounts:{name.lower()}"], "ap-northeast-1")
    # The hub refers to the others by name; their policies let in what does not exist yet.
    assert {each.id for each in stack(assembly, "Hub").dependencies} >= {"Billing", "Audit"}


def test_the_hub_delivers_to_each_with_a_role_that_may_only_that(assembly: CloudAssembly) -> None:
    assert set(targets_elsewhere(assembly)) == {BUS, QUEUE}
    assert all("RoleArn" in target for target in targets_elsewhere(assembly).values())
    allowed = {
        (statement["Action"], arn(statement["Resource"]))
        for policy in resources(assembly, "Hub", "AWS::IAM::Policy")
        for statement in policy["PolicyDocument"]["Statement"]
        if arn(statement["Resource"]) in (BUS, QUEUE)
    }
    assert allowed == {("events:PutEvents", BUS), ("sqs:SendMessage", QUEUE)}


def test_only_decoded_events_leave_the_hub(assembly: CloudAssembly) -> None:
    for target in targets_elsewhere(assembly).values():
        assert "aws.partner" not in json.dumps(target["Pattern"])
        assert "saasus." in json.dumps(target["Pattern"])


def test_what_cannot_be_delivered_is_kept_in_the_hub(assembly: CloudAssembly) -> None:
    for target in targets_elsewhere(assembly).values():
        assert "DeadLetterQueue" in json.dumps(target["DeadLetterConfig"])


def test_the_bus_of_billing_lets_the_hub_put_events_of_saasus_and_nothing_else(assembly: CloudAssembly) -> None:
    [policy] = resources(assembly, "Billing", "AWS::Events::EventBusPolicy")
    statement = policy["Statement"]
    assert arn(statement["Principal"]["AWS"]) == "arn:aws:iam::111122223333:root"
    assert statement["Action"] == "events:PutEvents"
    assert statement["Condition"] == {"StringLike": {"events:source": "saasus.*"}}


def test_the_queue_of_audit_lets_only_the_hubs_role_in(assembly: CloudAssembly) -> None:
    [policy] = resources(assembly, "Audit", "AWS::SQS::QueuePolicy")
    [sends] = [s for s in policy["PolicyDocument"]["Statement"] if s["Effect"] == "Allow"]
    assert arn(sends["Principal"]["AWS"]) == "arn:aws:iam::111122223333:root"
    names = [role["RoleName"] for role in resources(assembly, "Hub", "AWS::IAM::Role") if "RoleName" in role]
    given = arn(sends["Condition"]["ArnEquals"]["aws:PrincipalArn"])
    assert given in {f"arn:aws:iam::111122223333:role/{name}" for name in names}


def test_billing_routes_decoded_events_by_exact_patterns(assembly: CloudAssembly) -> None:
    patterns = [rule["EventPattern"] for rule in resources(assembly, "Billing", "AWS::Events::Rule")]
    assert patterns
    assert all("wildcard" not in json.dumps(pattern) for pattern in patterns)
