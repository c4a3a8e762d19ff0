"""Where demos look for what arrived: each function here makes one that looks there, for `Arrival(find=…)`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from constructs_lib.local.demo import Seen

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import TypeAlias

    from constructs_lib.events.operation import Operation
    from constructs_lib.local.demo import DemoEnvironment

    Find: TypeAlias = Callable[[DemoEnvironment], Sequence[Seen]]


def requests(path: str = "", *, containing: str = "", needs: str = "authorization") -> Find:
    """Look for requests to the HTTPS API.

    Args:
        path: The path of the requests. Default: any.
        containing: Text in the body. Default: any.
        needs: What the API asks for, in words. Default: "authorization".
    """

    def find(here: DemoEnvironment) -> list[Seen]:
        return [
            Seen(
                f"{request.method} {request.path} "
                f"({f'{needs} checked' if request.authorized else f'{needs} missing or wrong'.upper()})",
                text,
            )
            for request in here.api.requests
            if path in ("", request.path) and containing in (text := request.body.decode("utf-8", "replace"))
        ]

    return find


def log_lines(output: str, *, containing: str = "") -> Find:
    """Look for lines in a CloudWatch log group.

    Args:
        output: The stack's output with the group's name.
        containing: Text in the line. Default: any.
    """

    def find(here: DemoEnvironment) -> list[Seen]:
        logs = here.aws.client("logs")
        pages = logs.get_paginator("filter_log_events").paginate(logGroupName=here.outputs[output])
        lines = [event["message"].strip() for page in pages for event in page["events"]]
        return [Seen("", line) for line in lines if containing in line]

    return find


def items(output: str, *, containing: str = "") -> Find:
    """Look for the items of a DynamoDB table.

    Args:
        output: The stack's output with the table's name.
        containing: Text in the item. Default: any.
    """

    def find(here: DemoEnvironment) -> list[Seen]:
        from boto3.dynamodb.types import TypeDeserializer

        read = TypeDeserializer().deserialize
        pages = here.aws.client("dynamodb").get_paginator("scan").paginate(TableName=here.outputs[output])
        rows = [{name: read(value) for name, value in sorted(item.items())} for page in pages for item in page["Items"]]
        texts = [json.dumps(row, ensure_ascii=False, default=str) for row in rows]
        return [Seen("", text) for text in texts if containing in text]

    return find


def calls(operation: Operation) -> Find:
    """Look for successful calls of an operation of SaaSus's API.

    Args:
        operation: The operation, which only the app itself calls.
    """

    def find(here: DemoEnvironment) -> list[Seen]:
        return [
            Seen(f"{call.method} {call.path}  trace={call.trace_id}")
            for call in here.saasus.calls
            if call.operation == str(operation) and call.status == operation.success_status
        ]

    return find


def mails(*, to: str) -> Find:
    """Look for mails that were sent through Amazon SES.

    Args:
        to: The address that they were sent to.
    """

    def find(here: DemoEnvironment) -> list[Seen]:
        sent = [mail for mail in here.aws.sent_emails() if to in mail.to]
        return [Seen(f"To {', '.join(mail.to)}: {mail.subject}", mail.text) for mail in sent]

    return find
