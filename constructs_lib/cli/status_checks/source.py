"""Checks the partner event sources, each with its bus and rules."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from constructs_lib.cli.aws.rules import rules_of
from constructs_lib.cli.aws.session import aws_errors, error_code
from constructs_lib.cli.screen.lines import counted, printable
from constructs_lib.cli.screen.times import in_utc
from constructs_lib.cli.status_checks.findings import StatusFinding, add_route_step, allow_step, deploy_step
from constructs_lib.events.errors import SaasusEventsError
from constructs_lib.filters.limits import WILDCARD_RULES_PER_BUS
from constructs_lib.runtime.event_source import event_sources

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from constructs_lib.cli.aws.rules import BusRule
    from constructs_lib.cli.aws.session import AwsClients
    from constructs_lib.cli.status_checks.setting import Here

_SOURCE: Final = "Event source"
_BUS: Final = "Event bus"
_RULES: Final = "Rules"


def check_sources(
    clients: AwsClients, here: Here, wanted: str
) -> tuple[dict[str, tuple[BusRule, ...]], list[StatusFinding]]:
    """Check the event sources, each with its bus and rules; return the rules by bus, and what was found.

    Args:
        clients: The clients of AWS.
        here: The account and region.
        wanted: The only source to check; empty for all of SaaSus's.
    """
    rules: dict[str, tuple[BusRule, ...]] = {}
    findings: list[StatusFinding] = []
    try:
        with aws_errors("The partner event sources cannot be listed", "events:ListEventSources"):
            seen = event_sources(clients.of("events"))
    except SaasusEventsError as error:
        findings.append(StatusFinding(_SOURCE, "unknown", str(error), allow_step("events:ListEventSources")))
        # If its name is known, the rest can still be checked.
        seen = {wanted: "unknown"} if wanted else {}
        if not seen:
            return rules, findings
    chosen = {name: state for name, state in sorted(seen.items()) if wanted in ("", name)}
    if not chosen:
        findings.append(_no_source(here, wanted, len(seen)))
    elif len(chosen) > 1:
        findings.append(
            StatusFinding(_SOURCE, "note", f"there are {len(chosen)}; to check only one, pass --source NAME")
        )
    for name, state in chosen.items():
        has_bus, bus_findings = _look_for_bus(clients, name, state)
        findings += _check_source(clients, name, state, has_bus=has_bus)
        findings += bus_findings
        if has_bus is not False:
            # Even if the bus itself cannot be seen, its rules may be.
            rules[name], found = _look_for_rules(clients, name)
            findings.append(found)
    return rules, findings


def _no_source(here: Here, wanted: str, others: int) -> StatusFinding:
    what = f"{wanted} does not exist" if wanted else "SaaSus has no event source"
    rest = f"; others: {others}" if others else ""
    return StatusFinding(
        _SOURCE,
        "WRONG",
        f"{what} in account {here.account}, region {here.region}{rest}",
        "saasus-events connect, which waits for it",
        {"name": wanted or None, "source_state": None},
    )


def _check_source(clients: AwsClients, name: str, state: str, *, has_bus: bool | None) -> list[StatusFinding]:
    data: dict[str, Any] = {"name": name, "source_state": state}
    if state == "ACTIVE":
        return [StatusFinding(_SOURCE, "ok", f"{name} is ACTIVE", data=data)]
    if state == "DELETED":
        text = f"{name} is DELETED: SaaSus removed it; its bus and rules get nothing until SaaSus creates it again"
        return [
            StatusFinding(_SOURCE, "WRONG", text, "saasus-events connect --yes, which saves the setting again", data)
        ]
    if state != "PENDING":
        return []
    expires = _expires(clients, name)
    data["expires"] = None if expires is None else in_utc(expires)
    until = "in about two weeks" if expires is None else f"on {in_utc(expires)}"
    why, step = (
        ("it is deactivated, so its events are dropped", f"aws events activate-event-source --name {name}")
        if has_bus
        else ("it has no event bus, so its events are dropped", deploy_step(name))
    )
    return [StatusFinding(_SOURCE, "WRONG", f"{name} is PENDING: {why}; AWS deletes it {until}", step, data)]


def _expires(clients: AwsClients, name: str) -> datetime | None:
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        described = clients.of("events").describe_event_source(Name=name)
    except (BotoCoreError, ClientError):
        return None
    expires: datetime | None = described.get("ExpirationTime")
    return expires


def _look_for_bus(clients: AwsClients, name: str, state: str) -> tuple[bool | None, list[StatusFinding]]:
    """Return whether the source has an event bus (None if AWS does not say), and what to report about that."""
    from botocore.exceptions import ClientError

    try:
        with aws_errors(f"The event bus {name} cannot be seen", "events:DescribeEventBus"):
            try:
                clients.of("events").describe_event_bus(Name=name)
            except ClientError as error:
                if error_code(error) != "ResourceNotFoundException":
                    raise
                text, data = "no event bus has the source's name", {"name": name, "exists": False}
                wrong = [] if state == "DELETED" else [StatusFinding(_BUS, "WRONG", text, deploy_step(name), data)]
                return False, wrong
    except SaasusEventsError as error:
        return None, [StatusFinding(_BUS, "unknown", str(error), allow_step("events:DescribeEventBus"))]
    return True, [StatusFinding(_BUS, "ok", "exists, with the source's name", data={"name": name, "exists": True})]


def _look_for_rules(clients: AwsClients, bus: str) -> tuple[tuple[BusRule, ...], StatusFinding]:
    """Return the rules of a bus (empty if AWS does not list them), and what to report about them."""
    try:
        rules = rules_of(clients, bus)
    except SaasusEventsError as error:
        step = allow_step("events:ListRules and events:ListTargetsByRule")
        return (), StatusFinding(_RULES, "unknown", printable(str(error)), step)
    return rules, _check_rules(bus, rules)


def _check_rules(bus: str, every_rule: Sequence[BusRule]) -> StatusFinding:
    rules = [rule for rule in every_rule if not rule.is_managed]
    enabled = [rule for rule in rules if rule.enabled]
    to_nowhere = [rule.name for rule in enabled if not rule.targets]
    targets = sum(len(rule.targets) for rule in rules)
    wildcards = sum(rule.has_wildcard for rule in every_rule)
    limit = WILDCARD_RULES_PER_BUS
    text = f"{len(rules)}, {len(enabled)} enabled, {counted(targets, 'target')}; {wildcards} of {limit} with a wildcard"
    data = {
        "bus": bus,
        "count": len(rules),
        "enabled": len(enabled),
        "targets": targets,
        "without_targets": to_nowhere,
        "wildcard_rules": wildcards,
        "wildcard_limit": limit,
    }
    if not rules:
        return StatusFinding(_RULES, "WRONG", "none: events reach the bus and go nowhere", add_route_step(bus), data)
    if not enabled:
        step = f"aws events enable-rule --event-bus-name {bus} --name {rules[0].name}"
        return StatusFinding(_RULES, "WRONG", f"{text}: no event goes anywhere", step, data)
    if to_nowhere:
        step = f"deploy the stack of {to_nowhere[0]} again, which gives it its targets"
        return StatusFinding(_RULES, "WRONG", f"{text}; without a target: {', '.join(to_nowhere)}", step, data)
    off = ", ".join(rule.name for rule in rules if not rule.enabled)
    return StatusFinding(_RULES, "note" if off else "ok", f"{text}; disabled: {off}" if off else text, data=data)
