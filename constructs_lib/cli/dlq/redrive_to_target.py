"""Sends a dead letter to the target that did not take it, as the rule would have sent it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from constructs_lib.cli.aws.session import aws_errors, error_code
from constructs_lib.cli.command import CommandError
from constructs_lib.cli.dlq.target_calls import CALLS, Redelivery, UndeliveredEvent, service_of
from constructs_lib.events.input_transformer import payload_of

if TYPE_CHECKING:
    from constructs_lib.cli.aws.queues import QueueAddress
    from constructs_lib.cli.aws.session import AwsClients
    from constructs_lib.cli.dlq.dead_letter import DeadLetter

_INPUTS: Final = ("Input", "InputPath", "InputTransformer")
_INSTEAD: Final = "Use --to-bus NAME with a rule on that bus, or replay the archive to this rule: saasus-events replay"


class ToTarget:
    """Plans deliveries to the targets that dead letters name.

    Args:
        clients: The clients of AWS.
        queue: The queue with the dead letters.
    """

    def __init__(self, clients: AwsClients, queue: QueueAddress) -> None:
        self._clients = clients
        self._queue = queue
        self._targets: dict[str, list[dict[str, Any]] | None] = {}

    def plan(self, letter: DeadLetter) -> Redelivery:
        """Return what sends a dead letter again.

        Raises:
            CommandError: Its target is unknown, or cannot be called from here.
        """
        if letter.obstacle:
            raise CommandError(letter.obstacle)
        if letter.kind in ("Lambda", "SQS"):
            return self._to(letter, {}, letter.text)
        if letter.kind != "EventBridge" or not letter.target_arn:
            raise CommandError(
                f"The message does not say which target it was for (its kind is {letter.kind!r}). Expected a message "
                "that EventBridge wrote for a rule's target, Lambda for a failure destination, or SQS for another "
                "queue. Use --to-bus."
            )
        if service_of(letter.target_arn) not in CALLS:
            raise _not_callable(letter.target_arn)
        target = self._target(letter)
        return self._to(letter, target, _payload(target, letter))

    def _to(self, letter: DeadLetter, target: dict[str, Any], payload: str) -> Redelivery:
        arn = letter.target_arn
        call = CALLS.get(service_of(arn))
        if call is None:
            raise _not_callable(arn)
        if self._queue.has_arn(arn):
            raise CommandError(
                f"The target is this queue itself ({arn}), so the event would come back without the reason why it "
                "failed. Expected another target. Correct the rule, or use --to-bus."
            )
        try:
            payload.encode()
        except UnicodeEncodeError as error:
            raise CommandError(
                "The rule's input contains half of a surrogate pair, which cannot be sent. Expected an "
                "input without that text. Correct the rule, or use --to-bus."
            ) from error
        return call(self._clients, UndeliveredEvent(arn, target, payload, letter.id))

    def _target(self, letter: DeadLetter) -> dict[str, Any]:
        if letter.rule_arn not in self._targets:
            self._targets[letter.rule_arn] = self._targets_of(letter.rule_arn)
        targets = self._targets[letter.rule_arn]
        fitting = [target for target in targets or () if target["Arn"] == letter.target_arn]
        if not fitting:
            gone = "is gone" if targets is None else "no longer has this target"
            raise CommandError(
                f"The rule {letter.rule_name!r} {gone}, so it is unknown what it sent to {letter.target_arn}. Expected "
                f"the rule with its target, in the account of {letter.rule_arn}. Deploy it again, choose the --profile "
                "of its account, or use --to-bus."
            )
        if any(_input_of(target) != _input_of(fitting[0]) for target in fitting):
            raise CommandError(
                f"The rule {letter.rule_name!r} has {len(fitting)} targets with the ARN {letter.target_arn} and "
                "different inputs, and the message does not say which one failed. Expected one target. Use --to-bus."
            )
        return fitting[0]

    def _targets_of(self, rule_arn: str) -> list[dict[str, Any]] | None:
        """Return the targets of a rule; None if there is no such rule."""
        from botocore.exceptions import ClientError

        # The name of a partner bus has slashes of its own: arn:…:rule/<bus>/<rule>.
        place, _, path = rule_arn.partition(":rule/")
        bus, _, rule = path.rpartition("/")
        if not rule:
            raise CommandError(
                f"{rule_arn!r} is not the ARN of a rule, so it is unknown what the rule sent. Expected the attribute "
                "RULE_ARN as EventBridge writes it. Use --to-bus."
            )
        client = self._clients.of("events", arn=rule_arn)
        found: list[dict[str, Any]] = []
        # By its ARN, because another account can have a bus and a rule with the same names.
        asked = {"Rule": rule, "EventBusName": f"{place}:event-bus/{bus or 'default'}"}
        with aws_errors(f"The targets of the rule {rule!r} cannot be read", "events:ListTargetsByRule on it"):
            while True:
                try:
                    page = client.list_targets_by_rule(**asked)
                except ClientError as error:
                    if error_code(error) == "ResourceNotFoundException":
                        return None
                    raise
                found += page.get("Targets", [])
                if not page.get("NextToken"):
                    return found
                asked["NextToken"] = page["NextToken"]


def _not_callable(arn: str) -> CommandError:
    service = service_of(arn)
    kind = {
        "api-destination": "an API destination, which only EventBridge can call",
        "event-bus": "an event bus, which does not accept an event with this source from you",
    }
    return CommandError(
        f"The target {arn} is {kind.get(service, f'of the service {service!r}')}. Expected a target of Lambda, SQS, "
        f"SNS, Step Functions, or CloudWatch Logs. {_INSTEAD}."
    )


def _input_of(target: dict[str, Any]) -> list[Any]:
    return [target.get(name) for name in (*_INPUTS, "SqsParameters")]


def _payload(target: dict[str, Any], letter: DeadLetter) -> str:
    given = {name: target[name] for name in _INPUTS if target.get(name)}
    if not given or given == {"InputPath": "$"}:
        return letter.text
    event = letter.payload
    payload = payload_of(given, event, rule_name=letter.rule_name, rule_arn=letter.rule_arn)
    if not payload.delivered:
        raise CommandError(f"{payload.problems[-1]} Expected a template that fits the event. Correct the rule.")
    return payload.text
