"""`filter`'s options on the commands that read events, and what they select."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from constructs_lib.cli.filter import FILTER, filter_of
from constructs_lib.filters.event_filter import EventFilter

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

# These say what `filter` prints, not which events it means.
_OF_FILTER_ALONE = frozenset({"--json", "--known"})


def add_selection_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options that `saasus-events filter` has for a filter."""
    FILTER.add_arguments(_Passed(parser.add_argument_group("filter", "which events; as in `saasus-events filter`")))


class _Passed(argparse.ArgumentParser):
    """Takes the arguments of `filter`, and passes on those that describe the filter."""

    def __init__(self, group: argparse._ArgumentGroup) -> None:
        super().__init__(add_help=False)
        self._group = group

    def add_argument(self, *names: Any, **settings: Any) -> argparse.Action:
        kept = _OF_FILTER_ALONE.isdisjoint(names)
        return self._group.add_argument(*names, **settings) if kept else super().add_argument(*names, **settings)


def selection(options: argparse.Namespace) -> Callable[[Mapping[str, Any] | None], bool]:
    """Give what tells whether an event is selected.

    Without any option everything is, also what cannot be read (None) or has another source than SaaSus's.

    Raises:
        SaasusEventsError: the options describe no filter.
    """
    chosen = filter_of(options)
    if chosen == EventFilter.all():
        return lambda _: True
    return lambda event: event is not None and chosen.matches(event)
