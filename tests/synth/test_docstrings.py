"""The examples in the constructs' docstrings work in a stack that has what they name."""

from __future__ import annotations

import ast
import doctest
from typing import TYPE_CHECKING, Any

import aws_cdk
import pytest
from aws_cdk import SecretValue, Stack, aws_events, aws_logs, aws_secretsmanager, aws_sns, aws_sqs

import constructs_lib
from tests.docstrings import examples_of, modules_with_examples, run
from tests.synth.apps import SOURCE, new_app, new_function, new_handlers

if TYPE_CHECKING:
    from collections.abc import Callable

MODULES = modules_with_examples(need_a_stack=True)

GIVEN: dict[str, Callable[[Stack], Any]] = {
    "self": lambda stack: stack,
    "name": lambda _: SOURCE,
    "bus": lambda stack: constructs_lib.SaasusEventBus(stack, "Bus", event_source_name=SOURCE),
    "function": new_function,
    "handlers": lambda _: new_handlers(),
    "queue": lambda stack: aws_sqs.Queue(stack, "Queue", enforce_ssl=True),
    "log_group": lambda stack: aws_logs.LogGroup(stack, "Group", log_group_name="/aws/events/group"),
    "topic": lambda stack: aws_sns.Topic(stack, "Topic"),
    "secret": lambda stack: aws_secretsmanager.Secret.from_secret_name_v2(stack, "Secret", "saasus"),
    "key": lambda _: aws_events.Authorization.api_key("x-api-key", SecretValue.secrets_manager("crm")),
    "op": lambda _: constructs_lib.operations,
    "Duration": lambda _: aws_cdk.Duration,
}
"""What an example may name without making it. Public names of this library may be named, too."""


class _ShownOrNot(doctest.OutputChecker):
    """Hold an example to the output that it shows; most make a construct, whose text says nothing."""

    def check_output(self, want: str, got: str, optionflags: int) -> bool:
        return not want or super().check_output(want, got, optionflags)


@pytest.mark.parametrize("module", MODULES)
def test_examples_work_in_a_stack(module: str) -> None:
    for example in examples_of(module):
        app = new_app()
        stack = Stack(app, "Events")
        for name in _named_and_not_made("".join(line.source for line in example.examples)):
            if name in GIVEN:
                example.globs[name] = GIVEN[name](stack)
            elif name in constructs_lib.__all__:
                example.globs[name] = getattr(constructs_lib, name)

        assert run(example, _ShownOrNot()) == ""
        if stack.node.children:
            app.synth()


def _named_and_not_made(code: str) -> set[str]:
    names = [node for node in ast.walk(ast.parse(code)) if isinstance(node, ast.Name)]
    made = {name.id for name in names if isinstance(name.ctx, ast.Store)}
    return {name.id for name in names} - made


def test_they_are_looked_for_where_they_are() -> None:
    assert {"constructs_lib.bus", "constructs_lib.targets"} <= set(MODULES)
