"""What is confirmed about SaaSus's events, because somebody saw it in their own account."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from constructs_lib.events.errors import InvalidKnownEvents, nearest
from constructs_lib.events.json_values import in_short, read_json
from constructs_lib.events.operations import operations

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from constructs_lib.events.operation import Operation

EVENT_TYPES_KEY: Final = "saasus:eventTypes"
BODY_FORMS_KEY: Final = "saasus:bodyForms"

BODY_FORMS: Final = ("compact-go", "compact-plain", "compact-ascii", "spaced-go", "spaced-plain", "spaced-ascii")
r"""The forms in which a body's JSON can be written: the space after a colon, and which letters are escaped.

`compact` has no space after a colon, `spaced` has one (so does pretty-printed text). `go` writes `<`, `>` and `&` as
`\u003c` and so on, `ascii` writes everything beyond ASCII as `\uXXXX`, `plain` escapes only what it must.
"""


@dataclass(frozen=True, slots=True)
class KnownEvents:
    """Confirmed event types, and the confirmed forms of bodies.

    This is what `saasus-events learn` writes to a file or to the CDK context:

    ```json
    {"saasus:eventTypes": {"auth.delete_saas_user": "delete_saas_user"}, "saasus:bodyForms": ["compact-go"]}
    ```

    Args:
        event_types: The confirmed names of each operation, as sorted pairs of `api.name` and names. Default: none.
        body_forms: The forms of `BODY_FORMS` that were seen. Default: unknown, so any.
    """

    event_types: tuple[tuple[str, tuple[str, ...]], ...] = ()
    body_forms: tuple[str, ...] | None = None

    @classmethod
    def of(cls, event_types: Mapping[str, object], body_forms: Iterable[str] | None = None) -> KnownEvents:
        """Make the value from names by operation: `auth.delete_saas_user`, or `delete_saas_user` if one API has it.

        Raises:
            UnknownOperation: An operation's name is not in the catalog.
            AmbiguousOperation: Operations of several APIs have the name.
            InvalidKnownEvents: An event type is not a string, or a body form is not one of `BODY_FORMS`.
        """
        names: dict[str, set[str]] = {}
        for key, value in event_types.items():
            given: list[object] = list(value) if isinstance(value, (list, tuple, set, frozenset)) else [value]
            for event_type in given:
                if not (isinstance(event_type, str) and event_type):
                    raise InvalidKnownEvents(
                        f"{in_short(event_type)} is not an event type of {in_short(key)}. Expected a string, or a list "
                        "of strings, as in an event's detail.event_type. Correct it, or remove the entry."
                    )
                names.setdefault(str(operations[key]), set()).add(event_type)
        given_forms: list[object] = [] if body_forms is None else list(body_forms)
        for form in given_forms:
            if form not in BODY_FORMS:
                hint = nearest(form, BODY_FORMS) if isinstance(form, str) else ""
                raise InvalidKnownEvents(
                    f"{in_short(form)} is not a form of a body.{hint} "
                    f"Expected {', '.join(BODY_FORMS)}. Correct it, or remove the list to accept all forms."
                )
        return cls(
            tuple(sorted((key, tuple(sorted(found))) for key, found in names.items() if found)),
            tuple(form for form in sorted(BODY_FORMS) if form in given_forms) or None,
        )

    @classmethod
    def from_context(cls, get: Callable[[str], Any]) -> KnownEvents:
        """Read the CDK context: `KnownEvents.from_context(stack.node.try_get_context)`.

        Raises:
            InvalidKnownEvents: The context does not have the form of the example above.
            UnknownOperation: An operation's name is not in the catalog.
        """
        event_types, body_forms = get(EVENT_TYPES_KEY), get(BODY_FORMS_KEY)
        if not isinstance(event_types, (dict, type(None))):
            raise InvalidKnownEvents(
                f"{EVENT_TYPES_KEY!r} is {in_short(event_types)}. Expected an object from operation to event type, "
                'such as {"auth.delete_saas_user": "delete_saas_user"}. Let `saasus-events learn` write it.'
            )
        if not isinstance(body_forms, (list, type(None))):
            raise InvalidKnownEvents(
                f"{BODY_FORMS_KEY!r} is {in_short(body_forms)}. Expected a list of {', '.join(BODY_FORMS)}. "
                "Let `saasus-events learn` write it."
            )
        return cls.of(event_types or {}, body_forms)

    @classmethod
    def from_file(cls, path: str | Path) -> KnownEvents:
        """Read a file with the keys of the CDK context.

        Raises:
            InvalidKnownEvents: The file is not a JSON object, or has other keys.
            OSError: The file cannot be read.
        """
        try:
            content = read_json(Path(path).read_text(encoding="utf-8"))
        except ValueError as error:
            raise InvalidKnownEvents(
                f"{path} is not JSON ({error}). Expected an object with {EVENT_TYPES_KEY!r} and "
                f"{BODY_FORMS_KEY!r}. Let `saasus-events learn` write it."
            ) from error
        allowed = {EVENT_TYPES_KEY, BODY_FORMS_KEY}
        unknown = sorted(set(content) - allowed) if isinstance(content, dict) else [content]
        if unknown:
            raise InvalidKnownEvents(
                f"{path} has {in_short(unknown[0])}. Expected an object with only {EVENT_TYPES_KEY!r} and "
                f"{BODY_FORMS_KEY!r}. Let `saasus-events learn` write it."
            )
        return cls.from_context(content.get)

    def to_dict(self) -> dict[str, Any]:
        """Return the content of the file, which is also that of the CDK context."""
        content: dict[str, Any] = {
            EVENT_TYPES_KEY: {key: names[0] if len(names) == 1 else list(names) for key, names in self.event_types}
        }
        if self.body_forms is not None:
            content[BODY_FORMS_KEY] = list(self.body_forms)
        return content

    def names_of(self, operation: Operation) -> tuple[str, ...]:
        """Return the names to expect in the operation's events: confirmed, or else documented or derived."""
        if not self.event_types:  # the common case, asked for every operation of every route
            return operation.event_types
        return dict(self.event_types).get(str(operation), operation.event_types)

    def is_certain(self, operation: Operation) -> bool:
        """Check whether the operation's name is documented or confirmed, so that the name alone decides."""
        return operation.documented or str(operation) in dict(self.event_types)


NOTHING_KNOWN: Final = KnownEvents()
"""Nothing is confirmed yet: only what SaaSus documents is certain."""
