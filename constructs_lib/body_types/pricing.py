"""The bodies of SaaSus's pricing API as types; written by scripts/generate_catalog.py.

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


class CreateMeteringUnitRequest(TypedDict):
    """The request body of `operations.pricing.create_metering_unit`."""

    unit_name: str
    aggregate_usage: NotRequired[Literal["sum", "max"]]
    display_name: str
    description: str


class CreateMeteringUnitResponse(TypedDict):
    """The response body of `operations.pricing.create_metering_unit` after a success."""

    unit_name: str
    aggregate_usage: NotRequired[Literal["sum", "max"]]
    display_name: str
    description: str
    id: str
    used: bool


CreateMeteringUnitEvent: TypeAlias = SaasusEvent[CreateMeteringUnitRequest, CreateMeteringUnitResponse]
"""An event of `operations.pricing.create_metering_unit`."""


class CreatePricingMenuRequest(TypedDict):
    """The request body of `operations.pricing.create_pricing_menu`."""

    name: str
    display_name: str
    description: str
    unit_ids: list[str]


class PricingTier(TypedDict):
    """SaaSus's `PricingTier`, as it is in bodies."""

    up_to: int
    unit_amount: int
    flat_amount: int
    inf: bool


class PricingTieredUsageUnit(TypedDict):
    """SaaSus's `PricingTieredUsageUnit`, as it is in bodies."""

    tiers: list[PricingTier]
    name: str
    display_name: str
    description: str
    type: Literal["fixed", "usage", "tiered", "tiered_usage"]
    currency: Literal["JPY", "USD"]
    upper_count: int
    metering_unit_name: str
    aggregate_usage: NotRequired[Literal["sum", "max"]]
    id: str
    metering_unit_id: str
    recurring_interval: Literal["month", "year"]
    used: bool


class PricingTieredUnit(TypedDict):
    """SaaSus's `PricingTieredUnit`, as it is in bodies."""

    tiers: list[PricingTier]
    name: str
    display_name: str
    description: str
    type: Literal["fixed", "usage", "tiered", "tiered_usage"]
    currency: Literal["JPY", "USD"]
    upper_count: int
    metering_unit_name: str
    aggregate_usage: NotRequired[Literal["sum", "max"]]
    id: str
    metering_unit_id: str
    recurring_interval: Literal["month", "year"]
    used: bool


class PricingUsageUnit(TypedDict):
    """SaaSus's `PricingUsageUnit`, as it is in bodies."""

    name: str
    display_name: str
    description: str
    type: Literal["fixed", "usage", "tiered", "tiered_usage"]
    currency: Literal["JPY", "USD"]
    upper_count: int
    unit_amount: int
    metering_unit_name: str
    aggregate_usage: NotRequired[Literal["sum", "max"]]
    id: str
    metering_unit_id: str
    recurring_interval: Literal["month", "year"]
    used: bool


class PricingFixedUnit(TypedDict):
    """SaaSus's `PricingFixedUnit`, as it is in bodies."""

    name: str
    display_name: str
    description: str
    type: Literal["fixed", "usage", "tiered", "tiered_usage"]
    currency: Literal["JPY", "USD"]
    unit_amount: int
    recurring_interval: Literal["month", "year"]
    id: str
    used: bool


PricingUnit: TypeAlias = PricingTieredUsageUnit | PricingTieredUnit | PricingUsageUnit | PricingFixedUnit
"""One of SaaSus's kinds of `PricingUnit`."""


class PricingMenu(TypedDict):
    """SaaSus's `PricingMenu`, as it is in bodies."""

    units: list[PricingUnit]
    name: str
    display_name: str
    description: str
    used: bool
    id: str


class CreatePricingMenuResponse(PricingMenu):
    """The response body of `operations.pricing.create_pricing_menu` after a success."""


CreatePricingMenuEvent: TypeAlias = SaasusEvent[CreatePricingMenuRequest, CreatePricingMenuResponse]
"""An event of `operations.pricing.create_pricing_menu`."""


class CreatePricingPlanRequest(TypedDict):
    """The request body of `operations.pricing.create_pricing_plan`."""

    name: str
    display_name: str
    description: str
    menu_ids: list[str]


class CreatePricingPlanResponse(TypedDict):
    """The response body of `operations.pricing.create_pricing_plan` after a success."""

    pricing_menus: list[PricingMenu]
    name: str
    display_name: str
    description: str
    used: bool
    id: str


