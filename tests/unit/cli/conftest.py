"""Every call of AWS that a command makes in these tests is one that it says it needs to be allowed."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

import botocore.session
import pytest
from botocore import xform_name

from constructs_lib.cli.aws.session import AwsClients

if TYPE_CHECKING:
    import argparse

_IAM_NAMES = {"stepfunctions": "states"}
_WITHOUT_A_CALL = frozenset({"meta", "exceptions"})


@cache
def operations_of(service: str) -> dict[str, str]:
    """Return the names of a service's operations by the names of boto3's methods."""
    model = botocore.session.Session().get_service_model(service)
    return {xform_name(name): name for name in model.operation_names}


def action_of(service: str, method: str) -> str:
    name = operations_of(service)[method].removesuffix("Batch")
    return f"{_IAM_NAMES.get(service, service)}:{'InvokeFunction' if name == 'Invoke' else name}"


class _Checked:
    """A client that may be asked only for what the command says it needs."""

    def __init__(self, client: Any, service: str, allowed: frozenset[str]) -> None:
        self._client, self._service, self._allowed = client, service, allowed

    def __getattr__(self, name: str) -> Any:
        if name == "get_paginator":
            return self._paginator
        if name not in _WITHOUT_A_CALL:
            self._check(name)
        return getattr(self._client, name)

    def _paginator(self, name: str) -> Any:
        self._check(name)
        return self._client.get_paginator(name)

    def _check(self, method: str) -> None:
        action = action_of(self._service, method)
        assert action in self._allowed, f"the command does not say that it needs {action}"


@pytest.fixture(autouse=True)
def _only_what_is_said_to_be_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    make, give = AwsClients.__init__, AwsClients.of

    def init(self: AwsClients, options: argparse.Namespace) -> None:
        make(self, options)
        command = getattr(options, "command", None)
        self.allowed = None if command is None else frozenset(command.permissions)  # type: ignore[attr-defined]

    def of(self: AwsClients, service: str, **where: str) -> Any:
        client = give(self, service, **where)
        allowed: frozenset[str] | None = self.allowed  # type: ignore[attr-defined]
        return client if allowed is None else _Checked(client, service, allowed)

    monkeypatch.setattr(AwsClients, "__init__", init)
    monkeypatch.setattr(AwsClients, "of", of)
