"""What EventBridge would refuse about a rule's target, or send in the clear, whoever wrote the target."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, TypeVar, cast

from aws_cdk import Annotations, CfnResource, Stack
from aws_cdk import aws_events as events

from constructs_lib.checks import aws_fields
from constructs_lib.checks.api_destination import check_api_destination
from constructs_lib.checks.aws_fields import known_text
from constructs_lib.checks.http_parameters import check_http_parameters, read_http_parameters, require
from constructs_lib.checks.target_input import SentInput, check_input, read_input, warn_of_raw_event
from constructs_lib.events import warning_ids
from constructs_lib.events.errors import InvalidRoute
from constructs_lib.events.event_path import is_path

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aws_cdk.interfaces.aws_events import IRuleRef
    from constructs import IConstruct

    from constructs_lib.filters.event_form import EventForm


_Resource = TypeVar("_Resource", bound=CfnResource)


def check_target(rule: IRuleRef, config: Mapping[str, Any], form: EventForm) -> None:
    """Check the fields of a target's `RuleTargetConfig`, on a bus whose events have this form.

    Raises:
        InvalidRoute: EventBridge is certain to refuse the target, or never to deliver to it.
    """
    resource, sent = config["target_resource"], None
    if config["input"] is not None and _is_event_bus(rule, Stack.of(rule).resolve(config["arn"])):
        _refuse_input_of_bus(rule)
    if config["input"] is not None or _is_api_destination(resource):
        sent = read_input(rule, config["input"], form)
    _check(rule, resource, sent, config["http_parameters"], config["sqs_parameters"], form)


def problems_of_targets(rule: events.CfnRule, form: EventForm) -> list[str]:
    """Return what EventBridge would refuse about the targets of a rule that a user wrote."""
    problems = []
    for target in Stack.of(rule).resolve(rule.targets) or []:
        transformer = target.get("inputTransformer") or {}
        given = [target.get("input"), target.get("inputPath"), transformer.get("inputTemplate")]
        sent = SentInput(
            constant=None if given[0] is None else known_text(given[0]),
            path="$" if given == [None] * 3 else given[1],
            template=None if given[2] is None else known_text(given[2]),
            variables=transformer.get("inputPathsMap"),
        )
        try:
            if given != [None] * 3 and _is_event_bus(rule, target.get("arn")):
                _refuse_input_of_bus(rule)
            _check(
                rule,
                _api_destination(rule, target.get("arn")),
                sent,
                target.get("httpParameters"),
                target.get("sqsParameters"),
                form,
            )
        except InvalidRoute as problem:
            problems.append(str(problem))
    return problems


def _check(
    rule: IRuleRef, resource: object, sent: SentInput | None, http: object, sqs: object, form: EventForm
) -> None:
    if sent is not None:
        check_input(rule, sent, form)
    if http is not None or _is_api_destination(resource):
        parameters = read_http_parameters(rule, http)
        check_http_parameters(rule, parameters, form, api_gateway=hasattr(resource, "arn_for_execute_api"))
        if _is_api_destination(resource) and sent is not None:
            check_api_destination(cast("IConstruct", resource), parameters)
            warn_of_raw_event(rule, sent.paths | parameters.event_paths, form)
    if sqs is not None:
        _check_message_group(rule, sqs)


def _is_api_destination(resource: object) -> bool:
    return hasattr(resource, "api_destination_arn")


def _api_destination(rule: events.CfnRule, arn: object) -> IConstruct | None:
    resource = _referred(rule, arn, events.CfnApiDestination)
    return None if resource is None else resource.node.scope


def _is_event_bus(rule: IRuleRef, arn: object) -> bool:
    """Check whether a resolved ARN is certainly that of an event bus."""
    return _referred(rule, arn, events.CfnEventBus) is not None or ":event-bus/" in json.dumps(arn)


def _referred(rule: IRuleRef, arn: object, kind: type[_Resource]) -> _Resource | None:
    """Return the resource of a kind in the rule's stack that an ARN refers to."""
    referred = arn.get("Fn::GetAtt", [None])[0] if isinstance(arn, dict) else None
    if referred is None:
        return None
    stack = Stack.of(rule)
    for resource in stack.node.find_all():
        if isinstance(resource, kind) and stack.resolve(resource.logical_id) == referred:
            return resource
    return None


def _refuse_input_of_bus(rule: IRuleRef) -> None:
    raise InvalidRoute(
        f"The target of {rule.node.path!r} is an event bus and has an input. EventBridge sends a bus the event itself, "
        "and accepts Input, InputPath and InputTransformer for other targets only. Remove the input, or let a function "
        "put events of its own on that bus."
    )


def _check_message_group(rule: IRuleRef, parameters: object) -> None:
    given: dict[str, Any] = Stack.of(rule).resolve(parameters) or {}
    if given.get("messageGroupId") is None:
        return
    group = known_text(given["messageGroupId"])
    require(aws_fields.MESSAGE_GROUP_ID, group, f"the target of {rule.node.path!r}: message_group_id")
    if is_path(group.text):
        Annotations.of(rule).add_warning_v2(
            warning_ids.MESSAGE_GROUP_IS_TEXT,
            f"message_group_id={group.text!r} of {rule.node.path} looks like a path into the event, which EventBridge "
            "does not fill in here: all events get this text as their one group. Pass a word, or let a function send "
            "to the queue with its own group for each event.",
        )
