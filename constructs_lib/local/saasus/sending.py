"""How the event of a call goes out: in which form, how often, how late."""

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
    """How events go out.

    >>> Sending(variant="bodies pretty-printed", copies=2).form
    'bodies pretty-printed'

    Args:
        variant: The form: a `testing.Variant`, its name, or the part of its name after the event_type. None is the
            form of SaaSus's samples.
        copies: How often the event is sent: 2 for a duplicate, 0 for an event that is lost.
        delay: Seconds until it is sent; its `time` is the call's all the same.

    Raises:
        LocalSaasusError: There is no such form.
    """

    variant: Variant | str | None = None
    copies: int = 1
    delay: float = 0.0

    def __post_init__(self) -> None:
        if self.form and self.form not in _FORMS:
            raise LocalSaasusError(
                f"{self.form!r} is no form of an event.{nearest(self.form, _FORMS)} Allowed is a testing.Variant, its "
                f"name, or one of {', '.join(map(repr, _FORMS))}. Give one of them."
            )

    @property
    def event_type(self) -> str:
        """The event_type that the variant names; empty when it names none."""
        name = self._name
        return "" if not name or name in _FORMS else name.partition(", ")[0]

    @property
    def form(self) -> str:
        """What is special about the event; empty when nothing is."""
        name = self._name
        return name if name in _FORMS else name.partition(", ")[2] or name

    @property
    def _name(self) -> str:
        return self.variant.name if isinstance(self.variant, Variant) else self.variant or ""

    def write_body(self, body: Any) -> str:
        """Write a body as text."""
        return BODY_WRITERS.get(self.form, write_as_go)(body)

    def change_record(self, record: dict[str, Any]) -> dict[str, Any]:
        """Change what SaaSus logged of the call."""
        change = RECORD_CHANGES.get(self.form)
        return record if change is None else change(record)

    def write_record(self, record: dict[str, Any]) -> Any:
        """Write what SaaSus logged of the call: text, or an object in the form of 2023."""
        write = OTHER_TEXTS.get(self.form)
        return write_as_go(record) if write is None else write(record)
