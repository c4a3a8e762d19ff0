"""How complex EventBridge finds a pattern's wildcards, by event-ruler's count.

EventBridge refuses a rule whose wildcards are "too complex" and does not publish the measure. event-ruler, the
engine that AWS opened, counts in `MachineComplexityEvaluator` how many beginnings of wildcards one text could be
in at once, in the worst case. The count here is the same, for the wildcards of one field taken together.

It can be computed without building the automaton, because a `*` once passed stays passed: in the worst text all `*`
of all wildcards are passed (each counts 1), and what else is open is every beginning of a piece between two `*` that
the end of the text agrees with. Strings are stored with their quotes, so the last piece ends with one.
"""

from __future__ import annotations

from collections import Counter, deque
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from constructs_lib.events.json_values import read_json
from constructs_lib.filters.ruler.texts import split_wildcard

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    _Alternative = tuple[tuple[tuple[str, ...], list[Any]], ...]


def wildcard_complexity(pattern: Mapping[str, Any] | str) -> int:
    """Return the count of a whole event pattern: that of its most complex field, all alternatives of `$or` together.

    The count can be too high for a pattern whose alternatives already differ in an earlier field, or with one
    `anything-but` of texts that begin alike, because these are counted as if they shared nothing. It is exact for the
    patterns of this library. What is not a pattern has a count of 0.

    >>> wildcard_complexity({"detail": {"event": [{"wildcard": '*"uri":"/v1/pricing/*'}]}})
    5

    Args:
        pattern: The pattern, a dict or JSON text.
    """
    by_field: dict[tuple[str, ...], list[tuple[str, ...]]] = {}
    for alternative in _alternatives(_read(pattern)):
        for path, matchers in alternative:
            by_field.setdefault(path, []).extend(texts for m in matchers if (texts := _wildcard_texts(m)))
    return max((_complexity(matchers) for matchers in by_field.values()), default=0)


def complexity_of_wildcards(texts: Iterable[str]) -> int:
    """Return the count of several different wildcards on one field."""
    return _complexity([(text,) for text in dict.fromkeys(texts)])


def has_wildcard(pattern: Mapping[str, Any] | str) -> bool:
    """Check whether a rule with the pattern, a dict or JSON text, counts against the quota of wildcard rules."""
    alternatives = _alternatives(_read(pattern))
    return any(_wildcard_texts(m) for alternative in alternatives for _, matchers in alternative for m in matchers)


def _read(pattern: Mapping[str, Any] | str) -> Mapping[str, Any]:
    if not isinstance(pattern, str):
        return pattern
    try:
        read = read_json(pattern)
    except ValueError:
        return {}
    return read if isinstance(read, dict) else {}


def _alternatives(pattern: Mapping[str, Any], path: tuple[str, ...] = ()) -> list[_Alternative]:
    """Return the pattern as event-ruler adds it: one set of fields for each way through the `$or`."""
    alternatives: list[_Alternative] = [()]
    for key, value in pattern.items():
        if key == "$or" and isinstance(value, list) and all(isinstance(choice, dict) and choice for choice in value):
            added = [alternative for choice in value for alternative in _alternatives(choice, path)]
        elif isinstance(value, dict):
            added = _alternatives(value, (*path, key))
        else:
            added = [(((*path, key), value if isinstance(value, list) else []),)]
        alternatives = [(*one, *other) for one in alternatives for other in added]
    return alternatives


def _wildcard_texts(matcher: object) -> tuple[str, ...]:
    if not isinstance(matcher, dict):
        return ()
    inner = matcher.get("anything-but")
    found = (inner if isinstance(inner, dict) else matcher).get("wildcard", ())
    texts = found if isinstance(found, list | tuple) else [found]
    return tuple(text for text in texts if isinstance(text, str))


def _complexity(matchers: list[tuple[str, ...]]) -> int:
    """Count for matchers on one field; the count is too high if they share more than their beginning."""
    given = ((n, _pieces(text)) for n, texts in enumerate(matchers) for text in dict.fromkeys(texts))
    wildcards = [(n, pieces) for n, pieces in given if pieces]
    heads = {pieces[0] for _, pieces in wildcards}
    together = max((_passed_and_open([w for w in wildcards if head.startswith(w[1][0])]) for head in heads), default=0)
    starts = {head[:length] for head in heads for length in range(1, len(head) + 1)}
    anchored = max((sum(_prefixes_matching(pieces, text) for _, pieces in wildcards) for text in starts), default=0)
    return max(together, anchored)


def _passed_and_open(wildcards: list[tuple[int, tuple[bytes, ...]]]) -> int:
    """Count for wildcards that can all match the beginning of one text."""
    with_star = [(n, pieces) for n, pieces in wildcards if len(pieces) > 1]
    # The texts of one `anything-but` share their first `*`, and so does a wildcard that is in several matchers.
    lists = {n for n, count in Counter(n for n, _ in with_star).items() if count > 1}
    first = {(n, pieces[0]) if n in lists else pieces for n, pieces in with_star}
    passed = len(first) + sum(len(pieces) - 2 for _, pieces in with_star)
    return passed + _most_open(piece for _, pieces in with_star for piece in pieces[1:])


@lru_cache(maxsize=1024)
def _pieces(wildcard: str) -> tuple[bytes, ...]:
    """Return the texts around the `*` as event-ruler stores them, with quotes; none for a wildcard it refuses."""
    try:
        first, *others = split_wildcard(wildcard)
    except ValueError:
        return ()
    pieces = [f'"{first}', *others]
    pieces[-1] += '"'
    return tuple(piece.encode(errors="surrogatepass") for piece in pieces)


def _most_open(pieces: Iterable[bytes]) -> int:
    """Count how many beginnings of pieces a text can end with at once, for the text with the most.

    The method is Aho-Corasick's: the tree of all beginnings, each linked to the longest beginning that it ends with.
    """
    following: list[dict[int, int]] = [{}]
    times = [0]
    for piece in pieces:
        place = 0
        for byte in piece:
            place = following[place].setdefault(byte, len(times))
            if place == len(times):
                following.append({})
                times.append(0)
            times[place] += 1
    ends_with = [0] * len(times)
    open_at = [0] * len(times)
    waiting = deque([0])
    while waiting:
        place = waiting.popleft()
        for byte, longer in following[place].items():
            shorter = ends_with[place]
            while shorter and byte not in following[shorter]:
                shorter = ends_with[shorter]
            ends_with[longer] = following[shorter].get(byte, 0) if place else 0
            open_at[longer] = times[longer] + open_at[ends_with[longer]]
            waiting.append(longer)
    return max(open_at)


def _prefixes_matching(pieces: tuple[bytes, ...], text: bytes) -> int:
    """Count the beginnings of one wildcard that match a whole text."""
    count, length = 0, len(text)
    starts = range(1)
    for number, piece in enumerate(pieces):
        longest = range(max(starts.start, length - len(piece)), min(starts.stop, length))
        count += sum(piece.startswith(text[start:]) for start in longest)
        found = text.find(piece, starts.start, starts.stop - 1 + len(piece))
        if found < 0 or number == len(pieces) - 1:
            break
        count += 1
        starts = range(found + len(piece), length + 1)
    return count
