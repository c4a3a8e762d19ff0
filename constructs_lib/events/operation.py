"""One operation of SaaSus's API, and the group of those of one API."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from constructs_lib.events.errors import UnknownOperation, nearest
from constructs_lib.events.typed_bodies import RequestT_co, ResponseT_co, TypedBodies
from constructs_lib.events.value import Value

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


class Operation(Value, TypedBodies[RequestT_co, ResponseT_co]):
    """One operation of SaaSus's API that causes an event: `operations.auth.create_tenant`.

    The facts are from SaaSus's OpenAPI files, and from its SDKs if these know more. Only `event_types` is derived,
    unless it is `documented`.

    To type checkers it is an `Operation[RequestT, ResponseT]`, with the types of its request body and of the response
    body of a success (None: no body), and so is what `SaasusEvent.of` and `EventFilter.of` make of it.
    """

    api: str
    """SaaSus's name for the API, as in the URL: `auth`, `pricing`, …"""
    name: str
    """The operation's id in snake case; unique in its API."""
    operation_id: str
    """The id in SaaSus's OpenAPI file: `CreateTenant`."""
    method: str
    """The HTTP method, upper case."""
    path: str
    """The template of the event's `uri`: `/v1/auth/tenants/{tenant_id}`."""
    path_params: tuple[str, ...]
    """The names in the template's braces, in order."""
    event_types: tuple[str, ...]
    """The documented `detail.event_type`, or else every plausible spelling of it, the likeliest first.

    Names from before SaaSus renamed the operation come last.
    """
    documented: bool
    """Whether SaaSus's documentation shows the event_type. If not, only `method` and `path` are certain."""
    success_status: int
    """The HTTP status of a success, according to the OpenAPI file."""
    request_fields: Mapping[str, str]
    """The top-level fields of the request body with their JSON type."""
    response_fields: Mapping[str, str]
    """The top-level fields of the response body of a success with their JSON type."""
    error_fields: Mapping[str, str]
    """The top-level fields of the response body of an error with their JSON type."""
    free_form_fields: tuple[str, ...]
    """Paths of the objects that can have any field: `request_body.attributes`."""
    secret_fields: tuple[str, ...]
    """Paths of secrets: `request_body.password`, `response_body.keys[].secret`, `uri.api_key`."""
    personal_fields: tuple[str, ...]
    """Paths of personal data, in the same notation."""
    corroborated: bool = False
    """Whether SaaSus uses the name elsewhere beside documented ones: likelier than derived, but not certain."""
    retired: bool = False
    """Whether SaaSus removed the operation from its API files. Its consoles may still call it; its bodies are unknown.

    Such an operation is not one of `operations`, and filters do not match it.
    """

    def place_of(self, parameter: str) -> int | None:
        """Return the position of a path parameter among the path's segments; None if the path does not have it.

        >>> from constructs_lib import operations as op
        >>> op.auth.delete_tenant.place_of("tenant_id"), "/v1/auth/tenants/{tenant_id}".split("/")[4]
        (4, '{tenant_id}')
        """
        try:
            places: dict[str, int] = self.__dict__["_places"]
        except KeyError:
            segments = enumerate(self.path.split("/"))
            places = self.__dict__["_places"] = {name[1:-1]: place for place, name in segments if name[:1] == "{"}
        return places.get(parameter)

    @property
    def known_from(self) -> Literal["documented", "corroborated", "derived"]:
        """The source of the likeliest event_type: certain, likely or guessed."""
        return "documented" if self.documented else "corroborated" if self.corroborated else "derived"

    def __hash__(self) -> int:
        return hash((self.api, self.name, self.path))

    def __repr__(self) -> str:
        return f"<retired operation {self.api}.{self.name}>" if self.retired else f"operations.{self}"

    def __str__(self) -> str:
        try:
            text: str = self.__dict__["_text"]  # asked for with every event
        except KeyError:
            text = self.__dict__["_text"] = f"{self.api}.{self.name}{' (retired)' if self.retired else ''}"
        return text


class OperationGroup:
    """The operations of one of SaaSus's APIs: `operations.auth`.

    An operation is an attribute (`.create_tenant`) or an item (`["create_tenant"]`).
    """

    def __init__(self, api: str, operations: Mapping[str, Operation]) -> None:
        self._api = api
        self._operations = operations

    @property
    def api(self) -> str:
        """SaaSus's name for the API, as in the URL."""
        return self._api

    @property
    def path_prefix(self) -> str:
        """The beginning of the `uri` in every event of the API: `/v1/auth/`."""
        return f"/v1/{self._api}/"

    def __getitem__(self, name: str) -> Operation:
        if name in self._operations:
            return self._operations[name]
        raise UnknownOperation(
            f"SaaSus's {self._api} API has no operation {name!r}.{nearest(name, self._operations)} Expected one of its "
            f"{len(self)} operations, which dir(operations.{self._api}) lists."
        )

    if not TYPE_CHECKING:  # the generated subclasses name every operation, so that a typo is a type error

        def __getattr__(self, name: str) -> Operation:
            if name.startswith("_"):
                raise AttributeError(name)
            return self[name]

    def __iter__(self) -> Iterator[Operation]:
        return iter(self._operations.values())

    def __len__(self) -> int:
        return len(self._operations)

    def __contains__(self, item: object) -> bool:
        if isinstance(item, Operation):
            return self._operations.get(item.name) == item
        return item in self._operations

    def __dir__(self) -> list[str]:
        return [*super().__dir__(), *self._operations]

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, OperationGroup):
            return NotImplemented
        return (self._api, self._operations) == (other._api, other._operations)

    def __hash__(self) -> int:
        return hash((OperationGroup, self._api))

    def __repr__(self) -> str:
        return f"operations.{self._api}"
