"""The whole catalog: reads its data at the first use, and finds operations."""

from __future__ import annotations

import json
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .errors import AmbiguousOperation, UnknownOperation, nearest
from .operation import Operation, OperationGroup

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


class OperationCatalog:
    """All operations of SaaSus's API that become events, by API: `operations.auth.create_tenant`.

    GETs are not in it: SaaSus sends no event for them. Iterating gives the operations by API and name.
    """

    def __init__(self, groups: Mapping[str, type[OperationGroup]]) -> None:
        self._group_classes = groups

    @cached_property
    def _all(self) -> tuple[Operation, ...]:
        text = Path(__file__).with_name("catalog.json").read_text(encoding="utf-8")
        return tuple(_operation(entry) for entry in json.loads(text))

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
    def _by_shape(self) -> dict[tuple[str, int], list[tuple[list[str], Operation]]]:
        """Templates by method and number of segments, those with the leftmost literals first."""
        found: dict[tuple[str, int], list[tuple[list[str], Operation]]] = {}
        for operation in self._all:
            segments = operation.path.split("/")
            found.setdefault((operation.method, len(segments)), []).append((segments, operation))
        for templates in found.values():
            templates.sort(key=lambda template: [_is_parameter(segment) for segment in template[0]])
        return found

    @property
    def groups(self) -> tuple[OperationGroup, ...]:
        """One group for each API that has an operation."""
        return tuple(self._groups.values())

    def group(self, api: str) -> OperationGroup:
        """Give the operations of one API.

        Raises:
            UnknownOperation: no API of this name has an operation that is not a GET.
        """
        if api in self._groups:
            return self._groups[api]
        if api in {operation.name for operation in self._all}:
            hint = f" It is an operation's name: write {' or '.join(map(repr, self.named(api)))}."
        else:
            hint = nearest(api, self._groups)
        raise UnknownOperation(
            f"No SaaSus API with events has the name {api!r}.{hint} Allowed are {', '.join(self._groups)}."
        )

    def named(self, name: str) -> tuple[Operation, ...]:
        """Give the operations of this name; more than one when several APIs have one."""
        api, _, own_name = name.rpartition(".")
        return tuple(o for o in self._all if o.name == own_name and api in ("", o.api))

    def __getitem__(self, name: str) -> Operation:
        """Give the operation of this name, written `create_tenant` or `auth.create_tenant`.

        Raises:
            UnknownOperation: there is none.
            AmbiguousOperation: several APIs have one.
        """
        found = self.named(name)
        if len(found) == 1:
            return found[0]
        if found:
            raise AmbiguousOperation(
                f"{len(found)} SaaSus APIs have an operation {name!r}. "
                f"Write {' or '.join(repr(str(operation)) for operation in found)}."
            )
        known = {o.name for o in self._all} if "." not in name else {str(o) for o in self._all}
        by_id = [str(operation) for operation in self._all if operation.operation_id == name]
        hint = f" It is an operation id: write {by_id[0]!r}." if by_id else nearest(name, known)
        raise UnknownOperation(
            f"SaaSus has no operation {name!r} that becomes an event.{hint} Allowed are the names, "
            "in snake case, of the operations that are not a GET; constructs_lib.operations lists them."
        )

    def by_event_type(self, event_type: str) -> tuple[Operation, ...]:
        """Give the operations whose event_type is, or could be spelled, so; empty when there is none."""
        return self._by_event_type.get(event_type, ())

    def by_route(self, method: str, uri: str) -> Operation | None:
        """Give the operation of an event's method and uri; None when the catalog has none (as for every GET).

        The query string does not count. Where two templates fit, the one with the leftmost literal wins:
        `/v1/pricing/plans/used` is not `/v1/pricing/plans/{plan_id}`.
        """
        path = uri.partition("?")[0]
        segments = path.split("/")
        for template, operation in self._by_shape.get((method.upper(), len(segments)), ()):
            if all(
                expected == given or (bool(given) and _is_parameter(expected))
                for expected, given in zip(template, segments, strict=True)
            ):
                return operation
        return None

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


def _operation(entry: dict[str, Any]) -> Operation:
    values: dict[str, Any] = {n: tuple(v) if isinstance(v, list) else v for n, v in entry.items()}
    return Operation(**values)
