"""An AWS, a SaaSus and an HTTPS API on this machine, and an app between them."""

from __future__ import annotations

import os
import tempfile
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from rich.console import Console

from constructs_lib.local import LocalAws
from constructs_lib.local.cdk_cli import bootstrap, command_directories, ensure_cdk_cli, run_cdk
from constructs_lib.local.demo import DemoEnvironment
from constructs_lib.local.saasus import LocalSaasus
from constructs_lib.runtime.event_source import KnownSource, event_sources, wait_for_source
from constructs_lib.runtime.saasus_api import EventBridgeSettings, IntegrationApi
from constructs_lib.runtime.waiting import Waiting

if TYPE_CHECKING:
    from collections.abc import Iterator

    from constructs_lib.local import HttpsEndpoint
    from constructs_lib.local.demo import Demo

SAASUS_SECRET: Final = "saasus"  # noqa: S105 - the name of a secret, not one
_AWS_VARIABLES: Final = (
    "AWS_ENDPOINT_URL",
    "AWS_ENDPOINT_URL_S3",
    "AWS_ENDPOINT_URL_SQS",
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_REGION",
    "AWS_DEFAULT_REGION",
)
_IN_THE_WAY: Final = ("AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_SESSION_TOKEN")
"""What would keep AWS's tools from using the variables above."""
_SOURCE_SECONDS: Final = 30.0


@dataclass(frozen=True)
class LocalEnvironment:
    """Everything on the path of an event, running on this machine; `LocalEnvironment.start()` makes one."""

    console: Console
    directory: Path
    """The folder of the app."""
    demo: Demo
    """What the app needs, and what is tried with it."""
    here: DemoEnvironment
    """The AWS, bootstrapped for the CDK and with the secrets of the demo and of SaaSus, the SaaSus, and the API."""

    @classmethod
    @contextmanager
    def start(
        cls, directory: Path, demo: Demo, *, port: int = 0, console: Console | None = None
    ) -> Iterator[LocalEnvironment]:
        """Start everything, and stop it at the end of the `with` block.

        Args:
            directory: The folder of the app, with its `cdk.json`.
            demo: What the app needs, and what is tried with it.
            port: The port of AWS; SaaSus gets the next one. Default: 0, which takes free ones.
            console: Where progress is shown. Default: the standard output.

        Raises:
            SaasusEventsError: Something did not start.
        """
        shown = console or Console(highlight=False, soft_wrap=True)
        ensure_cdk_cli(shown.print)
        with (
            demo.api as api,
            LocalAws(port=port, ca_file=api.ca_file) as aws,
            LocalSaasus(aws, port=port and port + 1) as saasus,
        ):
            environment = cls(shown, directory, demo, DemoEnvironment(aws, saasus, api))
            with environment.step("Bootstrapping the account for the CDK"):
                bootstrap(aws)
                vault = aws.client("secretsmanager")
                for name, text in {**demo.secrets, SAASUS_SECRET: saasus.secret_string()}.items():
                    vault.create_secret(Name=name, SecretString=text)
            yield environment

    @property
    def aws(self) -> LocalAws:
        """The AWS."""
        return self.here.aws

    @property
    def saasus(self) -> LocalSaasus:
        """The SaaSus."""
        return self.here.saasus

    @property
    def api(self) -> HttpsEndpoint:
        """The HTTPS API that the app calls."""
        return self.here.api

    @property
    def context(self) -> tuple[str, ...]:
        """The app's context, as `cdk -c` takes it."""
        given = {"saasus:eventSourceName": self.saasus.event_source_name, **self.demo.context(self.here)}
        return tuple(f"{name}={value}" for name, value in given.items())

    @contextmanager
    def step(self, what: str) -> Iterator[None]:
        """Show what is being done, and how long it took."""
        started = time.monotonic()
        with self.console.status(what):
            yield
        self.console.print(f"{what} [dim]({time.monotonic() - started:.1f} s)[/]")

    def print(self, text: str) -> None:
        """Print a text as it is: an event, or what is to be copied."""
        self.console.print(text, markup=False)

    def connect(self) -> None:
        """Save SaaSus's setting, and wait for the partner event source."""
        with self.step("SaaSus: saving the setting, which creates the event source"):
            events = self.aws.client("events")
            before = event_sources(events)
            api = IntegrationApi(self.saasus.credentials, base_url=self.saasus.base_url)
            api.save_settings(EventBridgeSettings(self.aws.account, self.aws.region))
            wait_for_source(events, before, KnownSource(), Waiting(_SOURCE_SECONDS, sleep=lambda _: time.sleep(0.05)))

    def deploy(self) -> None:
        """Deploy the app with the real CDK command line."""
        with self.step("cdk deploy"):
            self._cdk("deploy", "--require-approval", "never")

    def destroy(self) -> None:
        """Take the app down."""
        with self.step("cdk destroy"):
            self._cdk("destroy", "--force")

    def _cdk(self, command: str, *options: str) -> None:
        with tempfile.TemporaryDirectory(prefix="saasus-cdk-") as folder:
            run_cdk(
                [
                    *(command, "--all", "--output", str(Path(folder, "cdk.out")), *options),
                    *(option for value in self.context for option in ("-c", value)),
                ],
                cwd=self.directory,
                environment=self.aws.environment(),
            )

    def exports(self) -> str:
        """Return the lines for a shell that point AWS's tools, SaaSus's SDKs and `saasus-events` here."""
        given = {**self.aws.variables(), **self.saasus.environment()}
        names = [*_AWS_VARIABLES, *(name for name in given if name.startswith("SAASUS_"))]
        if any(name.lower() in ("http_proxy", "all_proxy") for name in os.environ):
            names += ["NO_PROXY", "no_proxy"]
        lines = [f"export {name}={given[name]}" for name in names]
        # The cdk, the Node.js and the Python that this was tested with.
        lines.append(f'export PATH="{os.pathsep.join(map(str, command_directories()))}:$PATH"')
        if in_the_way := [name for name in _IN_THE_WAY if name in os.environ]:
            lines.insert(0, f"unset {' '.join(in_the_way)}")
        return "\n".join(lines)
