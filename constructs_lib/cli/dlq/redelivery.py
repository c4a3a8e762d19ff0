"""What a redrive does with one dead letter: planned first, done only when asked for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from constructs_lib.events.errors import SaasusEventsError

if TYPE_CHECKING:
    from collections.abc import Callable


class CannotRedrive(SaasusEventsError):
    """A dead letter cannot be sent again in this way."""


@dataclass(frozen=True)
class Redelivery:
    """A delivery that is ready to be made."""

    says: str
    """What it does, such as `Lambda Invoke onboard`."""
    send: Callable[[], None]
    """Does it; raises `SaasusEventsError` when it was not taken."""
