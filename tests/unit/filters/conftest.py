"""What the tests of filters share."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from constructs_lib.events.operations import operations
from constructs_lib.filters.event_filter import EventFilter

if TYPE_CHECKING:
    from constructs_lib.events.operation import Operation


@pytest.fixture(scope="session")
def filter_of() -> dict[Operation, EventFilter]:
    """Return one filter for each operation; a filter's pattern is compiled once."""
    return {operation: EventFilter.of(operation) for operation in operations}
