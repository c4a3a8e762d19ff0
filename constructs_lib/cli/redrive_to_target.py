"""Sends a dead letter to the target that did not take it, as the rule would have sent it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from constructs_lib.cli.aws_session import aws_errors, error_code
from constructs_lib.cli.redelivery import CannotRedrive, Redelivery
from constructs_lib.cli.target_calls import CALLS, service_of
from constructs_lib.testing.event_path import find
from constructs_lib.testing.input_transformer import payload_of

if TYPE_CHECKING:
    from constructs_lib.cli.aws_session import AwsClients
    from constructs_lib.cli.dead_letter import DeadLetter

_INPUTS: Final = ("Input", "InputPath", "InputTransformer")
_INSTEAD: Final = (
    "Use --to-bus NAME with a rule on that bus, or have the archive replayed to this rule: saasus-events replay"
)


class ToTarget:
    """Plans deliveries to the targets that dead letters name."""

    def __init__(self, clients: AwsClients) -> None:
        self._clients = clients
        self._targets: dict[str, list[dict[str, Any]] | None] = {}

    def plan(self, letter: DeadLetter) -> Redelivery:
        """Say what would be done with a dead letter.

        Raises:
            CannotRedrive: its target is not known, or cannot be called from here.
        """
        if letter.kind == "Lambda":
            return self._to(letter.target_arn, {}, json.dumps(letter.payload, ensure_ascii=False))
        if letter.kind != "EventBridge" or not letter.target_arn:
            raise CannotRedrive(
                f"The message does not say which target it was for (it is of the kind {letter.kind!r}). Needed is a "
                "message that EventBridge wrote for a rule's target, or Lambda for a failure destination. Use --to-bus."
            )
        if service_of(letter.target_arn) not in CALLS:
            raise _not_callable(letter.target_arn)
        if not isinstance(letter.payload, dict):
            raise CannotRedrive(
                "The message's text is no JSON object. Needed is the event that EventBridge put there. Look at it with "
                "`saasus-events dlq show --raw`."
            )
        target = self._target(letter)
        return self._to(letter.target_arn, target, _payload(target, letter.payload, letter))

    def _to(self, arn: str, target: dict[str, Any], payload: str) -> Redelivery:
        call = CALLS.get(service_of(arn))
        if call is None:
            raise _not_callable(arn)
        return call(self._clients, arn, target, payload)

    def _target(self, letter: DeadLetter) -> dict[str, Any]:
        if letter.rule_arn not in self._targets:
            self._targets[letter.rule_arn] = self._targets_of(letter.rule_arn)
        targets = self._targets[letter.rule_arn]
        fitting = [target for target in targets or () if target["Arn"] == letter.target_arn]
        if not fitting:
            gone = "is gone" if targets is None else "does not have this target any more"
            raise CannotRedrive(
                f"The rule {letter.rule_name!r} {gone}, so nobody knows what it sent to {letter.target_arn}. Needed is "
                "the rule with its target. Deploy it again, or use --to-bus."
            )
        if any(_input_of(target) != _input_of(fitting[0]) for target in fitting):
            raise CannotRedrive(
                f"The rule {letter.rule_name!r} has {len(fitting)} targets with the ARN {letter.target_arn} and "
                "different inputs, and the message does not say which. Needed is one. Use --to-bus."
            )
        return fitting[0]

    def _targets_of(self, rule_arn: str) -> list[dict[str, Any]] | None:
        """Give a rule's targets; None when there is no such rule."""
        from botocore.exceptions import ClientError

        # The name of a partner bus has slashes of its own: arn:…:rule/<bus>/<rule>.
        bus, _, rule = rule_arn.partition(":rule/")[2].rpartition("/")
        client = self._clients.of("events", arn=rule_arn)
        found: list[dict[str, Any]] = []
        asked = {"Rule": rule, "EventBusName": bus or "default"}
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


def _not_callable(arn: str) -> CannotRedrive:
    service = service_of(arn)
    kind = {
        "api-destination": "an API destination, which only EventBridge can call",
        "event-bus": "an event bus, which takes from you no event of the source that it has",
    }
    return CannotRedrive(
        f"The target {arn} is {kind.get(service, f'of the service {service!r}')}. Allowed are Lambda, SQS, SNS, Step "
        f"Functions and CloudWatch Logs. {_INSTEAD}."
    )


def _input_of(target: dict[str, Any]) -> list[Any]:
    return [target.get(name) for name in (*_INPUTS, "SqsParameters")]


def _payload(target: dict[str, Any], event: dict[str, Any], letter: DeadLetter) -> str:
    given = {name: target[name] for name in _INPUTS if target.get(name)}
    payload = payload_of(given, event, rule_name=letter.rule_name, rule_arn=letter.rule_arn)
    paths = (given.get("InputTransformer") or {}).get("InputPathsMap") or {}
    empty = sum(find(event, str(path)) is None for path in paths.values())
    if payload.made_by == "InputTransformer" and len(payload.problems) > empty:
        # What is merely empty comes first, and EventBridge delivers it; the rest it does not.
        raise CannotRedrive(f"{payload.problems[empty]} Needed is a template that fits the event. Correct the rule.")
    return payload.text
