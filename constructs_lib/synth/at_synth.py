"""A check that runs when the app is synthesized, written as a plain function."""

from __future__ import annotations

from typing import TYPE_CHECKING

import jsii
from constructs import IConstruct, IValidation

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


def validate_at_synth(construct: IConstruct, check: Callable[[], Sequence[str]]) -> None:
    """Have `check` run at synth; each text that it returns is an error of the construct and fails the synth."""
    construct.node.add_validation(_Validation(check))


@jsii.implements(IValidation)
class _Validation:
    def __init__(self, check: Callable[[], Sequence[str]]) -> None:
        self._check = check

    def validate(self) -> list[str]:
        return list(self._check())
