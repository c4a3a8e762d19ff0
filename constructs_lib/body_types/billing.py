"""The bodies of SaaSus's billing API as types; written by scripts/generate_catalog.py.

They have the fields that SaaSus documents. Those marked as secret are not in decoded events.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, TypeAlias, TypedDict

from constructs_lib.events.saasus_event import SaasusEvent

if sys.version_info >= (3, 11):
    from typing import NotRequired
elif TYPE_CHECKING:
    from typing_extensions import NotRequired

DeleteStripeInfoEvent: TypeAlias = SaasusEvent[None, None]
"""An event of `operations.billing.delete_stripe_info`."""


class UpdateStripeInfoRequest(TypedDict):
    """The request body of `operations.billing.update_stripe_info`."""

    secret_key: NotRequired[str]  # secret


UpdateStripeInfoEvent: TypeAlias = SaasusEvent[UpdateStripeInfoRequest, None]
"""An event of `operations.billing.update_stripe_info`."""
