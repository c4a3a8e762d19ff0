"""The one CloudWatch Logs resource policy of a stack, which lets EventBridge write to its log groups."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import jsii
from aws_cdk import IStableStringProducer, Lazy, Stack, Token
from aws_cdk import aws_logs as logs
from constructs import Construct

from constructs_lib.synth_validation import validate_at_synth

if TYPE_CHECKING:
    from collections.abc import Callable

MAX_CHARACTERS = 5_120
"""What CloudWatch Logs takes as one resource policy (API reference, `PutResourcePolicy`)."""

_ID = "SaasusEventsLogsPolicy"
_ASSUMED_NAME_LENGTH = 120
"""For a log group whose name CloudFormation makes up: stack name, logical id and 13 random characters."""
_LONGEST_ARN_START = len("arn:aws-us-gov:logs:ap-southeast-1:123456789012:log-group:")


class LogsResourcePolicy(Construct):
    """Lets EventBridge write to the log groups of one stack's routes.

    An account takes ten such policies in a region, so a stack makes one, whatever the number of its routes. Its name
    contains the stack's, so that two deployments of one app do not overwrite each other's.
    """

    def __init__(self, scope: Construct, id: str) -> None:
        super().__init__(scope, id)
        self._arns: dict[str, tuple[str, int]] = {}
        stack = Stack.of(self)
        logs.CfnResourcePolicy(
            self,
            "Resource",
            policy_name=f"{stack.stack_name}-saasus-events",
            policy_document=Lazy.string(_Text(lambda: stack.to_json_string(self._document()))),
        )
        validate_at_synth(self, self._validate)

    @classmethod
    def of(cls, scope: Construct) -> LogsResourcePolicy:
        """Find the policy of the construct's stack, or make it."""
        stack = Stack.of(scope)
        existing = stack.node.try_find_child(_ID)
        return existing if isinstance(existing, LogsResourcePolicy) else cls(stack, _ID)

    def allow_events_to(self, log_group: logs.ILogGroup) -> None:
        """Let EventBridge create streams in the log group and write events to them."""
        path = log_group.node.path
        if path not in self._arns:
            arn = log_group.log_group_arn  # ends in `:*`, its streams
            length = len(arn) if not Token.is_unresolved(arn) else _LONGEST_ARN_START + _name_length(log_group) + 2
            self._arns[path] = (arn, length)

    def _document(self, resources: list[str] | None = None) -> dict[str, object]:
        return {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Effect": "Allow",
                    "Principal": {"Service": ["events.amazonaws.com", "delivery.logs.amazonaws.com"]},
                    "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
                    "Resource": [arn for arn, _ in self._arns.values()] if resources is None else resources,
                }
            ],
        }

    def _validate(self) -> list[str]:
        filled = self._document(["x" * length for _, length in self._arns.values()])
        size = len(json.dumps(filled, separators=(",", ":")))
        if size <= MAX_CHARACTERS:
            return []
        return [
            (
                f"The CloudWatch Logs resource policy of stack {Stack.of(self).stack_name!r} names {len(self._arns)} "
                f"log groups in about {size:,} characters; CloudWatch Logs takes {MAX_CHARACTERS:,}. Let several log "
                "routes share a group (`log_group=`), join their filters into one route, or put some routes into "
                "another stack."
            )
        ]


def _name_length(log_group: logs.ILogGroup) -> int:
    resource = log_group.node.default_child
    name = resource.log_group_name if isinstance(resource, logs.CfnLogGroup) else log_group.log_group_name
    return _ASSUMED_NAME_LENGTH if name is None or Token.is_unresolved(name) else len(name)


@jsii.implements(IStableStringProducer)
class _Text:
    """Gives a text when the template is written, after all routes were added."""

    def __init__(self, give: Callable[[], str]) -> None:
        self._give = give

    def produce(self) -> str:
        return self._give()
