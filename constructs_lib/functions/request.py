"""A custom resource's request as CloudFormation sends it, and how its handling can end.

AWS: CloudFormation User Guide, "Custom resource request/response reference".
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from constructs_lib.events.errors import SaasusEventsError

_TIMEOUT = 600.0


@dataclass(frozen=True)
class ResourceRequest:
    """What CloudFormation asks for."""

    kind: str
    """`Create`, `Update` or `Delete`."""
    id: str
    """The same for all deliveries of one request: Lambda may deliver it again."""
    stack_id: str
    resource_type: str
    physical_id: str
    """From an earlier answer; empty for a create."""
    properties: dict[str, Any]
    old_properties: dict[str, Any] = field(default_factory=dict)
    """For an update, the properties before it. In a rollback, those of the update that failed."""

    @classmethod
    def of(cls, event: dict[str, Any]) -> ResourceRequest:
        """Read the event that the function was invoked with."""
        return cls(
            kind=event["RequestType"],
            id=event["RequestId"],
            stack_id=event["StackId"],
            resource_type=event["ResourceType"],
            physical_id=event.get("PhysicalResourceId", ""),
            properties=event["ResourceProperties"],
            old_properties=event.get("OldResourceProperties") or {},
        )

    @property
    def timeout(self) -> float:
        """The seconds to wait for something. CloudFormation turns every number into text.

        Raises:
            RequestFailed: It is not a number.
        """
        given = self.properties.get("TimeoutSeconds", _TIMEOUT)
        try:
            return max(0.0, float(given))
        except (TypeError, ValueError):
            raise RequestFailed(
                f"The timeout {given!r} is not a number of seconds. Expected 30 to 840. Correct the timeout= of the "
                "construct and deploy again.",
                physical_id=self.physical_id or "nothing-made",
            ) from None


@dataclass(frozen=True)
class Done:
    """A request that succeeded."""

    physical_id: str
    data: dict[str, str] = field(default_factory=dict)
    rolled_back: bool = False
    """Whether it was an update that reverts another one."""


class RequestFailed(SaasusEventsError):
    """A request that failed.

    Attributes:
        physical_id: What CloudFormation has to delete when the stack rolls back.
    """

    def __init__(self, text: str, *, physical_id: str) -> None:
        super().__init__(text)
        self.physical_id = physical_id
