"""The decoder of a decoded bus: a queue, and a function that puts what is in the queue on the bus."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from aws_cdk import Duration, RemovalPolicy, Stack, Token
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from constructs_lib.access.encryption import queue_encryption
from constructs_lib.access.key_policy import use_of_key
from constructs_lib.access.queue_policy import statements_to_send
from constructs_lib.activation.function_code import newest_python, with_function_code
from constructs_lib.events.errors import InvalidConfiguration
from constructs_lib.log_groups import new_log_group
from constructs_lib.resources.places import account_differs, place_of
from constructs_lib.resources.queues import queue_itself
from constructs_lib.synth.acknowledgements import DEAD_LETTER_QUEUE, acknowledge
from constructs_lib.targets import SqsQueue

if TYPE_CHECKING:
    from collections.abc import Callable

    from aws_cdk import aws_events as events
    from aws_cdk import aws_kms as kms

    from constructs_lib.access.encryption import BusEncryption
    from constructs_lib.routes.route import Route

_HANDLER: Final = "constructs_lib.functions.decoder.handler"
_TIMEOUT: Final = Duration.seconds(30)
_VISIBILITY_TIMEOUT: Final = Duration.minutes(3)
"""Six times the function's timeout (Lambda Developer Guide, "Using Lambda with Amazon SQS")."""
_MOST_RECEIVES: Final = 10
_BATCH: Final = 10
_BATCHING_WINDOW: Final = Duration.seconds(1)
_ENVIRONMENT_BYTES: Final = 4096
"""Of all variables of a function (Lambda Developer Guide, "Lambda quotas")."""
_RESERVED_BYTES: Final = 1024
"""For the variables that are not of ordered queues, whose values are known only at deployment."""
_CONCURRENCY: Final = range(2, 1001)
"""What an event source mapping takes as its maximum concurrency (Lambda API reference, ScalingConfig)."""


