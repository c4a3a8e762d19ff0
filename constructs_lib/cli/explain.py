"""`saasus-events explain`: what an event is, and what an app does with it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from constructs_lib.cli.command import Command, CommandError, ExitCode
from constructs_lib.cli.input_files import name_of, read_text
from constructs_lib.cli.options import add_json_argument, add_raw_argument
from constructs_lib.cli.screen.events import HIDDEN, redacted
from constructs_lib.cli.screen.json_output import as_json
from constructs_lib.cli.screen.lines import counted, printable, say, without_controls
from constructs_lib.events.errors import InvalidEvent
from constructs_lib.events.json_values import read_json
from constructs_lib.events.record import is_decoded
from constructs_lib.events.saasus_event import SaasusEvent

if TYPE_CHECKING:
    import argparse
    from collections.abc import Mapping, Sequence

    from constructs_lib.testing.router import Explanation, Router
    from constructs_lib.testing.template_rules import Delivery

_DEFAULT_APP: Final = "cdk.out"


def _add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "event", metavar="EVENT.json", help="a JSON file with the whole event; - reads the standard input"
    )
    app = parser.add_mutually_exclusive_group()
    app.add_argument(
        "--app", metavar="FOLDER", help="a synthesized app (default: cdk.out, if the current folder has one)"
    )
    app.add_argument("--template", metavar="FILE", help="one CloudFormation template in JSON")
    parser.add_argument("--bus", metavar="NAME", help="only the rules of this event bus")
    parser.add_argument(
        "--any-source",
        action="store_true",
        help="also consider rules on the bus of another event source, for example with an event from the documentation",
    )
    add_raw_argument(parser)
    add_json_argument(parser)


def _run(options: argparse.Namespace) -> int:
    event = _event(options.event)
    without_secrets = redacted(event)
    shown = event if options.raw else without_secrets
    router, where = _router(options)
    ends = ExitCode.NEGATIVE if without_secrets is None else ExitCode.DONE
    explained = router.explain(event, bus=options.bus, any_source=options.any_source) if router is not None else ()
    delivered = [_deliveries(router, explanation, event, options) for explanation in explained if router is not None]
    if options.json:
        rules = [_rule_as_json(*pair) for pair in zip(explained, delivered, strict=True)]
        print(as_json({"event": dict(_summary(event)), "rules": rules}, indent=2))
        return ends
    for name, value in _summary(event):
        say(f"{name + ':':<14}{printable(value)}", indent=" " * 14)
    print()
    if router is None:
        say(f"There is no {_DEFAULT_APP} here. To see which rules fire, add --app or --template.")
    else:
        _print_rules(explained, delivered, where)
        if not any(explanation.fires for explanation in explained) and router.firings(event, any_source=True):
            say("The event is from a different partner event source than the app's bus. To ignore that: --any-source\n")
    _print_event(shown, is_raw=options.raw)
    return ends


def _event(path: str) -> dict[str, Any]:
    text = read_text(path)
    try:
        event = read_json(text)
    except ValueError as error:
        raise CommandError(
            f"{name_of(path)} is not JSON ({error}). Expected one whole event, from 'version' to 'detail'. For many "
            "events, one on each line, use `saasus-events learn`."
        ) from error
    if not isinstance(event, dict):
        raise CommandError(
            f"{name_of(path)} does not hold a JSON object. Expected one whole event, from 'version' to 'detail'. Pass "
            "a single event."
        )
    return event


def _router(options: argparse.Namespace) -> tuple[Router | None, str]:
    from constructs_lib.testing.router import Router

    if options.template is not None:
        return Router.from_template(Path(options.template)), options.template
    if options.app is None and not Path(_DEFAULT_APP).is_dir():
        return None, ""
    app = options.app or _DEFAULT_APP
    return (Router.from_template(Path(app)) if Path(app).is_file() else Router.from_assembly(app)), app


def _summary(event: dict[str, Any]) -> list[tuple[str, str]]:
    """Return what the event is, by name; nothing in it is a secret."""
    try:
        parsed = SaasusEvent.from_dict(event)
    except InvalidEvent as error:
        return [("event", str(error).partition(". ")[0]), ("source", str(event.get("source", "none")))]
    lines = [("event type", parsed.event_type)]
    operation = parsed.operation
    call = f"{parsed.method} {SaasusEvent.from_dict(parsed.redacted()).uri}"
    if operation is not None and operation.retired:
        lines.append(("operation", f"{operation.api}.{operation.name}, which SaaSus removed from its API files"))
        lines.append(("call", f"{call}, answered with {parsed.http_status or 'no status'}"))
    elif operation is not None:
        known = operation.known_from if operation.documented else f"{operation.known_from}, not documented"
        if parsed.event_type not in operation.event_types:
            known = f"not what the catalog expects: {' or '.join(operation.event_types)}; see `saasus-events learn`"
        lines.append(("operation", f"{operation} (event type {known})"))
        lines.append(("call", f"{call}, answered with {parsed.http_status or 'no status'}"))
    elif parsed.uri:
        lines.append(("operation", f"not in the catalog: {call.partition('?')[0]}"))
    else:
        lines.append(("operation", "none: an event that your SaaS sent itself, or one whose text cannot be read"))
    optional = (("tenant", parsed.tenant_id), ("user", parsed.user_id), ("trace id", parsed.trace_id))
    lines += [(name, value) for name, value in optional if value]
    return [*lines, ("time", parsed.time.isoformat()), ("source", str(event.get("source", "none")))]


def _deliveries(
    router: Router, explanation: Explanation, event: dict[str, Any], options: argparse.Namespace
) -> list[tuple[Delivery, Delivery | None]]:
    """Return what the targets of a rule get, each with what may be shown of it; nothing if the rule does not fire."""
    if not explanation.fires:
        return []
    rule = explanation.rule
    on_bus = router.event_on_bus(rule, event)
    shown = on_bus if options.raw else redacted(on_bus)
    deliveries = rule.deliveries(on_bus)
    visible = (None,) * len(deliveries) if shown is None else rule.deliveries(shown)
    return list(zip(deliveries, visible, strict=True))


def _print_rules(
    explained: Sequence[Explanation], delivered: Sequence[list[tuple[Delivery, Delivery | None]]], where: str
) -> None:
    firing = sum(explanation.fires for explanation in explained)
    say(f"{firing} of {counted(len(explained), 'rule')} in {where} {'fires' if firing == 1 else 'fire'}.")
    pairs = zip(explained, delivered, strict=True)
    for explanation, deliveries in sorted(pairs, key=lambda pair: not pair[0].fires):
        rule = explanation.rule
        say(f"\n{'FIRES' if explanation.fires else 'no   '} {rule.construct_path}")
        if rule.description:
            say(f"      {rule.description}", indent=" " * 6)
        for reason in explanation.reasons:
            say(f"      fails: {reason}", indent=" " * 8)
        for delivery, shown in deliveries:
            _print_delivery(delivery, shown)
    print()


def _print_delivery(delivery: Delivery, shown: Delivery | None) -> None:
    target = delivery.target
    say(f"   -> {' '.join(filter(None, (target.type, target.construct_path or target.arn)))}")
    if shown is not None and shown.http is not None:
        say(f"      {shown.http.method} {shown.http.url}".rstrip())
        for name, value in shown.http.headers:
            say(f"      {name}: {value}")
    if delivery.payload.made_by == "event":
        is_plain = isinstance(delivery.payload.body, dict) and is_decoded(delivery.payload.body)
        say(f"      receives the whole event{', decoded' if is_plain else ''}")
    elif shown is None:
        say(f"      receives its {delivery.payload.made_by} ({HIDDEN})")
    else:
        body = shown.payload.body
        text = body if isinstance(body, str) else as_json(body, indent=2)
        print("      receives", without_controls(text).replace("\n", "\n      "))
    for problem in delivery.problems:
        say(f"      problem: {problem}", indent=" " * 8)


def _print_event(shown: Mapping[str, Any] | None, *, is_raw: bool) -> None:
    if shown is None:
        say(f"The event is {HIDDEN}.")
        return
    say("The event:" if is_raw else "The event, without secrets and personal data (--raw shows everything):")
    print(as_json(shown, indent=2))


def _rule_as_json(explanation: Explanation, deliveries: list[tuple[Delivery, Delivery | None]]) -> dict[str, Any]:
    rule = explanation.rule
    return {
        "rule": rule.construct_path,
        "logical_id": rule.logical_id,
        "stack": rule.stack,
        "bus": rule.bus,
        "description": rule.description,
        "fires": explanation.fires,
        "reasons": list(explanation.reasons),
        "targets": [_delivery_as_json(*pair) for pair in deliveries],
    }


def _delivery_as_json(delivery: Delivery, shown: Delivery | None) -> dict[str, Any]:
    content: dict[str, Any] = {
        "type": delivery.target.type,
        "construct_path": delivery.target.construct_path,
        "arn": delivery.target.arn,
        "made_by": delivery.payload.made_by,
        "payload": shown.payload.body if shown is not None else HIDDEN,
        "problems": list(delivery.problems),
    }
    if shown is not None and shown.http is not None:
        content["http"] = {"method": shown.http.method, "url": shown.http.url, "headers": dict(shown.http.headers)}
    return content


EXPLAIN = Command(
    name="explain",
    help="show what an event is, which rules of an app fire for it, and what each target receives",
    description="Shows what an event is, which rules of a synthesized app fire for it, which condition fails for the\n"
    "others, and what each target would receive. Runs offline, and removes secrets from what it shows.",
    examples="  saasus-events explain event.json\n"
    "  saasus-events explain event.json --app cdk.out --any-source\n"
    "  pbpaste | saasus-events explain - --template Events.template.json --json",
    add_arguments=_add_arguments,
    run=_run,
    negative="the file does not hold a SaaSus event",
)
