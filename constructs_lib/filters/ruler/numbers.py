"""Numbers as EventBridge compares them: exactly, and only those that a double can hold."""

from __future__ import annotations

import math
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

_WHOLE = 2**53
_LONG = 2**63
_SCALE = 2**31


def comparable(text: str) -> float | None:
    """Return the number that a JSON number's text spells; None if EventBridge compares only its text.

    A number is comparable if the shortest decimal that spells its double is the number itself: 0.1 is,
    0.10000000000000001 and 1e400 are not.
    """
    try:
        number = float(text)
        exact = Decimal(text)
    except (ValueError, InvalidOperation, OverflowError):
        return None
    if number in (float("inf"), float("-inf")) or Decimal(_java_text(number)) != exact:
        return None
    if not number and not -_SCALE < int(exact.as_tuple().exponent) <= _SCALE:
        return None
    return number


def _java_text(number: float) -> str:
    """Return the decimal that Java writes for a double, up to version 17.

    EventBridge's comparison was measured with it.
    """
    if _WHOLE < abs(number) < _LONG:
        # For a large integer, Java writes all digits except those below half of the double's precision.
        digits = int(math.log10(2 ** max(math.frexp(number)[1] - 55, 0)))
        unit = 10**digits
        rounded = (abs(int(number)) + unit // 2) // unit * unit
        return str(rounded if number > 0 else -rounded)
    # Other numbers have at least two digits, the nearest ones: 4.9E-324 for Python's 5e-324.
    two_digits = f"{number:.1e}"
    return two_digits if float(two_digits) == number else repr(number)


def comparable_int(number: int) -> float | None:
    """Return what `comparable` returns for the text of an integer."""
    return float(number) if -_WHOLE <= number <= _WHOLE else comparable(str(number))


@dataclass(frozen=True)
class NumericRange:
    """The numbers between two bounds, each of which can be excluded."""

    bottom: float
    open_bottom: bool
    top: float
    open_top: bool

    def __contains__(self, number: float) -> bool:
        above = self.bottom < number if self.open_bottom else self.bottom <= number
        return above and (number < self.top if self.open_top else number <= self.top)
