"""An API destination made by the API, with the role and the rule that call it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tests.local.resources import Bus, new_role, unique

if TYPE_CHECKING:
    from constructs_lib.local import LocalAws

API_KEY = {
    "AuthorizationType": "API_KEY",
    "AuthParameters": {"ApiKeyAuthParameters": {"ApiKeyName": "x-api-key", "ApiKeyValue": "the-key"}},
}


@dataclass(frozen=True)
class ApiDestination:
    aws: LocalAws
    name: str
    arn: str
    role: str

    @classmethod
    def make(
        cls, aws: LocalAws, endpoint: str, *, method: Any = "POST", connection: Any = None, role: str = ""
    ) -> ApiDestination:
        events, name = aws.client("events"), unique("api")
        authorization: Any = connection or API_KEY
        connected = events.create_connection(Name=name, **authorization)["ConnectionArn"]
        arn = events.create_api_destination(
            Name=name, ConnectionArn=connected, InvocationEndpoint=endpoint, HttpMethod=method
        )["ApiDestinationArn"]
        statement = {"Effect": "Allow", "Action": "events:InvokeApiDestination", "Resource": arn.rpartition("/")[0]}
        return cls(aws, name, arn, role or new_role(aws, "events.amazonaws.com", statement))

    def route(self, bus: Bus, *, rule: str = "rule", **target: Any) -> str:
        return bus.route(self.arn, rule=rule, RoleArn=self.role, **target)
