"""CloudFormation's protocol for custom resources: a request comes in, one answer is put to its URL.

AWS: CloudFormation User Guide, "Custom resource request/response reference".
"""

from __future__ import annotations

import json
import urllib.request
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from constructs_lib.events.errors import SaasusEventsError

if TYPE_CHECKING:
    from collections.abc import Callable

_LONGEST_REASON = 900
"""CloudFormation cuts a reason at about 1,024 characters; a cut sentence says less than a shorter one."""


@dataclass(frozen=True)
class Request:
    """What CloudFormation asks for."""

    kind: str
    """`Create`, `Update` or `Delete`."""
    id: str
    """The same for all deliveries of one request: Lambda may deliver it again."""
    stack_id: str
    resource_type: str
    physical_id: str
    """What an earlier answer said; empty for a create."""
    properties: dict[str, Any]

    @classmethod
    def of(cls, event: dict[str, Any]) -> Request:
        """Read the event that the function was invoked with."""
        return cls(
            kind=event["RequestType"],
            id=event["RequestId"],
            stack_id=event["StackId"],
            resource_type=event["ResourceType"],
            physical_id=event.get("PhysicalResourceId", ""),
            properties=event["ResourceProperties"],
        )


@dataclass(frozen=True)
class Done:
    """An answer that all went well."""

    physical_id: str
    data: dict[str, str] = field(default_factory=dict)


class RequestFailed(SaasusEventsError):
    """An answer that it did not.

    Attributes:
        physical_id: What is to be deleted again when the stack rolls back.
    """

    def __init__(self, text: str, *, physical_id: str) -> None:
        super().__init__(text)
        self.physical_id = physical_id


def answer(event: dict[str, Any], handle: Callable[[Request], Done]) -> None:
    """Handle a request and tell CloudFormation what came of it, whatever happens.

    Without an answer a stack waits for an hour. An error that nobody expected is answered by its kind only, for its
    text could hold a secret.
    """
    request = Request.of(event)
    answered: dict[str, Any] = {"PhysicalResourceId": request.physical_id or "nothing-made"}
    try:
        done = handle(request)
    except RequestFailed as error:
        answered |= {"Status": "FAILED", "Reason": _short(str(error)), "PhysicalResourceId": error.physical_id}
    except SaasusEventsError as error:
        answered |= {"Status": "FAILED", "Reason": _short(str(error))}
    except Exception as error:  # noqa: BLE001 - see above: there must be an answer
        reason = f"{type(error).__name__}. Its place is in the log of the function that the stack names."
        answered |= {"Status": "FAILED", "Reason": reason}
        print(json.dumps({"failed": _place_of(error)}))
    else:
        answered |= {"Status": "SUCCESS", "PhysicalResourceId": done.physical_id, "Data": done.data}
    print(json.dumps({"answered": answered, "request": request.id}))
    _put(event["ResponseURL"], answered | {key: event[key] for key in ("StackId", "RequestId", "LogicalResourceId")})


def _put(url: str, answered: dict[str, Any]) -> None:
    # The URL is signed for an empty content type.
    request = urllib.request.Request(  # noqa: S310 - CloudFormation's own URL
        url, data=json.dumps(answered).encode(), headers={"Content-Type": ""}, method="PUT"
    )
    with urllib.request.urlopen(request, timeout=30):  # noqa: S310
        pass


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST_REASON else f"{text[:_LONGEST_REASON]}…"


def _place_of(error: BaseException) -> str:
    """Say where it was raised, without the text and the values of the place."""
    places = []
    trace = error.__traceback__
    while trace is not None:
        places.append(f"{trace.tb_frame.f_code.co_filename.rpartition('/')[2]}:{trace.tb_lineno}")
        trace = trace.tb_next
    return f"{type(error).__name__} at {' > '.join(places)}"
