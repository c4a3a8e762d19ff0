"""What a route's Lambda functions need: permission for the bus's rules to invoke them, and a place for their failures.

Everything made here is a resource of the bus's stack. aws-cdk-lib's `grant_*` and `add_permission` write into the
function's stack, which makes a dependency cycle when the bus and the function are in different stacks.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from aws_cdk import Names
from constructs import Construct

from constructs_lib.access.failure_destination import FailureDestinations
from constructs_lib.access.function_permission import permit
from constructs_lib.resources.functions import function_itself, identity_of

if TYPE_CHECKING:
    from aws_cdk import aws_iam as iam
    from aws_cdk import aws_lambda as lambda_
    from aws_cdk import aws_sqs as sqs
    from aws_cdk.interfaces.aws_events import IRuleRef

    from constructs_lib.access.deployment_order import Access

_ID = "Functions"


class _KnownFunction(NamedTuple):
    """A function that was passed."""

    itself: lambda_.IFunction
    """The function that is really meant: an import can be of a function in the app."""
    identity: str
    path: str
    """The path of what was passed."""
    room: Construct
    """Where the resources that the function needs are made."""


class FunctionAccess(Construct):
    """The functions that one bus routes to, each with its permission and its failure destination."""

    def __init__(self, scope: Construct, id: str = _ID, *, failures_to: sqs.IQueue | None = None) -> None:
        """Prepare for the functions of a bus.

        Args:
            scope: The bus (or the rule) that routes to the functions.
            id: The id in the scope.
            failures_to: The queue for the failures of functions that have no destination of their own.
        """
        super().__init__(scope, id)
        self._failures = FailureDestinations(self, failures_to)
        # By object, because each request to the CDK takes time; by path, because a construct can have several objects.
        self._known: dict[lambda_.IFunction, _KnownFunction] = {}
        self._known_by_path: dict[str, _KnownFunction] = {}
        self._accesses: dict[tuple[lambda_.IFunction, iam.IRole | None], Access] = {}

    @classmethod
    def of(cls, scope: Construct) -> FunctionAccess:
        """Return the one in the scope, or make it."""
        existing = scope.node.try_find_child(_ID)
        return existing if isinstance(existing, FunctionAccess) else cls(scope)

    def allow_invoke(self, function: lambda_.IFunction, source_arn: str, *, role: iam.IRole | None = None) -> Access:
        """Let the rules invoke the function, with one permission for all of them, or with a role in another account.

        Args:
            function: The function.
            source_arn: The ARN of the rules, with `*` where there are several.
            role: A user's own role for a function in another account, if there is one.

        Raises:
            InvalidRoute: The function is in another region.
        """
        access = self._accesses.get((function, role))
        if access is None:
            known = self._itself(function)
            access = permit(self, known.room, known.itself, source_arn, role)
            self._accesses[function, role] = access
        return access

    def send_failures(
        self, function: lambda_.IFunction, on_failure: sqs.IQueue | lambda_.IDestination | None, *, route: IRuleRef
    ) -> None:
        """Send the function's asynchronous failures somewhere, decided at synth.

        By then, everything that the function's stack configures is known, whether it was written before or after the
        route.

        Raises:
            InvalidRoute: Another route sends the same function's failures somewhere else, or the queue is FIFO.
        """
        known = self._itself(function)
        self._failures.send(
            known.itself, on_failure, identity=known.identity, given=known.path, room=known.room, route=route
        )

    def _itself(self, function: lambda_.IFunction) -> _KnownFunction:
        known = self._known.get(function)
        if known is None:
            path = function.node.path
            known = self._known_by_path.get(path)
            if known is None:
                itself = function_itself(function, self)
                known = _KnownFunction(itself, identity_of(itself), path, self._room_of(itself))
                self._known_by_path[path] = known
            self._known[function] = known
        return known

    def _room_of(self, function: lambda_.IFunction) -> Construct:
        name = Names.node_unique_id(function.node)
        existing = self.node.try_find_child(name)
        return existing if isinstance(existing, Construct) else Construct(self, name)
