"""The five calls of the Integration API: what is sent, and what the answers mean."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import constructs_lib
from constructs_lib import SaasusEventsError
from constructs_lib.runtime.saasus_api import EventBridgeSettings, EventMessage, IntegrationApi
from constructs_lib.runtime.saasus_errors import InvalidApiCall, SaasusApiError
from tests.unit.runtime.scripted_api import Reply, ScriptedApi

if TYPE_CHECKING:
    from collections.abc import Callable

    from constructs_lib.runtime.saasus_credentials import SaasusCredentials

SETTINGS = EventBridgeSettings("123456789012", "ap-northeast-1")
CALLS: dict[str, Callable[[IntegrationApi], Any]] = {
    "GET /v1/integration/eventbridge/info": lambda api: api.get_settings(),
    "PUT /v1/integration/eventbridge/info": lambda api: api.save_settings(SETTINGS),
    "DELETE /v1/integration/eventbridge/info": lambda api: api.delete_settings(),
    "POST /v1/integration/eventbridge/event": lambda api: api.create_event([EventMessage("a", "b", "c")]),
    "POST /v1/integration/eventbridge/test-event": lambda api: api.create_test_event(),
}


@pytest.mark.parametrize("call", CALLS)
def test_each_call_goes_to_its_route_signed_and_with_a_trace_id(
    server: ScriptedApi, api: IntegrationApi, credentials: SaasusCredentials, call: str
) -> None:
    CALLS[call](api)
    (request,) = server.requests
    assert f"{request.method} {request.path}" == call
    assert request.headers["authorization"].startswith("SAASUSSIGV1 Sig=")
    assert request.headers["authorization"].endswith(", SaaSID=the-saas, APIKey=the-api-key")
    assert len(request.headers["x-saasus-trace-id"]) == 36
    assert "x-saasus-referer" not in request.headers


def test_a_setting_is_sent_as_json(server: ScriptedApi, api: IntegrationApi) -> None:
    api.save_settings(SETTINGS)
    assert json.loads(server.requests[0].body) == {"aws_account_id": "123456789012", "aws_region": "ap-northeast-1"}
    assert server.requests[0].headers["content-type"] == "application/json"


def test_events_of_ones_own_are_sent_in_one_call(server: ScriptedApi, api: IntegrationApi) -> None:
    server.reply(Reply(201))
    trace_id = api.create_event(
        [EventMessage("api_call", "create_user", '{"name":"日本"}'), EventMessage("x", "y", "z")]
    )
    (request,) = server.requests
    assert json.loads(request.body) == {
        "event_messages": [
            {"event_type": "api_call", "event_detail_type": "create_user", "message": '{"name":"日本"}'},
            {"event_type": "x", "event_detail_type": "y", "message": "z"},
        ]
    }
    assert request.headers["x-saasus-trace-id"] == trace_id


def test_that_custom_events_do_not_exist_yet_is_said_with_another_way(server: ScriptedApi, api: IntegrationApi) -> None:
    """SaaSus's SDKs test for the 501."""
    server.reply(Reply(501, b'{"type":"unimplemented","message":"Not Implemented"}'))
    with pytest.raises(SaasusApiError, match=r"has not implemented custom events.*PutEvents") as caught:
        api.create_event([EventMessage("a", "b", "c")])
    assert (caught.value.status, caught.value.type) == (501, "unimplemented")
    assert caught.value.trace_id == server.requests[0].headers["x-saasus-trace-id"]
    assert len(server.requests) == 1


def test_what_saasus_answers_to_saving_deleting_and_test_events_is_taken(
    server: ScriptedApi, api: IntegrationApi
) -> None:
    """200 with an empty body, and 201 with an empty body: by SaaSus's SDKs' tests."""
    server.reply(Reply(200), Reply(200), Reply(201))
    api.save_settings(SETTINGS)
    api.delete_settings()
    assert api.create_test_event(trace_id="of-our-own") == "of-our-own"


def test_a_trace_id_and_a_referer_can_be_given(server: ScriptedApi, credentials: SaasusCredentials) -> None:
    api = IntegrationApi(credentials, base_url=server.base_url, referer="https://example.com/deploy")
    assert api.create_test_event(trace_id="of-our-own") == "of-our-own"
    (request,) = server.requests
    assert request.headers["x-saasus-trace-id"] == "of-our-own"
    assert request.headers["x-saasus-referer"] == "https://example.com/deploy"


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b'{"aws_account_id":"123456789012","aws_region":"ap-northeast-1"}', SETTINGS),
        (b'{"aws_account_id":"123456789012","aws_region":"ap-northeast-1","new":[1]}', SETTINGS),
        (b'{"aws_account_id":12345678901,"aws_region":"us-east-1"}', EventBridgeSettings("012345678901", "us-east-1")),
        (b"", None),
        (b" \n", None),
        (b"null", None),
        (b"{}", None),
        (b'{"aws_account_id":"","aws_region":""}', None),
        (b'{"aws_account_id":null,"aws_region":null}', None),
    ],
)
def test_a_setting_is_read_and_nothing_is_none(
    server: ScriptedApi, api: IntegrationApi, body: bytes, expected: EventBridgeSettings | None
) -> None:
    server.reply(Reply(200, body))
    assert api.get_settings() == expected


