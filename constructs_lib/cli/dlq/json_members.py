"""The text of an object's member, letter by letter as it stands in a JSON text.

Reading and writing JSON again changes it: numbers lose digits, a repeated key its first value, escapes their form.
What is sent again has to be what failed.
"""

from __future__ import annotations

import re
from typing import Final

from constructs_lib.events.json_values import read_json

_SYMBOL: Final = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"|[\[\]{}:,]', re.DOTALL)


def member_text(text: str, name: str) -> str:
    """Give the text of a member's value; of a repeated member the last one's.

    Args:
        text: a JSON object, known to be valid.
        name: the member's name.

    Raises:
        KeyError: the object has no such member.
    """
    depth, start, key, wanted = 0, 0, "", ""
    value: str | None = None
    for found in _SYMBOL.finditer(text):
        mark = found[0]
        if depth == 1:
            if mark[0] == '"' and not wanted:
                key = mark
            elif mark == ":":
                start = found.end()
                wanted = key
            elif mark in ",}" and wanted:
                if read_json(wanted) == name:
                    value = text[start : found.start()].strip(" \t\n\r")
                wanted = ""
        if mark in "[{":
            depth += 1
        elif mark in "]}":
            depth -= 1
    if value is None:
        raise KeyError(name)
    return value
