"""SaaSus and AWS as far as the function sees them, and a clock that does not wait."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from constructs_lib.functions.custom_resource import Request
from constructs_lib.functions.event_source import Waiting
from constructs_lib.runtime.saasus_api import EventBridgeSettings, IntegrationApi

HERE = EventBridgeSettings("111122223333", "ap-northeast-1")
ELSEWHERE = EventBridgeSettings("444455556666", "us-east-1")
SOURCE = "aws.partner/saasus.io/736385ec-26ba-4567-941f-2affa11d919f-1/event"
OTHER_SOURCE = "aws.partner/saasus.io/d8753ef8-8604-4b7d-8a44-cf9a64433209-1/event"
STACK = "arn:aws:cloudformation:ap-northeast-1:111122223333:stack/Events/1"


class Saasus(IntegrationApi):
    """One SaaS's setting, and the source that appears when it is saved."""

    def __init__(self, settings: EventBridgeSettings | None = None, *, source: str | None = SOURCE) -> None:
        self.settings = settings
        self.calls: list[str] = []
        self.sources: dict[str, str] = {SOURCE: "PENDING"} if settings == HERE and source else {}
        self.tested: list[str] = []
        self._source = source
        self.fail_on: dict[str, Exception] = {}

    def _call_of(self, name: str) -> None:
        self.calls.append(name)
        if name in self.fail_on:
            raise self.fail_on[name]

    def get_settings(self, *, trace_id: str | None = None) -> EventBridgeSettings | None:
        self._call_of("get")
        return self.settings

    def save_settings(self, settings: EventBridgeSettings, *, trace_id: str | None = None) -> None:
        self.settings = settings
        if settings == HERE and self._source:
            self.sources[self._source] = "PENDING"
        self._call_of("save")

    def delete_settings(self, *, trace_id: str | None = None) -> None:
        self._call_of("delete")
        self.settings = None

    def create_test_event(self, *, trace_id: str | None = None) -> str:
        self._call_of("test")
        self.tested.append(str(trace_id))
        return str(trace_id)


@dataclass
class Events:
    saasus: Saasus

    def list_event_sources(self, **_: Any) -> dict[str, Any]:
        return {"EventSources": [{"Name": name, "State": state} for name, state in self.saasus.sources.items()]}


@dataclass
class Journal:
    written: dict[str, str] = field(default_factory=dict)

    def read(self, request_id: str) -> str | None:
        return self.written.get(request_id)

    def write(self, request_id: str, text: str) -> None:
        self.written[request_id] = text


@dataclass
class Clock:
    now: float = 0.0

    def waiting(self, seconds: float = 60) -> Waiting:
        return Waiting(seconds, clock=lambda: self.now, sleep=self._sleep)

    def _sleep(self, seconds: float) -> None:
        self.now += seconds


def request(kind: str, physical_id: str = "", request_id: str = "r1", **properties: str) -> Request:
    given = {"Account": HERE.aws_account_id, "Region": HERE.aws_region, "TakeOver": "false", **properties}
    return Request(kind, request_id, STACK, "Custom::SaasusEventBridgeSetting", physical_id, given)
