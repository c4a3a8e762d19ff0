"""The bodies of SaaSus's apigateway API as types; written by scripts/generate_catalog.py.

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

ApplyDraftApiGatewaySettingsEvent: TypeAlias = SaasusEvent[None, None]
"""An event of `operations.apigateway.apply_draft_api_gateway_settings`."""

CancelDraftApiGatewaySettingsEvent: TypeAlias = SaasusEvent[None, None]
"""An event of `operations.apigateway.cancel_draft_api_gateway_settings`."""

CreateApiGatewayEvent: TypeAlias = SaasusEvent[None, None]
"""An event of `operations.apigateway.create_api_gateway`."""


class CreateApiKeyRequest(TypedDict):
    """The request body of `operations.apigateway.create_api_key`."""

    tenant_id: str
    env_id: int
    user_id: NotRequired[str]


class ApiKey(TypedDict):
    """SaaSus's `ApiKey`, as it is in bodies."""

    api_key: NotRequired[str]  # secret
    client_secret: NotRequired[str]  # secret
    tenant_id: str
    env_id: int
    user_id: NotRequired[str]


class CreateApiKeyResponse(ApiKey):
    """The response body of `operations.apigateway.create_api_key` after a success."""


CreateApiKeyEvent: TypeAlias = SaasusEvent[CreateApiKeyRequest, CreateApiKeyResponse]
"""An event of `operations.apigateway.create_api_key`."""

PublishApiGatewayEvent: TypeAlias = SaasusEvent[None, None]
"""An event of `operations.apigateway.publish_api_gateway`."""


class RefreshClientSecretResponse(ApiKey):
    """The response body of `operations.apigateway.refresh_client_secret` after a success."""


RefreshClientSecretEvent: TypeAlias = SaasusEvent[None, RefreshClientSecretResponse]
"""An event of `operations.apigateway.refresh_client_secret`."""

UnpublishApiGatewayEvent: TypeAlias = SaasusEvent[None, None]
"""An event of `operations.apigateway.unpublish_api_gateway`."""


class Throttling(TypedDict):
    """SaaSus's `Throttling`, as it is in bodies."""

    target: Literal["tenant", "user"]
    range: int
    limit: int


class EndpointSettings(TypedDict):
    """SaaSus's `EndpointSettings`, as it is in bodies."""

    path: str
    method: Literal["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "CONNECT", "OPTIONS", "TRACE"]
    throttlings: list[Throttling]
    role_names: NotRequired[list[str]]
    mapping_endpoint_id: str


class UpdateApiGatewaySettingsRequest(TypedDict):
    """The request body of `operations.apigateway.update_api_gateway_settings`."""

    role_arn: NotRequired[str]
    role_external_id: NotRequired[str]
    internal_endpoint_health_check_path: NotRequired[str]
    internal_endpoint_health_check_port: NotRequired[int]
    internal_endpoint_health_check_protocol: NotRequired[str]
    internal_endpoint_health_status_codes: NotRequired[str]
    saas_subnet_ids: NotRequired[list[str]]
    saas_vpc_id: NotRequired[str]
    domain_name: NotRequired[str]
    saas_alb_arn: NotRequired[str]
    endpoint_settings_list: NotRequired[list[EndpointSettings]]
    tenant_routing_type: NotRequired[Literal["path", "hostName", "headerValue", "none"]]


UpdateApiGatewaySettingsEvent: TypeAlias = SaasusEvent[UpdateApiGatewaySettingsRequest, None]
"""An event of `operations.apigateway.update_api_gateway_settings`."""


class UpdateOpenApiDefinitionRequest(TypedDict):
    """The request body of `operations.apigateway.update_open_api_definition`."""

    content: str


UpdateOpenApiDefinitionEvent: TypeAlias = SaasusEvent[UpdateOpenApiDefinitionRequest, None]
"""An event of `operations.apigateway.update_open_api_definition`."""


class TenantRouting(TypedDict):
    """SaaSus's `TenantRouting`, as it is in bodies."""

    path: NotRequired[str]
    header_key: NotRequired[str]
    header_value: NotRequired[str]
    host_name: NotRequired[str]


class UpdateTenantRequest(TypedDict):
    """The request body of `operations.apigateway.update_tenant`."""

    allowed_ips: NotRequired[list[str]]
    routing: NotRequired[TenantRouting]


UpdateTenantEvent: TypeAlias = SaasusEvent[UpdateTenantRequest, None]
"""An event of `operations.apigateway.update_tenant`."""


class UploadGenerationFilesRequest(TypedDict):
    """The request body of `operations.apigateway.upload_generation_files`."""

    content: str


UploadGenerationFilesEvent: TypeAlias = SaasusEvent[UploadGenerationFilesRequest, None]
"""An event of `operations.apigateway.upload_generation_files`."""
