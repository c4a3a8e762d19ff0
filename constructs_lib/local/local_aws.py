"""`LocalAws`: starts the embedded AWS as a child process, hands out clients for it, and stops it."""

from __future__ import annotations

import contextlib
import http.client
import importlib.util
import json
import os
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, overload

from constructs_lib.local.errors import LocalAwsError, tail
from constructs_lib.local.node import node_directory
from constructs_lib.local.state_files import FUNCTION_ENVIRONMENT

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import TracebackType

    from mypy_boto3_events import EventBridgeClient
    from mypy_boto3_lambda import LambdaClient
    from mypy_boto3_logs import CloudWatchLogsClient
    from mypy_boto3_secretsmanager import SecretsManagerClient
    from mypy_boto3_sqs import SQSClient
    from typing_extensions import Self

DEFAULT_RETRY_SCALE = 0.01

_HOST = "127.0.0.1"
_START_TIMEOUT = 30.0
_STOP_TIMEOUT = 5.0
_SECRET_KEY = "local"  # noqa: S105 - not a secret: the local AWS checks none
# What the server and the Lambdas in it may see of the user's environment: no credentials, no other tool's settings.
_SERVER_ENVIRONMENT = frozenset(
    {"HOME", "LANG", "LC_ALL", "LC_CTYPE", "PATH", "PYTHONPATH", "SSL_CERT_DIR", "SSL_CERT_FILE", "TZ", "VIRTUAL_ENV"}
)


