"""Where an event has the id of the tenant or user that it is about."""

from __future__ import annotations

from typing import Final

TENANT: Final = "tenant_id"
"""The path parameter that holds a tenant's id."""

USER: Final = "user_id"
"""The path parameter that holds a user's id."""

RESPONSE_ID: Final = "id"
"""The response field with the id of what an operation created."""

CREATORS: Final = {
    TENANT: frozenset({"auth.create_tenant", "auth.confirm_sign_up_with_aws_marketplace"}),
    USER: frozenset(
        {
            "auth.create_saas_user",
            "auth.create_tenant_user",
            "auth.sign_up",
            "auth.sign_up_with_aws_marketplace",
        }
    ),
}
"""The operations whose response is the tenant or user that they created."""

CREATORS_WITHOUT_RESPONSE: Final = {TENANT: frozenset[str](), USER: frozenset({"auth.validate_invitation"})}
"""Operations that create one or use an existing one, and whose response does not say which."""
