"""CloudFormation's protocol for custom resources: each request gets one answer, which is put to its URL.

AWS: CloudFormation User Guide, "Custom resource request/response reference".
"""

from __future__ import annotations

import json
import urllib.request
from typing import TYPE_CHECKING, Any

from constructs_lib.events.errors import SaasusEventsError
from constructs_lib.functions.journal import ROLLBACK, write
from constructs_lib.functions.request import Done, RequestFailed, ResourceRequest
from constructs_lib.runtime.waiting import error_code

if TYPE_CHECKING:
    from collections.abc import Callable

    from constructs_lib.functions.journal import JournalEntry
    from constructs_lib.runtime.waiting import Deadline

_LONGEST_REASON = 900
"""In bytes. CloudFormation truncates a reason at about 1,024 characters, and accepts 4,096 bytes for a whole answer."""
_ATTEMPTS_TO_ANSWER = 3
_FIRST_SERVER_ERROR = 500


def answer(
    event: dict[str, Any],
    handle: Callable[[ResourceRequest, JournalEntry | None], Done],
    deadline: Deadline,
    *,
    earlier: Callable[[ResourceRequest], JournalEntry | None] = lambda _: None,
) -> None:
    """Handle a request and tell CloudFormation the result, whatever happens.

    Without an answer the stack waits for an hour.

    Args:
        event: The request.
        handle: Handles the request, knowing what an earlier delivery of it did.
        deadline: When the answer must be sent.
        earlier: Returns what an earlier delivery did. A request that was answered gets the same answer again.
    """
    request = ResourceRequest.of(event)
    answered: dict[str, Any] = {"PhysicalResourceId": request.physical_id or "nothing-made"}
    kind = request.kind
    try:
        if (before := earlier(request)) is not None and before.answered is not None:
            answered, kind = before.answered, before.kind
        else:
            done = handle(request, before)
            answered |= {"Status": "SUCCESS", "PhysicalResourceId": done.physical_id, "Data": done.data}
            kind = ROLLBACK if done.rolled_back else kind
    except Exception as error:  # noqa: BLE001 - there must be an answer
        answered |= {"Status": "FAILED", "Reason": _short(reason(error))}
        if isinstance(error, RequestFailed):
            answered["PhysicalResourceId"] = error.physical_id
    write(request, answered=answered, kind=kind)
    body = answered | {key: event[key] for key in ("StackId", "RequestId", "LogicalResourceId")}
    _put(event["ResponseURL"], json.dumps(body, ensure_ascii=False).encode(errors="replace"), deadline)


def reason(error: BaseException) -> str:
    """Return why something failed, without a secret.

    Of an unexpected error only the kind is reported, because its text could contain a secret; the place where it was
    raised is in the log.
    """
    if isinstance(error, SaasusEventsError):
        return str(error)
    print(json.dumps({"failed": _place_of(error)}))
    if code := error_code(error):
        refused = getattr(error, "operation_name", "a call")
        return f"AWS refused {refused} ({code}). Check that the role of SaasusIntegration allows it, and deploy again."
    return f"{type(error).__name__}. The log of the function in the stack says where it was raised."


def note(request: ResourceRequest, error: BaseException) -> None:
    """Log what failed, without failing the request."""
    print(json.dumps({"passed over": reason(error), "of": request.id}), flush=True)


def _put(url: str, body: bytes, deadline: Deadline) -> None:
    # The URL is signed for an empty content type; urllib would set its own.
    request = urllib.request.Request(  # noqa: S310 - CloudFormation's own URL
        url, data=body, headers={"Content-Type": ""}, method="PUT"
    )
    for attempt in range(1, _ATTEMPTS_TO_ANSWER + 1):
        try:
            with urllib.request.urlopen(request, timeout=5):  # noqa: S310
                return
        except OSError as error:
            if attempt == _ATTEMPTS_TO_ANSWER or getattr(error, "code", _FIRST_SERVER_ERROR) < _FIRST_SERVER_ERROR:
                raise  # Lambda delivers the request again
        deadline.pause(1)


def _short(text: str) -> str:
    content = text.encode(errors="replace")
    return text if len(content) <= _LONGEST_REASON else f"{content[:_LONGEST_REASON].decode(errors='ignore')}…"


def _place_of(error: BaseException) -> str:
    """Return where it was raised, without its text and without values."""
    places = []
    trace = error.__traceback__
    while trace is not None:
        places.append(f"{trace.tb_frame.f_code.co_filename.rpartition('/')[2]}:{trace.tb_lineno}")
        trace = trace.tb_next
    return f"{type(error).__name__} at {' > '.join(places)}"
