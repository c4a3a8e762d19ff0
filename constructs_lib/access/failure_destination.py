"""Where the events go that made a function raise: decided at synth, from everything that the app configures."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast
from weakref import WeakKeyDictionary

from aws_cdk import Annotations, Stack, Stage
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sqs as sqs
from constructs import Construct, IConstruct

from constructs_lib.access.invoke_config import (
    failure_destination_of,
    invoke_config_of,
    invoke_configs_in,
    new_invoke_config,
    set_failure_destination,
)
from constructs_lib.access.lambda_destination import bind_destination
from constructs_lib.access.queue_policy import statements_to_send
from constructs_lib.access.role_policy import allow_role
from constructs_lib.events import warning_ids
from constructs_lib.events.errors import InvalidRoute
from constructs_lib.resources.app_references import identities_in, identity, is_in_the_app, referred_to
from constructs_lib.resources.functions import (
    base_function,
    function_place,
    has_dead_letter_queue,
    is_imported,
)
from constructs_lib.resources.places import account_differs, region_differs
from constructs_lib.resources.queues import queue_itself, refuse_fifo_for_dead_letters
from constructs_lib.synth.at_synth import decide_at_synth, validate_at_synth
from constructs_lib.synth.statement_text import readable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from typing_extensions import TypeIs


@dataclass
class _DestinationRequest:
    """A destination that routes ask for, for a function's asynchronous failures."""

    on_failure: sqs.IQueue | lambda_.IDestination | None
    asked_by: list[IConstruct] = field(default_factory=list)

    @property
    def path(self) -> str:
        """The path of the rule that asked first."""
        return self.asked_by[0].node.path


@dataclass
class _Failures:
    """The asynchronous failures of one function."""

    function: lambda_.IFunction
    given: str
    """The path of what the user passed, which can be an import of the function."""
    room: Construct
    """Where the resources that send them are made."""
    requests: list[_DestinationRequest] = field(default_factory=list)
    """One per destination, in the order in which routes asked."""
    configured: bool = False


_OF_APP: WeakKeyDictionary[IConstruct, dict[str, _Failures]] = WeakKeyDictionary()
"""By app and function: a function has one failure destination, however many buses and stacks of the app route to it."""


