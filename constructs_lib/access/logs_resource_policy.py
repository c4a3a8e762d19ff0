"""The one CloudWatch Logs resource policy of a stack, which lets EventBridge write to its log groups."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple

from aws_cdk import Stack, Token
from aws_cdk import aws_logs as logs
from constructs import Construct

from constructs_lib.synth.at_synth import text_at_synth, validate_at_synth

if TYPE_CHECKING:
    from collections.abc import Callable

MAX_CHARACTERS = 5_120
"""The longest resource policy that CloudWatch Logs accepts (User Guide, "CloudWatch Logs quotas"; the API's own model
says ten times as much)."""

_ID = "SaasusEventsLogsPolicy"
_ASSUMED_NAME_LENGTH = 120
"""For a log group whose name CloudFormation generates: stack name, logical id and 13 random characters."""
_LONGEST_ARN_START = len("arn:aws-us-gov:logs:ap-southeast-1:123456789012:log-group:")
_LONGEST = {"AWS::Partition": len("aws-us-gov"), "AWS::Region": len("ap-southeast-1"), "AWS::AccountId": 12}
_LONGEST_BUS_NAME = 256

_EVENTS = "events.amazonaws.com"
_DELIVERY = "delivery.logs.amazonaws.com"
_CREATE, _PUT = "logs:CreateLogStream", "logs:PutLogEvents"


class _Group(NamedTuple):
    arn: str
    length: int
    """Of the ARN; the most it can have if it is known only at deployment."""


class LogsResourcePolicy(Construct):
    """Lets EventBridge write to the log groups of one stack's routes, and the delivery service to those of bus logs.

    An account can have ten such policies in a region, so a stack makes one, whatever the number of its routes. Its name
    contains the stack's, so that two deployments of one app do not overwrite each other's policy.

    EventBridge states for which rule it writes events, but not when it creates the stream for them, so only writing has
    a condition (EventBridge User Guide, "Amazon CloudWatch Logs permissions").
    """

    def __init__(self, scope: Construct, id: str) -> None:
        super().__init__(scope, id)
        self._written_by: dict[str, dict[str, _Group]] = {}
        self._bus_logs: dict[str, _Group] = {}
        stack = Stack.of(self)
        logs.CfnResourcePolicy(
            self,
            "Resource",
            policy_name=f"{stack.stack_name}-saasus-events",
            policy_document=text_at_synth(lambda: stack.to_json_string(self._document())),
        )
        validate_at_synth(self, self._validate)

    @classmethod
    def of(cls, scope: Construct) -> LogsResourcePolicy:
        """Return the policy of the construct's stack, or make it."""
        stack = Stack.of(scope)
        existing = stack.node.try_find_child(_ID)
        return existing if isinstance(existing, LogsResourcePolicy) else cls(stack, _ID)

    def allow_events_to(self, log_group: logs.ILogGroup, rules_arn: str) -> None:
        """Let EventBridge create streams in the log group, and write events to them.

        Args:
            log_group: The log group.
            rules_arn: The ARN of the rules for which it writes, with `*` for all rules of a bus. It must not refer to
                a rule, because rules wait for this policy.
        """
        _note(log_group, self._written_by.setdefault(rules_arn, {}))

    def allow_bus_log_to(self, log_group: logs.ILogGroup) -> None:
        """Let the delivery service write a bus log to the log group."""
        _note(log_group, self._bus_logs)

    def _document(self, written: Callable[[_Group], str] = lambda group: group.arn) -> dict[str, object]:
        every = {path: group for groups in self._written_by.values() for path, group in groups.items()}
        statements = []
        if every:
            statements.append(_statement(_EVENTS, _CREATE, [written(group) for group in every.values()]))
        for rules_arn, groups in self._written_by.items():
            condition = {"ArnLike": {"aws:SourceArn": rules_arn}}
            statements.append(_statement(_EVENTS, _PUT, [written(group) for group in groups.values()], condition))
        if self._bus_logs:
            condition = {"StringEquals": {"aws:SourceAccount": Stack.of(self).account}}
            resources = [written(group) for group in self._bus_logs.values()]
            statements.append(_statement(_DELIVERY, [_CREATE, _PUT], resources, condition))
        return {"Version": "2012-10-17", "Statement": statements}

    def size(self) -> int:
        """Return the most characters that the policy can have; values known only at deployment are assumed long."""
        document = Stack.of(self).resolve(self._document(lambda group: "x" * group.length))
        return len(json.dumps(_filled(document), separators=(",", ":")))

    def _validate(self) -> list[str]:
        size = self.size()
        if size <= MAX_CHARACTERS:
            return []
        groups = {path for groups in (*self._written_by.values(), self._bus_logs) for path in groups}
        return [
            (
                f"The CloudWatch Logs resource policy of stack {Stack.of(self).stack_name!r} names {len(groups)} "
                f"log groups in about {size:,} characters; CloudWatch Logs accepts {MAX_CHARACTERS:,}. Let several "
                "log routes share a group (`log_group=`), join their filters in one route, or move some routes to "
                "another stack."
            )
        ]


def _statement(
    service: str, actions: str | list[str], resources: list[str], condition: dict[str, dict[str, str]] | None = None
) -> dict[str, object]:
    statement: dict[str, object] = {
        "Effect": "Allow",
        "Principal": {"Service": service},
        "Action": actions,
        "Resource": resources,
    }
    return statement if condition is None else {**statement, "Condition": condition}


def _note(log_group: logs.ILogGroup, groups: dict[str, _Group]) -> None:
    path = log_group.node.path
    if path not in groups:
        arn = log_group.log_group_arn  # ends in `:*`, its streams
        length = len(arn) if not Token.is_unresolved(arn) else _LONGEST_ARN_START + _name_length(log_group) + 2
        groups[path] = _Group(arn, length)


def _filled(value: Any) -> Any:
    """Return a document with text of the greatest length in place of values known only at deployment."""
    if isinstance(value, list):
        return [_filled(each) for each in value]
    if not isinstance(value, dict):
        return value
    if "Fn::Join" in value:
        return "".join(_filled(value["Fn::Join"][1]))
    if "Ref" in value or any(key.startswith("Fn::") for key in value):
        return "x" * _LONGEST.get(str(value.get("Ref")), _LONGEST_BUS_NAME)
    return {key: _filled(each) for key, each in value.items()}


def _name_length(log_group: logs.ILogGroup) -> int:
    resource = log_group.node.default_child
    name = resource.log_group_name if isinstance(resource, logs.CfnLogGroup) else log_group.log_group_name
    return _ASSUMED_NAME_LENGTH if name is None or Token.is_unresolved(name) else len(name)
