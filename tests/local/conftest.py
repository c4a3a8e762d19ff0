"""One local AWS for the tests of a file; each test has resources with names of its own."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import trustme

from constructs_lib.local import LocalAws
from tests.eventually import eventually
from tests.local.command import Command
from tests.local.resources import Bus, Queue, new_queue, new_source_name

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="session")
def authority() -> trustme.CA:
    """The authority that the local AWS trusts, for the endpoints of the tests."""
    return trustme.CA()


@pytest.fixture(scope="module")
def aws(authority: trustme.CA, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalAws]:
    ca_file = tmp_path_factory.mktemp("authority") / "ca.pem"
    authority.cert_pem.write_to_path(str(ca_file))
    with LocalAws(ca_file=ca_file) as running:
        yield running


@pytest.fixture
def source_name(aws: LocalAws) -> str:
    """The name of a partner event source that exists and has no bus."""
    name = new_source_name()
    aws.client("events").create_partner_event_source(Name=name, Account=aws.account)
    return name


@pytest.fixture
def bus(aws: LocalAws, source_name: str) -> Bus:
    aws.client("events").create_event_bus(Name=source_name, EventSourceName=source_name)
    return Bus(aws, source_name)


@pytest.fixture
def queue(aws: LocalAws) -> Queue:
    """A queue without a policy."""
    return new_queue(aws)


@pytest.fixture
def dead_letters(aws: LocalAws) -> Queue:
    """A queue that any rule of this account may send dead letters to."""
    return new_queue(aws).allow_events(StringEquals={"aws:SourceAccount": aws.account})


@pytest.fixture
def command(aws: LocalAws, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    return Command(aws, monkeypatch, capsys)


@pytest.fixture
def environment(tmp_path: Path) -> Iterator[dict[str, str]]:
    """An environment that whatever a command starts can be found by; nothing that has it may be left at the end."""
    mark = tmp_path / "started-by-this-test"
    yield os.environ | {"PATH": f"{os.environ['PATH']}{os.pathsep}{mark}", "PYTHONUNBUFFERED": "1"}
    eventually(lambda: not _programs_with(str(mark)))


def _programs_with(mark: str) -> list[str]:
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if mark.encode() in (process / "environ").read_bytes():
                found.append((process / "cmdline").read_text())
        except OSError:  # it has just ended, or is not ours to look at
            continue
    return found
