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
        self._root: _Node = {}
        for operation in operations:
            node = self._root
            for segment in operation.path.split("/"):
                node = node.setdefault(_PARAMETER if segment.startswith("{") else segment, {})
            node.setdefault(None, operation)
        _prefer_literals(self._root)

    def find(self, uri: str) -> Operation | None:
        """Return the operation whose path fits, with the leftmost literals if several do; None if none does."""
        node = self._root
        try:
            for segment in (uri.partition("?")[0] if "?" in uri else uri).split("/"):
                node = node.get(segment) or node[_PARAMETER]
        except KeyError:
            return None
        return node.get(None)


def _prefer_literals(node: _Node) -> None:
    """Let each literal also lead to what a parameter in its place leads to, unless it leads elsewhere itself.

    So one way down finds the path, without going back.
    """
    parameter = node.get(_PARAMETER)
    for segment, below in node.items():
        if segment is not None:
            if parameter is not None and below is not parameter:
                _add_missing(below, parameter)
            _prefer_literals(below)
    if parameter is not None:
        node.setdefault("", {None: None})  # a parameter is never empty


def _add_missing(node: _Node, other: _Node) -> None:
    for segment, below in other.items():
        if segment is None:
            node.setdefault(None, below)
        else:
            _add_missing(node.setdefault(segment, {}), below)
