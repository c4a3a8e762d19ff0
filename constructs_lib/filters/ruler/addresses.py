"""IP addresses as EventBridge compares them: as hexadecimal digits, from the left.

event-ruler decides a range as soon as it has seen enough digits, and ignores the rest. So an IPv6 address can fall
into an IPv4 range (by its first eight digits), and a number into either (by its decimal digits). This module does the
same, because EventBridge's verdict is what counts.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_V4 = re.compile(r"[0-9]+\.[0-9]+\.[0-9]+\.[0-9]+\Z")
_V6 = re.compile(r"[0-9a-fA-F:]*:[0-9a-fA-F:]*\Z")
_HEX = "0123456789ABCDEF"
_MAPPED = "00000000000000000000FFFF"
# Java reads no text longer than this as an IPv4 address, however many leading zeros it has.
_V4_LENGTH = 15


def _v4_digits(text: str) -> str | None:
    if len(text) > _V4_LENGTH:
        return None
    numbers = [int(part) for part in text.split(".")]
    return "".join(f"{number:02X}" for number in numbers) if max(numbers) <= 0xFF else None


def _groups(text: str) -> list[int] | None:
    parts = text.split(":") if text else []
    if not all(parts):
        return None
    groups = [int(part, 16) for part in parts]
    return groups if all(group <= 0xFFFF for group in groups) else None


def _v6_digits(text: str) -> str | None:
    head_text, gap, tail_text = text.partition("::")
    head, tail = _groups(head_text), _groups(tail_text)
    if head is None or tail is None:
        return None
    missing = 8 - len(head) - len(tail)
    if (missing < 1) if gap else (missing != 0):
        return None
    digits = "".join(f"{group:04X}" for group in (*head, *[0] * missing, *tail))
    return digits[len(_MAPPED) :] if digits.startswith(_MAPPED) else digits


def address_digits(text: str) -> str | None:
    """Return the 8 or 32 hexadecimal digits of an IP address; None if the text is not an address."""
    if _V4.match(text):
        return _v4_digits(text)
    return _v6_digits(text) if _V6.match(text) else None


@dataclass(frozen=True)
class AddressRange:
    """The IP addresses between two others, or one address."""

    bottom: str
    top: str

    def __contains__(self, text: str) -> bool:
        """Check whether the text's first digits are in the range; `text` is digits or a JSON number."""
        if text.startswith((self.bottom, self.top)):
            return True
        above = below = False
        for position, digit in enumerate(text[: len(self.bottom)]):
            if digit not in _HEX:
                return False
            low, high = self.bottom[position], self.top[position]
            if not above:
                if digit < low:
                    return False
                above = digit > low
            if not below:
                if digit > high:
                    return False
                below = digit < high
            if above and below:
                return True
        return False


def parse_cidr(text: str) -> AddressRange:
    """Parse a CIDR block, such as `10.0.0.0/8` or `2001:db8::/32`.

    Raises:
        ValueError: The text is not a CIDR block; the message says why.
    """
    address, *rest = text.rstrip("/").split("/")
    if len(rest) != 1:
        msg = f"{text!r} is not a CIDR block. Expected an address, one slash and a number of bits, as in 10.0.0.0/8"
        raise ValueError(msg)
    digits = address_digits(address)
    if digits is None:
        msg = f"{address!r} is not an IP address. Expected one such as 10.0.0.0 or 2001:db8::"
        raise ValueError(msg)
    if not re.fullmatch(r"[+-]?[0-9]+", rest[0]):
        msg = f"{rest[0]!r} is not a number of bits. Expected 0 to {len(digits) * 4 - 1}"
        raise ValueError(msg)
    bits, width = int(rest[0]), len(digits) * 4
    if not 0 <= bits < width:
        msg = f"{bits} is not a number of bits for {address}. Expected 0 to {width - 1}"
        raise ValueError(msg)
    free = (1 << (width - bits)) - 1
    number = int(digits, 16)
    return AddressRange(f"{number & ~free:0{len(digits)}X}", f"{number | free:0{len(digits)}X}")
