"""`saasus-events connect`: saves SaaSus's EventBridge setting without its console or the custom resource."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, Final

from constructs_lib.cli.aws.session import (
    AwsClients,
    AwsRefused,
    add_place_arguments,
    aws_errors,
    caller_account,
    in_words,
    place_of,
)
from constructs_lib.cli.command import Command, CommandError, ExitCode
from constructs_lib.cli.options import add_timeout_argument, add_yes_argument
from constructs_lib.cli.saasus_access import add_saasus_arguments, saasus_api
from constructs_lib.cli.screen.lines import say
from constructs_lib.cli.screen.progress import Progress
from constructs_lib.cli.status_checks.findings import deploy_step
from constructs_lib.events.errors import nearest
from constructs_lib.events.integration_regions import INTEGRATION_REGIONS
from constructs_lib.events.source_name import PartnerEventSource
from constructs_lib.runtime.event_source import EventSourceNotFound, KnownSource, event_sources, wait_for_source

if TYPE_CHECKING:
    import argparse
    from collections.abc import Mapping
    from datetime import timedelta

    from constructs_lib.runtime.saasus_api import EventBridgeSettings

USABLE: Final = ("PENDING", "ACTIVE")


def _add_arguments(parser: argparse.ArgumentParser) -> None:
    add_place_arguments(parser, "the AWS account that will receive the events")
    add_saasus_arguments(parser)
    parser.add_argument("--source", metavar="NAME", help="the partner event source of this SaaS, if there are several")
    parser.add_argument("--take-over", action="store_true", help="replace a setting of another account or region")
    add_yes_argument(parser)
    add_timeout_argument(parser, "10m")


def _run(options: argparse.Namespace) -> int:
    wanted = PartnerEventSource.parse(options.source).name if options.source else ""
    clients = AwsClients(options)
    api = saasus_api(options, clients)
    place = place_of(options, clients)
    _check_region(place.aws_region)
    sources = _sources(clients) if _is_ours(place, clients) else None
    current = api.get_settings()
    _refuse_to_replace(current, place, take_over=options.take_over)
    _show(current, place, sources)
    is_right = current == place and (sources is None or _has_usable(sources, wanted))
    if not is_right and not options.yes:
        say(f"Would save: {in_words(place)}.")
        say("Nothing was changed. Add --yes to do it.", file=sys.stderr)
        return ExitCode.DONE
    if not is_right:
        api.save_settings(place)
        say(f"Saved: SaaSus sends this SaaS's events to {in_words(place)}.", flush=True)
    if sources is None:
        print(f"Next: saasus-events status --region {place.aws_region}, with AWS credentials of that account")
        return ExitCode.DONE
    name = _wait(clients.of("events"), None if is_right else sources, wanted, place, options.timeout)
    say(f"Event source: {name}")
    # If SaaSus had deleted the source, its bus works again as soon as the source is back.
    is_active = _sources(clients).get(name) == "ACTIVE"
    print(f"Next: {'saasus-events status' if is_active else deploy_step(name)}")
    return ExitCode.DONE


def _check_region(region: str) -> None:
    if region not in INTEGRATION_REGIONS:
        raise CommandError(
            f"SaaSus does not send events to the region {region!r}.{nearest(region, INTEGRATION_REGIONS)} Expected one "
            f"of {', '.join(INTEGRATION_REGIONS)}. Pass it as --region, and route the events on from there."
        )


def _is_ours(place: EventBridgeSettings, clients: AwsClients) -> bool:
    """Return whether these AWS credentials can see the sources of the account."""
    try:
        return caller_account(clients) == place.aws_account_id
    except AwsRefused:
        return False


def _sources(clients: AwsClients) -> dict[str, str]:
    with aws_errors("The partner event sources cannot be listed", "events:ListEventSources"):
        return event_sources(clients.of("events"))


def _refuse_to_replace(current: EventBridgeSettings | None, place: EventBridgeSettings, *, take_over: bool) -> None:
    if current not in (None, place) and not take_over:
        raise CommandError(
            f"SaaSus sends this SaaS's events to {in_words(current)}, not to {in_words(place)}. Expected no setting "
            "yet: a SaaS has only one, so saving yours would end the other. Delete that one first (saasus-events "
            "disconnect), use the credentials of another SaaS, or add --take-over."
        )


def _has_usable(sources: Mapping[str, str], wanted: str) -> bool:
    return any(state in USABLE for name, state in sources.items() if wanted in ("", name))


def _show(current: EventBridgeSettings | None, place: EventBridgeSettings, sources: Mapping[str, str] | None) -> None:
    if current is None:
        say("SaaSus has no setting for this SaaS, so it sends no events.")
    elif current == place:
        say(f"SaaSus already has this setting: {in_words(place)}.")
    else:
        say(f"SaaSus sends this SaaS's events to {in_words(current)}. That would end. To put it back later:")
        back = f"--account {current.aws_account_id} --region {current.aws_region}"
        print(f"  saasus-events connect {back} --take-over --yes")
    if sources is None:
        say("The AWS credentials belong to another account, so its event sources cannot be seen.")
        return
    say(f"SaaSus's event sources in that account and region: {_listed(sources)}.")


def _wait(
    events: Any, before: Mapping[str, str] | None, wanted: str, place: EventBridgeSettings, timeout: timedelta
) -> str:
    with (
        aws_errors("The partner event sources cannot be listed", "events:ListEventSources"),
        Progress() as progress,
    ):
        try:
            waiting = progress.waiting("Waiting for SaaSus's partner event source", timeout)
            return wait_for_source(events, before, KnownSource(wanted), waiting)
        except EventSourceNotFound as error:
            raise _not_seen(event_sources(events), wanted, place, timeout) from error


def _not_seen(seen: Mapping[str, str], wanted: str, place: EventBridgeSettings, timeout: timedelta) -> CommandError:
    usable = sorted(name for name, state in seen.items() if state in USABLE)
    if len(usable) > 1 and not wanted:
        return CommandError(
            f"There are {len(usable)} SaaSus event sources in {in_words(place)}, and SaaSus does not say which one is "
            f"this SaaS's: {', '.join(usable)}. Expected one of them. Pass it as --source NAME."
        )
    what = f"The partner event source {wanted!r}" if wanted else "A partner event source of SaaSus"
    return CommandError(
        f"{what} did not appear in {in_words(place)} within {timeout.total_seconds():.0f} s. Seen: {_listed(seen)}. "
        "Expected one that is PENDING or ACTIVE. The setting is saved, so it may still appear: run the command again "
        "to keep waiting. If it never appears, save the setting again on the event integration page of the SaaSus "
        "console.",
        ExitCode.NEGATIVE,
    )


def _listed(sources: Mapping[str, str]) -> str:
    return ", ".join(f"{name} ({state})" for name, state in sorted(sources.items())) or "none"


CONNECT = Command(
    name="connect",
    help="have SaaSus send its events to this AWS account and region",
    description="Saves SaaSus's EventBridge setting, and waits for the partner event source that SaaSus creates. Use\n"
    "it if you do not want SaasusIntegration in a stack. Without --yes, it only says what it would do. A SaaS has\n"
    "only one setting, so another account's or region's is replaced only with --take-over.",
    examples="  saasus-events connect\n"
    "  saasus-events connect --region ap-northeast-1 --yes\n"
    "  saasus-events connect --secret saasus --take-over --yes",
    add_arguments=_add_arguments,
    run=_run,
    negative="no partner event source appeared in time",
    permissions=(
        "events:ListEventSources",
        "secretsmanager:GetSecretValue",
        "sts:GetCallerIdentity",
    ),
)
