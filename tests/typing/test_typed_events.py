"""What type checkers and editors know of an event's bodies, once they know its operation."""

from __future__ import annotations

import inspect
import json
import re
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from constructs_lib import EventFilter, operations
from tests.separate_tool import installed
from tests.typing.checkers import PYRIGHT, REPOSITORY, error_at, mypy, pyright, said

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

CHECKERS = pytest.mark.parametrize("checker", [mypy, pyright])
IMPORTS = (
    "from __future__ import annotations",
    "from typing import Any",
    "from typing_extensions import assert_type",
    "from constructs_lib import EventFilter, Operation, SaasusEvent, operations as op",
    "from constructs_lib.body_types import analysis, apigateway, auth, awsmarketplace, billing",
    "from constructs_lib.body_types import ErrorBody, communication, integration, pricing",
    "def handler(raw: dict[str, Any], some: list[Operation]) -> None:",
    "    create, delete = op.auth.create_tenant, op.auth.delete_tenant",
)
CREATED = "auth.CreateTenantRequest, auth.CreateTenantResponse"
NARROWING = {
    "custom": '"a", "b"',
    "event_type": '"create_tenant"',
    "failed": "",
    "not_trace_id_prefix": '"x-"',
    "request": 'name="x"',
    "response": 'id="x"',
    "route": '"POST", "/v1/auth/tenants"',
    "status": "201",
    "succeeded": "",
    "tenant": '"t-1"',
    "trace_id": '"x"',
    "trace_id_prefix": '"x-"',
    "user": '"u-1"',
}
"""Every call that narrows a filter, with arguments."""

TYPES = {
    "SaasusEvent.of(create, raw)": f"SaasusEvent[{CREATED}]",
    "SaasusEvent.of(create, raw).response['id']": "str",
    "SaasusEvent.of(create, raw).response['plan_histories'][0]['plan_applied_at']": "int",
    "SaasusEvent.of(create, raw).response['attributes']['plan']": "Any",
    "SaasusEvent.of(create, raw).error": "ErrorBody | None",
    "SaasusEvent.of(delete, raw).request": "None",
    "SaasusEvent.from_dict(raw).response": "Any",
    "SaasusEvent.of(some[0], raw)": "SaasusEvent",
    "EventFilter.all()": "EventFilter[Any, Any]",
    "EventFilter.of(op.pricing)": "EventFilter[Any, Any]",
    "EventFilter.of(*some)": "EventFilter[Any, Any]",
    "EventFilter.of(*op.creating_users)": "EventFilter[Any, Any]",
    "EventFilter.of(create)": f"EventFilter[{CREATED}]",
    "EventFilter.of(create, delete)": (
        "EventFilter[auth.CreateTenantRequest | None, auth.CreateTenantResponse | None]"
    ),
    "EventFilter.of(create, delete, op.auth.create_env, op.pricing.create_tax_rate)": (
        "EventFilter[auth.CreateTenantRequest | None | auth.CreateEnvRequest | pricing.CreateTaxRateRequest, "
        "auth.CreateTenantResponse | None | auth.CreateEnvResponse | pricing.CreateTaxRateResponse]"
    ),
    "EventFilter.of(create, delete, create, delete, create)": "EventFilter[Any, Any]",
    "EventFilter.any_of(EventFilter.of(create), EventFilter.of(op.auth.create_env).succeeded())": (
        "EventFilter[auth.CreateTenantRequest | auth.CreateEnvRequest, "
        "auth.CreateTenantResponse | auth.CreateEnvResponse]"
    ),
    **{
        f"EventFilter.of(create).{name}({arguments})": (
            f"EventFilter[{CREATED if name != 'failed' else 'auth.CreateTenantRequest, ErrorBody'}]"
        )
        for name, arguments in NARROWING.items()
    },
}
"""Expressions, each with its type."""