class LocalAws:
    """An AWS account and region on this machine, for as long as the `with` block lasts.

    Everything that AWS tools read from the environment is in `environment()`; `client()` gives a boto3
    client. When the block ends, however it ends (also when this process is killed), the server and all
    Lambda workers in it are stopped and its state is removed.

    ```python
    with LocalAws() as aws:
        aws.client("events").create_partner_event_source(Name=name, Account=aws.account)
        run_cdk(["deploy"], cwd=project, environment=aws.environment())
    ```

    Args:
        region: The region that clients and the CDK use by default.
        account: The account, 12 digits. It is the access key, too, so that the CDK CLI's cache of
            access key to account can never mix two accounts up.
        port: The port on 127.0.0.1. 0 takes a free one.
        ca_file: A PEM file of certificate authorities that API destinations and Lambdas trust in
            addition to the system's, such as `HttpsEndpoint.ca_file`.
        retry_scale: What a second of waiting between two attempts of EventBridge or Lambda takes here.
            0.01 makes EventBridge's first three retries take 10, 20 and 40 ms, and Lambda's two retries
            0.6 and 1.2 s. Limits (event age, attempts) are counted in AWS's time, not in scaled time.

    Raises:
        LocalAwsError: The arguments are not usable, the port is taken, or the server does not start.
    """

    def __init__(
        self,
        *,
        region: str = "us-east-1",
        account: str = "000000000000",
        port: int = 0,
        ca_file: Path | None = None,
        retry_scale: float = DEFAULT_RETRY_SCALE,
    ) -> None:
        if not (len(account) == 12 and account.isascii() and account.isdigit()):
            raise LocalAwsError(f"The account {account!r} is not one: an AWS account id has 12 digits.")
        if not 0 <= retry_scale <= 1:
            raise LocalAwsError(f"retry_scale is {retry_scale}: it has to be between 0 (no waiting) and 1 (as AWS).")
        if ca_file is not None and not ca_file.is_file():
            raise LocalAwsError(f"ca_file {str(ca_file)!r} does not exist: give a PEM file of certificate authorities.")
        self.region = region
        self.account = account
        self._wanted_port = port
        self._ca_file = ca_file
        self._retry_scale = retry_scale
        self._port: int | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._state: Path | None = None
        self._clients: dict[tuple[str, str, str], Any] = {}
        self._clients_lock = threading.Lock()
        self._state_lock = threading.Lock()
        self._given_to_functions: dict[str, str] = {}

    # ------------------------------------------------------------------ life

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(self) -> Self:
        """Start the server and return once it answers."""
        if self._process is not None:
            raise LocalAwsError(f"This LocalAws runs already, at {self.endpoint_url}.")
        _require_ministack()
        self._state = Path(tempfile.mkdtemp(prefix="saasus-local-aws-"))
        try:
            self._launch(self._state)
            self._wait_until_healthy()
        except BaseException:
            self.stop()
            raise
        return self

    def stop(self) -> None:
        """Stop the server and every Lambda worker, and remove the state. Does nothing when not running."""
        process, self._process = self._process, None
        state, self._state = self._state, None
        try:
            if process is not None:
                self._stop_process(process)
        finally:
            self._clients.clear()
            self._given_to_functions = {}
            self._port = None
            if state is not None:
                shutil.rmtree(state, ignore_errors=True)

    def wait(self) -> None:
        """Block until the server ends or Ctrl-C is pressed."""
        self._running().wait()

    def _launch(self, state: Path) -> None:
        # The socket is bound here and handed over, so that nobody can take a free port in between.
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as listener:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                listener.bind((_HOST, self._wanted_port))
            except OSError as error:
                raise LocalAwsError(
                    f"The local AWS cannot use port {self._wanted_port} on {_HOST} ({error.strerror}). "
                    "Choose another port, or port 0 for any free one."
                ) from error
            self._port = listener.getsockname()[1]
            with (state / "server.log").open("wb") as log:
                # The server ends when its standard input does, that is, also when this process is killed.
                # A session of its own keeps Ctrl-C from reaching it before we do.
                self._process = subprocess.Popen(
                    [sys.executable, "-m", "constructs_lib.local.server"],
                    stdin=subprocess.PIPE,
                    stdout=log,
                    stderr=subprocess.STDOUT,
                    env=self._server_environment(state, listener.fileno()),
                    # Not where the user is: a module there could stand before one of the standard library.
                    cwd=state,
                    pass_fds=(listener.fileno(),),
                    start_new_session=True,
                )

    def _server_environment(self, state: Path, listener: int) -> dict[str, str]:
        temporary = state / "tmp"
        temporary.mkdir()
        inherited = {name: os.environ[name] for name in _SERVER_ENVIRONMENT if name in os.environ}
        if "PYTHONPATH" in inherited:
            paths = inherited["PYTHONPATH"].split(os.pathsep)
            inherited["PYTHONPATH"] = os.pathsep.join(str(Path(path).absolute()) for path in paths)
        environment = {
            **inherited,
            **self.variables(),
            "PATH": os.pathsep.join([str(node_directory()), inherited.get("PATH", os.defpath)]),
            "PYTHONUNBUFFERED": "1",
            "TMPDIR": str(temporary),
            "SAASUS_LOCAL_LISTENER": str(listener),
            "SAASUS_LOCAL_RETRY_SCALE": repr(self._retry_scale),
            "SAASUS_LOCAL_STATE": str(state),
            "GATEWAY_PORT": str(self._port),
            "MINISTACK_HOST": _HOST,
            "MINISTACK_ACCOUNT_ID": self.account,
            "MINISTACK_REGION": self.region,
            "SFTP_ENABLED": "0",
            "IOT_MTLS_ENABLED": "0",
            # ministack tidies up containers at start; whatever Docker the user runs is not ours to touch.
            "DOCKER_HOST": f"unix://{state}/no-docker.sock",
        }
        bundle = self._write_ca_bundle(state)
        if bundle is not None:
            environment["SSL_CERT_FILE"] = str(bundle)
        return environment

    def _write_ca_bundle(self, state: Path) -> Path | None:
        if self._ca_file is None:
            return None
        system = ssl.get_default_verify_paths().cafile
        parts = [Path(system).read_text("utf-8")] if system else []
        bundle = state / "ca-bundle.pem"
        bundle.write_text("\n".join([*parts, self._ca_file.read_text("utf-8")]), "utf-8")
        return bundle

    def _wait_until_healthy(self) -> None:
        process = self._running()
        deadline = time.monotonic() + _START_TIMEOUT
        while time.monotonic() < deadline:
            if process.poll() is not None:
                raise LocalAwsError(
                    f"The local AWS ended while it started, with exit code {process.returncode}. "
                    f"The end of its log:\n{self.log_tail()}"
                )
            if self._answers():
                return
            time.sleep(0.02)
        raise LocalAwsError(
            f"The local AWS did not answer within {_START_TIMEOUT:.0f} s. The end of its log:\n{self.log_tail()}"
        )

    def _answers(self) -> bool:
        connection = http.client.HTTPConnection(_HOST, self._port, timeout=2)
        try:
            connection.request("GET", "/_ministack/health")
            return connection.getresponse().status == 200
        except OSError:
            return False
        finally:
            connection.close()

    @staticmethod
    def _stop_process(process: subprocess.Popen[bytes]) -> None:
        try:
            if process.stdin is not None:
                with contextlib.suppress(OSError):
                    process.stdin.close()
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(timeout=_STOP_TIMEOUT)
        finally:
            # The workers are in the server's process group, which outlives the server itself.
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is None:
            raise LocalAwsError("This LocalAws does not run. Use it in a `with` block, or call start() first.")
        return self._process

    # ---------------------------------------------------------------- use

    def give_functions(self, variables: Mapping[str, str]) -> None:
        """Set environment variables that functions are started with from now on; their own ones go before them.

        What was given before and is not in these is taken away. Functions that are warm keep what they have.
        """
        self._running()
        with self._state_lock:
            path = Path(str(self._state), FUNCTION_ENVIRONMENT)
            beside = path.with_suffix(".new")
            beside.write_text(json.dumps(dict(variables)), "utf-8")
            beside.replace(path)
            self._given_to_functions = dict(variables)

    @property
    def given_to_functions(self) -> dict[str, str]:
        """The environment variables that functions are started with, beside their own."""
        return dict(self._given_to_functions)

    @property
    def endpoint_url(self) -> str:
        """The address that the AWS CLI takes as `--endpoint-url`."""
        self._running()
        return f"http://{_HOST}:{self._port}"

    @property
    def pid(self) -> int:
        """The process id of the server, which is the id of its process group, too."""
        return self._running().pid

    def variables(self) -> dict[str, str]:
        """Give the environment variables that point AWS tools here, and nothing else."""
        endpoint = f"http://{_HOST}:{self._port}"
        theirs = os.environ.get("no_proxy") or os.environ.get("NO_PROXY") or ""
        without_proxy = ",".join(dict.fromkeys([*filter(None, theirs.split(",")), _HOST, "localhost"]))
        return {
            "AWS_ENDPOINT_URL": endpoint,
            "AWS_ENDPOINT_URL_S3": endpoint,
            "AWS_ACCESS_KEY_ID": self.account,
            "AWS_SECRET_ACCESS_KEY": _SECRET_KEY,
            "AWS_REGION": self.region,
            "AWS_DEFAULT_REGION": self.region,
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_PAGER": "",
            "CDK_DEFAULT_ACCOUNT": self.account,
            "CDK_DEFAULT_REGION": self.region,
            "CDK_HOME": str((self._state or Path(tempfile.gettempdir())) / "cdk"),
            # Both spellings: tools differ in which one they read first.
            "NO_PROXY": without_proxy,
            "no_proxy": without_proxy,
        }

    def environment(self, base: Mapping[str, str] | None = None) -> dict[str, str]:
        """Give a whole environment for a subprocess: this process's own without its AWS settings, plus ours.

        No profile, credential or endpoint of the user is left in it.
        """
        self._running()
        inherited = os.environ if base is None else base
        kept = {name: value for name, value in inherited.items() if not name.startswith(("AWS_", "CDK_"))}
        return {**kept, **self.variables()}

    @overload
    def client(self, service: Literal["events"], *, account: str = ..., region: str = ...) -> EventBridgeClient: ...
    @overload
    def client(self, service: Literal["lambda"], *, account: str = ..., region: str = ...) -> LambdaClient: ...
    @overload
    def client(self, service: Literal["logs"], *, account: str = ..., region: str = ...) -> CloudWatchLogsClient: ...
    @overload
    def client(
        self, service: Literal["secretsmanager"], *, account: str = ..., region: str = ...
    ) -> SecretsManagerClient: ...
    @overload
    def client(self, service: Literal["sqs"], *, account: str = ..., region: str = ...) -> SQSClient: ...
    @overload
    def client(self, service: str, *, account: str = ..., region: str = ...) -> Any: ...
    def client(self, service: str, *, account: str = "", region: str = "") -> Any:
        """Give a boto3 client of the local AWS, the same one for the same arguments.

        Args:
            service: The name that boto3 has for the service, such as `events`.
            account: Another account than this one's.
            region: Another region than this one's.
        """
        import botocore.session
        from boto3.session import Session
        from botocore.config import Config

        key = (service, account or self.account, region or self.region)
        endpoint = self.endpoint_url
        with self._clients_lock:
            if key not in self._clients:
                # The user's profile and files are not even looked at: a profile that is not there is an error.
                bare = botocore.session.Session(
                    session_vars={
                        "profile": (None, None, None, None),
                        "config_file": (None, None, os.devnull, None),
                        "credentials_file": (None, None, os.devnull, None),
                        "ca_bundle": (None, None, None, None),
                    }
                )
                session = Session(
                    aws_access_key_id=key[1],
                    aws_secret_access_key=_SECRET_KEY,
                    region_name=key[2],
                    botocore_session=bare,
                )
                self._clients[key] = session.client(
                    service,  # type: ignore[call-overload]
                    endpoint_url=endpoint,
                    config=Config(proxies={}, retries={"total_max_attempts": 1}, connect_timeout=5, read_timeout=60),
                )
            return self._clients[key]

    def log_tail(self, lines: int = 30) -> str:
        """Give the last lines that the server wrote."""
        if self._state is None:
            return tail("", lines)
        return tail((self._state / "server.log").read_text("utf-8", errors="replace"), lines)


def _require_ministack() -> None:
    if importlib.util.find_spec("ministack") is None:
        raise LocalAwsError(
            "The local AWS needs the Python package 'ministack', which is not installed. Install the extra: "
            "pip install 'saasus-eventbridge-constructs[local]'"
        )
