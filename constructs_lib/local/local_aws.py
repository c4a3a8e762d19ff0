"""`LocalAws`: an AWS account and region on this machine, with clients for it."""

from __future__ import annotations

import importlib.util
import os
import threading
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, overload

from constructs_lib.local.errors import LocalAwsError, tail
from constructs_lib.local.server_process import SECRET_KEY, ServerProcess

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path
    from types import TracebackType

    from mypy_boto3_events import EventBridgeClient
    from mypy_boto3_lambda import LambdaClient
    from mypy_boto3_logs import CloudWatchLogsClient
    from mypy_boto3_secretsmanager import SecretsManagerClient
    from mypy_boto3_sqs import SQSClient
    from typing_extensions import Self

DEFAULT_RETRY_SCALE = 0.01


class SentEmail(NamedTuple):
    """A mail that SES accepted on the local AWS, which sends none."""

    sender: str
    to: tuple[str, ...]
    subject: str
    text: str


class LocalAws:
    """An AWS account and region on this machine, for as long as the `with` block lasts.

    `environment()` has everything that AWS tools read from the environment, and `client()` returns a boto3 client.
    When the block ends, however it ends (even when this process is killed), the server and all its Lambda workers are
    stopped and its state is removed.

    ```python
    with LocalAws() as aws:
        aws.client("events").create_partner_event_source(Name=name, Account=aws.account)
        run_cdk(["deploy"], cwd=project, environment=aws.environment())
    ```

    Args:
        region: The region that clients and the CDK use by default.
        account: The account, 12 digits. It is also the access key, so that the CDK CLI, which remembers the account
            of each access key, never confuses two accounts.
        port: The port on 127.0.0.1. 0 takes a free one.
        ca_file: A PEM file of certificate authorities that API destinations and Lambda functions trust in addition to
            the system's, such as `HttpsEndpoint.ca_file`.
        retry_scale: How long a second of waiting between two attempts of EventBridge or Lambda takes here.
            With 0.01, EventBridge's first three retries take 10, 20 and 40 ms, and Lambda's two retries
            0.6 and 1.2 s. Limits (event age, attempts) are counted in AWS's time, not in scaled time.

    Raises:
        LocalAwsError: An argument is not valid, the port is taken, or the server does not start.
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
            raise LocalAwsError(f"{account!r} is not an AWS account id. Expected 12 digits, such as '000000000000'.")
        if not 0 <= retry_scale <= 1:
            raise LocalAwsError(
                f"retry_scale={retry_scale} is not valid. Expected a number from 0 (no waiting) to 1 (as on AWS)."
            )
        if ca_file is not None and not ca_file.is_file():
            raise LocalAwsError(
                f"ca_file {str(ca_file)!r} does not exist. Expected a PEM file of certificate authorities."
            )
        self.region = region
        self.account = account
        self._port = port
        self._ca_file = ca_file
        self._retry_scale = retry_scale
        self._server: ServerProcess | None = None
        self._clients: dict[tuple[str, str, str], Any] = {}
        self._clients_lock = threading.Lock()
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
        if self._server is not None:
            raise LocalAwsError(f"This LocalAws is already running at {self.endpoint_url}. Use it, or stop it first.")
        _require_ministack()
        self._server = ServerProcess(
            account=self.account,
            region=self.region,
            port=self._port,
            ca_file=self._ca_file,
            retry_scale=self._retry_scale,
        )
        return self

    def stop(self) -> None:
        """Stop the server and every Lambda worker, and remove the state. Does nothing when it is not running."""
        server, self._server = self._server, None
        self._clients.clear()
        self._given_to_functions = {}
        if server is not None:
            server.stop()

    def wait(self) -> None:
        """Block until the server ends or Ctrl-C is pressed."""
        self._running().wait()

    def _running(self) -> ServerProcess:
        if self._server is None:
            raise LocalAwsError("This LocalAws is not running. Use it in a `with` block, or call start() first.")
        return self._server

    # ------------------------------------------------------------------ use

    def give_functions(self, variables: Mapping[str, str]) -> None:
        """Set environment variables for all functions that start from now on; a function's own take precedence.

        They replace those that were set before. Functions that are warm keep theirs.
        """
        self._running().set_function_environment(variables)
        self._given_to_functions = dict(variables)

    @property
    def given_to_functions(self) -> dict[str, str]:
        """The environment variables that functions are started with, beside their own."""
        return dict(self._given_to_functions)

    @property
    def endpoint_url(self) -> str:
        """The address that the AWS CLI takes as `--endpoint-url`."""
        return self.variables()["AWS_ENDPOINT_URL"]

    @property
    def pid(self) -> int:
        """The process id of the server, which is also the id of its process group."""
        return self._running().pid

    def variables(self) -> dict[str, str]:
        """Return the environment variables that point AWS tools here, and nothing else."""
        return self._running().variables()

    def environment(self, base: Mapping[str, str] | None = None) -> dict[str, str]:
        """Return a whole environment for a subprocess: this process's own without its AWS settings, plus ours.

        It contains no profile, credential or endpoint of the user's.

        Args:
            base: The environment to start from. Default: this process's own.
        """
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
        """Return a boto3 client of the local AWS, the same one for the same arguments.

        Args:
            service: Boto3's name for the service, such as `events`.
            account: An account. Default: this one's.
            region: A region. Default: this one's.
        """
        import botocore.session
        from boto3.session import Session
        from botocore.config import Config

        key = (service, account or self.account, region or self.region)
        endpoint = self.endpoint_url
        with self._clients_lock:
            if key not in self._clients:
                # The user's profile and files are not read at all: a profile that does not exist would be an error.
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
                    aws_secret_access_key=SECRET_KEY,
                    region_name=key[2],
                    botocore_session=bare,
                )
                self._clients[key] = session.client(
                    service,  # type: ignore[call-overload]
                    endpoint_url=endpoint,
                    config=Config(proxies={}, retries={"total_max_attempts": 1}, connect_timeout=5, read_timeout=60),
                )
            return self._clients[key]

    def sent_emails(self) -> list[SentEmail]:
        """Return the mails that SES accepted from this account, the oldest first."""
        import json
        from urllib.request import ProxyHandler, build_opener

        url = f"{self.endpoint_url}/_ministack/ses/messages?account={self.account}"
        with build_opener(ProxyHandler({})).open(url, timeout=5) as answer:
            sent = json.load(answer)["messages"].get(self.account, [])
        return [SentEmail(mail["Source"], tuple(mail["To"]), mail["Subject"], mail["BodyText"] or "") for mail in sent]

    def log_tail(self, lines: int = 30) -> str:
        """Return the last lines that the server wrote."""
        return tail("", lines) if self._server is None else self._server.log_tail(lines)


def _require_ministack() -> None:
    if importlib.util.find_spec("ministack") is None:
        raise LocalAwsError(
            "The local AWS needs the Python package 'ministack', which is not installed. Install the extra: "
            "pip install 'saasus-eventbridge-constructs[local]'"
        )
