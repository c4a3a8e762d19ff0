"""`saasus-events local`: an AWS and a SaaSus on this machine, and each event as it arrives."""

from __future__ import annotations

import argparse
import shlex
import time
from typing import TYPE_CHECKING, Final

from constructs_lib.cli.command import Command, ExitCode
from constructs_lib.cli.options import whole_number
from constructs_lib.cli.screen.lines import wrapped
from constructs_lib.events.json_values import in_short

if TYPE_CHECKING:
    from constructs_lib.cli.local_environment import LocalEnvironment

_LAST_PORT: Final = 65534
_POLL_SECONDS: Final = 0.3
_CALL: Final = """\
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


def _add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--port",
        type=_port,
        default=0,
        metavar="N",
        help="run AWS on this port and SaaSus on the next one (default: free ports)",
    )
    parser.add_argument(
        "--no-app",
        action="store_true",
        help="deploy nothing and save no setting: an empty account, to try everything from the start",
    )


def _port(text: str) -> int:
    number = whole_number(text)
    if number is None or not 1 <= number <= _LAST_PORT:
        raise argparse.ArgumentTypeError(f"{in_short(text)} is not a port; write a number from 1 to {_LAST_PORT}")
    return number


def _run(options: argparse.Namespace) -> int:
    from constructs_lib.cli.local_arrivals import Arrivals
    from constructs_lib.cli.local_environment import LocalEnvironment
    from constructs_lib.cli.reference_demo import reference_demo
    from constructs_lib.local.reference_app import reference_app_directory

    with LocalEnvironment.start(reference_app_directory(), reference_demo(), port=options.port) as environment:
        if not options.no_app:
            environment.connect()
            environment.deploy()
        arrivals = Arrivals(environment.print, environment.aws, environment.saasus, environment.api)
        _say_where(environment, with_app=not options.no_app)
        try:
            while True:
                arrivals.show_new()
                time.sleep(_POLL_SECONDS)
        except KeyboardInterrupt:
            environment.print("\nStopping.")
    environment.print("Nothing is left running.")
    return ExitCode.DONE


def _say_where(environment: LocalEnvironment, *, with_app: bool) -> None:
    from constructs_lib.cli.local_environment import SAASUS_SECRET
    from constructs_lib.cli.reference_demo import API_SECRET, hook
    from constructs_lib.local.reference_app import STACK_NAME, reference_app_directory

    def say(text: str) -> None:
        environment.console.print(wrapped(text), highlight=False)

    aws, saasus = environment.aws, environment.saasus
    say(f"\n[bold]AWS[/]     {aws.endpoint_url} (account {aws.account}, region {aws.region})")
    say(f"[bold]SaaSus[/]  {saasus.base_url} (its credentials are also in the secret {SAASUS_SECRET!r})")
    say(f"[bold]API[/]     {hook(environment.api)} (its key is in the secret {API_SECRET!r})")
    say("\n[bold]In another terminal[/], for cdk, the AWS command line, boto3, SaaSus's SDKs, and saasus-events:")
    environment.print(environment.exports())
    folder = shlex.quote(str(reference_app_directory()))
    if with_app:
        say(f"\nThe reference app ({folder}) is deployed, as the stack {STACK_NAME}.")
        say("[bold]Make a call[/], which becomes an event:")
        environment.print(_CALL)
        say("\n[bold]See what arrived:[/]")
        environment.print(f"saasus-events status --stack {STACK_NAME}\nsaasus-events send-test --wait")
        say("\nThe event source already has a bus. To use a stack of your own: saasus-events local --no-app")
    else:
        say("\n[bold]Then[/], in the folder of your own app, whose functions call this SaaSus without configuration:")
        environment.print("cdk deploy")
        say("or with the reference app:")
        source, endpoint, secret = environment.context
        environment.print(
            f"cd {folder}\n"
            "saasus-events connect --yes\n"
            f"cdk deploy -c {source} \\\n"
            f"  -c {endpoint} -c {secret}\n"
            "saasus-events send-test --wait",
        )
    say("\n[bold]Ready.[/] Each event appears below as it arrives, whatever the stack; Ctrl-C stops everything.")


LOCAL = Command(
    name="local",
    help="run an AWS and a SaaSus on this machine, and show each event as it arrives",
    description="Starts an AWS, a SaaSus, and an HTTPS API on this machine, saves SaaSus's setting, deploys the\n"
    "reference app, and says how to reach all of them with the AWS command line, boto3, and SaaSus's SDKs. Shows each\n"
    "event as it arrives, until Ctrl-C. Needs no AWS account, and sends nothing off this machine.",
    examples="  saasus-events local\n  saasus-events local --port 4566\n  saasus-events local --no-app",
    add_arguments=_add_arguments,
    run=_run,
    extra="local",
)
