"""The order of a deployment: rules come after what their deliveries need.

If an event matches before a policy exists, both the target and the dead-letter queue refuse it. EventBridge does not
retry a refusal (EventBridge User Guide, "How EventBridge retries delivering events"), so the event would be lost.
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
    """The role with which it delivers, if it needs one."""
    needs: tuple[IConstruct, ...]
    """What has to exist before the rule."""


class RuleOrder(Construct):
    """Makes the rules of a bus wait for permissions and policies.

    This is decided at synth, when all statements are known: a policy that names a rule comes after that rule, so a rule
    that waits for such a policy could wait for itself.
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
        """Make the rule wait for constructs and everything in them; None is ignored."""
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
