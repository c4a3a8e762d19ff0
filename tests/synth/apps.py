"""Small apps, and readers of the templates that they give."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from aws_cdk import App, Environment, Stack
from aws_cdk import aws_lambda as lambda_
from aws_cdk.assertions import Annotations, Match, Template

from constructs_lib import EventFilter, operations
from constructs_lib.runtime import EventHandlers

SOURCE = "aws.partner/saasus.io/736385ec-26ba-4567-941f-2affa11d919f-1/event"
OTHER_SOURCE = "aws.partner/saasus.io/d8753ef8-8604-4b7d-8a44-cf9a64433209-1/event"
HERE = Environment(account="111122223333", region="ap-northeast-1")
REPOSITORY = Path(__file__).resolve().parents[2]


def new_app(context: dict[str, Any] | None = None, *, outdir: Path | None = None) -> App:
    """Make an app with the feature flags of the repository's cdk.json, and more context."""
    flags: dict[str, Any] = json.loads((REPOSITORY / "cdk.json").read_text())["context"]
    return App(context=flags | (context or {}), outdir=None if outdir is None else str(outdir))


def new_function(stack: Stack, id: str = "Function") -> lambda_.Function:
    """Make a function that does nothing."""
    return lambda_.Function(
        stack,
        id,
        runtime=lambda_.Runtime.PYTHON_3_13,
        handler="index.handler",
        code=lambda_.Code.from_inline("def handler(event, context): pass"),
    )


def new_handlers() -> EventHandlers:
    """Make handlers with one that does nothing."""
    handlers = EventHandlers()
    handlers.on(EventFilter.of(operations.auth.create_tenant).succeeded(), name="onboard")(lambda event: event.id)
    return handlers


def resources(stack: Stack, kind: str) -> dict[str, dict[str, Any]]:
    """Return the stack's resources of a CloudFormation type, by logical id."""
    return {id: dict(found) for id, found in Template.from_stack(stack).find_resources(kind).items()}


def only(stack: Stack, kind: str) -> dict[str, Any]:
    """Return the one resource of a CloudFormation type."""
    found = list(resources(stack, kind).values())
    assert len(found) == 1, f"{len(found)} resources of {kind}"
    return found[0]


def properties(stack: Stack, kind: str) -> dict[str, Any]:
    """Return the properties of the one resource of a CloudFormation type."""
    given: dict[str, Any] = only(stack, kind)["Properties"]
    return given


def rule_targets(stack: Stack) -> list[dict[str, Any]]:
    """Return the targets of all rules."""
    return [
        target for rule in resources(stack, "AWS::Events::Rule").values() for target in rule["Properties"]["Targets"]
    ]


def warnings(stack: Stack) -> list[str]:
    """Return the warnings that a user sees at synth."""
    found = Annotations.from_stack(stack).find_warning("*", Match.any_value())
    return [str(message.entry.data) for message in found]


def text(value: object) -> str:
    """Return a part of a template as text to look for words in."""
    return json.dumps(value)
