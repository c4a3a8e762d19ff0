"""What a route's Lambda functions need: to be invoked by the bus's rules, and somewhere for their failures to go.

Everything made here is a resource of the bus's stack. aws-cdk-lib's `grant_*` and `add_permission` write into the
function's stack, which makes a dependency cycle when bus and function are in different stacks.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, NamedTuple
from weakref import WeakKeyDictionary

import jsii
from aws_cdk import Annotations, Aspects, IAspect, Names, Stack, Stage
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from constructs import Construct, IConstruct

from constructs_lib.events.errors import InvalidRoute
from constructs_lib.function_identity import (
    LATEST,
    base_function,
    has_dead_letter_queue,
    identity_of,
    is_configuration_of,
    is_elsewhere,
    is_imported,
    qualifier_of,
)
from constructs_lib.key_policy import key_itself

if TYPE_CHECKING:
    from aws_cdk import aws_sqs as sqs
    from typing_extensions import TypeIs

    from constructs_lib.rule_group import RuleGroup

_ID = "Functions"
# After the aspects that users write (500 by default), so that their configuration is seen; before those that only
# read (1000), so that what is added here is checked like everything else.
_ASPECT_PRIORITY = 900


class _FailureRoute(NamedTuple):
    """Where one function's asynchronous failures go."""

    owner: FunctionAccess
    function: lambda_.IFunction
    on_failure: sqs.IQueue | lambda_.IDestination | None
    asked_by: IConstruct


_FAILURE_ROUTES: WeakKeyDictionary[IConstruct, dict[str, _FailureRoute]] = WeakKeyDictionary()
"""By app: a function has one failure destination, however many buses and stacks of the app route to it."""


