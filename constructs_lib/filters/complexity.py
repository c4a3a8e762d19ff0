r"""How complex EventBridge finds a pattern's wildcards, by event-ruler's count.

EventBridge refuses a rule whose wildcards are "too complex" and does not publish the measure. event-ruler, the
engine that AWS opened, counts in `MachineComplexityEvaluator` how many beginnings of wildcards one text could be
in at once, in the worst case. The count here is the same, for the wildcards of one field taken together.

Why it can be computed without building the automaton: a `*` once passed stays passed, so in the worst text all
`*` of all wildcards are passed (each counts 1), and what else is open is every beginning of a piece between two
`*` that the text's end agrees with. Strings are stored with their quotes, so the last piece ends with one.
"""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping


def wildcard_complexity(pattern: Mapping[str, Any]) -> int:
    """Give the count of a whole event pattern: that of its most complex field, all `$or` branches together.

    Branches that other fields before tell apart are counted together, so the count can be too high by that; it
    is exact for the patterns of this library.

    >>> wildcard_complexity({"detail": {"event": [{"wildcard": '*"uri":"/v1/pricing/*'}]}})
    5
    """
    by_field: dict[tuple[str, ...], set[str]] = {}
    for path, wildcard in wildcards(pattern):
        by_field.setdefault(path, set()).add(wildcard)
    return max((complexity_of_wildcards(found) for found in by_field.values()), default=0)


def complexity_of_wildcards(texts: Iterable[str]) -> int:
    """Give the count of several wildcards on one field."""
    patterns = {tuple(_pieces(text)) for text in texts}
    passed = sum(len(pieces) - 1 for pieces in patterns)
    beginnings = Counter(
        piece[:length] for pieces in patterns for piece in pieces[1:] for length in range(1, len(piece) + 1)
    )
    most = max((_open(beginnings, text) for text in beginnings), default=0)
    heads = {pieces[0][:length] for pieces in patterns for length in range(1, len(pieces[0]) + 1)}
    anchored = max((sum(_prefixes_matching(p, text) for p in patterns) for text in heads), default=0)
    return max(passed + most, anchored)


def wildcards(pattern: Mapping[str, Any], path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], str]]:
    """Give the field and text of every wildcard in a pattern, also those in `$or` and `anything-but`."""
    for key, value in pattern.items():
        if isinstance(value, dict):
            yield from wildcards(value, (*path, key))
        elif key == "$or" and all(isinstance(branch, dict) and branch for branch in value):
            for branch in value:
                yield from wildcards(branch, path)
        else:
            for item in value:
                for text in _wildcard_texts(item):
                    yield (*path, key), text


def _wildcard_texts(item: object) -> Iterator[str]:
    if not isinstance(item, dict):
        return
    inner = item.get("anything-but")
    found = (inner if isinstance(inner, dict) else item).get("wildcard", ())
    yield from (found,) if isinstance(found, str) else found


def _pieces(wildcard: str) -> Iterator[bytes]:
    """Give the texts around the `*`, unescaped, in UTF-8, with the quotes that event-ruler stores."""
    piece = '"'
    characters = iter(wildcard)
    for character in characters:
        if character == "*":
            yield piece.encode()
            piece = ""
        else:
            piece += next(characters, "\\") if character == "\\" else character
    yield (piece + '"').encode()


def _open(beginnings: Counter[bytes], text: bytes) -> int:
    return sum(beginnings[text[start:]] for start in range(len(text)))


def _prefixes_matching(pieces: tuple[bytes, ...], text: bytes) -> int:
    """Count the beginnings of one wildcard that match a whole text."""
    count, starts = 0, {0}
    for number, piece in enumerate(pieces):
        count += sum(any(text[start:] == piece[:length] for start in starts) for length in range(1, len(piece) + 1))
        ends = {start + len(piece) for start in starts if text.startswith(piece, start)}
        if not ends or number == len(pieces) - 1:
            break
        count += 1
        starts = set(range(min(ends), len(text) + 1))
    return count


def pattern_size(pattern: Mapping[str, Any]) -> int:
    """Give the length of a pattern as compact JSON, which is what EventBridge's quota counts."""
    return len(json.dumps(pattern, ensure_ascii=False, separators=(",", ":")))
