"""Proof during the deployment that events arrive, by SaaSus's own test event."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

from aws_cdk import CustomResource
from constructs import Construct

from constructs_lib.access.logs_resource_policy import LogsResourcePolicy
from constructs_lib.access.role_policy import allow_role
from constructs_lib.activation.integration import checked_timeout, stacks_that_roll_back
from constructs_lib.events.errors import InvalidRoute
from constructs_lib.resources.kinds import require_free_id

if TYPE_CHECKING:
    from aws_cdk import Duration
    from aws_cdk import aws_events as events

    from constructs_lib.activation.integration import SaasusIntegration
    from constructs_lib.routes.log_route import LogRoute

_TEST_EVENT = {
    "version": "0",
    "id": "00000000-0000-0000-0000-000000000000",
    "detail-type": "api_call",
    "source": "aws.partner/saasus.io/00000000-0000-0000-0000-000000000000-1/event",
    "account": "111122223333",
    "time": "2026-01-01T00:00:00Z",
    "region": "ap-northeast-1",
    "resources": [],
    "detail": {
        "event_type": "create_eventbridge_test_event",
        "trace_id": "saasus-verify-00000000-0000-0000-0000-000000000000",
        "event": json.dumps(
            {
                "http_status": "201",
                "uri": "/v1/integration/eventbridge/test-event",
                "request_method": "POST",
                "request_body": "",
                "response_body": "",
            },
            separators=(",", ":"),
        ),
    },
}
"""As SaaSus's documentation shows it, reduced to what a filter reads."""


class Verification(Construct):
    """Makes SaaSus send its test event during the deployment, which fails unless the event is logged in time.

    Made by `SaasusEventBus.verify`, not directly. It runs when it is created and when the source, route or filter
    changes; deleting it does nothing.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        event_bus: events.IEventBus,
        integration: SaasusIntegration,
        log_route: LogRoute,
        timeout: Duration | None,
    ) -> None:
        require_free_id(scope.node.path, scope.node.try_find_child(id), id, "A verification")
        super().__init__(scope, id)
        if log_route.node.scope is not scope or not log_route.enabled:
            raise InvalidRoute(
                f"The route {log_route.node.path!r} cannot prove that events arrive on {scope.node.path!r}: it "
                f"{'belongs to another bus' if log_route.enabled else 'is off (enabled=False)'}. Expected an enabled "
                "log route of this bus. Pass what bus.log(…) returned."
            )
        if not log_route.event_filter.matches(_TEST_EVENT):
            raise InvalidRoute(
                f"The route {log_route.node.path!r} does not log test events: its filter is "
                f"{log_route.event_filter!r}. Expected one that matches "
                "operations.integration.create_eventbridge_test_event. Verify with such a route, for example "
                "bus.log(…) without a filter."
            )
        permission = allow_role(
            self,
            "ReadLog",
            integration.role,
            [
                {
                    "Effect": "Allow",
                    "Action": "logs:FilterLogEvents",
                    "Resource": log_route.log_group.log_group_arn,
                },
                {
                    "Effect": "Allow",
                    "Action": "cloudformation:DescribeStacks",
                    "Resource": stacks_that_roll_back(self),
                },
            ],
            warn_at=self,
            what_fails="the function cannot look for the test event, and the deployment fails",
        )
        resource = CustomResource(
            self,
            "Resource",
            service_token=integration.function.function_arn,
            resource_type="Custom::SaasusVerification",
            properties={
                "SecretArn": integration.credentials.secret_arn,
                "BaseUrl": integration.base_url,
                "EventSourceName": event_bus.event_bus_name,
                "LogGroupName": log_route.log_group.log_group_name,
                "TimeoutSeconds": checked_timeout(timeout),
                "Route": hashlib.sha256(json.dumps(log_route.patterns).encode()).hexdigest()[:16],
            },
        )
        for needed in (event_bus, log_route, LogsResourcePolicy.of(self), permission, integration):
            if needed is not None:
                resource.node.add_dependency(needed)
