"""The bodies of SaaSus's integration API as types; written by scripts/generate_catalog.py.

They have the fields that SaaSus documents. Those marked as secret are not in decoded events.
"""

from __future__ import annotations

from typing import Literal, TypeAlias, TypedDict

from constructs_lib.events.saasus_event import SaasusEvent


class EventMessage(TypedDict):
    """SaaSus's `EventMessage`, as it is in bodies."""

    event_type: str
    event_detail_type: str
    message: str


class CreateEventBridgeEventRequest(TypedDict):
    """The request body of `operations.integration.create_eventbridge_event`."""

    event_messages: list[EventMessage]


CreateEventBridgeEventEvent: TypeAlias = SaasusEvent[CreateEventBridgeEventRequest, None]
"""An event of `operations.integration.create_eventbridge_event`."""

CreateEventBridgeTestEventEvent: TypeAlias = SaasusEvent[None, None]
"""An event of `operations.integration.create_eventbridge_test_event`."""

DeleteEventBridgeSettingsEvent: TypeAlias = SaasusEvent[None, None]
"""An event of `operations.integration.delete_eventbridge_settings`."""


class SaveEventBridgeSettingsRequest(TypedDict):
    """The request body of `operations.integration.save_eventbridge_settings`."""

    aws_account_id: str
    aws_region: Literal[
        "us-east-1",
        "us-east-2",
        "us-west-1",
        "us-west-2",
        "af-south-1",
        "ap-east-1",
        "ap-south-1",
        "ap-northeast-1",
        "ap-northeast-2",
        "ap-northeast-3",
        "ap-southeast-1",
        "ap-southeast-2",
        "ap-southeast-3",
        "ca-central-1",
        "eu-central-1",
        "eu-north-1",
        "eu-south-1",
        "eu-west-1",
        "eu-west-2",
        "eu-west-3",
        "me-south-1",
        "sa-east-1",
    ]


SaveEventBridgeSettingsEvent: TypeAlias = SaasusEvent[SaveEventBridgeSettingsRequest, None]
"""An event of `operations.integration.save_eventbridge_settings`."""
