"""The life of the local AWS: it starts, it shuts the user's own AWS out, and it leaves nothing behind."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import textwrap
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from constructs_lib.events.errors import SaasusEventsError
from constructs_lib.local import LocalAws, LocalAwsError
from tests.eventually import eventually
from tests.local.resources import Bus, new_function

if TYPE_CHECKING:
    from collections.abc import Iterator

# Starts a local AWS with a Lambda worker in it, says who they are, and waits to be killed.
VICTIM = """
    import sys, time
    from constructs_lib.local import LocalAws
    from tests.local.resources import new_function
    with LocalAws() as aws:
        function = new_function(aws, "import os\\nreturn os.getpid()")
        answer = aws.client("lambda").invoke(FunctionName=function.name)
        print(aws.pid, int(answer["Payload"].read()), aws._server._state, flush=True)
        time.sleep(60)
"""


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    # A zombie is dead: nobody has collected it yet, which is not our doing when its parent is not us.
    status = Path(f"/proc/{pid}/stat")
    return not status.exists() or status.read_text("utf-8").rpartition(")")[2].split()[0] != "Z"


@pytest.fixture
def victim() -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(VICTIM)], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    yield process
    process.kill()
    process.wait()


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_nothing_is_left_when_the_process_that_started_it_ends(
    victim: subprocess.Popen[str], how: signal.Signals
) -> None:
    assert victim.stdout is not None
    server, worker, state = victim.stdout.readline().split()
    assert is_alive(int(server))
    assert is_alive(int(worker))
    victim.send_signal(how)
    eventually(lambda: not is_alive(int(server)) and not is_alive(int(worker)))
    eventually(lambda: not Path(state).exists())


def test_nothing_is_left_when_the_block_ends() -> None:
    with LocalAws() as aws:
        pid = aws.pid
        function = new_function(aws, "import os\nreturn os.getpid()")
        worker = int(aws.client("lambda").invoke(FunctionName=function.name)["Payload"].read())
    assert not is_alive(pid)
    eventually(lambda: not is_alive(worker))


def test_a_function_in_the_middle_of_its_work_is_stopped_too() -> None:
    with LocalAws() as aws:
        function = new_function(aws, "import os, time\nprint('pid', os.getpid())\ntime.sleep(60)")
        aws.client("lambda").update_function_configuration(FunctionName=function.name, Timeout=120)
        aws.client("lambda").invoke(FunctionName=function.name, InvocationType="Event")
        group = aws.pid
        members = eventually(lambda: [pid for pid in processes_of(group) if pid != group])
    eventually(lambda: not any(is_alive(pid) for pid in members))


def processes_of(group: int) -> list[int]:
    listed = subprocess.run(["ps", "-A", "-o", "pid=,pgid="], capture_output=True, text=True, check=True).stdout
    pairs = [line.split() for line in listed.splitlines()]
    return [int(pid) for pid, leader in pairs if int(leader) == group]


def test_it_listens_on_one_address_of_this_machine_only(aws: LocalAws) -> None:
    assert aws.endpoint_url.startswith("http://127.0.0.1:")
    # Whoever listens on all addresses keeps others from each of them.
    with socket.socket() as other:
        other.bind(("127.0.0.2", int(aws.endpoint_url.rpartition(":")[2])))


def sockets_of(group: int) -> set[str]:
    """Return the addresses that the processes of a group listen on, as the kernel writes them."""
    files = [file for pid in processes_of(group) for file in Path(f"/proc/{pid}/fd").iterdir()]
    open_sockets = {link[8:-1] for link in map(link_of, files) if link.startswith("socket:[")}
    listening = "0A"
    rows = [
        row.split()
        for table in ("tcp", "tcp6")
        for row in Path(f"/proc/{group}/net/{table}").read_text("ascii").splitlines()[1:]
    ]
    return {row[1] for row in rows if row[3] == listening and row[9] in open_sockets}


def link_of(file: Path) -> str:
    try:
        return str(file.readlink())
    except OSError:  # closed meanwhile
        return ""


@pytest.mark.skipif(not Path("/proc/net/tcp").exists(), reason="the kernel of Linux is asked")
def test_nothing_of_it_listens_anywhere_else(aws: LocalAws) -> None:
    aws.client("lambda").invoke(FunctionName=new_function(aws, "pass").name)
    assert sockets_of(aws.pid) == {f"0100007F:{int(aws.endpoint_url.rpartition(':')[2]):04X}"}


def test_it_starts_within_seconds() -> None:
    started = time.monotonic()
    with LocalAws():
        assert time.monotonic() - started < 5


def test_a_module_of_the_users_does_not_get_in_its_way(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "json.py").write_text("raise RuntimeError('the wrong json')")
    monkeypatch.chdir(tmp_path)
    with LocalAws() as aws:
        assert aws.client("sts").get_caller_identity()["Account"] == aws.account


def test_a_port_can_be_chosen_and_a_taken_one_is_an_error(aws: LocalAws) -> None:
    taken = int(aws.endpoint_url.rpartition(":")[2])
    with pytest.raises(LocalAwsError, match=f"port {taken}"):
        LocalAws(port=taken).start()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        free = probe.getsockname()[1]
    with LocalAws(port=free) as second:
        assert second.endpoint_url == f"http://127.0.0.1:{free}"


def test_a_server_that_does_not_start_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    broken = "import sys; print('this is why'); sys.exit(3)"
    real = subprocess.Popen

    def popen(command: list[str], **options: object) -> object:
        return real([command[0], "-c", broken], **options)  # type: ignore[call-overload]

    monkeypatch.setattr("constructs_lib.local.server_process.subprocess.Popen", popen)
    with pytest.raises(LocalAwsError, match=r"(?s)exit code 3.*this is why"):
        LocalAws().start()


@pytest.mark.parametrize(
    "arguments", [{"account": "12345"}, {"retry_scale": 2.0}, {"retry_scale": -1.0}, {"ca_file": Path("nowhere.pem")}]
)
def test_wrong_arguments_are_refused(arguments: dict[str, object]) -> None:
    with pytest.raises(SaasusEventsError):
        LocalAws(**arguments)  # type: ignore[arg-type]


def test_it_cannot_be_used_before_it_runs() -> None:
    with pytest.raises(LocalAwsError, match="is not running"):
        LocalAws().client("events")


def test_the_users_own_aws_settings_do_not_get_in(
    aws: LocalAws, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("AWS_PROFILE", "of-the-user")
    monkeypatch.setenv("AWS_SESSION_TOKEN", "of-the-user")
    monkeypatch.setenv("AWS_ENDPOINT_URL_SNS", "https://sns.amazonaws.com")
    monkeypatch.setenv("CDK_DEFAULT_ACCOUNT", "999999999999")
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("OTHER", "kept")
    environment = aws.environment()
    assert [name for name, value in environment.items() if value == "of-the-user"] == []
    assert "AWS_ENDPOINT_URL_SNS" not in environment
    assert environment["OTHER"] == "kept"
    assert environment["CDK_DEFAULT_ACCOUNT"] == aws.account
    for name in ("AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL_SQS"):
        assert environment[name] == aws.endpoint_url
    assert environment["AWS_CONFIG_FILE"] == environment["AWS_SHARED_CREDENTIALS_FILE"] == os.devnull
    assert "127.0.0.1" in environment["NO_PROXY"].split(",")
    assert aws.client("sts").get_caller_identity()["Account"] == aws.account
    fresh = aws.client("sts", region="eu-west-3")
    assert fresh.get_caller_identity()["Account"] == aws.account


def test_a_tool_with_that_environment_talks_to_it(aws: LocalAws) -> None:
    code = (
        "import boto3\n"
        "print(boto3.client('sts').get_caller_identity()['Account'], boto3.client('sqs').meta.endpoint_url)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=aws.environment({**os.environ, "AWS_PROFILE": "nobody"}),
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.split() == [aws.account, aws.endpoint_url]


def test_the_server_sees_nothing_of_the_users_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SAASUS_SECRET_KEY", "of-the-user")
    monkeypatch.setenv("PERSIST_STATE", "1")
    with LocalAws() as aws:
        function = new_function(
            aws, "import os\nreturn [n for n in os.environ if n in ('SAASUS_SECRET_KEY', 'PERSIST_STATE')]"
        )
        assert aws.client("lambda").invoke(FunctionName=function.name)["Payload"].read() == b"[]"


def test_two_can_run_at_once_and_know_nothing_of_each_other(aws: LocalAws, source_name: str) -> None:
    with LocalAws(account="111122223333", region="ap-northeast-1") as other:
        assert other.client("sts").get_caller_identity()["Account"] == "111122223333"
        assert other.client("events").list_event_sources()["EventSources"] == []
        other.client("events").create_partner_event_source(Name=source_name, Account=other.account)
        other.client("events").create_event_bus(Name=source_name, EventSourceName=source_name)
        assert other.client("events").describe_event_source(Name=source_name)["State"] == "ACTIVE"
    assert aws.client("events").describe_event_source(Name=source_name)["State"] == "PENDING"


def test_another_region_of_the_account_is_another_place(aws: LocalAws) -> None:
    name = "aws.partner/saasus.io/regional/event"
    tokyo = aws.client("events", region="ap-northeast-1")
    tokyo.create_partner_event_source(Name=name, Account=aws.account)
    bus = tokyo.create_event_bus(Name=name, EventSourceName=name)
    assert bus["EventBusArn"].startswith("arn:aws:events:ap-northeast-1:")
    assert Bus(aws, name).name == name
    assert aws.client("events").list_event_sources(NamePrefix=name)["EventSources"] == []
