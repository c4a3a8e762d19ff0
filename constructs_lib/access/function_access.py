"""What a route's Lambda functions need: to be invoked by the bus's rules, and somewhere for their failures to go.

Everything made here is a resource of the bus's stack. aws-cdk-lib's `grant_*` and `add_permission` write into the
function's stack, which makes a dependency cycle when bus and function are in different stacks.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple, cast
from weakref import WeakKeyDictionary

import jsii
from aws_cdk import Annotations, Aspects, IAspect, Names, Stack, Stage
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sqs as sqs
from constructs import Construct, IConstruct

from constructs_lib.access.execution_role import execution_role
from constructs_lib.access.queue_policy import refuse_fifo_for_dead_letters, statements_to_send
from constructs_lib.access.role_policy import allow_role
from constructs_lib.events.errors import InvalidRoute
from constructs_lib.resources.app_references import is_in_the_app, owner_of, referred_to
from constructs_lib.resources.functions import (
    LATEST,
    base_function,
    function_itself,
    function_place,
    has_dead_letter_queue,
    identity_of,
    is_configuration_of,
    is_imported,
    name_of,
    qualifier_of,
)
from constructs_lib.resources.places import account_differs, region_differs
from constructs_lib.resources.queues import queue_itself
from constructs_lib.synth.at_synth import validate_at_synth
from constructs_lib.synth.statement_text import readable

if TYPE_CHECKING:
    from typing_extensions import TypeIs

    from constructs_lib.access.rule_group import RuleGroup

_ID = "Functions"
# After the aspects that users write (500 by default), so that their configuration is seen; before those that only
# read (1000), so that what is added here is checked like everything else.
_ASPECT_PRIORITY = 900


class Invocation(NamedTuple):
    """How a rule invokes a function."""

    arn: str
    role: iam.IRole | None
    needs: tuple[IConstruct, ...]
    """What the rule has to wait for."""


class _Wish(NamedTuple):
    """What one route wants for a function's asynchronous failures."""

    on_failure: sqs.IQueue | lambda_.IDestination | None
    asked_by: IConstruct