class FunctionAccess(Construct):
    """The permissions and failure destinations of the functions that one bus routes to."""

    def __init__(self, scope: Construct, id: str = _ID, *, failures_to: sqs.IQueue | None = None) -> None:
        """Prepare for functions.

        Args:
            scope: The bus (or the rule) that routes to the functions.
            id: The id in the scope.
            failures_to: The queue for failures of functions that do not say themselves where these go.
        """
        super().__init__(scope, id)
        self._failures_to = failures_to
        # By object, since each look into a construct costs.
        self._permissions: dict[lambda_.IFunction, lambda_.CfnPermission | None] = {}
        self._with_failures: set[lambda_.IFunction] = set()

    @classmethod
    def of(cls, scope: Construct) -> FunctionAccess:
        """Find what the scope has, or make it."""
        existing = scope.node.try_find_child(_ID)
        return existing if isinstance(existing, FunctionAccess) else cls(scope)

    def allow_invoke(self, function: lambda_.IFunction, rules: RuleGroup) -> lambda_.CfnPermission | None:
        """Let the rules invoke the function, by one permission for all of them, and give it; None where it cannot."""
        if function in self._permissions:
            return self._permissions[function]
        self._permissions[function] = self._permit(function, rules)
        return self._permissions[function]

    def _permit(self, function: lambda_.IFunction, rules: RuleGroup) -> lambda_.CfnPermission | None:
        path = function.node.path
        existing = self._room_of(function).node.try_find_child("Permission")
        if isinstance(existing, lambda_.CfnPermission):
            return existing
        if is_elsewhere(function, self):
            Annotations.of(self).add_warning_v2(
                "@saasus/events:functionElsewhere",
                f"The function {path!r} is in account {function.env.account}, region {function.env.region}, so neither "
                "its permission nor its failure destination can be made here. In another account, it does not run "
                "until its own resource policy allows it (aws lambda add-permission --function-name "
                f"{function.function_arn} --statement-id saasus-events --action lambda:InvokeFunction --principal "
                f"events.amazonaws.com --source-arn '{_readable(rules.source_arn, self)}'), and its asynchronous "
                "failures are lost until it has a failure destination (aws lambda put-function-event-invoke-config). "
                "In another region a rule cannot invoke it: route to an event bus there.",
            )
            return None
        return lambda_.CfnPermission(
            self._room_of(function),
            "Permission",
            action="lambda:InvokeFunction",
            function_name=function.function_arn,
            principal="events.amazonaws.com",
            source_arn=rules.source_arn,
        )

    def send_failures(
        self,
        function: lambda_.IFunction,
        on_failure: sqs.IQueue | lambda_.IDestination | None,
        *,
        route: IConstruct,
    ) -> None:
        """Have the function's asynchronous failures go somewhere, decided at synth.

        The function is known by then with all that its stack configures, so it does not matter whether that was
        written before or after the route.

        Raises:
            InvalidRoute: Another route sends the same function's failures somewhere else.
        """
        if on_failure is None and (self._failures_to is None or function in self._with_failures):
            return
        self._with_failures.add(function)
        known = _FAILURE_ROUTES.setdefault(self.node.root, {})
        key = identity_of(function)
        first = known.get(key)
        if first is None:
            known[key] = _FailureRoute(self, function, on_failure, route)
            Aspects.of(self).add(_AtSynth(self, key), priority=_ASPECT_PRIORITY)
        elif on_failure is not None and first.on_failure is None:
            known[key] = first._replace(on_failure=on_failure, asked_by=route)
        elif on_failure is not None and on_failure is not first.on_failure:
            raise InvalidRoute(
                f"The function {function.node.path!r} has two failure destinations: one by "
                f"{first.asked_by.node.path!r} and another by {route.node.path!r}. Lambda keeps one for a function, "
                "whatever invoked it. Give `on_failure=` on one route only, or the same on both."
            )

    def _room_of(self, function: lambda_.IFunction) -> Construct:
        name = Names.node_unique_id(function.node)
        existing = self.node.try_find_child(name)
        return existing if isinstance(existing, Construct) else Construct(self, name)

    def _configure_failures(self, key: str) -> None:
        failure = _FAILURE_ROUTES[self.node.root][key]
        function = failure.function
        if is_elsewhere(function, self):
            return
        if has_dead_letter_queue(function):
            self._warn_of_unused(failure, "a dead-letter queue of its own")
            return
        if is_imported(function) and failure.on_failure is None and function.role is None:
            Annotations.of(self).add_warning_v2(
                "@saasus/events:importedFunctionFailures",
                f"The function {function.node.path!r} is imported without its role, so its asynchronous failures have "
                "no destination and are lost after Lambda's own two retries. Import it by "
                "`Function.from_function_attributes(…, role=…)`, pass `on_failure=`, or configure a failure "
                "destination where the function is defined and acknowledge this warning.",
            )
            return
        present = self._present_config(function)
        if present is not None and _has_failure_destination(present):
            self._warn_of_unused(failure, f"a failure destination already, by {present.node.path!r}")
            return
        if present is not None and Stack.of(present) is not Stack.of(self):
            # Completing it would make the function's stack need the bus's stack, which needs the function's.
            Annotations.of(self).add_warning_v2(
                "@saasus/events:invokeConfigElsewhere",
                f"The function {function.node.path!r} has an asynchronous-invoke configuration without a failure "
                f"destination in another stack ({present.node.path!r}), so events on which it raises are lost after "
                "its retries. Add `on_failure=` where that configuration is made.",
            )
            return
        target = failure.on_failure or self._failures_to
        if target is None:
            return
        room = self._room_of(function)
        if _is_queue(target):
            arn, grant = target.queue_arn, self._grant_sending(function, target)
        else:
            arn, grant = target.bind(room, function, type=lambda_.DestinationType.FAILURE).destination, None
        if present is None:
            present = lambda_.CfnEventInvokeConfig(
                room,
                "InvokeConfig",
                function_name=base_function(function).function_name,
                qualifier=qualifier_of(function),
            )
            if qualifier_of(function) != LATEST:
                # An alias's name is text, which does not tell CloudFormation to make the alias first.
                present.node.add_dependency(function)
        _set_failure_destination(present, arn)
        if grant is not None:
            # Lambda refuses a destination that the function's role may not send to.
            present.node.add_dependency(grant)

    def _warn_of_unused(self, failure: _FailureRoute, why: str) -> None:
        if failure.on_failure is not None:
            Annotations.of(self).add_warning_v2(
                "@saasus/events:onFailureUnused",
                f"`on_failure=` of {failure.asked_by.node.path!r} is not used: the function "
                f"{failure.function.node.path!r} has {why}, which is kept. Take one of the two away.",
            )

    def _grant_sending(self, function: lambda_.IFunction, queue: sqs.IQueue) -> iam.CfnPolicy | None:
        if function.role is None:
            return None
        room = self._room_of(function)
        statements = [{"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": queue.queue_arn}]
        if queue.encryption_master_key is not None:
            # Lambda sends in the role's name, and SQS uses the key in the sender's (SQS Developer Guide, "Key
            # management": a producer needs both).
            key = key_itself(queue.encryption_master_key).key_arn
            statements += [
                {"Effect": "Allow", "Action": action, "Resource": key}
                for action in ("kms:Decrypt", "kms:GenerateDataKey")
            ]
        return iam.CfnPolicy(
            room,
            "SendFailures",
            policy_name=Names.unique_resource_name(room, max_length=128),
            policy_document={"Version": "2012-10-17", "Statement": statements},
            roles=[function.role.role_name],
        )

    def _present_config(self, function: lambda_.IFunction) -> lambda_.CfnEventInvokeConfig | None:
        """Find the configuration that the app makes for this function and qualifier, wherever it stands."""
        for construct in (Stage.of(self) or self.node.root).node.find_all():
            if isinstance(construct, lambda_.CfnEventInvokeConfig) and is_configuration_of(construct, function):
                return construct
        return None


def _readable(text: str, scope: IConstruct) -> str:
    resolved = Stack.of(scope).resolve(text)
    return resolved if isinstance(resolved, str) else json.dumps(resolved)


def _is_queue(target: sqs.IQueue | lambda_.IDestination) -> TypeIs[sqs.IQueue]:
    return hasattr(target, "queue_arn")


def _has_failure_destination(config: lambda_.CfnEventInvokeConfig) -> bool:
    resolved = Stack.of(config).resolve(config.destination_config) or {}
    return bool(resolved.get("onFailure") or resolved.get("OnFailure"))


def _set_failure_destination(config: lambda_.CfnEventInvokeConfig, arn: str) -> None:
    present = config.destination_config
    on_success = getattr(present, "on_success", None)
    config.destination_config = lambda_.CfnEventInvokeConfig.DestinationConfigProperty(
        on_success=on_success,
        on_failure=lambda_.CfnEventInvokeConfig.OnFailureProperty(destination=arn),
    )


@jsii.implements(IAspect)
class _AtSynth:
    """Configures one function's failures when the app is synthesized."""

    def __init__(self, access: FunctionAccess, key: str) -> None:
        self._access = access
        self._key = key

    def visit(self, node: IConstruct) -> None:
        if node is self._access:
            self._access._configure_failures(self._key)  # noqa: SLF001 - two classes of one file
