"""The name of the partner event source that SaaSus makes in a SaaS builder's AWS account."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from constructs_lib.events.errors import InvalidEventSource

PREFIX: Final = "aws.partner/saasus.io"
"""The beginning of every SaaSus source, and the prefix in the pattern of SaaSus's guide."""

EXAMPLE: Final = "aws.partner/saasus.io/736385ec-26ba-4567-941f-2affa11d919f-1/event"

_NAME: Final = re.compile(
    r"aws\.partner/saasus\.io/"
    r"(?P<uuid>[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12})-(?P<number>[0-9]+)/event"
)


@dataclass(frozen=True, slots=True)
class PartnerEventSource:
    """A valid name of a SaaSus partner event source.

    >>> PartnerEventSource("aws.partner/saasus.io/736385ec-26ba-4567-941f-2affa11d919f-1/event").number
    1

    Args:
        name: The name exactly as EventBridge shows it; the event bus gets the same name.

    Raises:
        InvalidEventSource: The text is not such a name.
    """

    name: str

    def __post_init__(self) -> None:
        _parts(self.name)

    @classmethod
    def parse(cls, text: str | PartnerEventSource | None) -> PartnerEventSource:
        """Make the value from pasted text, without the white space around the name.

        Raises:
            InvalidEventSource: The text is missing, or is not the name of a SaaSus partner event source.
        """
        name = "" if text is None else str(text).strip()
        if not name:
            raise InvalidEventSource(
                f"The name of the event source is missing: {text!r}. Expected "
                f"'aws.partner/saasus.io/<uuid>-<number>/event', for example '{EXAMPLE}'. Copy it from the Partner "
                "event sources page of the EventBridge console, or pass SaasusIntegration(…).event_source_name. If "
                "the CDK context should have it, check cdk.json, or use cdk deploy -c <key>=<name>."
            )
        return cls(name)

    @property
    def saas_uuid(self) -> str:
        """The UUID in the name, by which SaaSus distinguishes SaaSes."""
        return _parts(self.name)["uuid"]

    @property
    def number(self) -> int:
        """The number after the UUID."""
        return int(_parts(self.name)["number"])

    def __str__(self) -> str:
        return self.name


def _parts(name: str) -> re.Match[str]:
    if (parts := _NAME.fullmatch(name)) is not None:
        return parts
    if _NAME.fullmatch(name.strip()):
        hint = " It has white space around it: remove that, or use PartnerEventSource.parse."
    elif _NAME.search(name):
        hint = " It contains such a name: pass only that part, without the ARN or URL around it."
    elif name.startswith("aws.partner/") and not name.startswith(f"{PREFIX}/"):
        hint = " It is the source of another partner."
    else:
        hint = ""
    raise InvalidEventSource(
        f"{name!r} is not the name of a SaaSus partner event source.{hint} "
        f"Expected 'aws.partner/saasus.io/<uuid>-<number>/event', for example '{EXAMPLE}'. "
        "Copy the name from the Partner event sources page of the EventBridge console, in the account and region "
        "that are entered in the SaaSus console."
    )