def test_a_404_is_no_setting(server: ScriptedApi, api: IntegrationApi) -> None:
    server.reply(Reply(404, b'{"type":"not_found","message":"no settings"}'))
    assert api.get_settings() is None
    api.delete_settings()


@pytest.mark.parametrize(
    "body",
    [
        b'{"aws_account_id":"123456789012","aws_region":""}',
        b'{"aws_region":"ap-northeast-1"}',
        b'{"aws_account_id":["123456789012"],"aws_region":"ap-northeast-1"}',
        b"<html>Welcome</html>",
        b"[]",
    ],
)
def test_what_is_neither_a_setting_nor_nothing_is_never_taken_for_nothing(
    server: ScriptedApi, api: IntegrationApi, body: bytes
) -> None:
    server.reply(Reply(200, body))
    with pytest.raises(SaasusApiError, match="neither a setting nor empty"):
        api.get_settings()


@pytest.mark.parametrize("call", [call for call in CALLS if call.startswith(("PUT", "POST"))])
def test_a_404_to_what_should_be_done_is_an_error(server: ScriptedApi, api: IntegrationApi, call: str) -> None:
    server.reply(Reply(404, b"no such page"))
    with pytest.raises(SaasusApiError, match=r"404 .*no such page.*/v1 at its end"):
        CALLS[call](api)


@pytest.mark.parametrize("call", CALLS)
def test_an_error_carries_what_saasus_says(server: ScriptedApi, api: IntegrationApi, call: str) -> None:
    server.reply(Reply(403, b'{"type":"permission_denied","message":"not yours"}'))
    with pytest.raises(SaasusApiError, match=r"answered 403 .*permission_denied: not yours") as caught:
        CALLS[call](api)
    error = caught.value
    assert (error.status, error.type, error.message) == (403, "permission_denied", "not yours")
    assert error.trace_id == server.requests[0].headers["x-saasus-trace-id"]
    assert error.trace_id in str(error)
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    "settings",
    [
        EventBridgeSettings("12345678901", "us-east-1"),
        EventBridgeSettings("１２３４５６７８９０１２", "us-east-1"),  # noqa: RUF001 - digits that are not ASCII
        EventBridgeSettings("123456789012", ""),
        EventBridgeSettings("123456789012", "Tokyo"),
    ],
)
def test_a_setting_that_cannot_be_one_is_not_sent(
    server: ScriptedApi, api: IntegrationApi, settings: EventBridgeSettings
) -> None:
    with pytest.raises(InvalidApiCall, match="Expected"):
        api.save_settings(settings)
    assert server.requests == []


def test_no_event_and_no_trace_id_that_breaks_a_header_is_sent(server: ScriptedApi, api: IntegrationApi) -> None:
    with pytest.raises(InvalidApiCall, match="no events to send"):
        api.create_event([])
    with pytest.raises(InvalidApiCall, match="trace id"):
        api.create_test_event(trace_id="a\r\nX-Other: b")
    assert server.requests == []


def test_the_environment_gives_the_address(
    server: ScriptedApi, credentials: SaasusCredentials, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SAASUS_BASE_URL", f"{server.base_url}/")
    IntegrationApi(credentials).create_test_event()
    assert server.requests[0].path == "/v1/integration/eventbridge/test-event"


def test_no_text_form_shows_a_secret(api: IntegrationApi) -> None:
    assert repr(api).startswith("IntegrationApi('http://127.0.0.1:")
    assert "the-api-key" not in repr(api)
    assert "the-secret-key" not in repr(api)


def test_the_errors_are_the_librarys() -> None:
    assert issubclass(InvalidApiCall, SaasusEventsError)
    assert issubclass(SaasusApiError, SaasusEventsError)


def test_it_runs_from_a_folder_with_its_own_six_files_only(tmp_path: Path) -> None:
    """As it is copied into a Lambda function's code."""
    package = Path(constructs_lib.__file__).parent
    names = (
        "events/errors.py",
        "runtime/saasus_address.py",
        "runtime/saasus_api.py",
        "runtime/saasus_credentials.py",
        "runtime/saasus_errors.py",
        "runtime/saasus_http.py",
    )
    for name in names:
        copy = tmp_path / "constructs_lib" / name
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_bytes((package / name).read_bytes())
    code = (
        "import sys; sys.path.insert(0, sys.argv[1]); from constructs_lib.runtime.saasus_api import IntegrationApi; "
        "from constructs_lib.runtime.saasus_credentials import SaasusCredentials; "
        "print(IntegrationApi(SaasusCredentials('a', 'b', 'c')), IntegrationApi.__module__); "
        "assert sys.modules['constructs_lib'].__path__[0].startswith(sys.argv[1])"
    )
    # -I: neither this environment's paths nor its settings, -S: nor its packages.
    command = [sys.executable, "-I", "-S", "-c", code, str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
