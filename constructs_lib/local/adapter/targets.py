"""Targets of rules: how many a rule has, which are valid, and their list; `target_calls` delivers to them.

AWS: user guide, "Amazon EventBridge quotas"; API reference, PutTargets, RemoveTargets, ListTargetsByRule.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from constructs_lib.events.input_template import PREDEFINED
from constructs_lib.events.input_template import variables as named_in
from constructs_lib.filters.limits import TARGETS_PER_RULE
from constructs_lib.local.adapter.emulator import ARN, EVENTS, Response, answer, refuse
from constructs_lib.local.adapter.replacements import extends
from constructs_lib.local.adapter.rules import refused_as_managed

if TYPE_CHECKING:
    from collections.abc import Iterator

_INPUT_VARIABLES = 100
_TEMPLATE_CHARACTERS = 8192
_PER_PAGE = 2
_NEED_A_ROLE = (":api-destination/", ":firehose:", ":states:")
_INPUTS = ("Input", "InputPath", "InputTransformer")


@extends("services.eventbridge._put_targets")
def _put(original: Any, data: dict[str, Any]) -> Response:
    refused = refused_as_managed(data)
    if refused is not None:
        return refused
    targets = data.get("Targets") or []
    for target in targets:
        problem = next(_problems(target), None)
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


@extends("services.eventbridge._remove_targets")
def _remove(original: Any, data: dict[str, Any]) -> Response:
    refused = refused_as_managed(data)
    response: Response = original(data) if refused is None else refused
    return response


@extends("services.eventbridge._list_targets_by_rule")
def _list(original: Any, data: dict[str, Any]) -> Response:
    """List in small pages, because AWS does not publish its page size. The bus can be named by its ARN."""
    place, is_arn, name = str(data.get("EventBusName") or "default").rpartition(":event-bus/")
    key = EVENTS.rule_key(data.get("Rule"), name)
    if key not in EVENTS.rules or (is_arn and not EVENTS.rules[key]["Arn"].startswith(f"{place}:rule/")):
        return refuse("ResourceNotFoundException", f"Rule {data.get('Rule')} does not exist on EventBus {name}.")
    status, headers, body = original({**data, "EventBusName": name})
    targets = json.loads(body).get("Targets")
    if status >= 400 or targets is None:
        return status, headers, body
    limit = int(data.get("Limit") or _PER_PAGE)
    start = int(EVENTS.opaque_offset_decode(data.get("NextToken") or ""))
    page: dict[str, Any] = {"Targets": targets[start : start + limit]}
    if start + limit < len(targets):
        page["NextToken"] = EVENTS.opaque_offset_encode(start + limit)
    return answer(page)


def _problems(target: dict[str, Any]) -> Iterator[str]:
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
    if ":event-bus/" in arn and any(target.get(key) for key in _INPUTS):
        # aws-cdk issue 30587 and CloudFormation roadmap issue 2072: nor a bus of the same account.
        yield f"none of {', '.join(_INPUTS)} is allowed for an event bus, which gets the event itself"
    if any(kind in arn for kind in _NEED_A_ROLE) and not target.get("RoleArn"):
        yield f"RoleArn is required for target {arn}"
    queue = str((target.get("DeadLetterConfig") or {}).get("Arn") or "")
    if queue and (not _is_queue(queue) or queue.endswith(".fifo")):
        yield f"the dead-letter queue must be a standard SQS queue, and {queue} is not"


def _is_queue(arn: str) -> bool:
    try:
        return bool(ARN.parse_arn(arn).service == "sqs")
    except ARN.ArnParseError:
        return False
