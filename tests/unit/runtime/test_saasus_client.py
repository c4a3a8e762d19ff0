"""A function's calls of SaaSus's API: where they go, with which trace id, and with which credentials."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import boto3
import pytest

from constructs_lib.events.operations import operations as op
from constructs_lib.runtime import SaasusClient
from constructs_lib.runtime.invocation import invocation
from constructs_lib.runtime.saasus_credentials import VARIABLES, SaasusCredentials
from constructs_lib.runtime.saasus_errors import InvalidApiCall, InvalidCredentials, SaasusApiError
from tests.unit.runtime.scripted_api import Reply

if TYPE_CHECKING:
    from tests.unit.runtime.scripted_api import ScriptedApi

PREFIX = "onboarding-9f2c61d07b3e84aa-"
TENANT = {"name": "Example Inc."}


@pytest.fixture
def client(server: ScriptedApi, credentials: SaasusCredentials) -> SaasusClient:
    return SaasusClient(lambda: credentials, trace_id_prefix=PREFIX, base_url=server.base_url)


def test_an_operation_is_called_at_its_path_with_the_prefix(server: ScriptedApi, client: SaasusClient) -> None:
    server.reply(Reply(200, b'{"id": "1"}'))
    assert client.call(op.auth.update_tenant, TENANT, tenant_id="a/b c", trace_id="the-log-id") == {"id": "1"}
    [request] = server.requests
    assert (request.method, request.path) == ("PATCH", "/v1/auth/tenants/a%2Fb%20c")
    assert json.loads(request.body) == TENANT
    assert request.headers["x-saasus-trace-id"] == f"{PREFIX}the-log-id"
    assert request.headers["authorization"].startswith("SAASUSSIGV1 ")


def test_each_call_has_a_trace_id_of_its_own_behind_the_prefix(server: ScriptedApi, client: SaasusClient) -> None:
    for _ in range(2):
        client.call(op.auth.delete_tenant, tenant_id="1")
    one, other = (request.headers["x-saasus-trace-id"] for request in server.requests)
    assert one != other
    assert one.startswith(PREFIX)
    assert other.startswith(PREFIX)


def test_an_empty_answer_is_none(client: SaasusClient) -> None:
    assert client.call(op.auth.delete_tenant, tenant_id="1") is None


def test_what_saasus_does_not_have_is_none_to_read_and_an_error_to_call(
    server: ScriptedApi, client: SaasusClient
) -> None:
    server.reply(Reply(404, b'{"type": "not_found", "message": "no such tenant"}'))
    assert client.get("/auth/tenants/1") is None
    with pytest.raises(SaasusApiError, match=r"404 to DELETE .*/auth/tenants/1 .*no such tenant"):
        client.call(op.auth.delete_tenant, tenant_id="1")


@pytest.mark.parametrize("path", ["/auth/tenants/1", "/v1/auth/tenants/1"])
def test_a_resource_is_read_with_or_without_v1(server: ScriptedApi, client: SaasusClient, path: str) -> None:
    server.reply(Reply(200, b'{"name": "Example Inc."}'))
    assert client.get(path) == TENANT
    assert server.requests[0].path == "/v1/auth/tenants/1"


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({}, "tenant_id=None cannot be part of /v1/auth/tenants/{tenant_id}"),
        ({"tenant_id": ""}, "tenant_id='' cannot be part of"),
        ({"tenant_id": ".."}, "tenant_id='..' cannot be part of"),
        ({"tenant_id": None}, "tenant_id=None cannot be part of"),
        ({"tenant": "1"}, "'tenant' is not a parameter of .* Did you mean 'tenant_id'"),
    ],
)
def test_a_path_that_would_be_another_one_is_refused(
    server: ScriptedApi, client: SaasusClient, given: dict[str, Any], said: str
) -> None:
    with pytest.raises(InvalidApiCall, match=said):
        client.call(op.auth.delete_tenant, **given)
    assert server.requests == []


def test_a_path_starts_with_a_slash(client: SaasusClient) -> None:
    with pytest.raises(InvalidApiCall, match="'auth/tenants' is not a path"):
        client.get("auth/tenants")


def test_no_operation_has_a_parameter_that_call_itself_takes() -> None:
    names = {name for operation in op for name in operation.path_params}
    assert "trace_id" not in names
    assert all(name.isidentifier() for name in names)


def test_rotated_credentials_are_read_again_once(server: ScriptedApi) -> None:
    keys = iter(["old", "new", "newer"])
    client = SaasusClient(lambda: SaasusCredentials("saas", next(keys), "secret"), base_url=server.base_url)
    server.reply(Reply(200), Reply(401), Reply(200))
    client.get("/first")
    client.get("/second")
    assert [request.headers["authorization"].rpartition("=")[2] for request in server.requests] == ["old", "old", "new"]
    server.reply(Reply(401))
    with pytest.raises(SaasusApiError):
        client.get("/third")
    assert next(keys, None) is None


def test_credentials_that_were_wrong_from_the_start_are_not_tried_again(server: ScriptedApi) -> None:
    read: list[int] = []

    def credentials() -> SaasusCredentials:
        read.append(1)
        return SaasusCredentials("saas", "key", "secret")

    server.reply(Reply(401))
    with pytest.raises(SaasusApiError):
        SaasusClient(credentials, base_url=server.base_url).get("/first")
    assert len(read) == 1


def test_nothing_is_tried_again_when_the_invocation_has_no_time_for_it(
    server: ScriptedApi, client: SaasusClient
) -> None:
    class Context:
        def get_remaining_time_in_millis(self) -> int:
            return 5_000

    server.reply(Reply(503))
    with invocation(Context()), pytest.raises(SaasusApiError):
        client.get("/first")
    assert len(server.requests) == 1


class _Vault:
    def __init__(self, answer: dict[str, Any]) -> None:
        self._answer = answer

    def get_secret_value(self, **_: str) -> dict[str, Any]:
        return self._answer


@pytest.fixture
def vault(monkeypatch: pytest.MonkeyPatch, server: ScriptedApi) -> list[dict[str, Any]]:
    """The answers of Secrets Manager, which are taken from the end; and no credentials in variables."""
    answers: list[dict[str, Any]] = []
    for variable in VARIABLES.values():
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("SAASUS_BASE_URL", server.base_url)
    monkeypatch.setenv("SAASUS_SECRET", "arn:aws:secretsmanager:eu-west-1:111122223333:secret:saasus-AbCdEf")
    monkeypatch.setattr(boto3, "client", lambda _, region_name: _Vault(answers.pop()) if region_name else None)
    return answers


def test_the_secret_that_the_environment_names_is_read_before_the_first_call(
    server: ScriptedApi, vault: list[dict[str, Any]]
) -> None:
    client = SaasusClient.from_env()
    vault.append({"SecretString": json.dumps({"saas_id": "s", "api_key": "from-the-secret", "secret_key": "k"})})
    client.get("/first")
    assert server.requests[0].headers["authorization"].endswith("APIKey=from-the-secret")


def test_a_secret_of_bytes_is_refused(vault: list[dict[str, Any]]) -> None:
    vault.append({"SecretBinary": b"{}"})
    with pytest.raises(InvalidCredentials, match=r"contains bytes\. Expected JSON text"):
        SaasusClient.from_env().get("/first")


def test_without_a_secret_the_variables_of_saasus_sdks_count(
    server: ScriptedApi, vault: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SAASUS_SECRET")
    client = SaasusClient.from_env()
    with pytest.raises(InvalidCredentials, match="no SAASUS_SAAS_ID"):
        client.get("/first")
    for name, variable in VARIABLES.items():
        monkeypatch.setenv(variable, f"the-{name}")
    client.get("/first")
    assert server.requests[0].headers["authorization"].endswith("APIKey=the-api_key")
