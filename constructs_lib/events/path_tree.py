"""Path templates as a tree, in which a path's own segments lead to the template that fits it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

    from constructs_lib.events.operation import Operation

    _Node = dict[str | None, Any]

_PARAMETER: Final = "{}"
"""The key of what follows any value of a parameter. The key of the operation itself is None."""


class PathTree:
    """The operations of one HTTP method by path.

    Args:
        operations: Of two with the same path, the first counts.
    """

    def __init__(self, operations: Iterable[Operation]) -> None:
        root: _Node = {}
        for operation in operations:
            node = root
            for segment in operation.path.split("/"):
                node = node.setdefault(_PARAMETER if segment.startswith("{") else segment, {})
            node.setdefault(None, operation)
        self._root = _with_one_way(root)
        _refuse_empty(self._root)

    def find(self, uri: str) -> Operation | None:
        """Return the operation whose path fits, with the leftmost literals if several do; None if none does."""
        return self.at((uri.partition("?")[0] if "?" in uri else uri).split("/"))

    def at(self, segments: list[str]) -> Operation | None:
        """Return what `find` does, for the segments of a path."""
        node = self._root
        try:
            for segment in segments:
                node = node.get(segment) or node[_PARAMETER]
        except KeyError:
            return None
        return node.get(None)


def _with_one_way(node: _Node) -> _Node:
    """Return a tree in which one way down finds a path's template, without going back.

    Each literal also leads to what a parameter in its place leads to, unless it leads elsewhere itself.
    """
    found = {segment: below if segment is None else _with_one_way(below) for segment, below in node.items()}
    parameter = found.get(_PARAMETER)
    if parameter is not None:
        for segment, below in found.items():
            if segment not in (None, _PARAMETER):
                found[segment] = _or_else(below, parameter)
    return found


def _or_else(node: _Node, other: _Node) -> _Node:
    """Return a tree that leads where one tree does, or else where the other does."""
    found: _Node = {}
    for segment in (*node, *other):
        if segment is None:
            found[None] = node.get(None) or other.get(None)
        elif segment not in found:
            ours, theirs = (tree.get(segment) or tree.get(_PARAMETER) for tree in (node, other))
            found[segment] = _or_else(ours, theirs) if ours and theirs else ours or theirs
    return found


def _refuse_empty(node: _Node) -> None:
    """Let an empty segment in a parameter's place lead nowhere: a parameter is never empty."""
    for segment, below in node.items():
        if segment is not None:
            _refuse_empty(below)
    if _PARAMETER in node:
        node[""] = {None: None}
