"""Text with surrogates, which JSON escapes can spell and UTF-8 cannot."""

from __future__ import annotations

import re

_SURROGATE = re.compile("[\ud800-\udfff]")
_BASIC_PLANE = "\uffff"


def has_surrogates(text: str) -> bool:
    """Tell whether a text holds surrogates, paired or not."""
    return not text.isascii() and _SURROGATE.search(text) is not None


def paired(text: str) -> str:
    """Join surrogates that are a pair; a JSON reader has done so already, a dict may not have."""
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "surrogatepass")


def as_bytes_see_it(text: str) -> str:
    """Give a text as event-ruler's UTF-8 has it, where a surrogate without its other half is a question mark."""
    return _SURROGATE.sub("?", paired(text)) if has_surrogates(text) else text


def is_unit(character: str) -> bool:
    """Tell whether a character is one UTF-16 unit."""
    return character <= _BASIC_PLANE