class FailureDestinations:
    """The failure destinations of the functions that one bus was the first to route to."""

    def __init__(self, scope: Construct, default: sqs.IQueue | None) -> None:
        """Prepare for the functions of a bus.

        Args:
            scope: The construct that warns; its stack is the rules' stack.
            default: The queue for the failures of functions that have no destination of their own.
        """
        self._scope = scope
        self._default = default
        self._app = _OF_APP.setdefault(scope.node.root, {})
        self._own: list[_Failures] = []
        self._errors: list[str] = []

    def send(
        self,
        function: lambda_.IFunction,
        on_failure: sqs.IQueue | lambda_.IDestination | None,
        *,
        identity: str,
        given: str,
        room: Construct,
        route: IConstruct,
    ) -> None:
        """Send the function's failures somewhere.

        Args:
            function: The function.
            on_failure: Where they go. None: to the default queue.
            identity: A text that is equal for all constructs that are the function.
            given: The path of what the user passed.
            room: Where the resources that send the failures are made.
            route: The rule that asks.

        Raises:
            InvalidRoute: Another route sends the same function's failures somewhere else, or the queue is FIFO.
        """
        if on_failure is None and self._default is None:
            return
        if on_failure is not None and _is_queue(on_failure):
            refuse_fifo_for_dead_letters(on_failure)
        failures = self._app.get(identity)
        if failures is None:
            failures = self._app[identity] = _Failures(function, given, room)
            if not self._own:
                decide_at_synth(self._scope, self._configure)
                validate_at_synth(self._scope, lambda: self._errors)
            self._own.append(failures)
        request = next((each for each in failures.requests if each.on_failure is on_failure), None)
        if request is None:
            for other in failures.requests:
                if _are_certainly_two(other.on_failure, on_failure) and any(map(is_in_the_app, other.asked_by)):
                    raise InvalidRoute(
                        _two_destinations(failures.function, other, _DestinationRequest(on_failure, [route]))
                    )
            request = _DestinationRequest(on_failure)
            failures.requests.append(request)
        request.asked_by.append(route)

    def _configure(self) -> None:
        configs = invoke_configs_in(Stage.of(self._scope) or self._scope.node.root)
        present = identities_in(self._scope.node.root)
        for failures in self._own:
            if not failures.configured:  # otherwise by an earlier synth of the same app
                failures.configured = True
                # Routes may have been removed from the app.
                for request in failures.requests:
                    request.asked_by = [route for route in request.asked_by if identity(route) in present]
                self._configure_one(failures, configs)

    def _configure_one(self, failures: _Failures, configs: Sequence[lambda_.CfnEventInvokeConfig]) -> None:
        function = failures.function
        place = function_place(function)
        asked = [request for request in failures.requests if request.asked_by]
        requests = [request for request in asked if request.on_failure is not None]
        wanted = requests[0] if requests else None
        if account_differs(place, self._scope) or region_differs(place, self._scope):
            return
        if not asked:
            return
        if has_dead_letter_queue(function):
            self._refuse_cycle(function, _dead_letter_target(function), f"{base_function(function).node.path!r}")
            self._warn_of_unused(function, wanted, "a dead-letter queue of its own")
            return
        present = invoke_config_of(function, configs)
        destination = None if present is None else failure_destination_of(present)
        if present is not None and destination is not None:
            self._refuse_cycle(present, destination, f"the configuration {present.node.path!r}")
            self._warn_of_unused(function, wanted, f"a failure destination by {present.node.path!r}")
            return
        if is_imported(function) and wanted is None and function.role is None:
            Annotations.of(self._scope).add_warning_v2(
                warning_ids.IMPORTED_FUNCTION_FAILURES,
                f"The function {failures.given!r} is imported without its role, so its asynchronous failures have "
                "no destination and are lost after Lambda's own two retries. Import it with "
                "`Function.from_function_attributes(…, role=…)`, pass `on_failure=`, or configure a failure "
                "destination where the function is defined and acknowledge this warning.",
            )
            return
        if present is not None and Stack.of(present) is not Stack.of(self._scope):
            # Completing it would make the function's stack depend on the bus's stack, which depends on the function's.
            Annotations.of(self._scope).add_warning_v2(
                warning_ids.INVOKE_CONFIG_ELSEWHERE,
                f"The function {function.node.path!r} has an asynchronous-invoke configuration without a failure "
                f"destination in another stack ({present.node.path!r}), so events on which it raises are lost after "
                "its retries. Add `on_failure=` where that configuration is made.",
            )
            return
        if wanted is None and self._default is None:
            return
        arn, grant = self._destination(failures, requests)
        if present is None:
            present = new_invoke_config(failures.room, function)
        set_failure_destination(present, arn)
        if grant is not None:
            # Lambda refuses a destination that the function's role may not send to.
            present.node.add_dependency(grant)

    def _destination(self, failures: _Failures, requests: list[_DestinationRequest]) -> tuple[str, iam.Policy | None]:
        """Return the failure destination's ARN, and the policy that lets the function's role send there."""
        function = failures.function
        bound = [self._bind(failures, request, number) for number, request in enumerate(requests)]
        if not bound:
            queue = queue_itself(cast("sqs.IQueue", self._default))
            bound = [(queue.queue_arn, statements_to_send(self._scope, queue))]
        arn, statements = bound[0]
        texts = [str(readable(self._scope, each)) for each, _ in bound]
        for text, request in zip(texts, requests, strict=False):
            if text != texts[0]:
                self._errors.append(_two_destinations(function, requests[0], request))
        target = referred_to(arn)
        if (isinstance(target, sqs.CfnQueue) and target.fifo_queue is True) or texts[0].endswith(".fifo"):
            self._errors.append(
                f"The failures of function {function.node.path!r} go to {arn if target is None else target.node.path!r}"
                ", which is a FIFO queue or topic. Lambda sends failures only to standard queues and topics. Pass a "
                "standard one."
            )
        if function.role is None or not statements:
            return arn, None
        grant = allow_role(
            failures.room,
            "SendFailures",
            function.role,
            statements,
            warn_at=self._scope,
            what_fails="Lambda refuses the failure destination and the deployment fails",
        )
        return arn, grant

    def _bind(self, failures: _Failures, request: _DestinationRequest, number: int) -> tuple[str, list[dict[str, Any]]]:
        """Return a destination's ARN and the statements that it needs, which are not part of any policy yet."""
        target = request.on_failure
        if target is None or _is_queue(target):
            queue = queue_itself(cast("sqs.IQueue", target))
            return queue.queue_arn, statements_to_send(self._scope, queue)
        function = failures.function
        room = failures.room if number == 0 else Construct(failures.room, f"Destination{number}")
        return bind_destination(target, function, room, place=f"Grantee{request.asked_by[0].node.addr[-8:]}")

    def _refuse_cycle(self, there: IConstruct, destination: str | None, what: str) -> None:
        """Refuse what CloudFormation cannot deploy, and say what to do.

        It is raised here, because the CDK looks for cycles before it runs validations.
        """
        target = None if destination is None else referred_to(destination)
        here = Stack.of(self._scope)
        if target is not None and Stack.of(there) is not here and Stack.of(target) is here:
            raise InvalidRoute(
                f"{what} of stack {Stack.of(there).node.path!r} sends failures to {target.node.path!r}, of the bus's "
                f"stack {here.node.path!r}, which routes to that function: each stack would need the other first. "
                "Remove that destination: without it, failures go to the bus's dead-letter queue, or to another queue "
                "with `on_failure=` of `invoke`."
            )

    def _warn_of_unused(self, function: lambda_.IFunction, wanted: _DestinationRequest | None, why: str) -> None:
        if wanted is not None:
            Annotations.of(self._scope).add_warning_v2(
                warning_ids.ON_FAILURE_UNUSED,
                f"`on_failure=` of {wanted.path!r} is not used: the function {function.node.path!r} has {why}, which "
                "is kept. Remove one of the two.",
            )


def _are_certainly_two(
    one: sqs.IQueue | lambda_.IDestination | None, other: sqs.IQueue | lambda_.IDestination | None
) -> bool:
    """Check whether two destinations are certainly different; what a CDK destination does is only seen at synth."""
    if one is None or other is None or not (_is_queue(one) and _is_queue(other)):
        return False
    first, second = queue_itself(one), queue_itself(other)
    return first.node.path != second.node.path and first.queue_arn != second.queue_arn


def _two_destinations(function: lambda_.IFunction, one: _DestinationRequest, other: _DestinationRequest) -> str:
    return (
        f"The function {function.node.path!r} has two failure destinations: one by {one.path!r} and another "
        f"by {other.path!r}. Lambda keeps one per function, whatever invoked it. Pass "
        "`on_failure=` on one route only, or the same on both."
    )


def _dead_letter_target(function: lambda_.IFunction) -> str | None:
    resource = base_function(function).node.default_child
    config = resource.dead_letter_config if isinstance(resource, lambda_.CfnFunction) else None
    target: str | None = getattr(config, "target_arn", None)
    return target


def _is_queue(target: sqs.IQueue | lambda_.IDestination) -> TypeIs[sqs.IQueue]:
    return hasattr(target, "queue_arn")
