"""Rules: their quotas, which targets are valid, and `AWS::Events::Rule`.

AWS: user guide, "Amazon EventBridge quotas"; API reference, PutRule, PutTargets, DeleteRule; CloudFormation,
AWS::Events::Rule.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from constructs_lib.events.input_template import PREDEFINED
from constructs_lib.events.input_template import variables as named_in
from constructs_lib.filters.limits import (
    PATTERN_CHARACTERS,
    TARGETS_PER_RULE,
    WILDCARD_COMPLEXITY,
    WILDCARD_RULES_PER_BUS,
    rules_per_bus,
)
from constructs_lib.filters.ruler.complexity import has_wildcard, wildcard_complexity
from constructs_lib.local.adapter.api_model import require_valid
from constructs_lib.local.adapter.emulator import ARN, CLOUDFORMATION, EVENTS, Response, answer, checked, refuse, region
from constructs_lib.local.adapter.replacements import extends, replaces

if TYPE_CHECKING:
    from collections.abc import Iterator

_TYPE = "AWS::Events::Rule"
_INPUT_VARIABLES = 100
_TEMPLATE_CHARACTERS = 8192
_TARGETS_PER_PAGE = 2
_OPTIONAL = ("Description", "RoleArn", "ScheduleExpression", "State")
_INPUTS = ("Input", "InputPath", "InputTransformer")


@extends("services.eventbridge._put_rule")
def _put_rule(original: Any, data: dict[str, Any]) -> Response:
    refused = _refused_as_managed(data)
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


@extends("services.eventbridge._put_targets")
def _put_targets(original: Any, data: dict[str, Any]) -> Response:
    refused = _refused_as_managed(data)
    if refused is not None:
        return refused
    targets = data.get("Targets") or []
    for target in targets:
        problem = next(_target_problems(target), None)
        if problem is not None:
            return refuse("ValidationException", f"Target {target.get('Id')}: {problem}")
    key = EVENTS.rule_key(data.get("Rule"), data.get("EventBusName") or "default")
    ids = {target["Id"] for target in EVENTS.targets.get(key, [])} | {target["Id"] for target in targets}
    if len(ids) > TARGETS_PER_RULE:
        return refuse(
            "LimitExceededException",
            f"The requested resource exceeds the maximum number of {TARGETS_PER_RULE} targets.",
        )
    response: Response = original(data)
    return response


@extends("services.eventbridge._list_targets_by_rule")
def _list_targets(original: Any, data: dict[str, Any]) -> Response:
    """List in small pages, because AWS does not publish its page size. The bus can be named by its ARN."""
    place, is_arn, name = str(data.get("EventBusName") or "default").rpartition(":event-bus/")
    key = EVENTS.rule_key(data.get("Rule"), name)
    if key not in EVENTS.rules or (is_arn and not EVENTS.rules[key]["Arn"].startswith(f"{place}:rule/")):
        return refuse("ResourceNotFoundException", f"Rule {data.get('Rule')} does not exist on EventBus {name}.")
    status, headers, body = original({**data, "EventBusName": name})
    targets = json.loads(body).get("Targets")
    if status >= 400 or targets is None:
        return status, headers, body
    limit = int(data.get("Limit") or _TARGETS_PER_PAGE)
    start = int(EVENTS.opaque_offset_decode(data.get("NextToken") or ""))
    page: dict[str, Any] = {"Targets": targets[start : start + limit]}
    if start + limit < len(targets):
        page["NextToken"] = EVENTS.opaque_offset_encode(start + limit)
    return answer(page)


@extends("services.eventbridge._delete_rule")
def _delete_rule(original: Any, data: dict[str, Any]) -> Response:
    refused = _refused_as_managed(data)
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


def _refused_as_managed(data: dict[str, Any]) -> Response | None:
    """Refuse to change what AWS manages itself, such as an archive's rule, unless it is forced."""
    name = data.get("Rule") or data.get("Name")
    rule = EVENTS.rules.get(EVENTS.rule_key(name, data.get("EventBusName") or "default"))
    if rule is None or not rule.get("ManagedBy") or data.get("Force"):
        return None
    return refuse("ManagedRuleException", f"Rule {name} is managed by {rule['ManagedBy']} and cannot be changed.")


@extends("services.eventbridge._remove_targets")
@extends("services.eventbridge._enable_rule")
@extends("services.eventbridge._disable_rule")
def _unless_managed(original: Any, data: dict[str, Any]) -> Response:
    refused = _refused_as_managed(data)
    response: Response = original(data) if refused is None else refused
    return response


def _compact(pattern: object) -> str:
    return json.dumps(pattern, separators=(",", ":"), ensure_ascii=False)


def _target_problems(target: dict[str, Any]) -> Iterator[str]:
    arn = str(target.get("Arn", ""))
    if sum(bool(target.get(key)) for key in _INPUTS) > 1:
        yield f"only one of {', '.join(_INPUTS)} is allowed"
    transformer = target.get("InputTransformer") or {}
    variables = transformer.get("InputPathsMap") or {}
    if len(variables) > _INPUT_VARIABLES:
        yield f"an input transformer takes {_INPUT_VARIABLES} variables"
    if any(name.startswith("aws") for name in variables):
        yield "a variable of an input transformer must not start with 'aws'"
    template = str(transformer.get("InputTemplate") or "")
    if len(template) > _TEMPLATE_CHARACTERS:
        yield f"an input template takes {_TEMPLATE_CHARACTERS} characters"
    for name in named_in(template):
        if name not in variables and name not in PREDEFINED:
            yield f"InputTemplate for target {target.get('Id')} contains invalid placeholder {name}."
    if ":api-destination/" in arn and not target.get("RoleArn"):
        yield f"RoleArn is required for target {arn}"
    queue = str((target.get("DeadLetterConfig") or {}).get("Arn") or "")
    if queue and (not _is_queue(queue) or queue.endswith(".fifo")):
        yield f"the dead-letter queue must be a standard SQS queue, and {queue} is not"


def _is_queue(arn: str) -> bool:
    try:
        return bool(ARN.parse_arn(arn).service == "sqs")
    except ARN.ArnParseError:
        return False
