"""What an app's demo consists of: what is there before, the calls of SaaSus's API, and what they should cause."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from constructs_lib.local.https_endpoint import HttpsEndpoint
from constructs_lib.local.saasus.sending import Sending
from constructs_lib.runtime.saasus_errors import SaasusApiError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from constructs_lib.events.operation import Operation
    from constructs_lib.local.local_aws import LocalAws
    from constructs_lib.local.saasus import LocalSaasus
    from constructs_lib.runtime.saasus_http import SignedHttp

_BOOTSTRAP_STACK = "CDKToolkit"


@dataclass(frozen=True)
class DemoEnvironment:
    """Where an app runs on this machine, for the functions of its demo."""

    aws: LocalAws
    """The AWS that the app is deployed to."""
    saasus: LocalSaasus
    """The SaaSus that sends the events; its credentials are in the secret `saasus`."""
    api: HttpsEndpoint
    """The HTTPS API that the app may call."""

    @property
    def outputs(self) -> dict[str, str]:
        """The outputs of the app's stacks, by name."""
        stacks = self.aws.client("cloudformation").describe_stacks()["Stacks"]
        return {
            output["OutputKey"]: output["OutputValue"]
            for stack in stacks
            if stack["StackName"] != _BOOTSTRAP_STACK and stack["StackStatus"] != "DELETE_COMPLETE"
            for output in stack.get("Outputs", [])
        }


@dataclass(frozen=True, eq=False)
class Call:
    """A call of SaaSus's API, which becomes an event.

    Args:
        operation: The operation that is called.
        body: The body of the request. Default: none.
        path: The values of the parameters in the operation's path. Default: random ones.
        trace_id: The trace id. Default: a new one.
        refused_with: The status with which SaaSus should refuse the call. Default: it should succeed.
    """

    operation: Operation
    body: Mapping[str, Any] | None = None
    path: Mapping[str, str] = field(default_factory=dict)
    trace_id: str = field(default_factory=lambda: str(uuid.uuid4()))
    refused_with: int | None = None

    @property
    def event_type(self) -> str:
        """The event type that the event will have."""
        return self.operation.event_types[0]

    def make(self, http: SignedHttp) -> None:
        """Make the call.

        Raises:
            SaasusApiError: SaaSus answered with another error than it should.
        """
        path = self.operation.path.removeprefix("/v1")
        for name in self.operation.path_params:
            path = path.replace(f"{{{name}}}", self.path.get(name) or str(uuid.uuid4()))
        try:
            http.call(self.operation.method, path, self.body, trace_id=self.trace_id)
        except SaasusApiError as error:
            if error.status != self.refused_with:
                raise


class Seen(NamedTuple):
    """Something that arrived, as the demo shows it: a line about it, and its text, which may be JSON."""

    line: str
    text: str = ""


@dataclass(frozen=True)
class Arrival:
    """Something that should arrive somewhere because of the calls.

    Args:
        where: The place, as the demo names it: "CRM", "DynamoDB table".
        find: Returns what has arrived there so far; the functions of `constructs_lib.local.arrived` make such ones.
        of: The call that causes it.
        count: How many there should be in the end, no more and no fewer. Default: 1.
    """

    where: str
    find: Callable[[DemoEnvironment], Sequence[Seen]]
    of: Call
    count: int = 1


def _nothing(_: DemoEnvironment) -> None:
    return None


def _no_problems(_: DemoEnvironment) -> Sequence[str]:
    return ()


def _no_context(_: DemoEnvironment) -> Mapping[str, str]:
    return {}


@dataclass(frozen=True)
class Demo:
    """What `saasus-events demo` does with an app once everything runs, and what should come of it.

    Args:
        calls: The calls of SaaSus's API, in their order.
        arrivals: What should arrive because of them.
        api: The HTTPS API that the app calls, with the authorization that it asks for.
        secrets: Secrets by name, made before the deployment. SaaSus's credentials are there as `saasus` in any case.
        context: Returns the CDK context for the deployment; the name of the event source is in it in any case, as
            `saasus:eventSourceName`.
        prepare: Does what has to be done after the deployment and before the calls.
        sending: How SaaSus sends the events: `Sending(copies=2)` sends each one twice. Default: once, at once.
        out_of_order: Whether SaaSus sends the events of all calls in reverse order, after the last call.
        problems: Returns what else is wrong in the end, each a clause: "the API key left the account".
        conclusion: What the demo says at its end if nothing is wrong.
    """

    calls: Sequence[Call]
    arrivals: Sequence[Arrival]
    api: HttpsEndpoint = field(default_factory=HttpsEndpoint)
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)
    context: Callable[[DemoEnvironment], Mapping[str, str]] = _no_context
    prepare: Callable[[DemoEnvironment], None] = _nothing
    sending: Sending = field(default_factory=Sending)
    out_of_order: bool = False
    problems: Callable[[DemoEnvironment], Sequence[str]] = _no_problems
    conclusion: str = "Everything arrived where it should, and nothing else did."
