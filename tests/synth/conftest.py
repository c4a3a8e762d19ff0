"""Fixtures for the tests on synthesized templates."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from aws_cdk import App, Stack

from constructs_lib import SaasusEventBus
from tests.synth.apps import HERE, SOURCE, new_app
from tests.synth.aws_model import problems_of

if TYPE_CHECKING:
    from collections.abc import Iterator

_LOOKED_AT: set[str] = set()


@pytest.fixture(autouse=True)
def taken_by_aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Hold every template that a test makes against the models of AWS's APIs."""
    apps: list[App] = []
    make = App.__init__

    def make_and_remember(app: App, *args: Any, **options: Any) -> None:
        make(app, *args, **options)
        apps.append(app)

    monkeypatch.setattr(App, "__init__", make_and_remember)
    yield
    for app in apps:
        for file in Path(app.outdir).rglob("*.template.json"):
            text = file.read_text()
            if text not in _LOOKED_AT:
                _LOOKED_AT.add(text)
                assert problems_of(json.loads(text)) == [], file.name


@pytest.fixture
def app() -> App:
    return new_app()


@pytest.fixture(params=["recommended flags", "no flags"])
def any_app(request: pytest.FixtureRequest) -> App:
    """An app for what feature flags may change, such as references between stacks."""
    return new_app() if request.param == "recommended flags" else App()


@pytest.fixture
def stack(app: App) -> Stack:
    return Stack(app, "Events")


@pytest.fixture
def stack_in_tokyo(app: App) -> Stack:
    return Stack(app, "EventsInTokyo", env=HERE)


@pytest.fixture
def here(app: App) -> Stack:
    """A stack whose account and region are known."""
    return Stack(app, "Here", env=HERE)


@pytest.fixture
def bus(stack: Stack) -> SaasusEventBus:
    return SaasusEventBus(stack, "Saasus", event_source_name=SOURCE)
