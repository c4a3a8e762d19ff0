"""JSON for the standard output, in whatever encoding the terminal has."""

from __future__ import annotations

import json
import re
import sys
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterator


_NEVER_AS_IT_IS: Final = re.compile("[\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")


def as_json(value: Any, *, indent: int | None = None) -> str:
    r"""Write JSON: on one line, or indented.

    Characters are written as they are if the standard output can show them, and as `\u…` otherwise. Always escaped are
    half a surrogate pair, which an event can contain but no encoding can, and whatever breaks a line or controls a
    terminal. A value that is nested too deeply for Python's own writer is written on one line.
    """
    text = _NEVER_AS_IT_IS.sub(lambda found: f"\\u{ord(found[0]):04x}", _written(value, indent, ensure_ascii=False))
    try:
        text.encode(getattr(sys.stdout, "encoding", None) or "utf-8")
    except (UnicodeEncodeError, LookupError):
        return _written(value, indent, ensure_ascii=True)
    return text


def _written(value: Any, indent: int | None, *, ensure_ascii: bool) -> str:
    separators = (",", ":") if indent is None else None
    try:
        return json.dumps(value, ensure_ascii=ensure_ascii, indent=indent, separators=separators)
    except RecursionError:
        return "".join(_symbols(value, ensure_ascii=ensure_ascii))


def _symbols(value: Any, *, ensure_ascii: bool) -> Iterator[str]:
    """Return the symbols of a value's JSON, without recursion."""
    # Symbols and values that are still to be written, the last one first.
    left: list[tuple[bool, Any]] = [(False, value)]
    while left:
        is_symbol, item = left.pop()
        if is_symbol:
            yield item
        elif isinstance(item, dict):
            left.append((True, "}"))
            for number, (key, inner) in reversed(list(enumerate(item.items()))):
                left += [(False, inner), (True, f"{json.dumps(str(key), ensure_ascii=ensure_ascii)}:")]
                if number:
                    left.append((True, ","))
            yield "{"
        elif isinstance(item, (list, tuple)):
            left.append((True, "]"))
            for number, inner in reversed(list(enumerate(item))):
                left.append((False, inner))
                if number:
                    left.append((True, ","))
            yield "["
        else:
            yield json.dumps(item, ensure_ascii=ensure_ascii)
