"""Keeps the attribute `slug` of each tenant in step with its name.

The tenant is read from SaaSus each time, so it does not matter how often or in which order the events come.
"""

from __future__ import annotations

import re
from typing import Any

from constructs_lib import EventFilter, SaasusEvent
from constructs_lib import operations as op
from constructs_lib.runtime import EventHandlers, SaasusClient

# Make one of your own: python -c 'import secrets; print(f"slug-{secrets.token_hex(8)}-")'
PREFIX = "slug-9f2c61d07b3e84aa-"

saasus = SaasusClient.from_env(trace_id_prefix=PREFIX)
handlers = EventHandlers()


@handlers.on(EventFilter.of(op.auth.create_tenant, op.auth.update_tenant).succeeded().not_trace_id_prefix(PREFIX))
def set_slug(event: SaasusEvent[Any, Any]) -> None:
    """Write the slug that belongs to the tenant's present name."""
    tenant = saasus.get(f"/auth/tenants/{event.tenant_id}")
    if tenant is None:
        return  # deleted since
    slug = re.sub(r"[^a-z0-9]+", "-", tenant["name"].lower()).strip("-")
    if tenant["attributes"].get("slug") != slug:
        changed = {"name": tenant["name"], "back_office_staff_email": tenant["back_office_staff_email"]}
        attributes = {**tenant["attributes"], "slug": slug}
        saasus.call(op.auth.update_tenant, {**changed, "attributes": attributes}, tenant_id=tenant["id"])
