"""Rules: their quotas, those that AWS manages, and `AWS::Events::Rule`; `targets` says which targets they may have.

AWS: user guide, "Amazon EventBridge quotas"; API reference, PutRule, DeleteRule; CloudFormation, AWS::Events::Rule.
"""

from __future__ import annotations

import json
from typing import Any

from constructs_lib.filters.limits import (
    PATTERN_CHARACTERS,
    WILDCARD_COMPLEXITY,
    WILDCARD_RULES_PER_BUS,
    rules_per_bus,
)
from constructs_lib.filters.ruler.complexity import has_wildcard, wildcard_complexity
from constructs_lib.local.adapter.emulator import CLOUDFORMATION, EVENTS, Response, checked, refuse, region
from constructs_lib.local.adapter.replacements import extends, replaces
from constructs_lib.local.adapter.request_validation import require_valid

_TYPE = "AWS::Events::Rule"
_OPTIONAL = ("Description", "RoleArn", "ScheduleExpression", "State")


@extends("services.eventbridge._put_rule")
def _put_rule(original: Any, data: dict[str, Any]) -> Response:
    refused = refused_as_managed(data)
    if refused is not None:
        return refused
    pattern = str(data.get("EventPattern") or "")
    if len(pattern) > PATTERN_CHARACTERS:
        return refuse(
            "InvalidEventPatternException",
            f"Event pattern is not valid. Reason: {len(pattern)} characters, more than {PATTERN_CHARACTERS}",
        )
    bus = str(data.get("EventBusName") or "default")
    others = [r for r in EVENTS.rules.values() if r["EventBusName"] == bus and r["Name"] != data.get("Name")]
    limit = rules_per_bus(region())
    if len(others) >= limit:
        return refuse("LimitExceededException", f"The bus {bus} has {limit} rules already.")
    if has_wildcard(pattern):
        if wildcard_complexity(pattern) > WILDCARD_COMPLEXITY:
            return refuse("InvalidEventPatternException", "Event pattern is not valid. Reason: Rule is too complex")
        wild = sum(has_wildcard(str(rule.get("EventPattern") or "")) for rule in others)
        if wild >= WILDCARD_RULES_PER_BUS:
            return refuse(
                "LimitExceededException",
                f"The bus {bus} has {WILDCARD_RULES_PER_BUS} rules with wildcards already.",
            )
    response: Response = original(data)
    return response


@extends("services.eventbridge._delete_rule")
def _delete_rule(original: Any, data: dict[str, Any]) -> Response:
    refused = refused_as_managed(data)
    if refused is not None:
        return refused
    key = EVENTS.rule_key(data.get("Name"), data.get("EventBusName") or "default")
    if EVENTS.targets.get(key):
        return refuse("ValidationException", "Rule can't be deleted since it has targets.")
    response: Response = original(data)
    return response


@extends("services.eventbridge._resolve_taggable_events_arn")
def _resolve_taggable(original: Any, arn: str) -> tuple[str | None, Response | None]:
    """Find the rule of a partner bus, too, whose name contains slashes."""
    resource = arn.split(":", 5)[-1]
    if resource.startswith("rule/") and resource.count("/") > 2:
        bus, _, name = resource.removeprefix("rule/").rpartition("/")
        rule = EVENTS.rules.get(EVENTS.rule_key(name, bus))
        if rule is not None and rule["Arn"] == arn:
            return arn, None
    found: tuple[str | None, Response | None] = original(arn)
    return found


# ------------------------------------------------------------------ CloudFormation


@replaces("services.cloudformation.provisioners._eb_rule_create")
def _provision(logical_id: str, props: dict[str, Any], stack_name: str) -> tuple[str, dict[str, str]]:
    name = props.get("Name") or CLOUDFORMATION.physical_name(stack_name, logical_id, max_len=64)
    bus = CLOUDFORMATION.eb_rule_bus_name(props)
    EVENTS.ensure_default_bus()
    if EVENTS.rule_key(name, bus) in EVENTS.rules:
        msg = f"{_TYPE}: rule {name} already exists on {bus}"
        raise ValueError(msg)
    pattern = props.get("EventPattern")
    rule = {key: props[key] for key in _OPTIONAL if props.get(key)}
    rule.update(Name=name, EventBusName=bus)
    if pattern:
        rule["EventPattern"] = pattern if isinstance(pattern, str) else _compact(pattern)
    require_valid(_TYPE, "PutRule", rule)
    arn = str(checked(_TYPE, EVENTS.put_rule(rule))["RuleArn"])
    targets = props.get("Targets") or []
    try:
        if targets:
            request = {"Rule": name, "EventBusName": bus, "Targets": targets}
            require_valid(_TYPE, "PutTargets", request)
            checked(_TYPE, EVENTS.put_targets(request))
        CLOUDFORMATION.eb_rule_apply_tags(arn, [], props.get("Tags") or [])
    except ValueError:
        EVENTS.targets.pop(EVENTS.rule_key(name, bus), None)
        EVENTS.delete_rule({"Name": name, "EventBusName": bus})
        raise
    return name, {"Arn": arn, "RuleName": name}


def refused_as_managed(data: dict[str, Any]) -> Response | None:
    """Refuse to change what AWS manages itself, such as an archive's rule, unless it is forced."""
    name = data.get("Rule") or data.get("Name")
    rule = EVENTS.rules.get(EVENTS.rule_key(name, data.get("EventBusName") or "default"))
    if rule is None or not rule.get("ManagedBy") or data.get("Force"):
        return None
    return refuse("ManagedRuleException", f"Rule {name} is managed by {rule['ManagedBy']} and cannot be changed.")


@extends("services.eventbridge._enable_rule")
@extends("services.eventbridge._disable_rule")
def _unless_managed(original: Any, data: dict[str, Any]) -> Response:
    refused = refused_as_managed(data)
    response: Response = original(data) if refused is None else refused
    return response


def _compact(pattern: object) -> str:
    return json.dumps(pattern, separators=(",", ":"), ensure_ascii=False)
