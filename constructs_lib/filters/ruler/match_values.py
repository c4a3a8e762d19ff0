"""What an element of a pattern's array accepts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from constructs_lib.filters.ruler.addresses import AddressRange
    from constructs_lib.filters.ruler.numbers import NumericRange


@dataclass(frozen=True)
class ExactString:
    """A string equal to this one."""

    text: str


@dataclass(frozen=True)
class ExactLiteral:
    """A `true`, `false`, `null` or a number spelled like this."""

    text: str


@dataclass(frozen=True)
class ExactNumber:
    """A number equal to this one."""

    number: float


@dataclass(frozen=True)
class Numbers:
    """A number in a range."""

    numbers: NumericRange


@dataclass(frozen=True)
class Addresses:
    """A string that is an IP address in a range."""

    addresses: AddressRange


@dataclass(frozen=True)
class Prefix:
    """A string that begins like this; see `texts` for what is loose."""

    text: str
    ignore_case: bool = False
    loose: bool = False


@dataclass(frozen=True)
class Suffix:
    """A string that ends like this; see `texts` for what is loose."""

    text: str
    ignore_case: bool = False
    loose: bool = False


@dataclass(frozen=True)
class IgnoreCase:
    """A string equal to this one regardless of case; see `texts` for what is loose."""

    text: str
    loose: bool = False


@dataclass(frozen=True)
class Wildcard:
    """A string like this, where `*` is any run of characters."""

    text: str
    pieces: tuple[str, ...]


@dataclass(frozen=True)
class Exists:
    """Any value, or none at all."""

    present: bool


PositiveStringMatch = ExactString | Prefix | Suffix | IgnoreCase | Wildcard


@dataclass(frozen=True)
class AnythingBut:
    """Any value except strings that one of these accepts; all are of one kind."""

    kind: str
    excluded: frozenset[PositiveStringMatch]


@dataclass(frozen=True)
class AnythingButNumbers:
    """Any value except these numbers."""

    excluded: frozenset[float]


MatchValue = (
    PositiveStringMatch | ExactLiteral | ExactNumber | Numbers | Addresses | Exists | AnythingBut | AnythingButNumbers
)


@dataclass(frozen=True)
class Reading:
    """How the engine reads an event's value for all the tests that it applies at the same time.

    Attributes:
        numbers: Whether a number is compared as a number, not as text.
        addresses: Whether a string is tried as an IP address.
    """

    numbers: bool = False
    addresses: bool = False

    def __or__(self, other: Reading) -> Reading:
        return Reading(self.numbers or other.numbers, self.addresses or other.addresses)


def reading_of(values: Iterable[MatchValue]) -> Reading:
    """Return how the engine reads values for these tests."""
    kinds = {type(value) for value in values}
    return Reading(not kinds.isdisjoint((Numbers, ExactNumber, AnythingButNumbers)), Addresses in kinds)
