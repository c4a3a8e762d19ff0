"""The bodies of SaaSus's awsmarketplace API as types; written by scripts/generate_catalog.py.

They have the fields that SaaSus documents. Those marked as secret are not in decoded events.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Literal, TypeAlias, TypedDict

from constructs_lib.events.saasus_event import SaasusEvent

if sys.version_info >= (3, 11):
    from typing import NotRequired
elif TYPE_CHECKING:
    from typing_extensions import NotRequired


class CreateCustomerRequest(TypedDict):
    """The request body of `operations.awsmarketplace.create_customer`."""

    tenant_id: str
    registration_token: NotRequired[str]  # secret


class CreateCustomerResponse(TypedDict):
    """The response body of `operations.awsmarketplace.create_customer` after a success."""

    customer_identifier: str
    customer_aws_account_id: str
    tenant_id: str


CreateCustomerEvent: TypeAlias = SaasusEvent[CreateCustomerRequest, CreateCustomerResponse]
"""An event of `operations.awsmarketplace.create_customer`."""


class SavePlanRequest(TypedDict):
    """The request body of `operations.awsmarketplace.save_plan`."""

    plan_id: str
    plan_name: str


SavePlanEvent: TypeAlias = SaasusEvent[SavePlanRequest, None]
"""An event of `operations.awsmarketplace.save_plan`."""

SyncCustomerEvent: TypeAlias = SaasusEvent[None, None]
"""An event of `operations.awsmarketplace.sync_customer`."""


class UpdateListingStatusRequest(TypedDict):
    """The request body of `operations.awsmarketplace.update_listing_status`."""

    listing_status: Literal[
        "no_listing",
        "first_step_working",
        "first_step_completed",
        "second_step_working",
        "second_step_plan_created",
        "second_step_completed",
        "third_step_working",
        "third_step_completed",
        "limited",
        "restricted",
        "public",
    ]


UpdateListingStatusEvent: TypeAlias = SaasusEvent[UpdateListingStatusRequest, None]
"""An event of `operations.awsmarketplace.update_listing_status`."""


class UpdateSettingsRequest(TypedDict):
    """The request body of `operations.awsmarketplace.update_settings`."""

    product_code: NotRequired[str]
    role_arn: NotRequired[str]
    role_external_id: NotRequired[str]
    sns_topic_arn: NotRequired[str]
    cas_bucket_name: NotRequired[str]
    cas_sns_topic_arn: NotRequired[str]
    seller_sns_topic_arn: NotRequired[str]
    sqs_arn: NotRequired[str]


UpdateSettingsEvent: TypeAlias = SaasusEvent[UpdateSettingsRequest, None]
"""An event of `operations.awsmarketplace.update_settings`."""


class VerifyRegistrationTokenRequest(TypedDict):
    """The request body of `operations.awsmarketplace.verify_registration_token`."""

    registration_token: NotRequired[str]  # secret


VerifyRegistrationTokenEvent: TypeAlias = SaasusEvent[VerifyRegistrationTokenRequest, None]
"""An event of `operations.awsmarketplace.verify_registration_token`."""
