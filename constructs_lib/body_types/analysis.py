"""The bodies of SaaSus's analysis API as types; written by scripts/generate_catalog.py.

They have the fields that SaaSus documents. Those marked as secret are not in decoded events.
"""

from __future__ import annotations

from typing import Literal, TypeAlias, TypedDict

from constructs_lib.events.saasus_event import SaasusEvent


class UpdateActiveUsersRequest(TypedDict):
    """The request body of `operations.analysis.update_active_users`."""

    type: Literal["daily", "monthly"]
    date: str
    tenant_id: str
    env_id: int
    active_users: int


UpdateActiveUsersEvent: TypeAlias = SaasusEvent[UpdateActiveUsersRequest, None]
"""An event of `operations.analysis.update_active_users`."""


class UserBehaviorHistory(TypedDict):
    """SaaSus's `UserBehaviorHistory`, as it is in bodies."""

    timestamp: int
    referer: str


class UpdateUserBehaviorHistoriesByDayRequest(TypedDict):
    """The request body of `operations.analysis.update_user_behavior_histories_by_day`."""

    timestamp: int
    user_id: str
    histories: list[UserBehaviorHistory]


UpdateUserBehaviorHistoriesByDayEvent: TypeAlias = SaasusEvent[UpdateUserBehaviorHistoriesByDayRequest, None]
"""An event of `operations.analysis.update_user_behavior_histories_by_day`."""
