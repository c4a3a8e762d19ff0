"""How the event of a call is sent: in which form, how often, and how late."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from constructs_lib.events.errors import nearest
from constructs_lib.local.errors import LocalSaasusError
from constructs_lib.testing.event_variants import BODY_WRITERS, OTHER_TEXTS, RECORD_CHANGES, Variant
from constructs_lib.testing.samples import write_as_go

_FORMS: Final = (*BODY_WRITERS, *RECORD_CHANGES, *OTHER_TEXTS)


@dataclass(frozen=True, slots=True)
class Sending:
    """How events are sent.

    >>> Sending(variant="bodies pretty-printed", copies=2).form
    'bodies pretty-printed'

    Args:
        variant: The form: a `testing.Variant`, its name, or the part of its name after the event type. Default: the
            form of SaaSus's samples.
        copies: How often the event is sent: 2 for a duplicate, 0 for a lost event.
        delay: Seconds until it is sent. Its `time` is still that of the call.

    Raises:
        LocalSaasusError: The form does not exist.
    """

    variant: Variant | str | None = None
    copies: int = 1
    delay: float = 0.0

    def __post_init__(self) -> None:
        if self.form and self.form not in _FORMS:
            raise LocalSaasusError(
                f"{self.form!r} is not a form of an event.{nearest(self.form, _FORMS)} Expected a testing.Variant, its "
                f"name, or one of {', '.join(map(repr, _FORMS))}. Pass one of these."
            )

    @property
    def event_type(self) -> str:
        """The event type in the variant's name; empty if there is none."""
        name = self._name
        return "" if not name or name in _FORMS else name.partition(", ")[0]

    @property
    def form(self) -> str:
        """What is special about the event; empty if nothing is."""
        name = self._name
        return name if name in _FORMS else name.partition(", ")[2] or name

    @property
    def _name(self) -> str:
        return self.variant.name if isinstance(self.variant, Variant) else self.variant or ""

    def write_body(self, body: Any) -> str:
        """Write a body as text."""
        return BODY_WRITERS.get(self.form, write_as_go)(body)

    def change_record(self, record: dict[str, Any]) -> dict[str, Any]:
        """Change what SaaSus logged about the call."""
        change = RECORD_CHANGES.get(self.form)
        return record if change is None else change(record)

    def write_record(self, record: dict[str, Any]) -> Any:
        """Write what SaaSus logged about the call: as text, or as an object in the form of 2023."""
        write = OTHER_TEXTS.get(self.form)
        return write_as_go(record) if write is None else write(record)
