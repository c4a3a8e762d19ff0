"""The whole catalog, which reads its data at the first use, and finds operations."""

from __future__ import annotations

import json
import os
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

from constructs_lib.events.errors import AmbiguousOperation, UnknownOperation, nearest
from constructs_lib.events.identities import CREATORS, CREATORS_WITHOUT_RESPONSE, TENANT, USER
from constructs_lib.events.json_values import in_short
from constructs_lib.events.operation import Operation, OperationGroup
from constructs_lib.events.path_tree import PathTree

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_FILE: Final = os.path.join(os.path.dirname(__file__), "catalog.json")  # noqa: PTH118, PTH120 - pathlib loads slowly

_MASKED: Final = "**"
"""What a log group's mask leaves of a text that it hides."""


class OperationCatalog:
    """All operations of SaaSus's API that cause events, by API: `operations.auth.create_tenant`.

    It has no GETs, because SaaSus sends no event for them, and no retired operations, which only `identify` returns.
    Iterating yields the operations by API and name.
    """

    def __init__(self, groups: Mapping[str, type[OperationGroup]]) -> None:
        self._group_classes = groups

    @cached_property
    def _with_retired(self) -> tuple[Operation, ...]:
        with open(_FILE, encoding="utf-8") as file:  # noqa: PTH123 - pathlib loads slowly
            return tuple(_operation(entry) for entry in json.load(file))

    @cached_property
    def _all(self) -> tuple[Operation, ...]:
        return tuple(operation for operation in self._with_retired if not operation.retired)

    @cached_property
    def _groups(self) -> dict[str, OperationGroup]:
        by_api: dict[str, dict[str, Operation]] = {api: {} for api in self._group_classes}
        for operation in self._all:
            by_api[operation.api][operation.name] = operation
        return {api: self._group_classes[api](api, found) for api, found in by_api.items()}

    @cached_property
    def _by_event_type(self) -> dict[str, tuple[Operation, ...]]:
        found: dict[str, tuple[Operation, ...]] = {}
        for operation in self._all:
            for event_type in operation.event_types:
                found[event_type] = (*found.get(event_type, ()), operation)
        return found

    @cached_property
    def by_method(self) -> dict[str, PathTree]:
        """The operations by their HTTP methods, in upper case, and then by path; also the retired ones."""
        found: dict[str, list[Operation]] = {}
        for operation in self._with_retired:
            found.setdefault(operation.method, []).append(operation)
        return {method: PathTree(of_method) for method, of_method in found.items()}

    @property
    def retired(self) -> tuple[Operation, ...]:
        """The operations that SaaSus removed from its API files; its consoles may still call them."""
        return tuple(operation for operation in self._with_retired if operation.retired)

    @property
    def creating_users(self) -> tuple[Operation, ...]:
        """Every operation by which a SaaS can get a new user: `EventFilter.of(*operations.creating_users).succeeded()`.

        That is by an administrator, by sign-up, by AWS Marketplace or by an invitation. The last one
        (`validate_invitation`) may concern an existing user, and its event does not say which user it is.
        """
        return self._creating(USER)

    @property
    def creating_tenants(self) -> tuple[Operation, ...]:
        """Every operation by which a SaaS gets a new tenant: `EventFilter.of(*operations.creating_tenants)`."""
        return self._creating(TENANT)

    def _creating(self, what: str) -> tuple[Operation, ...]:
        names = CREATORS[what] | CREATORS_WITHOUT_RESPONSE[what]
        return tuple(operation for operation in self._all if str(operation) in names)

    @property
    def groups(self) -> tuple[OperationGroup, ...]:
        """One group for each API that has an operation."""
        return tuple(self._groups.values())

    def group(self, api: str) -> OperationGroup:
        """Return the operations of one API.

        Raises:
            UnknownOperation: No API with events has the name.
        """
        if api in self._groups:
            return self._groups[api]
        if api in {operation.name for operation in self._all}:
            hint = f" It is an operation's name: write {' or '.join(map(repr, self.named(api)))}."
        else:
            hint = nearest(api, self._groups)
        raise UnknownOperation(
            f"{api!r} is not a SaaSus API with events.{hint} Expected one of {', '.join(self._groups)}."
        )

    def named(self, name: str) -> tuple[Operation, ...]:
        """Return the operations with a name; more than one if several APIs have one."""
        api, _, own_name = name.rpartition(".")
        return tuple(o for o in self._all if o.name == own_name and api in ("", o.api))

    def __getitem__(self, name: str) -> Operation:
        """Return the operation with a name, written `create_tenant` or `auth.create_tenant`.

        Raises:
            UnknownOperation: No operation has the name.
            AmbiguousOperation: Operations of several APIs have it.
        """
        found = self.named(name)
        if len(found) == 1:
            return found[0]
        if found:
            raise AmbiguousOperation(
                f"{len(found)} SaaSus APIs have an operation {name!r}. Expected a name with its API. "
                f"Write {' or '.join(repr(str(operation)) for operation in found)}."
            )
        known = {o.name for o in self._all} if "." not in name else {str(o) for o in self._all}
        by_id = [str(operation) for operation in self._all if operation.operation_id == name]
        hint = f" It is an operation id: write {by_id[0]!r}." if by_id else nearest(name, known)
        raise UnknownOperation(
            f"SaaSus has no operation {in_short(name)} that causes an event.{hint} Expected the name, in snake case, "
            "of an operation other than a GET; constructs_lib.operations lists them."
        )

    def by_event_type(self, event_type: str) -> tuple[Operation, ...]:
        """Return the operations whose event_type is, or could be spelled, like this; empty if there are none."""
        return self._by_event_type.get(event_type, ())

    def by_route(self, method: str, uri: str) -> Operation | None:
        """Return the operation of an event's method and uri; None if the catalog has none, as for every GET.

        The query string does not count. If two templates fit, the one with the leftmost literal wins:
        `/v1/pricing/plans/used` is not `/v1/pricing/plans/{plan_id}`. For a retired operation the result is None too.
        """
        tree = self.by_method.get(method.upper())
        found = tree.find(uri) if tree else None
        return None if found is None or found.retired else found

    def identify(self, event_type: str, method: str, uri: str) -> Operation | None:
        """Return the operation of an event, even a retired one; None if it cannot be determined.

        Method and uri are the call's own and decide. The name decides only if they are missing, or hidden by the mask
        of a log group, and only if a single operation with that name does not contradict them.

        Args:
            event_type: The event's `detail.event_type`.
            method: The HTTP method; empty if the event has none.
            uri: The uri; empty if the event has none.
        """
        tree = self.by_method.get(method) or self.by_method.get(method.upper())
        if tree and (found := tree.find(uri) if "?" in uri else tree.at(uri.split("/"))):
            return found
        named = [o for o in self._with_retired if event_type in o.event_types and _agrees(o, method, uri)]
        return named[0] if len(named) == 1 else None

    if not TYPE_CHECKING:  # the generated subclass names every API, so that a typo is a type error

        def __getattr__(self, name: str) -> OperationGroup:
            if name.startswith("_"):
                raise AttributeError(name)
            return self.group(name)

    def __iter__(self) -> Iterator[Operation]:
        return iter(self._all)

    def __len__(self) -> int:
        return len(self._all)

    def __contains__(self, item: object) -> bool:
        if isinstance(item, Operation):
            return item in self._all
        return isinstance(item, str) and bool(self.named(item))

    def __dir__(self) -> list[str]:
        return [*super().__dir__(), *self._groups]

    def __repr__(self) -> str:
        return "operations"


def _is_parameter(segment: str) -> bool:
    return segment.startswith("{")


def _agrees(operation: Operation, method: str, uri: str) -> bool:
    """Check whether a call can be of the operation, as far as the event has it and a mask does not hide it."""
    if method and method.upper() != operation.method:
        return False
    template, path = operation.path.split("/"), uri.partition("?")[0]
    if _MASKED not in path:
        return not uri or _fits(template, path.split("/"))
    # A mask also hides slashes, and parts of the segments at its ends.
    before = path.partition(_MASKED)[0].split("/")[:-1]
    after = path.rpartition(_MASKED)[2].split("/")[1:]
    ends = template[len(template) - len(after) :]
    return len(template) > len(before) + len(after) and _fits(template[: len(before)], before) and _fits(ends, after)


def _fits(template: list[str], segments: list[str]) -> bool:
    return len(template) == len(segments) and all(
        expected == given or (bool(given) and _is_parameter(expected))
        for expected, given in zip(template, segments, strict=True)
    )


def _operation(entry: dict[str, Any]) -> Operation:
    return Operation.of_fields({name: tuple(value) if type(value) is list else value for name, value in entry.items()})