class _FailureRoute(NamedTuple):
    """Where one function's asynchronous failures go."""

    owner: FunctionAccess
    function: lambda_.IFunction
    given: str
    """The path of what the user gave, which can stand for the function."""
    wishes: list[_Wish]


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
        # By object, since each look into a construct costs; by path, since one can have several objects.
        self._given: dict[lambda_.IFunction, tuple[lambda_.IFunction, str]] = {}
        self._given_by_path: dict[str, tuple[lambda_.IFunction, str]] = {}
        self._invocations: dict[tuple[lambda_.IFunction, iam.IRole | None], Invocation] = {}
        self._configured: set[str] = set()
        self._errors: list[str] = []
        validate_at_synth(self, lambda: self._errors)

    @classmethod
    def of(cls, scope: Construct) -> FunctionAccess:
        """Find what the scope has, or make it."""
        existing = scope.node.try_find_child(_ID)
        return existing if isinstance(existing, FunctionAccess) else cls(scope)

    def allow_invoke(
        self, function: lambda_.IFunction, rules: RuleGroup, *, role: iam.IRole | None = None
    ) -> Invocation:
        """Let the rules invoke the function, by one permission for all of them, or by a role in another account.

        Raises:
            InvalidRoute: The function is in another region.
        """
        known = self._invocations.get((function, role))
        if known is None:
            known = self._invocations[function, role] = self._permit(self._itself(function)[0], rules, role)
        return known

    def _itself(self, function: lambda_.IFunction) -> tuple[lambda_.IFunction, str]:
        """Give the function that is really meant, and its identity."""
        known = self._given.get(function)
        if known is None:
            path = function.node.path
            known = self._given_by_path.get(path)
            if known is None:
                itself = function_itself(function, self)
                known = self._given_by_path[path] = (itself, identity_of(itself))
            self._given[function] = known
        return known

    def _permit(self, function: lambda_.IFunction, rules: RuleGroup, role: iam.IRole | None) -> Invocation:
        path, arn, place = function.node.path, function.function_arn, function_place(function)
        if region_differs(place, self):
            raise InvalidRoute(
                f"The function {path!r} is in region {place.region} and the rules of {self.node.scope.node.path!r} are "  # type: ignore[union-attr]
                f"in {Stack.of(self).region}: EventBridge invokes functions of its own region only. Give a function of "
                "that region, or route to an event bus in the other one (aws_events_targets.EventBus) and from there "
                "to the function (SaasusEventBus.from_event_bus)."
            )
        statements = [{"Effect": "Allow", "Action": "lambda:InvokeFunction", "Resource": arn}]
        delivery = execution_role(self, role, function, place, statements)
        room = self._room_of(function)
        if delivery is not None:
            self._warn_of_other_account(function, str(readable(self, delivery.arn)))
            return Invocation(arn, delivery.role, (delivery.role, delivery.room))
        if room.node.try_find_child("Permission") is None:
            lambda_.CfnPermission(
                room,
                "Permission",
                action="lambda:InvokeFunction",
                function_name=arn,
                principal="events.amazonaws.com",
                source_arn=rules.source_arn,
            )
        return Invocation(arn, None, (room,))

    def _warn_of_other_account(self, function: lambda_.IFunction, role_arn: str) -> None:
        arn = readable(self, function.function_arn)
        statement = {
            "Sid": "saasus-events",
            "Effect": "Allow",
            "Principal": {"AWS": role_arn},
            "Action": "lambda:InvokeFunction",
            "Resource": arn,
        }
        Annotations.of(self).add_warning_v2(
            "@saasus/events:functionElsewhere",
            f"The function {function.node.path!r} is in account {function_place(function).account}, so its resource "
            "policy and its failure destination cannot be made here. It does not run until its policy holds this "
            f"statement: {json.dumps(statement)} (once the role exists: aws lambda add-permission --function-name "
            f"{arn} --statement-id saasus-events --action lambda:InvokeFunction --principal {role_arn}). Its "
            "asynchronous failures are lost until it has a failure destination (aws lambda "
            "put-function-event-invoke-config).",
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
            InvalidRoute: Another route sends the same function's failures somewhere else, or the queue is FIFO.
        """
        if on_failure is None and self._failures_to is None:
            return
        if on_failure is not None and _is_queue(on_failure):
            refuse_fifo_for_dead_letters(on_failure)
        itself, key = self._itself(function)
        known = _FAILURE_ROUTES.setdefault(self.node.root, {})
        if key not in known:
            known[key] = _FailureRoute(self, itself, function.node.path, [])
            Aspects.of(self).add(_AtSynth(self, key), priority=_ASPECT_PRIORITY)
        wish = _Wish(on_failure, route)
        for other in known[key].wishes:
            if _are_certainly_two(other.on_failure, on_failure) and is_in_the_app(other.asked_by):
                raise InvalidRoute(_two_destinations(itself, other, wish))
        known[key].wishes.append(wish)

    def _room_of(self, function: lambda_.IFunction) -> Construct:
        name = Names.node_unique_id(function.node)
        existing = self.node.try_find_child(name)
        return existing if isinstance(existing, Construct) else Construct(self, name)

    def _configure_failures(self, key: str) -> None:
        if key in self._configured:  # by an earlier synth of the same app
            return
        self._configured.add(key)
        failure = _FAILURE_ROUTES[self.node.root][key]
        function = failure.function
        place = function_place(function)
        wishes = [wish for wish in failure.wishes if wish.on_failure is not None and is_in_the_app(wish.asked_by)]
        wanted = wishes[0] if wishes else None
        if account_differs(place, self) or region_differs(place, self):
            return
        if wanted is None and not any(is_in_the_app(wish.asked_by) for wish in failure.wishes):
            return
        if has_dead_letter_queue(function):
            self._refuse_cycle(function, _dead_letter_target(function), f"{base_function(function).node.path!r}")
            self._warn_of_unused(function, wanted, "a dead-letter queue of its own")
            return
        present = self._present_config(function)
        if present is not None and _failure_destination(present) is not None:
            self._refuse_cycle(present, _failure_destination(present), f"the configuration {present.node.path!r}")
            self._warn_of_unused(function, wanted, f"a failure destination already, by {present.node.path!r}")
            return
        if is_imported(function) and wanted is None and function.role is None:
            Annotations.of(self).add_warning_v2(
                "@saasus/events:importedFunctionFailures",
                f"The function {failure.given!r} is imported without its role, so its asynchronous failures have "
                "no destination and are lost after Lambda's own two retries. Import it by "
                "`Function.from_function_attributes(…, role=…)`, pass `on_failure=`, or configure a failure "
                "destination where the function is defined and acknowledge this warning.",
            )
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
        if wanted is None and self._failures_to is None:
            return
        arn, grant = self._destination(function, wishes)
        if present is None:
            present = lambda_.CfnEventInvokeConfig(
                self._room_of(function),
                "InvokeConfig",
                function_name=name_of(function),
                qualifier=qualifier_of(function),
            )
            if qualifier_of(function) != LATEST:
                # An alias's name is text, which does not tell CloudFormation to make the alias first.
                present.node.add_dependency(function)
        _set_failure_destination(present, arn)
        if grant is not None:
            # Lambda refuses a destination that the function's role may not send to.
            present.node.add_dependency(grant)

    def _destination(self, function: lambda_.IFunction, wishes: list[_Wish]) -> tuple[str, iam.Policy | None]:
        """Give the failure destination's ARN, and what lets the function's role send there."""
        once: list[_Wish] = []
        for wish in wishes:
            if not any(wish.on_failure is each.on_failure for each in once):
                once.append(wish)
        bound = [self._bind(function, wish, number) for number, wish in enumerate(once)]
        if not bound:
            queue = queue_itself(cast("sqs.IQueue", self._failures_to))
            bound = [(queue.queue_arn, statements_to_send(self, queue))]
        arn, statements = bound[0]
        texts = [str(readable(self, each)) for each, _ in bound]
        for text, wish in zip(texts, once, strict=False):
            if text != texts[0]:
                self._errors.append(_two_destinations(function, once[0], wish))
        target = referred_to(arn)
        if (isinstance(target, sqs.CfnQueue) and target.fifo_queue is True) or texts[0].endswith(".fifo"):
            self._errors.append(
                f"The failures of function {function.node.path!r} go to {arn if target is None else target.node.path!r}"
                ", which is FIFO. Lambda sends failures to standard queues and topics only. Give a standard one."
            )
        if function.role is None or not statements:
            return arn, None
        grant = allow_role(
            self._room_of(function),
            "SendFailures",
            function.role,
            statements,
            warn_at=self,
            what_fails="Lambda refuses the failure destination and the deployment fails",
        )
        return arn, grant

    def _bind(self, function: lambda_.IFunction, wish: _Wish, number: int) -> tuple[str, list[dict[str, Any]]]:
        """Give a destination's ARN and the statements that it needs, written nowhere yet.

        The CDK's destinations write into the policy of the role, in its stack. Where that is another stack than the
        bus's, it would come to need the bus's; so they are shown an import of the role, whose policy stays here.
        """
        target = wish.on_failure
        if target is None or _is_queue(target):
            queue = queue_itself(cast("sqs.IQueue", target))
            return queue.queue_arn, statements_to_send(self, queue)
        room = self._room_of(function)
        if number > 0:
            room = Construct(room, f"Destination{number}")
        role = function.role
        if role is None:
            return target.bind(room, function, type=lambda_.DestinationType.FAILURE).destination, []
        place = Construct(room, f"Grantee{wish.asked_by.node.addr[-8:]}")
        as_role = iam.Role.from_role_name(place, "Role", role.role_name)
        as_function = lambda_.Function.from_function_attributes(
            place, "Function", function_arn=function.function_arn, role=as_role, same_environment=True
        )
        arn = target.bind(room, as_function, type=lambda_.DestinationType.FAILURE).destination
        statements = [
            statement
            for policy in place.node.find_all()
            if isinstance(policy, iam.Policy)
            for statement in policy.document.to_json()["Statement"]
        ]
        room.node.try_remove_child(place.node.id)
        owner = owner_of(referred_to(arn))
        if not statements and isinstance(owner, sqs.Queue):  # the import's own statements go to CDK's report of roles
            statements = statements_to_send(self, owner)
        return arn, statements

    def _refuse_cycle(self, there: IConstruct, destination: str | None, what: str) -> None:
        """Refuse what CloudFormation cannot deploy, in words that say what to do.

        It is raised here, since the CDK looks for cycles before it asks for validations.
        """
        target = None if destination is None else referred_to(destination)
        if target is not None and Stack.of(there) is not Stack.of(self) and Stack.of(target) is Stack.of(self):
            raise InvalidRoute(
                f"{what} of stack {Stack.of(there).node.path!r} sends failures to {target.node.path!r}, of the bus's "
                f"stack {Stack.of(self).node.path!r}, which routes to that function: each stack would need the other "
                "first. Take that destination away: failures go to the bus's dead-letter queue without it, and to "
                "another queue by `on_failure=` of `invoke`."
            )

    def _warn_of_unused(self, function: lambda_.IFunction, wanted: _Wish | None, why: str) -> None:
        if wanted is not None:
            Annotations.of(self).add_warning_v2(
                "@saasus/events:onFailureUnused",
                f"`on_failure=` of {wanted.asked_by.node.path!r} is not used: the function "
                f"{function.node.path!r} has {why}, which is kept. Take one of the two away.",
            )

    def _present_config(self, function: lambda_.IFunction) -> lambda_.CfnEventInvokeConfig | None:
        """Find the configuration that the app makes for this function and qualifier, wherever it stands."""
        for construct in (Stage.of(self) or self.node.root).node.find_all():
            if isinstance(construct, lambda_.CfnEventInvokeConfig) and is_configuration_of(construct, function):
                return construct
        return None


def _are_certainly_two(
    one: sqs.IQueue | lambda_.IDestination | None, other: sqs.IQueue | lambda_.IDestination | None
) -> bool:
    """Tell whether two destinations are certainly not the same; what a CDK destination is for shows at synth."""
    if one is None or other is None or not (_is_queue(one) and _is_queue(other)):
        return False
    first, second = queue_itself(one), queue_itself(other)
    return first.node.path != second.node.path and first.queue_arn != second.queue_arn


def _two_destinations(function: lambda_.IFunction, one: _Wish, other: _Wish) -> str:
    return (
        f"The function {function.node.path!r} has two failure destinations: one by {one.asked_by.node.path!r} and "
        f"another by {other.asked_by.node.path!r}. Lambda keeps one for a function, whatever invoked it. Give "
        "`on_failure=` on one route only, or the same on both."
    )


def _dead_letter_target(function: lambda_.IFunction) -> str | None:
    resource = base_function(function).node.default_child
    config = resource.dead_letter_config if isinstance(resource, lambda_.CfnFunction) else None
    target: str | None = getattr(config, "target_arn", None)
    return target


def _is_queue(target: sqs.IQueue | lambda_.IDestination) -> TypeIs[sqs.IQueue]:
    return hasattr(target, "queue_arn")


def _failure_destination(config: lambda_.CfnEventInvokeConfig) -> str | None:
    given = config.destination_config
    destination: str | None = getattr(getattr(given, "on_failure", None), "destination", None)
    if destination is None:
        resolved = Stack.of(config).resolve(given) or {}
        found = resolved.get("onFailure") or resolved.get("OnFailure")
        destination = json.dumps(found) if found else None
    return destination


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
