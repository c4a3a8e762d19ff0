"""What a function's log says of events: which one and what failed, never what is in it."""

from __future__ import annotations

import io
import json
import logging
import sys
from typing import TYPE_CHECKING, Any

import pytest
from aws_lambda_powertools import Logger

from constructs_lib import EventFilter, SaasusEvent
from constructs_lib import operations as op
from constructs_lib.runtime import EventHandlers
from constructs_lib.testing import sample_event

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from constructs_lib import Operation

KEYS = {"event_type", "operation", "log_id", "handler"}


@pytest.fixture
def lines() -> io.StringIO:
    return io.StringIO()


@pytest.fixture
def powertools(lines: io.StringIO, request: pytest.FixtureRequest) -> Logger:
    return Logger(service=request.node.name, level="DEBUG", stream=lines)


@pytest.fixture
def plain(lines: io.StringIO, request: pytest.FixtureRequest) -> Iterator[logging.Logger]:
    logger = logging.getLogger(f"test.{request.node.name}")
    handler = logging.StreamHandler(lines)
    handler.setFormatter(_AllFields())
    logger.addHandler(handler)
    logger.setLevel("DEBUG")
    logger.propagate = False
    yield logger
    logger.removeHandler(handler)


class _AllFields(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        return json.dumps({**vars(record), "message": record.getMessage()}, default=str)


def written(lines: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in lines.getvalue().splitlines()]


def batch(*events: Any) -> dict[str, Any]:
    return {
        "Records": [
            {"messageId": f"m{number}", "eventSource": "aws:sqs", "body": json.dumps(event)}
            for number, event in enumerate(events)
        ]
    }


def test_with_powertools_every_line_of_a_handler_has_the_events_ids(powertools: Logger, lines: io.StringIO) -> None:
    handlers = EventHandlers(logger=powertools)
    powertools.append_keys(tier="gold")
    powertools.set_correlation_id("of the invocation")

    @handlers.on(EventFilter.of(op.auth.create_tenant))
    def onboard(event: SaasusEvent) -> None:
        powertools.info("welcome")

    event = sample_event(op.auth.create_tenant, trace_id="trace-7")
    handlers(event)
    powertools.info("after")
    welcome, handled, after = written(lines)

    parsed = SaasusEvent.from_dict(event)
    expected = {
        "correlation_id": "trace-7",
        "event_type": "create_tenant",
        "operation": "auth.create_tenant",
        "log_id": parsed.log_id,
        "handler": "onboard",
        "tier": "gold",
    }
    for line in (welcome, handled):
        assert {name: line[name] for name in expected} == expected
    assert (handled["level"], handled["message"]) == ("DEBUG", "An event was handled")
    assert KEYS.isdisjoint(after)
    assert (after["correlation_id"], after["tier"]) == ("of the invocation", "gold")


def test_each_message_of_a_batch_has_its_own_ids_also_where_one_fails(powertools: Logger, lines: io.StringIO) -> None:
    handlers = EventHandlers(logger=powertools)

    @handlers.fallback
    def work(event: SaasusEvent) -> None:
        if event.trace_id == "b":
            raise OSError(2, "no table")

    events = [sample_event(op.auth.create_env, trace_id=text) for text in "abc"]
    handlers(batch(*events, "no event"))
    first, second, third, unread = written(lines)

    assert [line["correlation_id"] for line in (first, second, third)] == ["a", "b", "c"]
    assert (second["level"], second["error_type"], second["error_message"]) == (
        "ERROR",
        "FileNotFoundError",
        "[Errno 2] no table",
    )
    assert f"{__file__}:" in second["error_place"]
    assert second["error_place"].endswith("in work")
    assert (unread["level"], unread["message_id"], unread["error_type"]) == ("ERROR", "m3", "InvalidEvent")
    assert "correlation_id" not in unread
    assert KEYS.isdisjoint(unread)


def test_without_powertools_the_same_is_in_the_records_of_logging(plain: logging.Logger, lines: io.StringIO) -> None:
    handlers = EventHandlers(logger=plain)
    handlers.on(EventFilter.of(op.auth.create_env), name="env")(lambda _: None)
    handlers(sample_event(op.auth.create_env, trace_id="t"))
    with pytest.raises(LookupError):
        handlers(sample_event(op.auth.create_tenant))
    handled, unhandled = written(lines)

    assert (handled["trace_id"], handled["operation"], handled["handler"]) == ("t", "auth.create_env", "env")
    assert (unhandled["levelname"], unhandled["error_type"], unhandled["handler"]) == ("ERROR", "UnhandledEvent", None)
    assert "create_tenant" in unhandled["error_message"]


def test_powertools_is_used_where_the_function_imports_it_and_pythons_own_log_elsewhere(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("POWERTOOLS_SERVICE_NAME", "the-function")
    with pytest.raises(LookupError):
        EventHandlers()(sample_event(op.auth.create_env))
    monkeypatch.delitem(sys.modules, "aws_lambda_powertools.logging")
    with pytest.raises(LookupError):
        EventHandlers()(sample_event(op.auth.create_env))

    assert [record.name for record in caplog.records] == ["the-function", "constructs_lib.runtime"]


def test_without_powertools_the_text_of_a_line_has_all_of_it(caplog: pytest.LogCaptureFixture) -> None:
    handlers = EventHandlers(logger=logging.getLogger("test.text"))

    @handlers.fallback
    def work(event: SaasusEvent) -> None:
        raise OSError(2, "no table")

    event = sample_event(op.auth.create_env, trace_id='t"\nERROR forged')
    handlers(batch(event, "no event"))
    failed, unread = [record.getMessage() for record in caplog.records]

    assert failed.startswith("A handler failed, ")
    for field in (
        'event_type="create_env"',
        'operation="auth.create_env"',
        f'log_id="{SaasusEvent.from_dict(event).log_id}"',
        'handler="fallback"',
        r'trace_id="t\"\nERROR forged"',
        'error_type="FileNotFoundError"',
        'error_message="[Errno 2] no table"',
    ):
        assert field in failed
    assert "\n" not in failed
    assert unread.startswith('A message could not be read, message_id="m1", error_type="InvalidEvent"')


SECRET = "s3cr3t-\"\\é'-0815-" + "x" * 40


def with_secrets(operation: Operation) -> dict[str, Any]:
    """Return an event with a secret in every text field of its bodies, in a nested one and one in text."""
    fields = {**dict.fromkeys((*operation.request_fields, "nested"), SECRET)}
    request = {**fields, "nested": {"list": [SECRET]}, "json": json.dumps({"inside": SECRET})}
    response = {**dict.fromkeys(operation.response_fields, SECRET), "number": 918273645}
    return sample_event(operation, request=request, response=response)


RAISED: dict[str, Callable[[SaasusEvent], Exception]] = {
    "the value": lambda event: ValueError(event.request["nested"]["list"][0]),
    "the repr": lambda event: KeyError(event.request["nested"]["list"][0]),
    "the body": lambda event: RuntimeError(f"cannot use {event.request}"),
    "the JSON of the body": lambda event: RuntimeError(json.dumps(event.response)),
    "the event": lambda event: RuntimeError(event.raw),
    "the start of it": lambda _: RuntimeError(SECRET[:20] + "…"),
    "a number": lambda event: RuntimeError(f"no code {event.response['number']}"),
    "the api key": lambda event: RuntimeError(json.loads(event.raw["detail"]["event"])["api_key"]),
    "inside of text": lambda event: RuntimeError(json.loads(event.request["json"])["inside"]),
    "the cause": lambda _: RuntimeError("failed"),
}


@pytest.mark.parametrize("raised", RAISED)
def test_no_line_shows_what_is_in_the_bodies(
    raised: str, powertools: Logger, plain: logging.Logger, lines: io.StringIO
) -> None:
    for logger in (powertools, plain):
        handlers = EventHandlers(logger=logger)

        @handlers.on(EventFilter.all())
        def work(event: SaasusEvent) -> None:
            cause = ValueError(SECRET) if raised == "the cause" else None
            raise RAISED[raised](event) from cause

        for operation in (op.auth.create_tenant, op.auth.sign_in, op.apigateway.create_api_key):
            handlers(batch(with_secrets(operation)))
    assert len(written(lines)) == 6
    for line in written(lines):
        assert line["error_message"] == (
            "failed" if raised == "the cause" else "not shown, because it has values of the event"
        )
        assert not [
            part for part in (SECRET[:12], "-0815-", "x" * 12, "918273645", "saasus_api") if part in json.dumps(line)
        ]


def test_an_error_that_shows_nothing_of_the_event_keeps_its_text(powertools: Logger, lines: io.StringIO) -> None:
    handlers = EventHandlers(logger=powertools)

    @handlers.on(EventFilter.all())
    def work(event: SaasusEvent) -> None:
        raise PermissionError("AccessDenied for PutItem on table tenants: POST /v1/auth/tenants is not allowed")

    handlers(batch(sample_event(op.auth.create_tenant)))
    assert written(lines)[0]["error_message"].startswith("AccessDenied for PutItem")
