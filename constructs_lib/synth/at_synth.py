"""Plain functions that run when the app is synthesized: checks, decisions, and texts that are written last."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import jsii
from aws_cdk import Aspects, IAspect, IStableStringProducer, Lazy
from constructs import IConstruct, IValidation

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_PRIORITY: Final = 900
"""After the aspects that users write (500 by default), whose changes a decision has to see; before those that only read
(1000), which then see what was decided."""


def validate_at_synth(construct: IConstruct, check: Callable[[], Sequence[str]]) -> None:
    """Run `check` at synth; each text that it returns is an error of the construct and fails the synth."""
    construct.node.add_validation(_Validation(check))


def decide_at_synth(construct: IConstruct, decide: Callable[[], None]) -> None:
    """Run `decide` at synth, when the app is complete and can still be changed.

    It runs before the checks, each time the app is synthesized. What it raises ends the synth.
    """
    Aspects.of(construct).add(_Decision(construct, decide), priority=_PRIORITY)


def text_at_synth(produce: Callable[[], str]) -> str:
    """Return a token for the text that `produce` returns when the template is written."""
    return Lazy.string(_Text(produce))


@jsii.implements(IValidation)
class _Validation:
    def __init__(self, check: Callable[[], Sequence[str]]) -> None:
        self._check = check

    def validate(self) -> list[str]:
        return list(self._check())


@jsii.implements(IAspect)
class _Decision:
    def __init__(self, construct: IConstruct, decide: Callable[[], None]) -> None:
        self._construct = construct
        self._decide = decide

    def visit(self, node: IConstruct) -> None:
        if node is self._construct:  # an aspect also visits what is in its construct
            self._decide()


@jsii.implements(IStableStringProducer)
class _Text:
    def __init__(self, produce: Callable[[], str]) -> None:
        self._produce = produce

    def produce(self) -> str:
        return self._produce()
