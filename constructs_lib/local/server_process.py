"""The child process of a `LocalAws`: how it is started, how it is found, and how nothing of it is left."""

from __future__ import annotations

import contextlib
import http.client
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
from typing import TYPE_CHECKING, Final

from constructs_lib.local.errors import LocalAwsError, tail
from constructs_lib.local.http_server import HOST
from constructs_lib.local.node import node_directory
from constructs_lib.local.server import FUNCTION_ENVIRONMENT

if TYPE_CHECKING:
    from collections.abc import Mapping

SECRET_KEY: Final = "local"  # noqa: S105 - not a secret: the local AWS checks none

_START_TIMEOUT = 30.0
_STOP_TIMEOUT = 5.0
# What the server and the Lambda functions in it can see of the user's environment: no credentials, and no other tool's
# settings.
_INHERITED = frozenset(
    {"HOME", "LANG", "LC_ALL", "LC_CTYPE", "PATH", "PYTHONPATH", "SSL_CERT_DIR", "SSL_CERT_FILE", "TZ", "VIRTUAL_ENV"}
)


class ServerProcess:
    """A running server, with a folder for its state; both are there until `stop()`.

    The server also ends, and removes its state, when this process does.

    Args:
        account: The account of requests whose access key is not an account.
        region: The region of requests that do not name one.
        port: The port on 127.0.0.1; 0 takes a free one.
        ca_file: Certificate authorities to trust in addition to the system's.
        retry_scale: How long a second of waiting between two attempts takes.

    Raises:
        LocalAwsError: The port is taken, or the server does not start.
    """

    def __init__(self, *, account: str, region: str, port: int, ca_file: Path | None, retry_scale: float) -> None:
        self._account = account
        self._region = region
        self._state = Path(tempfile.mkdtemp(prefix="saasus-local-aws-"))
        self._state_lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self.port = port
        """The port that it listens on."""
        try:
            self._process = self._launch(ca_file, retry_scale)
            self._wait_until_healthy(self._process)
        except BaseException:
            self.stop()
            raise

    @property
    def pid(self) -> int:
        """The process id, which is also the id of its process group."""
        return self._process.pid if self._process is not None else 0

    def wait(self) -> None:
        """Block until the server ends."""
        if self._process is not None:
            self._process.wait()

    def stop(self) -> None:
        """Stop the server and everything that it started, and remove its state."""
        try:
            if self._process is not None:
                _stop(self._process)
        finally:
            shutil.rmtree(self._state, ignore_errors=True)

    def variables(self) -> dict[str, str]:
        """Return the environment variables that point AWS tools at the server, and nothing else."""
        endpoint = f"http://{HOST}:{self.port}"
        theirs = os.environ.get("no_proxy") or os.environ.get("NO_PROXY") or ""
        without_proxy = ",".join(dict.fromkeys([*filter(None, theirs.split(",")), HOST, "localhost"]))
        return {
            "AWS_ENDPOINT_URL": endpoint,
            "AWS_ENDPOINT_URL_S3": endpoint,
            # Version 1 of the AWS command line does not use the general one for SQS.
            "AWS_ENDPOINT_URL_SQS": endpoint,
            "AWS_ACCESS_KEY_ID": self._account,
            "AWS_SECRET_ACCESS_KEY": SECRET_KEY,
            "AWS_REGION": self._region,
            "AWS_DEFAULT_REGION": self._region,
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_PAGER": "",
            "CDK_DEFAULT_ACCOUNT": self._account,
            "CDK_DEFAULT_REGION": self._region,
            "CDK_HOME": str(self._state / "cdk"),
            # Both spellings: tools differ in which one they read first.
            "NO_PROXY": without_proxy,
            "no_proxy": without_proxy,
        }

    def set_function_environment(self, variables: Mapping[str, str]) -> None:
        """Set the environment variables that functions are started with from now on, beside their own."""
        with self._state_lock:
            path = self._state / FUNCTION_ENVIRONMENT
            beside = path.with_suffix(".new")
            beside.write_text(json.dumps(dict(variables)), "utf-8")
            beside.replace(path)

    def log_tail(self, lines: int) -> str:
        """Return the last lines that the server wrote."""
        return tail((self._state / "server.log").read_text("utf-8", errors="replace"), lines)

    def _launch(self, ca_file: Path | None, retry_scale: float) -> subprocess.Popen[bytes]:
        # The socket is bound here and handed over, so that nobody can take a free port in between.
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as listener:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                listener.bind((HOST, self.port))
            except OSError as error:
                raise LocalAwsError(
                    f"The local AWS cannot use port {self.port} on {HOST} ({error.strerror}). "
                    "Choose another port, or port 0 for any free one."
                ) from error
            self.port = listener.getsockname()[1]
            with (self._state / "server.log").open("wb") as log:
                # The server ends when its standard input does, which is also when this process is killed.
                # A session of its own keeps Ctrl-C from reaching it before this process handles it.
                return subprocess.Popen(
                    [sys.executable, "-m", "constructs_lib.local.server"],
                    stdin=subprocess.PIPE,
                    stdout=log,
                    stderr=subprocess.STDOUT,
                    env=self._environment(listener.fileno(), ca_file, retry_scale),
                    # Not the user's folder, where a module could shadow one of the standard library.
                    cwd=self._state,
                    pass_fds=(listener.fileno(),),
                    start_new_session=True,
                )

    def _environment(self, listener: int, ca_file: Path | None, retry_scale: float) -> dict[str, str]:
        temporary = self._state / "tmp"
        temporary.mkdir()
        inherited = {name: os.environ[name] for name in _INHERITED if name in os.environ}
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
            "SAASUS_LOCAL_RETRY_SCALE": repr(retry_scale),
            "SAASUS_LOCAL_STATE": str(self._state),
            "GATEWAY_PORT": str(self.port),
            "MINISTACK_HOST": HOST,
            "MINISTACK_ACCOUNT_ID": self._account,
            "MINISTACK_REGION": self._region,
            "SFTP_ENABLED": "0",
            "IOT_MTLS_ENABLED": "0",
            # ministack removes containers when it starts, but any Docker of the user's must not be touched.
            "DOCKER_HOST": f"unix://{self._state}/no-docker.sock",
        }
        if ca_file is not None:
            environment["SSL_CERT_FILE"] = str(self._write_ca_bundle(ca_file))
        return environment

    def _write_ca_bundle(self, ca_file: Path) -> Path:
        system = ssl.get_default_verify_paths().cafile
        parts = [Path(system).read_text("utf-8")] if system else []
        bundle = self._state / "ca-bundle.pem"
        bundle.write_text("\n".join([*parts, ca_file.read_text("utf-8")]), "utf-8")
        return bundle

    def _wait_until_healthy(self, process: subprocess.Popen[bytes]) -> None:
        deadline = time.monotonic() + _START_TIMEOUT
        while time.monotonic() < deadline:
            if process.poll() is not None:
                raise LocalAwsError(
                    f"The local AWS ended while it started, with exit code {process.returncode}. "
                    f"The end of its log:\n{self.log_tail(30)}"
                )
            if self._is_healthy():
                return
            time.sleep(0.02)
        raise LocalAwsError(
            f"The local AWS did not answer within {_START_TIMEOUT:.0f} s. The end of its log:\n{self.log_tail(30)}"
        )

    def _is_healthy(self) -> bool:
        connection = http.client.HTTPConnection(HOST, self.port, timeout=2)
        try:
            connection.request("GET", "/_ministack/health")
            return connection.getresponse().status == 200
        except OSError:
            return False
        finally:
            connection.close()


def _stop(process: subprocess.Popen[bytes]) -> None:
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