SLIPS = {
    "SaasusEvent.of(create, raw).response['idd']": "idd",
    "SaasusEvent.of(create, raw).request['id']": "id",
    "SaasusEvent.of(delete, raw).response['id']": "None",
    "SaasusEvent.of('create_tenant', raw)": "Operation",
    "number: int = SaasusEvent.of(create, raw).response['id']": "int",
    "event: auth.CreateTenantEvent = SaasusEvent.of(op.auth.create_env, raw)": "CreateEnv",
    "env: EventFilter[auth.CreateEnvRequest, auth.CreateEnvResponse] = EventFilter.of(create)": "CreateTenant",
    f"failed: EventFilter[{CREATED}] = EventFilter.of(create).failed()": "ErrorBody",
    f"both: EventFilter[{CREATED}] = EventFilter.of(create, delete)": "None",
}
"""Each with what a checker says."""

HANDLERS = """
from __future__ import annotations
from typing import Any
from typing_extensions import assert_type
from constructs_lib import EventFilter, SaasusEvent, operations as op
from constructs_lib.body_types import ErrorBody, auth
from constructs_lib.runtime import EventHandlers, Ledger
handlers, ledger = EventHandlers(), Ledger.from_env()
create, delete, env = op.auth.create_tenant, op.auth.delete_tenant, op.auth.create_env

@handlers.on(EventFilter.of(create).succeeded())
@ledger.once
def onboard(event: auth.CreateTenantEvent) -> None:
    assert_type(event.response["id"], str)

@handlers.on(EventFilter.any_of(EventFilter.of(create), EventFilter.of(delete).succeeded()))
def either(event: SaasusEvent[auth.CreateTenantRequest | None, auth.CreateTenantResponse | None], context: Any) -> str:
    return event.response["id"] if event.response else ""

@handlers.on(EventFilter.of(create).failed())
@ledger.newest(record=lambda event: event.log_id)
def tell(event: SaasusEvent[auth.CreateTenantRequest, ErrorBody]) -> None:
    assert_type(event.response["message"], str)

@handlers.on(EventFilter.of(op.pricing))
@handlers.on(EventFilter.of(env), name="env")
@handlers.fallback
def untyped(event: SaasusEvent) -> None: ...

@handlers.on(EventFilter.of(env))  # wrong
def of_another_operation(event: auth.CreateTenantEvent) -> None: ...

@handlers.on(EventFilter.of(env))  # wrong
@ledger.once
def of_another_operation_under_the_ledger(event: auth.CreateTenantEvent) -> None: ...

@handlers.on(EventFilter.of(create).failed())  # wrong
def of_a_success(event: auth.CreateTenantEvent) -> None: ...

@handlers.on(EventFilter.of(env))  # wrong
def of_too_much(event: auth.CreateEnvEvent, context: Any, more: int) -> None: ...
"""


def of_each_operation() -> Iterator[str]:
    for number, each in enumerate(operations):
        yield f"    event{number}: {each.api}.{each.operation_id}Event = SaasusEvent.of(op.{each}, raw)"


@CHECKERS
def test_types_follow_the_operation(checker: Callable[[Path], str]) -> None:
    lines = [f"    assert_type({expression}, {kind})" for expression, kind in TYPES.items()]
    assert said(checker, *IMPORTS, *lines, *of_each_operation()) == ""


@CHECKERS
@pytest.mark.parametrize("slip", SLIPS)
def test_a_slip_is_an_error(checker: Callable[[Path], str], slip: str) -> None:
    assert SLIPS[slip] in error_at(checker, f"    {slip}", (*IMPORTS, *(f"    {line}" for line in SLIPS)))


@CHECKERS
def test_a_handler_takes_the_events_of_its_filter(checker: Callable[[Path], str]) -> None:
    lines = HANDLERS.splitlines()
    wrong = {number for number, line in enumerate(lines, start=1) if line.endswith("# wrong")}
    errors = re.findall(r"stack\.py:(\d+):.*error", said(checker, *lines))
    assert {int(number) for number in errors} == wrong


def test_every_narrowing_call_is_among_those() -> None:
    members = inspect.getmembers(EventFilter, inspect.isfunction)
    narrowing = {n for n, f in members if n[0] != "_" and str(f.__annotations__["return"]).startswith("EventFilter[")}
    assert narrowing == set(NARROWING)