class EventDecoder(Construct):
    """The queue, function and permissions of a decoder. Made by `SaasusEventBus.decoded`, not directly."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        event_bus: events.IEventBus,
        dead_letter_queue: sqs.IQueue,
        feed: Callable[[Construct, SqsQueue], Route],
        encryption: BusEncryption | None,
        max_concurrency: int | None,
    ) -> None:
        """Make the decoder.

        Args:
            scope: The decoded bus.
            id: The id in the scope.
            event_bus: Where it puts events.
            dead_letter_queue: Where it sends what cannot be decoded.
            feed: Makes the route, in a scope, that brings events to the queue.
            encryption: The decoded bus's encryption, where it has a key.
            max_concurrency: How many copies of the function run at once; None for as many as Lambda starts.
        """
        super().__init__(scope, id)
        is_known = max_concurrency is not None and not Token.is_unresolved(max_concurrency)
        if is_known and (isinstance(max_concurrency, bool) or max_concurrency not in _CONCURRENCY):
            raise InvalidConfiguration(
                f"max_concurrency={max_concurrency!r} of the decoded bus {scope.node.path!r} is out of range. Expected "
                "a whole number from 2 to 1,000. Leave it out for no limit."
            )
        key = None if encryption is None else encryption.key
        self._dead_letter_queue = self._in_this_account(dead_letter_queue, key)
        self._queue = sqs.Queue(
            self,
            "Queue",
            **queue_encryption(key),
            enforce_ssl=True,
            retention_period=Duration.days(14),
            visibility_timeout=_VISIBILITY_TIMEOUT,
            dead_letter_queue=sqs.DeadLetterQueue(queue=self._dead_letter_queue, max_receive_count=_MOST_RECEIVES),
        )
        self._route = feed(self, SqsQueue(self._queue))
        log_group = new_log_group(
            self,
            "LogGroup",
            folder="/aws/lambda",
            retention=logs.RetentionDays.THREE_MONTHS,
            removal_policy=RemovalPolicy.DESTROY,
            mask=False,  # it logs nothing of an event
            encryption=encryption,
        )
        self._policy = iam.PolicyDocument()
        self._allow(self._statements(event_bus, log_group, key))
        self._function = self._make_function(event_bus, log_group)
        lambda_.EventSourceMapping(
            self,
            "Mapping",
            target=self._function,
            event_source_arn=self._queue.queue_arn,
            batch_size=_BATCH,
            max_batching_window=_BATCHING_WINDOW,
            report_batch_item_failures=True,
            max_concurrency=max_concurrency,
        )
        self._ordered: list[str] = []

    @property
    def function(self) -> lambda_.Function:
        """The function that decodes."""
        return self._function

    @property
    def queue(self) -> sqs.Queue:
        """The queue from which it takes events."""
        return self._queue

    @property
    def dead_letter_queue(self) -> sqs.IQueue:
        """The queue for what it could not decode."""
        return self._dead_letter_queue

    @property
    def route(self) -> Route:
        """The route that brings events to the queue."""
        return self._route

    def send_to(self, queue: sqs.IQueue, by: str, patterns: list[dict[str, Any]]) -> None:
        """Have the decoder also send events to an ordered queue.

        Args:
            queue: The queue.
            by: Of what the events stay in order.
            patterns: The patterns of which an event has to match one; empty for all events.

        Raises:
            InvalidConfiguration: The patterns of all queues do not fit into the function's environment.
        """
        given = Stack.of(self).to_json_string({"url": queue.queue_url, "by": by, "patterns": patterns})
        self._ordered.append(str(patterns))
        size = sum(map(len, self._ordered)) + _RESERVED_BYTES
        if size > _ENVIRONMENT_BYTES:
            bus = self.node.path.rpartition("/")[0]
            raise InvalidConfiguration(
                f"The filters of the queues of the decoded bus {bus!r} have {size - _RESERVED_BYTES:,} characters "
                f"together. Expected at most {_ENVIRONMENT_BYTES - _RESERVED_BYTES:,}, because the decoder gets them "
                "in its environment. Take more events with a shorter filter, and filter where they are handled "
                "(SqsEventSource(filters=…), or EventFilter.matches in the function)."
            )
        self._function.add_environment(f"SAASUS_ORDERED_QUEUE_{len(self._ordered)}", given)
        self._allow(statements_to_send(self, queue))

    def _in_this_account(self, given: sqs.IQueue, key: kms.IKey | None) -> sqs.IQueue:
        """Return the queue, or a new one if it is in another account: SQS moves messages within an account only."""
        itself = queue_itself(given)
        if not account_differs(place_of(itself), self):
            return itself
        queue = sqs.Queue(
            self, "DeadLetterQueue", **queue_encryption(key), enforce_ssl=True, retention_period=Duration.days(14)
        )
        acknowledge(queue, DEAD_LETTER_QUEUE)
        return queue

    def _statements(
        self, event_bus: events.IEventBus, log_group: logs.ILogGroup, key: kms.IKey | None
    ) -> list[dict[str, Any]]:
        receive = ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"]
        write = ["logs:CreateLogStream", "logs:PutLogEvents"]
        return [
            {"Effect": "Allow", "Action": receive, "Resource": self._queue.queue_arn},
            *([] if key is None else [use_of_key(self, key, ["kms:Decrypt"])]),
            {"Effect": "Allow", "Action": "events:PutEvents", "Resource": event_bus.event_bus_arn},
            *statements_to_send(self, self._dead_letter_queue),
            {"Effect": "Allow", "Action": write, "Resource": log_group.log_group_arn},
        ]

    def _allow(self, statements: list[dict[str, Any]]) -> None:
        self._policy.add_statements(*map(iam.PolicyStatement.from_json, statements))

    def _make_function(self, event_bus: events.IEventBus, log_group: logs.ILogGroup) -> lambda_.Function:
        role = iam.Role(
            self,
            "Role",
            assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"),
            inline_policies={"Use": self._policy},
        )
        return with_function_code(
            _HANDLER,
            lambda code: lambda_.Function(
                self,
                "Function",
                description="Puts SaaSus's events on the decoded bus as plain JSON",
                runtime=newest_python(),
                handler=_HANDLER,
                code=code,
                role=role,
                timeout=_TIMEOUT,
                memory_size=256,
                log_group=log_group,
                environment={
                    "SAASUS_DECODED_BUS": event_bus.event_bus_name,
                    "SAASUS_RULE_ARN": self._route.rules[0].rule_arn,
                    "SAASUS_DEAD_LETTER_QUEUE_URL": self._dead_letter_queue.queue_url,
                },
            ),
        )
