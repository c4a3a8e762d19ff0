"""Deletes your rows of a user or tenant once SaaSus has deleted it.

Deleting a row again changes nothing, whenever it happens, so no event has to be remembered.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import boto3
from boto3.dynamodb.conditions import Key

from constructs_lib import EventFilter
from constructs_lib import operations as op
from constructs_lib.runtime import EventHandlers

if TYPE_CHECKING:
    from constructs_lib.body_types.auth import (
        DeleteSaasUserEvent,
        DeleteTenantEvent,
        DeleteTenantUserEvent,
        UnlinkProviderEvent,
    )

handlers = EventHandlers()


@handlers.on(EventFilter.of(op.auth.delete_saas_user).succeeded())
def delete_user(event: DeleteSaasUserEvent) -> None:
    """Delete the user's rows, and those kept under the e-mail address, which SaaSus returns since 2026-02-13."""
    delete_rows(Key("owner").eq(event.user_id))
    if event.response:
        delete_rows(Key("owner").eq(event.response["email"]))


@handlers.on(EventFilter.of(op.auth.delete_tenant_user).succeeded())
def leave_tenant(event: DeleteTenantUserEvent) -> None:
    """Delete the user's rows in the tenant."""
    delete_rows(Key("owner").eq(event.user_id) & Key("row").begins_with(f"tenant/{event.tenant_id}/"))


@handlers.on(EventFilter.of(op.auth.delete_tenant).succeeded())
def delete_tenant(event: DeleteTenantEvent) -> None:
    """Delete the rows of all users in the tenant."""
    delete_rows(Key("tenant").eq(event.tenant_id), IndexName="tenant")


@handlers.on(EventFilter.of(op.auth.unlink_provider).succeeded())
def unlink_provider(event: UnlinkProviderEvent) -> None:
    """Delete the user's row for the identity provider."""
    delete_rows(Key("owner").eq(event.user_id) & Key("row").eq(f"provider/{event.path_params['provider_name']}"))


def delete_rows(where: Any, **index: str) -> None:
    """Delete all rows that a condition selects."""
    table = boto3.resource("dynamodb").Table(os.environ["ROWS_TABLE"])
    while rows := table.query(KeyConditionExpression=where, **index)["Items"]:
        for row in rows:
            table.delete_item(Key={"owner": row["owner"], "row": row["row"]})
