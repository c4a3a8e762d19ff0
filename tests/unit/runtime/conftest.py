"""A scripted API, and the Integration API's client that calls it without ever waiting."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from constructs_lib.runtime.saasus_api import IntegrationApi
from constructs_lib.runtime.saasus_credentials import SaasusCredentials
from constructs_lib.runtime.saasus_http import Retries
from tests.unit.runtime.scripted_api import ScriptedApi

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def credentials() -> SaasusCredentials:
    return SaasusCredentials("the-saas", "the-api-key", "the-secret-key")


@pytest.fixture
def server() -> Iterator[ScriptedApi]:
    with ScriptedApi() as running:
        yield running


@pytest.fixture
def waits() -> list[float]:
    """The seconds that the client would have waited."""
    return []


@pytest.fixture
def retries(waits: list[float]) -> Retries:
    return Retries(attempts=4, sleep=waits.append)


@pytest.fixture
def api(server: ScriptedApi, credentials: SaasusCredentials, retries: Retries) -> IntegrationApi:
    return IntegrationApi(credentials, base_url=server.base_url, timeout=5, retries=retries)
