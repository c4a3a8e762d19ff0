"""Where the id of the tenant or user that an event is about stands."""

from __future__ import annotations

from typing import Final

TENANT: Final = "tenant_id"
"""The path parameter that holds a tenant's id."""

USER: Final = "user_id"
"""The path parameter that holds a user's id."""

RESPONSE_ID: Final = "id"
"""The response's field that holds the id of what an operation created."""

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
"""The operations whose response is the tenant, or the user, that they created."""

CREATORS_WITHOUT_RESPONSE: Final = {TENANT: frozenset[str](), USER: frozenset({"auth.validate_invitation"})}
"""Operations that create one, or only use one that is there, and whose response does not say which."""
