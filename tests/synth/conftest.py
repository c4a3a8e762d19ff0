"""Fixtures for the tests on synthesized templates."""

from __future__ import annotations

import pytest
from aws_cdk import App, Environment, Stack

from tests.synth.apps import new_app


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
    return Stack(app, "EventsInTokyo", env=Environment(account="111122223333", region="ap-northeast-1"))
