"""Runs every check, in the order of an event's path."""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from constructs_lib.cli.status_checks.ends import LAST_EVENT, check_ends
from constructs_lib.cli.status_checks.setting import check_setting, place_of_command
from constructs_lib.cli.status_checks.source import check_sources

if TYPE_CHECKING:
    from constructs_lib.cli.aws.session import AwsClients
    from constructs_lib.cli.status_checks.findings import StatusFinding

PERMISSIONS: Final = (
    "cloudformation:DescribeStacks",
    "cloudformation:ListStackResources",
    "cloudformation:ListStacks",
    "events:DescribeEventBus",
    "events:DescribeEventSource",
    "events:ListEventSources",
    "events:ListRules",
    "events:ListTargetsByRule",
    "logs:DescribeLogGroups",
    "logs:DescribeLogStreams",
    "logs:FilterLogEvents",
    "logs:GetLogEvents",
    "secretsmanager:GetSecretValue",
    "sqs:GetQueueAttributes",
    "sqs:GetQueueUrl",
    "sqs:ListQueues",
    "sts:GetCallerIdentity",
)
"""What it takes to check the path of an event, with SaaSus's credentials in a secret."""


@dataclass(frozen=True)
class Checked:
    """Everything that was found, in the order of an event's path."""

    account: str | None
    """The account that was checked; None if it is unknown."""
    region: str | None
    findings: tuple[StatusFinding, ...]

    @property
    def is_well(self) -> bool:
        """Whether nothing has to be done."""
        return all(finding.is_fine for finding in self.findings)


def check(options: argparse.Namespace, clients: AwsClients) -> Checked:
    """Run every check, in the order of an event's path.

    Args:
        options: The options of `status`.
        clients: The clients of AWS.
    """
    here = place_of_command(options.account, clients)
    findings = [here.problem] if here.problem else []
    findings.append(check_setting(options, clients, here))
    if not here.problem:
        rules, of_sources = check_sources(clients, here, options.source or "")
        findings += of_sources + check_ends(clients, rules, options.stacks, options.log_groups)
    return Checked(here.account, here.region, tuple(findings))


def what_is_wrong(options: argparse.Namespace, clients: AwsClients, group: str) -> list[StatusFinding]:
    """Return what is wrong on the path of an event that did not reach a log group, apart from the empty group."""
    asked = {"account": None, "source": None, "stacks": [], **vars(options), "log_groups": [group]}
    findings = check(argparse.Namespace(**asked), clients).findings
    return [finding for finding in findings if not finding.is_fine and finding.part != LAST_EVENT]