def test_the_types_are_accepted_at_run_time() -> None:
    from constructs_lib import Operation, SaasusEvent

    for kind in (Operation, EventFilter, SaasusEvent):
        assert kind[dict[str, Any], None].__origin__ is kind
    assert EventFilter[Any, Any].of(operations.auth.create_env) == EventFilter.of(operations.auth.create_env)


EDITED = {
    "op.auth.": {"create_tenant", "delete_saas_user"},
    "EventFilter.of(op.auth.create_tenant).": {"succeeded", "tenant"},
    "SaasusEvent.of(op.auth.create_tenant, raw).": {"request", "response", "error", "tenant_id"},
    'SaasusEvent.of(op.auth.create_tenant, raw).response["': {"id", "name", "plan_histories"},
    'created.response["billing_info"]["address"]["': {"city", "postal_code"},
}
"""What someone has typed so far, and what an editor then offers, among other things."""


def test_an_editor_completes_names_and_the_fields_of_bodies(tmp_path: Path) -> None:
    before = (
        "from constructs_lib import EventFilter, SaasusEvent, operations as op\n"
        "from constructs_lib.body_types.auth import CreateTenantEvent\n\n"
        "def handler(raw: dict[str, object], created: CreateTenantEvent) -> None:\n    "
    )
    found = completions(tmp_path, [before + typed for typed in EDITED])
    assert [typed for (typed, names), offered in zip(EDITED.items(), found, strict=True) if not names <= offered] == []


def completions(folder: Path, texts: list[str]) -> list[set[str]]:
    """Return what Pylance's language server offers at the end of each text."""
    config = {"extraPaths": [str(REPOSITORY)], "typeCheckingMode": "standard"}
    (folder / "pyrightconfig.json").write_text(json.dumps(config), "utf-8")
    server = [str(installed(*PYRIGHT, "basedpyright-langserver")), "--stdio"]
    with subprocess.Popen(
        server, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, cwd=folder
    ) as process:
        client = _LanguageClient(process)
        folders = [{"uri": folder.as_uri(), "name": "handlers"}]
        capabilities = {"workspace": {"configuration": True, "workspaceFolders": True}}
        client.ask(
            "initialize",
            {"processId": None, "rootUri": None, "capabilities": capabilities, "workspaceFolders": folders},
        )
        client.send({"method": "initialized", "params": {}})
        found = [
            client.completions((folder / f"handler{number}.py").as_uri(), text) for number, text in enumerate(texts)
        ]
        process.kill()
    return found


class _LanguageClient:
    """An editor, as a language server sees one (microsoft.github.io/language-server-protocol)."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        assert process.stdin is not None
        assert process.stdout is not None
        self._to, self._from = process.stdin, process.stdout
        self._asked = 0

    def completions(self, uri: str, text: str) -> set[str]:
        document = {"uri": uri, "languageId": "python", "version": 1, "text": text}
        self.send({"method": "textDocument/didOpen", "params": {"textDocument": document}})
        rows = text.split("\n")
        end = {"line": len(rows) - 1, "character": len(rows[-1])}
        found = self.ask("textDocument/completion", {"textDocument": {"uri": uri}, "position": end})
        return {item["label"].strip("\"'") for item in (found["items"] if isinstance(found, dict) else found)}

    def ask(self, method: str, params: dict[str, Any]) -> Any:
        self._asked += 1
        self.send({"id": self._asked, "method": method, "params": params})
        while True:
            message = self._received()
            if "method" not in message and message.get("id") == self._asked:
                return message["result"]
            if "method" in message and "id" in message:  # the server asks for its configuration
                settings = [{"pythonPath": sys.executable, "autoImportCompletions": False}] * len(
                    message["params"].get("items", ())
                )
                self.send({"id": message["id"], "result": settings})

    def send(self, message: dict[str, Any]) -> None:
        content = json.dumps({"jsonrpc": "2.0", **message}).encode()
        self._to.write(b"Content-Length: %d\r\n\r\n" % len(content) + content)
        self._to.flush()

    def _received(self) -> dict[str, Any]:
        length = 0
        while line := self._from.readline().strip():
            if line.lower().startswith(b"content-length:"):
                length = int(line.partition(b":")[2])
        assert length, "the server ended"
        message: dict[str, Any] = json.loads(self._from.read(length))
        return message
