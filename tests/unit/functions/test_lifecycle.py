"""Everything that CloudFormation can ask of the setting, in every order, with faults at every call.

A stack is deployed, changed and destroyed over and over, while SaaSus, AWS and other people do what they can do. After
each step: a rollback ended, nobody's setting was lost, the physical id is still the same, and a next deployment works.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from hypothesis import HealthCheck, event, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from tests.unit.functions.world import (
    ELSEWHERE,
    HERE,
    LAMBDA_SECONDS,
    ROOT,
    SECRET,
    STACK,
    STRANGER,
    VERIFICATION,
    Answered,
    Killed,
    World,
)

THIRD = ("777788889999", "eu-west-1")


@dataclass
class Resource:
    """What CloudFormation knows of the setting."""

    physical_id: str
    source: str
    properties: dict[str, str]


SETTINGS = st.sampled_from([None, HERE, ELSEWHERE, THIRD])


@st.composite
def faults(draw: st.DrawFn) -> list[dict[str, Any]]:
    """Faults of one deployment: passing by a number of calls, by time, or not at all."""
    drawn = []
    for _ in range(draw(st.integers(0, 2))):
        service = draw(st.sampled_from(["saasus", "events", "secretsmanager", "logs", "cloudformation"]))
        kinds = (
            ["503", "429", "500", "401", "lost", "hangs"]
            if service == "saasus"
            else ["AccessDeniedException", "ThrottlingException", "no connection"]
        )
        fault: dict[str, Any] = {"service": service, "kind": draw(st.sampled_from(kinds))}
        fault["skip"] = draw(st.integers(0, 6))
        spans = [{"calls": 1}, {"calls": 3}, {"calls": 12}, {"seconds": 60.0}, {"seconds": 400.0}, {}]
        # What never says whether a stack rolls back cannot be answered as if it did.
        fault |= draw(st.sampled_from(spans[:4] if service == "cloudformation" else spans))
        drawn.append(fault)
    if draw(st.booleans()):  # the first minute of a role
        drawn = [
            {"service": service, "kind": "AccessDeniedException", "seconds": 60.0}
            for service in ("events", "secretsmanager", "logs", "cloudformation")
        ]
    return drawn


@dataclass(frozen=True)
class Deployment:
    """What a user deploys, and how it goes."""

    take_over: bool = False
    timeout: str = "60"
    of_b: bool = False
    """Whether the secret is another SaaS's."""
    names_it: bool = False
    fails_later: bool = False
    """Whether another resource fails after the setting."""
    rolls_back_by: str = "new id"
    """How CloudFormation takes back a replacement: it is documented for none of these to be the only way."""
    copies: int = 1
    """How often Lambda delivers each request."""
    faults: tuple[dict[str, Any], ...] = ()
    is_first: bool = True
    never_comes: bool = False
    """Whether an update does not come to the function, though its rollback does."""
    killed_after: int | None = None
    """After how many calls the function ends without an answer, so that Lambda delivers the request again."""


DEPLOYMENTS = st.builds(
    Deployment,
    take_over=st.booleans(),
    timeout=st.sampled_from(["30", "60", "840"]),
    of_b=st.integers(0, 4).map(lambda n: n == 0),
    names_it=st.integers(0, 3).map(lambda n: n == 0),
    fails_later=st.booleans(),
    rolls_back_by=st.sampled_from(["new id", "old id", "delete"]),
    copies=st.sampled_from([1, 2]),
    faults=st.just(()) | faults().map(tuple),
    is_first=st.booleans(),
    never_comes=st.integers(0, 5).map(lambda n: n == 0),
    killed_after=st.none() | st.integers(0, 8),
)


