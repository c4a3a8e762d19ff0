"""The policy that a template has is the one that the mask was tried with."""

from __future__ import annotations

import json
from typing import Any

from aws_cdk import App, Stack
from aws_cdk import aws_logs as logs
from aws_cdk.assertions import Template

from constructs_lib import log_mask_policy
from constructs_lib.events.log_mask import MAX_POLICY_CHARACTERS, data_protection_policy


def _identifiers(statement: dict[str, Any]) -> list[str]:
    """Return the names, with the partition that CloudFormation puts into the ARNs."""
    return [
        name if isinstance(name, str) else "".join("aws" if isinstance(part, dict) else part for part in parts)
        for name in statement["DataIdentifier"]
        for parts in [name["Fn::Join"][1] if isinstance(name, dict) else []]
    ]


def test_a_group_gets_the_policy() -> None:
    stack = Stack(App(), "Stack")
    logs.LogGroup(stack, "Group", data_protection_policy=log_mask_policy())

    (group,) = Template.from_stack(stack).find_resources("AWS::Logs::LogGroup").values()

    made, wanted = group["Properties"]["DataProtectionPolicy"], data_protection_policy()
    assert made["Configuration"] == wanted["Configuration"]
    assert (made["Name"], made["Version"]) == (wanted["Name"], wanted["Version"])
    assert [_identifiers(s) for s in made["Statement"]] == [s["DataIdentifier"] for s in wanted["Statement"]]
    assert [s["Operation"] for s in made["Statement"]] == [s["Operation"] for s in wanted["Statement"]]
    assert len(json.dumps(made)) < MAX_POLICY_CHARACTERS
