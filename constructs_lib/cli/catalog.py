"""`saasus-events catalog`: a search over the operations whose calls become events."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from constructs_lib.cli.command import Command, ExitCode
from constructs_lib.cli.options import add_json_argument
from constructs_lib.cli.screen.json_output import as_json
from constructs_lib.cli.screen.table import print_table
from constructs_lib.events.errors import nearest
from constructs_lib.events.operations import operations

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

    from constructs_lib.events.operation import Operation


def _add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "words",
        nargs="*",
        metavar="WORD",
        help="show operations with all of these words in their name, id, method, path, or event types",
    )
    parser.add_argument(
        "--api", metavar="NAME", help=f"only this API: {', '.join(group.api for group in operations.groups)}"
    )
    add_json_argument(parser)


def _run(options: argparse.Namespace) -> int:
    chosen: Sequence[Operation] = list(operations if options.api is None else operations.group(options.api))
    words = [word.lower() for word in options.words]
    found = [operation for operation in chosen if all(word in _text(operation) for word in words)]
    if options.json:
        print(as_json({"operations": [_as_json(operation) for operation in found]}, indent=2))
    elif found:
        headers = ("Operation", "Call", "Event types", "Known from")
        print_table(headers, [_row(operation) for operation in found])
        print(f"{len(found)} of {len(operations)} operations", file=sys.stderr)
    if not found:
        hint = nearest(" ".join(words), {str(operation) for operation in chosen} | {o.name for o in chosen})
        said = f"No operation contains {' and '.join(map(repr, options.words))}.{hint}"
        print(f"{said} Use fewer words, or parts of them.", file=sys.stderr)
    return ExitCode.DONE if found else ExitCode.NEGATIVE


def _text(operation: Operation) -> str:
    parts = (str(operation), operation.operation_id, operation.method, operation.path, *operation.event_types)
    return " ".join(parts).lower()


def _row(operation: Operation) -> tuple[str, ...]:
    event_types = ", ".join(operation.event_types)
    return (str(operation), f"{operation.method} {operation.path}", event_types, operation.known_from)


def _as_json(operation: Operation) -> dict[str, Any]:
    return {
        "api": operation.api,
        "name": operation.name,
        "operation_id": operation.operation_id,
        "method": operation.method,
        "path": operation.path,
        "path_params": list(operation.path_params),
        "event_types": list(operation.event_types),
        "documented": operation.documented,
        "known_from": operation.known_from,
        "request_fields": dict(operation.request_fields),
        "response_fields": dict(operation.response_fields),
    }


CATALOG = Command(
    name="catalog",
    help="search the operations of SaaSus's APIs whose calls become events",
    description="Lists the operations of SaaSus's APIs whose calls become events, with the event types to expect.\n"
    '"derived" event types are guesses from the operation\'s id; `saasus-events learn` confirms them.',
    examples="  saasus-events catalog\n"
    "  saasus-events catalog tenant delete\n"
    "  saasus-events catalog --api pricing --json",
    add_arguments=_add_arguments,
    run=_run,
    negative="no operation contains all of the words",
)
