"""What `saasus-events local` does: an AWS and a SaaSus on one machine, and the reference app between them."""

from __future__ import annotations

import os
import secrets
import shlex
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

from rich.console import Console

from constructs_lib.cli.local_arrivals import Arrivals
from constructs_lib.cli.screen.lines import wrapped
from constructs_lib.local import HttpsEndpoint, LocalAws
from constructs_lib.local.cdk_cli import bootstrap, command_directories, ensure_cdk_cli, run_cdk
from constructs_lib.local.reference_app import STACK_NAME, reference_app_directory
from constructs_lib.local.saasus import LocalSaasus
from constructs_lib.runtime.event_source import Known, event_sources, wait_for_source
from constructs_lib.runtime.saasus_api import EventBridgeSettings, IntegrationApi
from constructs_lib.runtime.waiting import Waiting

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

READY: Final = "Ready"
_HOOK: Final = "/hooks/saasus"
_API_SECRET: Final = "crm-api-key"  # noqa: S105 - the name of a secret, not one
_SAASUS_SECRET: Final = "saasus"  # noqa: S105 - as above
_AWS_VARIABLES: Final = (
    "AWS_ENDPOINT_URL",
    "AWS_ENDPOINT_URL_S3",
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_REGION",
    "AWS_DEFAULT_REGION",
)
_IN_THE_WAY: Final = ("AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_SESSION_TOKEN")
"""What would keep AWS's tools from taking the variables above."""
_POLL_SECONDS: Final = 0.3
_SOURCE_SECONDS: Final = 30.0
_SNIPPET: Final = """\
python - <<'EOF'
import json, os, urllib.request
from constructs_lib import SaasusCredentials
url = os.environ["SAASUS_BASE_URL"] + "/auth/tenants"
tenant = {"name": "Example Inc.", "attributes": {}}
tenant["back_office_staff_email"] = "person@example.com"
body = json.dumps(tenant).encode()
credentials = SaasusCredentials.from_environment()
signature = credentials.authorization("POST", url, body)
headers = {"Authorization": signature, "Content-Type": "application/json"}
request = urllib.request.Request(url, body, headers)
print(urllib.request.urlopen(request).status)
EOF"""


def run_local(*, port: int, with_app: bool) -> int:
    """Start everything, show what arrives until Ctrl-C, and take everything down again.

    Args:
        port: AWS's port, SaaSus's is the next one; 0 takes free ones.
        with_app: Save SaaSus's setting and deploy the reference app.

    Returns:
        0, once it was stopped.

    Raises:
        SaasusEventsError: Something did not start.
    """
    console = Console(highlight=False, soft_wrap=True)
    ensure_cdk_cli(console.print)
    key = secrets.token_urlsafe(24)
    with (
        HttpsEndpoint(api_key=("x-api-key", key)) as crm,
        LocalAws(port=port, ca_file=crm.ca_file) as aws,
        LocalSaasus(aws, port=port and port + 1) as saasus,
    ):
        with _step(console, "Bootstrapping the account for the CDK"):
            bootstrap(aws)
            vault = aws.client("secretsmanager")
            vault.create_secret(Name=_API_SECRET, SecretString=key)
            vault.create_secret(Name=_SAASUS_SECRET, SecretString=saasus.secret_string())
        if with_app:
            with _step(console, "SaaSus: saving the setting, which makes the event source"):
                source = _connect(aws, saasus)
            with _step(console, "cdk deploy"):
                _deploy(aws, source, crm.url(_HOOK))
        arrivals = Arrivals(lambda line: _print(console, line), aws, saasus, crm)
        _say_where(console, aws, saasus, crm, with_app=with_app)
        try:
            while True:
                arrivals.show_new()
                time.sleep(_POLL_SECONDS)
        except KeyboardInterrupt:
            console.print("\nStopping.")
    console.print("Nothing is left running.")
    return 0


