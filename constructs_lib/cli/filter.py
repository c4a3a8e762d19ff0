"""`saasus-events filter`: the EventBridge patterns that a filter deploys."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from constructs_lib.cli.command import Command, ExitCode
from constructs_lib.cli.filter_options import add_filter_arguments, filter_of, known_of
from constructs_lib.cli.options import add_json_argument
from constructs_lib.cli.screen.json_output import as_json
from constructs_lib.cli.screen.lines import say
from constructs_lib.filters.event_form import EventForm
from constructs_lib.filters.filter_risks import findings_of_filter
from constructs_lib.filters.limits import PATTERN_CHARACTERS, WILDCARD_COMPLEXITY, pattern_size
from constructs_lib.filters.ruler.complexity import wildcard_complexity

if TYPE_CHECKING:
    import argparse


def _add_arguments(parser: argparse.ArgumentParser) -> None:
    add_filter_arguments(parser)
    parser.add_argument(
        "--decoded", action="store_true", help="print the patterns for the decoded bus, which need no wildcard"
    )
    add_json_argument(parser)


def _run(options: argparse.Namespace) -> int:
    event_filter = filter_of(options)
    known = known_of(options)
    form = EventForm.DECODED if options.decoded else EventForm.RAW
    patterns = form.patterns(event_filter, known)
    findings = findings_of_filter(event_filter, known, patterns=patterns, form=form)
    measured = [(pattern, pattern_size(pattern), wildcard_complexity(pattern)) for pattern in patterns]
    if options.json:
        listed = [{"pattern": p, "characters": size, "complexity": count} for p, size, count in measured]
        found = [{"id": finding.id, "error": finding.is_error, "text": finding.text} for finding in findings]
        print(as_json({"filter": repr(event_filter), "patterns": listed, "findings": found}, indent=2))
        return ExitCode.DONE
    say(f"{event_filter!r}: {_rules(len(patterns))}", file=sys.stderr)
    for number, (pattern, size, count) in enumerate(measured, start=1):
        say(
            f"{number}: {size} of {PATTERN_CHARACTERS} characters, "
            f"wildcard complexity {count} of {WILDCARD_COMPLEXITY}.",
            file=sys.stderr,
        )
        sys.stderr.flush()
        print(as_json(pattern, indent=2), flush=True)
    for finding in findings:
        kind = "an error" if finding.is_error else "a warning"
        say(f"At synth, a route with this filter causes {kind}. {finding.text}", file=sys.stderr)
    return ExitCode.DONE


def _rules(count: int) -> str:
    return "one rule" if count == 1 else f"{count} rules, because one would exceed EventBridge's limits"


FILTER = Command(
    name="filter",
    help="print the EventBridge patterns of a filter",
    description="Prints the EventBridge patterns that a route with this filter deploys: one, or several if one would\n"
    "exceed EventBridge's limits. The options mirror EventFilter's calls: different options AND, several values of\n"
    "one option OR. Patterns go to the standard output, sizes and counts to the\n"
    "standard error.",
    examples="  saasus-events filter --of auth.create_tenant --succeeded\n"
    "  saasus-events filter --of pricing --failed --decoded\n"
    '  saasus-events filter --route "DELETE /v1/auth/users/{user_id}" --succeeded\n'
    "  saasus-events filter --of pricing --failed --json",
    add_arguments=_add_arguments,
    run=_run,
)
