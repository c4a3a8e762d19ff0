"""What EventBridge would refuse of a rule's target, or send in the clear, whoever wrote the target."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aws_cdk import Annotations, Stack

from constructs_lib import aws_fields
from constructs_lib.api_destination_checks import check_api_destination
from constructs_lib.aws_fields import known_text
from constructs_lib.events.event_path import is_path
from constructs_lib.http_target import check_http_parameters, read_http_parameters, require
from constructs_lib.payload import warn_of_raw_event
from constructs_lib.target_input import check_input, read_input

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aws_cdk.interfaces.aws_events import IRuleRef


def check_target(rule: IRuleRef, config: Mapping[str, Any]) -> None:
    """Look at the fields of a target's `RuleTargetConfig`.

    Raises:
        InvalidRoute: EventBridge is certain to refuse the target, or never to deliver to it.
    """
    resource, sent = config["target_resource"], None
    is_api = hasattr(resource, "api_destination_arn")
    if is_api or config["input"] is not None:
        sent = read_input(rule, config["input"])
        check_input(rule, sent)
    if config["http_parameters"] is not None or is_api:
        parameters = read_http_parameters(rule, config["http_parameters"])
        check_http_parameters(rule, parameters, api_gateway=hasattr(resource, "arn_for_execute_api"))
        if is_api and sent is not None:
            check_api_destination(resource, parameters)
            warn_of_raw_event(rule, sent.paths | parameters.event_paths)
    if config["sqs_parameters"] is not None:
        _check_message_group(rule, config["sqs_parameters"])


def _check_message_group(rule: IRuleRef, parameters: object) -> None:
    given: dict[str, Any] = Stack.of(rule).resolve(parameters) or {}
    if given.get("messageGroupId") is None:
        return
    group = known_text(given["messageGroupId"])
    require(aws_fields.MESSAGE_GROUP_ID, group, f"the target of {rule.node.path!r}: message_group_id")
    if is_path(group.text):
        Annotations.of(rule).add_warning_v2(
            "@saasus/events:messageGroupIsText",
            f"message_group_id={group.text!r} of {rule.node.path} looks like a path into the event, which EventBridge "
            "does not fill in here: all events get this text as their group, one after the other. Give a word, or "
            "have a function send to the queue with a group of its own for each event.",
        )
