"""`saasus-events status`: shows whether events can arrive, what is wrong, and the next step, on one screen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from constructs_lib.cli.aws.logs import add_log_group_argument
from constructs_lib.cli.aws.session import AwsClients, add_place_arguments
from constructs_lib.cli.aws.stack import add_stack_argument
from constructs_lib.cli.command import Command, ExitCode
from constructs_lib.cli.options import add_json_argument
from constructs_lib.cli.saasus_access import add_saasus_arguments
from constructs_lib.cli.screen.json_output import as_json
from constructs_lib.cli.screen.table import print_table
from constructs_lib.cli.status_checks.findings import next_step
from constructs_lib.cli.status_checks.whole_path import PERMISSIONS, check
from constructs_lib.events.source_name import PartnerEventSource

if TYPE_CHECKING:
    import argparse

_NOTHING = "nothing to do; saasus-events send-test --wait shows that an event arrives"


def _add_arguments(parser: argparse.ArgumentParser) -> None:
    add_stack_argument(parser, "the dead-letter queues and the log routes of this stack")
    add_log_group_argument(parser, "the log group of a log route (default: the rules' own)")
    parser.add_argument("--source", metavar="NAME", help="check only this partner event source")
    add_json_argument(parser)
    add_saasus_arguments(parser)
    add_place_arguments(parser, "the AWS account that should receive the events")


def _run(options: argparse.Namespace) -> int:
    if options.source is not None:
        options.source = PartnerEventSource.parse(options.source).name
    checked = check(options, AwsClients(options))
    is_well = checked.is_well
    step = _NOTHING if is_well else next_step(checked.findings)
    if options.json:
        found = [finding.as_json() for finding in checked.findings]
        print(
            as_json(
                {
                    "ok": is_well,
                    "account": checked.account,
                    "region": checked.region,
                    "findings": found,
                    "next": "" if is_well else step,
                },
                indent=2,
            )
        )
    else:
        print(f"SaaSus's events to account {checked.account or '?'}, region {checked.region or '?'}\n")
        print_table(("", "Part", "Found"), [(found.state, found.part, found.text) for found in checked.findings])
        print(f"\nNext: {step}")
    return ExitCode.DONE if is_well else ExitCode.NEGATIVE


STATUS = Command(
    name="status",
    help="show whether events can arrive, what is wrong, and the next step",
    description="Follows the path of an event: SaaSus's setting, the partner event source, its bus, the rules, the\n"
    "dead-letter queues, and the last event in the log group. Changes nothing. If SaaSus's credentials or some of the\n"
    "AWS permissions are missing, it still shows everything else.",
    examples="  saasus-events status\n"
    "  saasus-events status --stack Events --region ap-northeast-1\n"
    "  saasus-events status --secret saasus --json",
    add_arguments=_add_arguments,
    run=_run,
    negative="something is wrong, or could not be checked",
    permissions=PERMISSIONS,
)