def _connect(aws: LocalAws, saasus: LocalSaasus) -> str:
    """Go SaaSus's own way to a partner event source: save the setting, and wait for it."""
    events = aws.client("events")
    before = event_sources(events)
    api = IntegrationApi(saasus.credentials, base_url=saasus.base_url)
    api.save_settings(EventBridgeSettings(aws.account, aws.region))
    return wait_for_source(events, before, Known(), Waiting(_SOURCE_SECONDS, sleep=lambda _: time.sleep(0.05)))


def _deploy(aws: LocalAws, source: str, endpoint: str) -> None:
    context = {
        "saasus:eventSourceName": source,
        "saasus:endpoint": endpoint,
        "saasus:secretName": _API_SECRET,
    }
    with tempfile.TemporaryDirectory(prefix="saasus-local-") as folder:
        run_cdk(
            [
                *("deploy", STACK_NAME, "--require-approval", "never", "--output", str(Path(folder, "cdk.out"))),
                *(option for name, value in context.items() for option in ("-c", f"{name}={value}")),
            ],
            cwd=reference_app_directory(),
            environment=aws.environment(),
        )


def _say_where(console: Console, aws: LocalAws, saasus: LocalSaasus, crm: HttpsEndpoint, *, with_app: bool) -> None:
    def say(text: str) -> None:
        console.print(wrapped(text), highlight=False)

    say(f"\n[bold]AWS[/]     {aws.endpoint_url} (account {aws.account}, region {aws.region})")
    say(f"[bold]SaaSus[/]  {saasus.base_url} (its credentials are in the secret {_SAASUS_SECRET!r}, too)")
    say(f"[bold]API[/]     {crm.url(_HOOK)} (its key is in the secret {_API_SECRET!r})")
    say("\n[bold]In another terminal[/], for cdk, the AWS command line, boto3, SaaSus's SDKs and saasus-events:")
    _print(console, _exports(aws.variables(), saasus.environment()))
    folder = shlex.quote(str(reference_app_directory()))
    if with_app:
        say(f"\nThe reference app ({folder}) is deployed, as the stack {STACK_NAME}.")
        say("[bold]Make a call[/], which becomes an event:")
        _print(console, _SNIPPET)
        say("\n[bold]Look around:[/]")
        _print(console, f"saasus-events status --stack {STACK_NAME}\nsaasus-events send-test --wait")
        say("\nThe event source has its bus. For a bus of a stack of your own: saasus-events local --no-app")
    else:
        say("\n[bold]Then[/], from the folder of an app of your own (functions call this SaaSus without being told):")
        _print(console, "cdk deploy")
        say("or with the reference app:")
        _print(
            console,
            f"cd {folder}\n"
            "saasus-events connect --yes\n"
            f"cdk deploy -c saasus:eventSourceName={saasus.event_source_name} \\\n"
            f"  -c saasus:endpoint={crm.url(_HOOK)} -c saasus:secretName={_API_SECRET}\n"
            "saasus-events send-test --wait",
        )
    say(f"\n[bold]{READY}.[/] Each event is shown below as it arrives, of any stack; Ctrl-C ends it.")


def _exports(*variables: Mapping[str, str]) -> str:
    given = {name: value for some in variables for name, value in some.items()}
    names = [*_AWS_VARIABLES, *(name for name in given if name.startswith("SAASUS_"))]
    if any(name.lower() in ("http_proxy", "all_proxy") for name in os.environ):
        names += ["NO_PROXY", "no_proxy"]
    lines = [f"export {name}={given[name]}" for name in names]
    # The cdk, the Node.js and the Python that this was tested with.
    lines.append(f'export PATH="{os.pathsep.join(map(str, command_directories()))}:$PATH"')
    if in_the_way := [name for name in _IN_THE_WAY if name in os.environ]:
        lines.insert(0, f"unset {' '.join(in_the_way)}")
    return "\n".join(lines)


def _print(console: Console, text: str) -> None:
    """Print what is to be copied as it is."""
    console.print(text, markup=False)


@contextmanager
def _step(console: Console, what: str) -> Iterator[None]:
    started = time.monotonic()
    with console.status(what):
        yield
    console.print(f"{what} [dim]({time.monotonic() - started:.1f} s)[/]")
