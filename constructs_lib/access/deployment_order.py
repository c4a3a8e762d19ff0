"""The order of a deployment: rules after what their deliveries need.

An event that matches before a policy is there is refused, by the target and by the dead-letter queue. EventBridge does
not try a refusal again (EventBridge User Guide, "How EventBridge retries delivering events"), so the event is lost.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, cast

from aws_cdk import Stage
from aws_cdk import aws_events as events
from aws_cdk import aws_iam as iam
from constructs import Construct

from constructs_lib.resources.app_references import referred_in
from constructs_lib.resources.rules import resources_of
from constructs_lib.synth.at_synth import decide_at_synth

if TYPE_CHECKING:
    from aws_cdk.interfaces.aws_events import IRuleRef
    from constructs import IConstruct


class Access(NamedTuple):
    """How a rule reaches a target or a dead-letter queue."""

    arn: str
    role: iam.IRole | None
    """With which it delivers, where that is needed."""
    needs: tuple[IConstruct, ...]
    """What the rule has to wait for."""


class Waiting(Construct):
    """Has the rules of a bus wait for permissions and policies.

    It is decided at synth, when all statements are known: a policy that names a rule is made after that rule, so a rule
    that waited for it could wait for itself.
    """

    def __init__(self, scope: Construct, id: str, *, bus: Construct) -> None:
        """Prepare for rules.

        Args:
            scope: The construct that this one belongs to.
            id: The id in the scope.
            bus: The construct in which the rules are.
        """
        super().__init__(scope, id)
        self._bus = bus
        self._needs: dict[IRuleRef, list[IConstruct]] = {}
        decide_at_synth(self, self._decide)

    def add(self, rule: IRuleRef, *needed: IConstruct | None) -> None:
        """Have the rule wait for constructs and all that is in them; what is None is left out."""
        needs = self._needs.setdefault(rule, [])
        needs += [each for each in needed if each is not None and each not in needs]

    def _decide(self) -> None:
        stage = Stage.of(self)
        once = {id(each): each for needs in self._needs.values() for each in needs}
        free = {key for key, each in once.items() if Stage.of(each) is stage and not _names_a_rule(each)}
        resources = resources_of(cast("list[IConstruct]", list(self._needs)), self._bus)
        for resource, needs in zip(resources, self._needs.values(), strict=True):
            wait_for = [each for each in needs if id(each) in free]
            if wait_for:
                resource.node.add_dependency(*wait_for)


def _names_a_rule(construct: IConstruct) -> bool:
    for each in construct.node.find_all():
        document = getattr(each, "document", None)
        if isinstance(document, iam.PolicyDocument) and any(
            isinstance(resource, events.CfnRule) for resource in referred_in(document.to_json())
        ):
            return True
    return False