CreatePricingPlanEvent: TypeAlias = SaasusEvent[CreatePricingPlanRequest, CreatePricingPlanResponse]
"""An event of `operations.pricing.create_pricing_plan`."""


class PricingTieredUsageUnitForSave(TypedDict):
    """SaaSus's `PricingTieredUsageUnitForSave`, as it is in bodies."""

    tiers: list[PricingTier]
    name: str
    display_name: str
    description: str
    type: Literal["fixed", "usage", "tiered", "tiered_usage"]
    currency: Literal["JPY", "USD"]
    upper_count: int
    metering_unit_name: str
    aggregate_usage: NotRequired[Literal["sum", "max"]]


class PricingTieredUnitForSave(TypedDict):
    """SaaSus's `PricingTieredUnitForSave`, as it is in bodies."""

    tiers: list[PricingTier]
    name: str
    display_name: str
    description: str
    type: Literal["fixed", "usage", "tiered", "tiered_usage"]
    currency: Literal["JPY", "USD"]
    upper_count: int
    metering_unit_name: str
    aggregate_usage: NotRequired[Literal["sum", "max"]]


class PricingUsageUnitForSave(TypedDict):
    """SaaSus's `PricingUsageUnitForSave`, as it is in bodies."""

    name: str
    display_name: str
    description: str
    type: Literal["fixed", "usage", "tiered", "tiered_usage"]
    currency: Literal["JPY", "USD"]
    upper_count: int
    unit_amount: int
    metering_unit_name: str
    aggregate_usage: NotRequired[Literal["sum", "max"]]


class PricingFixedUnitForSave(TypedDict):
    """SaaSus's `PricingFixedUnitForSave`, as it is in bodies."""

    name: str
    display_name: str
    description: str
    type: Literal["fixed", "usage", "tiered", "tiered_usage"]
    currency: Literal["JPY", "USD"]
    unit_amount: int
    recurring_interval: Literal["month", "year"]


CreatePricingUnitParam: TypeAlias = (
    PricingTieredUsageUnitForSave | PricingTieredUnitForSave | PricingUsageUnitForSave | PricingFixedUnitForSave
)
"""One of SaaSus's kinds of `CreatePricingUnitParam`."""

CreatePricingUnitRequest: TypeAlias = CreatePricingUnitParam
"""The request body of `operations.pricing.create_pricing_unit`."""

CreatePricingUnitResponse: TypeAlias = PricingUnit
"""The response body of `operations.pricing.create_pricing_unit` after a success."""

CreatePricingUnitEvent: TypeAlias = SaasusEvent[CreatePricingUnitRequest, CreatePricingUnitResponse]
"""An event of `operations.pricing.create_pricing_unit`."""


class CreateTaxRateRequest(TypedDict):
    """The request body of `operations.pricing.create_tax_rate`."""

    name: str
    display_name: str
    percentage: float
    inclusive: bool
    country: str
    description: str


class CreateTaxRateResponse(TypedDict):
    """The response body of `operations.pricing.create_tax_rate` after a success."""

    name: str
    display_name: str
    percentage: float
    inclusive: bool
    country: str
    description: str
    id: str


CreateTaxRateEvent: TypeAlias = SaasusEvent[CreateTaxRateRequest, CreateTaxRateResponse]
"""An event of `operations.pricing.create_tax_rate`."""

DeleteAllPlansAndMenusAndUnitsAndMetersAndTaxRatesEvent: TypeAlias = SaasusEvent[None, None]
"""An event of `operations.pricing.delete_all_plans_and_menus_and_units_and_meters_and_tax_rates`."""

DeleteMeteringUnitByIDEvent: TypeAlias = SaasusEvent[None, None]
"""An event of `operations.pricing.delete_metering_unit_by_id`."""

DeleteMeteringUnitTimestampCountEvent: TypeAlias = SaasusEvent[None, None]
"""An event of `operations.pricing.delete_metering_unit_timestamp_count`."""

DeletePricingMenuEvent: TypeAlias = SaasusEvent[None, None]
"""An event of `operations.pricing.delete_pricing_menu`."""

DeletePricingPlanEvent: TypeAlias = SaasusEvent[None, None]
"""An event of `operations.pricing.delete_pricing_plan`."""

DeletePricingUnitEvent: TypeAlias = SaasusEvent[None, None]
"""An event of `operations.pricing.delete_pricing_unit`."""