class Stack(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.world = World()
        self.resource: Resource | None = None
        self.verified = ""
        self.is_owned = False
        """Whether the setting is this stack's, by what it did."""
        self.is_nested = False

    @initialize(found=SETTINGS, is_deployed=st.booleans(), is_nested=st.booleans())
    def start(self, found: tuple[str, str] | None, *, is_deployed: bool, is_nested: bool) -> None:
        self.is_nested = is_nested
        self.world.setting = found
        if is_deployed:
            self.deploy(Deployment(take_over=True))
            assert self.resource is not None

    # ---------------------------------------------------------------- what others do

    @rule(
        setting=SETTINGS | st.just("as it is"),
        stranger=st.sampled_from(["PENDING", "ACTIVE", "DELETED", None]),
        is_deleted=st.integers(0, 3).map(lambda n: n == 0),
        delay=st.sampled_from([0.0, 5.0, 25.0, 50.0, None]),
    )
    def something_happens(self, *, setting: Any, stranger: str | None, is_deleted: bool, delay: float | None) -> None:
        """Somebody changes the setting, another SaaS connects, the source is deleted, SaaSus takes its time."""
        for saas in self.world.saas.values():
            saas.delay = delay
        if setting != "as it is":
            self.world.setting = setting
        self.world.sources.pop(STRANGER, None)
        if stranger is not None:
            self.world.sources[STRANGER] = stranger
        if is_deleted and self.world.saas["a-saas"].source in self.world.sources:
            self.world.sources[self.world.saas["a-saas"].source] = "DELETED"

    # ---------------------------------------------------------------- what CloudFormation asks

    @rule(deployment=DEPLOYMENTS)
    def deploy(self, deployment: Deployment) -> None:
        saas = "b-saas" if deployment.of_b else "a-saas"
        properties = {
            "TakeOver": str(deployment.take_over).lower(),
            "TimeoutSeconds": deployment.timeout,
            "SecretArn": f"{SECRET}-of-b" if deployment.of_b else SECRET,
            "EventSourceName": self.world.saas[saas].source if deployment.names_it else "",
        }
        if self.resource is not None and properties == self.resource.properties:
            properties["TimeoutSeconds"] = "31"  # CloudFormation asks for nothing where nothing changed
        for fault in deployment.faults:
            self.world.fail(**fault)
        self.world.killed_after = deployment.killed_after
        if self.resource is None:
            self._create(deployment, properties, saas)
        else:
            self._update(self.resource, deployment, properties, saas)
        self.world.faults, self.world.killed_after = [], None

    @precondition(lambda self: self.resource is not None)
    @rule(copies=st.sampled_from([1, 2]), faults=faults())
    def destroy(self, *, copies: int, faults: list[dict[str, Any]]) -> None:
        assert self.resource is not None
        self._status("DELETE_IN_PROGRESS")
        saas = self._saas_of(self.resource)
        before = self.world.settings
        self._bus(self.resource.source, exists=False)
        for fault in faults:
            self.world.fail(**fault)
        answer = self._ask("Delete", self.resource.physical_id, self.resource.properties, copies)
        self.world.faults = []
        if answer.status == "FAILED":  # DELETE_FAILED: deleted again when the fault is over
            answer = self._ask("Delete", self.resource.physical_id, self.resource.properties, 1)
        assert answer.status == "SUCCESS", answer
        is_ours = self.is_owned and before[saas] == HERE
        assert self.world.saas[saas].setting == (None if is_ours else before[saas])
        self._others_are_as(before, but=saas)
        self.resource, self.is_owned, self.verified = None, False, ""

    def _create(self, deployment: Deployment, properties: dict[str, str], saas: str) -> None:
        before, copies = self.world.settings, deployment.copies
        self._status("CREATE_IN_PROGRESS" if deployment.is_first else "UPDATE_IN_PROGRESS")
        answer = self._ask("Create", "", properties, copies)
        if answer.status == "SUCCESS" and not self._rest_fails(answer, properties, fails_later=deployment.fails_later):
            event("created")
            self.is_owned = before[saas] != HERE
            self.resource = Resource(answer.physical_id, answer.data["EventSourceName"], properties)
            self._is_the_right_source(self.resource.source, saas, knew_before=False, before=before)
            self._others_are_as(before, but=saas)
            assert before[saas] in (None, HERE) or properties["TakeOver"] == "true"
            return
        event("create rolled back")
        if answer.status == "SUCCESS":
            self._bus(answer.data["EventSourceName"], exists=False)
        self._roll_back(
            "ROLLBACK_IN_PROGRESS" if deployment.is_first else "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS"
        )
        if answer.physical_id != "nothing-made":
            undone = self._ask("Delete", answer.physical_id, properties, copies)
            assert undone.status == "SUCCESS", undone
        self._undo_verification()
        if self._faults_are_over():
            assert self.world.settings == before
        self.verified = ""

    def _update(self, was: Resource, deployment: Deployment, properties: dict[str, str], saas: str) -> None:
        before, copies = self.world.settings, deployment.copies
        self._status("UPDATE_IN_PROGRESS")
        if deployment.never_comes:
            event("never comes")
            answer = Answered("FAILED", was.physical_id, {}, "", 0)
        else:
            answer = self._ask("Update", was.physical_id, properties, copies, old=was.properties)
        same_saas = saas == self._saas_of(was)
        if answer.status == "SUCCESS":
            saves_anew = before[saas] != HERE and not self.is_owned
            if same_saas and not saves_anew:
                assert answer.physical_id == was.physical_id
            self._is_the_right_source(answer.data["EventSourceName"], saas, knew_before=same_saas, before=before)
        else:
            assert answer.physical_id == was.physical_id
        if answer.status == "SUCCESS" and not self._rest_fails(answer, properties, fails_later=deployment.fails_later):
            event("updated")
            if answer.data["EventSourceName"] != was.source:
                self._bus(was.source, exists=False)
            owned_before, self.is_owned = self.is_owned, before[saas] != HERE or (same_saas and self.is_owned)
            if answer.physical_id != was.physical_id:
                self._status("UPDATE_COMPLETE_CLEANUP_IN_PROGRESS")
                self.world.faults = []
                cleaned = self._ask("Delete", was.physical_id, was.properties, copies)
                assert cleaned.status == "SUCCESS", cleaned
                if not same_saas:
                    old = self._saas_of(was)
                    is_ours = owned_before and before[old] == HERE
                    assert self.world.saas[old].setting == (None if is_ours else before[old])
            assert self.world.saas[saas].setting == HERE
            self.resource = Resource(answer.physical_id, answer.data["EventSourceName"], properties)
            return
        event("update rolled back")
        self._roll_back("UPDATE_ROLLBACK_IN_PROGRESS")
        is_replaced = answer.status == "SUCCESS" and answer.physical_id != was.physical_id
        current = answer.physical_id if is_replaced else was.physical_id
        journal_read = True
        if not is_replaced or deployment.rolls_back_by != "delete":
            id = was.physical_id if deployment.rolls_back_by == "old id" else current
            failing = [fault.service for fault in self.world.faults]
            journal_read = "logs" not in failing or self._faults_are_over("logs")
            back = self._ask("Update", id, was.properties, copies, old=properties)
            assert back.status == "SUCCESS", back
            assert back.data["EventSourceName"]
            if is_replaced and not journal_read:
                # What it was is not known any more: the page about the integration says so.
                event("rolled back without the log")
                self.world, self.resource, self.verified, self.is_owned = World(), None, "", False
                return
            if journal_read and not is_replaced:
                assert back.physical_id == was.physical_id
            if self._faults_are_over() and was.source in self.world.sources and journal_read:
                assert back.data["EventSourceName"] == (was.properties["EventSourceName"] or was.source)
            was = Resource(back.physical_id, was.source, was.properties)
        if is_replaced and was.physical_id != current:
            self._status("UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS")
            undone = self._ask("Delete", current, properties, copies)
            assert undone.status == "SUCCESS", undone
        self._undo_verification()
        if answer.status == "SUCCESS":
            self._bus(answer.data["EventSourceName"], exists=answer.data["EventSourceName"] == was.source)
        if self._faults_are_over() and journal_read:
            for id, one in self.world.saas.items():
                # What was missing and is this stack's may be there now.
                assert one.setting == before[id] or (before[id] is None and self.is_owned and one.setting == HERE)
        self.resource = was

    # ---------------------------------------------------------------- how it is asked

    def _ask(
        self, kind: str, id: str, properties: dict[str, Any], copies: int, old: dict[str, str] | None = None
    ) -> Answered:
        request = self.world.request(kind, id, old=old, **properties)
        answer = self._deliver(request)
        settings_then = self.world.settings
        can_know = not self.world.faults
        for _ in range(copies - 1):
            again = self._deliver(request)
            if can_know:
                assert (again.status, again.physical_id, again.data) == (
                    answer.status,
                    answer.physical_id,
                    answer.data,
                )
                assert self.world.settings == settings_then
        return answer

    def _deliver(self, request: dict[str, Any]) -> Answered:
        try:
            answer = self.world.deliver(request)
        except Killed:
            event("killed")
            self.world.sleep(60)  # Lambda's wait before it delivers again
            answer = self.world.deliver(request)
        assert answer.seconds < LAMBDA_SECONDS
        assert self.world.headers[-1]["content-type"] == ""
        return answer

    def _rest_fails(self, answer: Answered, properties: dict[str, Any], *, fails_later: bool) -> bool:
        """Make the bus, and have a test event verified; tell whether the deployment fails here."""
        self._bus(answer.data["EventSourceName"], exists=True)
        self.world.logs_arrive = not fails_later
        request = self.world.request(
            "Update" if self.verified else "Create",
            self.verified,
            kind_of=VERIFICATION,
            **(properties | {"EventSourceName": answer.data["EventSourceName"]}),
        )
        verified = self._deliver(request)
        if verified.status == "SUCCESS":
            self.verified = verified.physical_id
        return verified.status == "FAILED" or fails_later

    def _undo_verification(self) -> None:
        if self.verified:
            request = self.world.request("Update", self.verified, kind_of=VERIFICATION)
            assert self._deliver(request).status == "SUCCESS"

    def _bus(self, name: str, *, exists: bool) -> None:
        if self.world.sources.get(name) in ("PENDING", "ACTIVE"):
            self.world.sources[name] = "ACTIVE" if exists else "PENDING"

    def _faults_are_over(self, service: str = "") -> bool:
        return not [
            fault
            for fault in self.world.faults
            if fault.calls != 0 and self.world.now < fault.until and service in ("", fault.service)
        ]

    def _status(self, status: str) -> None:
        self.world.stacks[STACK] = {"StackStatus": status} | ({"RootId": ROOT} if self.is_nested else {})
        self.world.stacks[ROOT] = {"StackStatus": status}

    def _roll_back(self, status: str) -> None:
        self._status(status)
        if self.is_nested and "UPDATE" not in status:
            self.world.stacks[STACK]["StackStatus"] = "DELETE_IN_PROGRESS"

    def _saas_of(self, resource: Resource) -> str:
        return "b-saas" if resource.properties["SecretArn"] != SECRET else "a-saas"

    def _is_the_right_source(self, name: str, saas: str, *, knew_before: bool, before: dict[str, Any]) -> None:
        """Another SaaS's source is never taken where it can be known."""
        can_be_known = knew_before or before[saas] != HERE
        others = [source for source in self.world.sources if source != self.world.saas[saas].source]
        delay = self.world.saas[saas].delay
        if can_be_known and delay is not None and delay < 15:
            assert name not in others

    def _others_are_as(self, before: dict[str, Any], but: str) -> None:
        for id, one in self.world.saas.items():
            assert id == but or one.setting == before[id]

    # ---------------------------------------------------------------- what always holds

    @invariant()
    def no_secret_is_anywhere(self) -> None:
        assert "hush" not in json.dumps(self.world.answers) + "".join(line for _, line in self.world.lines)

    @invariant()
    def the_next_deployment_can_succeed(self) -> None:
        """When what was wrong is over: SaaSus answers, the source is there, and an error's advice was followed."""
        world = self.world.copy()
        saas = world.saas[self._saas_of(self.resource) if self.resource else "a-saas"]
        saas.delay = 1.0
        if saas.setting == HERE and world.sources.get(saas.source) not in ("PENDING", "ACTIVE"):
            world.sources[saas.source] = "PENDING"
        properties = (self.resource.properties if self.resource else {}) | {"TimeoutSeconds": "61", "TakeOver": "true"}
        kind, id = ("Update", self.resource.physical_id) if self.resource else ("Create", "")
        world.stacks[STACK] = {"StackStatus": f"{kind.upper()}_IN_PROGRESS"}
        answer = world.send(kind, id, **properties)
        if answer.status == "FAILED" and "Pass SaasusIntegration(event_source_name=…)" in answer.reason:
            answer = world.send(kind, id, **(properties | {"EventSourceName": saas.source}))
        assert answer.status == "SUCCESS", answer
        assert saas.setting == HERE


Stack.TestCase.settings = settings(
    max_examples=200,
    stateful_step_count=8,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
TestLifecycle = Stack.TestCase