DeleteStripePlanEvent: TypeAlias = SaasusEvent[None, None]
"""An event of `operations.pricing.delete_stripe_plan`."""

LinkPlanToStripeEvent: TypeAlias = SaasusEvent[None, None]
"""An event of `operations.pricing.link_plan_to_stripe`."""


class UpdateMeteringUnitByIDRequest(TypedDict):
    """The request body of `operations.pricing.update_metering_unit_by_id`."""

    unit_name: str
    aggregate_usage: NotRequired[Literal["sum", "max"]]
    display_name: str
    description: str


UpdateMeteringUnitByIDEvent: TypeAlias = SaasusEvent[UpdateMeteringUnitByIDRequest, None]
"""An event of `operations.pricing.update_metering_unit_by_id`."""


class UpdateMeteringUnitTimestampCountRequest(TypedDict):
    """The request body of `operations.pricing.update_metering_unit_timestamp_count`."""

    method: Literal["add", "sub", "direct"]
    count: int


class MeteringUnitTimestampCount(TypedDict):
    """SaaSus's `MeteringUnitTimestampCount`, as it is in bodies."""

    metering_unit_name: str
    timestamp: int
    count: int


class UpdateMeteringUnitTimestampCountResponse(MeteringUnitTimestampCount):
    """The response body of `operations.pricing.update_metering_unit_timestamp_count` after a success."""


UpdateMeteringUnitTimestampCountEvent: TypeAlias = SaasusEvent[
    UpdateMeteringUnitTimestampCountRequest, UpdateMeteringUnitTimestampCountResponse
]
"""An event of `operations.pricing.update_metering_unit_timestamp_count`."""


class UpdateMeteringUnitTimestampCountNowRequest(TypedDict):
    """The request body of `operations.pricing.update_metering_unit_timestamp_count_now`."""

    method: Literal["add", "sub", "direct"]
    count: int


class UpdateMeteringUnitTimestampCountNowResponse(MeteringUnitTimestampCount):
    """The response body of `operations.pricing.update_metering_unit_timestamp_count_now` after a success."""


UpdateMeteringUnitTimestampCountNowEvent: TypeAlias = SaasusEvent[
    UpdateMeteringUnitTimestampCountNowRequest, UpdateMeteringUnitTimestampCountNowResponse
]
"""An event of `operations.pricing.update_metering_unit_timestamp_count_now`."""


class UpdatePricingMenuRequest(TypedDict):
    """The request body of `operations.pricing.update_pricing_menu`."""

    name: str
    display_name: str
    description: str
    unit_ids: list[str]


UpdatePricingMenuEvent: TypeAlias = SaasusEvent[UpdatePricingMenuRequest, None]
"""An event of `operations.pricing.update_pricing_menu`."""


class UpdatePricingPlanRequest(TypedDict):
    """The request body of `operations.pricing.update_pricing_plan`."""

    name: str
    display_name: str
    description: str
    menu_ids: list[str]


UpdatePricingPlanEvent: TypeAlias = SaasusEvent[UpdatePricingPlanRequest, None]
"""An event of `operations.pricing.update_pricing_plan`."""


class UpdatePricingPlansUsedRequest(TypedDict):
    """The request body of `operations.pricing.update_pricing_plans_used`."""

    plan_ids: list[str]


UpdatePricingPlansUsedEvent: TypeAlias = SaasusEvent[UpdatePricingPlansUsedRequest, None]
"""An event of `operations.pricing.update_pricing_plans_used`."""

UpdatePricingUnitParam: TypeAlias = (
    PricingTieredUsageUnitForSave | PricingTieredUnitForSave | PricingUsageUnitForSave | PricingFixedUnitForSave
)
"""One of SaaSus's kinds of `UpdatePricingUnitParam`."""

UpdatePricingUnitRequest: TypeAlias = UpdatePricingUnitParam
"""The request body of `operations.pricing.update_pricing_unit`."""

UpdatePricingUnitEvent: TypeAlias = SaasusEvent[UpdatePricingUnitRequest, None]
"""An event of `operations.pricing.update_pricing_unit`."""


class UpdateTaxRateRequest(TypedDict):
    """The request body of `operations.pricing.update_tax_rate`."""

    display_name: str
    description: str


UpdateTaxRateEvent: TypeAlias = SaasusEvent[UpdateTaxRateRequest, None]
"""An event of `operations.pricing.update_tax_rate`."""
