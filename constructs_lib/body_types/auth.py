"""The bodies of SaaSus's auth API as types; written by scripts/generate_catalog.py.

They have the fields that SaaSus documents. Those marked as secret are not in decoded events.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, TypedDict

from constructs_lib.events.saasus_event import SaasusEvent

if sys.version_info >= (3, 11):
    from typing import NotRequired
elif TYPE_CHECKING:
    from typing_extensions import NotRequired


class DeviceSecretVerifierConfig(TypedDict):
    """SaaSus's `DeviceSecretVerifierConfig`, as it is in bodies."""

    password_verifier: NotRequired[str]  # secret
    salt: NotRequired[str]  # secret


class ConfirmDeviceRequest(TypedDict):
    """The request body of `operations.auth.confirm_device`."""

    access_token: NotRequired[str]  # secret
    device_key: NotRequired[str]  # secret
    device_name: NotRequired[str]
    device_secret_verifier_config: NotRequired[DeviceSecretVerifierConfig]


class ConfirmDeviceResponse(TypedDict):
    """The response body of `operations.auth.confirm_device` after a success."""

    user_confirmation_necessary: bool


ConfirmDeviceEvent: TypeAlias = SaasusEvent[ConfirmDeviceRequest, ConfirmDeviceResponse]
"""An event of `operations.auth.confirm_device`."""


class ConfirmEmailUpdateRequest(TypedDict):
    """The request body of `operations.auth.confirm_email_update`."""

    code: NotRequired[str]  # secret
    access_token: NotRequired[str]  # secret


ConfirmEmailUpdateEvent: TypeAlias = SaasusEvent[ConfirmEmailUpdateRequest, None]
"""An event of `operations.auth.confirm_email_update`."""


class ConfirmExternalUserLinkRequest(TypedDict):
    """The request body of `operations.auth.confirm_external_user_link`."""

    access_token: NotRequired[str]  # secret
    code: NotRequired[str]  # secret


ConfirmExternalUserLinkEvent: TypeAlias = SaasusEvent[ConfirmExternalUserLinkRequest, None]
"""An event of `operations.auth.confirm_external_user_link`."""


class ConfirmSignUpWithAwsMarketplaceRequest(TypedDict):
    """The request body of `operations.auth.confirm_sign_up_with_aws_marketplace`."""

    tenant_name: NotRequired[str]
    access_token: NotRequired[str]  # secret
    registration_token: NotRequired[str]  # secret


class PlanHistory(TypedDict):
    """SaaSus's `PlanHistory`, as it is in bodies."""

    plan_id: str
    plan_applied_at: int
    tax_rate_id: NotRequired[str]
    proration_behavior: NotRequired[Literal["create_prorations", "none", "always_invoice"]]
    delete_usage: NotRequired[bool]


class BillingAddress(TypedDict):
    """SaaSus's `BillingAddress`, as it is in bodies."""

    street: str
    city: str
    state: str
    country: str
    additional_address_info: NotRequired[str]
    postal_code: str


class BillingInfo(TypedDict):
    """SaaSus's `BillingInfo`, as it is in bodies."""

    name: str
    address: BillingAddress
    invoice_language: Literal["ja-JP", "en-US"]


class Tenant(TypedDict):
    """SaaSus's `Tenant`, as it is in bodies."""

    plan_histories: list[PlanHistory]
    next_plan_id: NotRequired[str]
    using_next_plan_from: NotRequired[int]
    next_plan_tax_rate_id: NotRequired[str]
    proration_behavior: NotRequired[Literal["create_prorations", "none", "always_invoice"]]
    delete_usage: NotRequired[bool]
    name: str
    attributes: dict[str, Any]
    back_office_staff_email: str
    id: str
    plan_id: NotRequired[str]
    billing_info: NotRequired[BillingInfo]


class ConfirmSignUpWithAwsMarketplaceResponse(Tenant):
    """The response body of `operations.auth.confirm_sign_up_with_aws_marketplace` after a success."""


ConfirmSignUpWithAwsMarketplaceEvent: TypeAlias = SaasusEvent[
    ConfirmSignUpWithAwsMarketplaceRequest, ConfirmSignUpWithAwsMarketplaceResponse
]
"""An event of `operations.auth.confirm_sign_up_with_aws_marketplace`."""


class CreateAuthCredentialsRequest(TypedDict):
    """The request body of `operations.auth.create_auth_credentials`."""

    code_challenge: NotRequired[str]  # secret
    code_challenge_method: NotRequired[str]
    id_token: NotRequired[str]  # secret
    access_token: NotRequired[str]  # secret
    refresh_token: NotRequired[str]  # secret


class CreateAuthCredentialsResponse(TypedDict):
    """The response body of `operations.auth.create_auth_credentials` after a success."""

    code: NotRequired[str]  # secret


CreateAuthCredentialsEvent: TypeAlias = SaasusEvent[CreateAuthCredentialsRequest, CreateAuthCredentialsResponse]
"""An event of `operations.auth.create_auth_credentials`."""


class CreateEnvRequest(TypedDict):
    """The request body of `operations.auth.create_env`."""

    id: int
    name: str
    display_name: NotRequired[str]


class CreateEnvResponse(TypedDict):
    """The response body of `operations.auth.create_env` after a success."""

    id: int
    name: str
    display_name: NotRequired[str]


CreateEnvEvent: TypeAlias = SaasusEvent[CreateEnvRequest, CreateEnvResponse]
"""An event of `operations.auth.create_env`."""


class CreateRoleRequest(TypedDict):
    """The request body of `operations.auth.create_role`."""

    role_name: str
    display_name: str


class Role(TypedDict):
    """SaaSus's `Role`, as it is in bodies."""

    role_name: str
    display_name: str


class CreateRoleResponse(Role):
    """The response body of `operations.auth.create_role` after a success."""


CreateRoleEvent: TypeAlias = SaasusEvent[CreateRoleRequest, CreateRoleResponse]
"""An event of `operations.auth.create_role`."""


class CreateSaasUserRequest(TypedDict):
    """The request body of `operations.auth.create_saas_user`."""

    email: NotRequired[str]
    sign_in_id: NotRequired[str]
    password: NotRequired[str]  # secret


class CreateSaasUserResponse(TypedDict):
    """The response body of `operations.auth.create_saas_user` after a success."""

    password: NotRequired[str]  # secret
    id: str
    email: str
    sign_in_id: str
    attributes: dict[str, Any]
    last_login_at: NotRequired[int | None]


CreateSaasUserEvent: TypeAlias = SaasusEvent[CreateSaasUserRequest, CreateSaasUserResponse]
"""An event of `operations.auth.create_saas_user`."""


class CreateSaasUserAttributeRequest(TypedDict):
    """The request body of `operations.auth.create_saas_user_attribute`."""

    attribute_name: str
    display_name: str
    attribute_type: Literal["string", "number", "bool", "date"]


class Attribute(TypedDict):
    """SaaSus's `Attribute`, as it is in bodies."""

    attribute_name: str
    display_name: str
    attribute_type: Literal["string", "number", "bool", "date"]


class CreateSaasUserAttributeResponse(Attribute):
    """The response body of `operations.auth.create_saas_user_attribute` after a success."""


CreateSaasUserAttributeEvent: TypeAlias = SaasusEvent[CreateSaasUserAttributeRequest, CreateSaasUserAttributeResponse]
"""An event of `operations.auth.create_saas_user_attribute`."""


class CreateSecretCodeRequest(TypedDict):
    """The request body of `operations.auth.create_secret_code`."""

    access_token: NotRequired[str]  # secret


class CreateSecretCodeResponse(TypedDict):
    """The response body of `operations.auth.create_secret_code` after a success."""

    secret_code: NotRequired[str]  # secret


CreateSecretCodeEvent: TypeAlias = SaasusEvent[CreateSecretCodeRequest, CreateSecretCodeResponse]
"""An event of `operations.auth.create_secret_code`."""


class CreateTenantRequest(TypedDict):
    """The request body of `operations.auth.create_tenant`."""

    name: str
    attributes: dict[str, Any]
    back_office_staff_email: str


class CreateTenantResponse(Tenant):
    """The response body of `operations.auth.create_tenant` after a success."""


CreateTenantEvent: TypeAlias = SaasusEvent[CreateTenantRequest, CreateTenantResponse]
"""An event of `operations.auth.create_tenant`."""

CreateTenantAndPricingEvent: TypeAlias = SaasusEvent[None, None]
"""An event of `operations.auth.create_tenant_and_pricing`."""


class CreateTenantAttributeRequest(TypedDict):
    """The request body of `operations.auth.create_tenant_attribute`."""

    attribute_name: str
    display_name: str
    attribute_type: Literal["string", "number", "bool", "date"]


class CreateTenantAttributeResponse(Attribute):
    """The response body of `operations.auth.create_tenant_attribute` after a success."""


CreateTenantAttributeEvent: TypeAlias = SaasusEvent[CreateTenantAttributeRequest, CreateTenantAttributeResponse]
"""An event of `operations.auth.create_tenant_attribute`."""


class CreateTenantInvitationRequestEnv(TypedDict):
    """SaaSus's `CreateTenantInvitationRequestEnv`, as it is in bodies."""

    id: int
    role_names: list[str]


class CreateTenantInvitationRequest(TypedDict):
    """The request body of `operations.auth.create_tenant_invitation`."""

    email: str
    access_token: NotRequired[str]  # secret
    envs: list[CreateTenantInvitationRequestEnv]


class UserEnv(TypedDict):
    """SaaSus's `UserEnv`, as it is in bodies."""

    id: int
    name: str
    display_name: NotRequired[str]
    roles: list[Role]


class CreateTenantInvitationResponse(TypedDict):
    """The response body of `operations.auth.create_tenant_invitation` after a success."""

    id: NotRequired[str]  # secret
    email: str
    invitation_url: NotRequired[str]  # secret
    envs: list[UserEnv]
    expired_at: int
    status: Literal["pending", "accepted", "expired"]


CreateTenantInvitationEvent: TypeAlias = SaasusEvent[CreateTenantInvitationRequest, CreateTenantInvitationResponse]
"""An event of `operations.auth.create_tenant_invitation`."""


class CreateTenantUserRequest(TypedDict):
    """The request body of `operations.auth.create_tenant_user`."""

    email: NotRequired[str]
    sign_in_id: NotRequired[str]
    attributes: dict[str, Any]


class CreateTenantUserResponse(TypedDict):
    """The response body of `operations.auth.create_tenant_user` after a success."""

    id: str
    tenant_id: str
    tenant_name: str
    email: str
    sign_in_id: str
    attributes: dict[str, Any]
    envs: list[UserEnv]


CreateTenantUserEvent: TypeAlias = SaasusEvent[CreateTenantUserRequest, CreateTenantUserResponse]
"""An event of `operations.auth.create_tenant_user`."""


class CreateTenantUserRolesRequest(TypedDict):
    """The request body of `operations.auth.create_tenant_user_roles`."""

    role_names: list[str]


CreateTenantUserRolesEvent: TypeAlias = SaasusEvent[CreateTenantUserRolesRequest, None]
"""An event of `operations.auth.create_tenant_user_roles`."""


class CreateUserAttributeRequest(TypedDict):
    """The request body of `operations.auth.create_user_attribute`."""

    attribute_name: str
    display_name: str
    attribute_type: Literal["string", "number", "bool", "date"]


class CreateUserAttributeResponse(Attribute):
    """The response body of `operations.auth.create_user_attribute` after a success."""


CreateUserAttributeEvent: TypeAlias = SaasusEvent[CreateUserAttributeRequest, CreateUserAttributeResponse]
"""An event of `operations.auth.create_user_attribute`."""

DeleteEnvEvent: TypeAlias = SaasusEvent[None, None]
"""An event of `operations.auth.delete_env`."""

DeleteRoleEvent: TypeAlias = SaasusEvent[None, None]
"""An event of `operations.auth.delete_role`."""


class UserAvailableEnv(TypedDict):
    """SaaSus's `UserAvailableEnv`, as it is in bodies."""

    id: int
    name: str
    display_name: NotRequired[str]
    roles: list[Role]


class UserAvailableTenant(TypedDict):
    """SaaSus's `UserAvailableTenant`, as it is in bodies."""

    id: str
    name: str
    completed_sign_up: bool
    envs: list[UserAvailableEnv]
    user_attribute: dict[str, Any]
    back_office_staff_email: str
    plan_id: NotRequired[str]
    is_paid: NotRequired[bool]


class DeleteSaasUserResponse(TypedDict):
    """The response body of `operations.auth.delete_saas_user` after a success."""

    id: str
    email: str
    sign_in_id: str
    user_attribute: dict[str, Any]
    tenants: list[UserAvailableTenant]


DeleteSaasUserEvent: TypeAlias = SaasusEvent[None, DeleteSaasUserResponse]
"""An event of `operations.auth.delete_saas_user`."""

DeleteStripeTenantAndPricingEvent: TypeAlias = SaasusEvent[None, None]
"""An event of `operations.auth.delete_stripe_tenant_and_pricing`."""

DeleteTenantEvent: TypeAlias = SaasusEvent[None, None]
"""An event of `operations.auth.delete_tenant`."""

DeleteTenantAttributeEvent: TypeAlias = SaasusEvent[None, None]
"""An event of `operations.auth.delete_tenant_attribute`."""

DeleteTenantInvitationEvent: TypeAlias = SaasusEvent[None, None]
"""An event of `operations.auth.delete_tenant_invitation`."""

DeleteTenantUserEvent: TypeAlias = SaasusEvent[None, None]
"""An event of `operations.auth.delete_tenant_user`."""

DeleteTenantUserRoleEvent: TypeAlias = SaasusEvent[None, None]
"""An event of `operations.auth.delete_tenant_user_role`."""

DeleteUserAttributeEvent: TypeAlias = SaasusEvent[None, None]
"""An event of `operations.auth.delete_user_attribute`."""


class ExchangeAuthCredentialsRequest(TypedDict):
    """The request body of `operations.auth.exchange_auth_credentials`."""

    auth_flow: NotRequired[str]
    code: NotRequired[str]  # secret
    code_verifier: NotRequired[str]  # secret


class ExchangeAuthCredentialsResponse(TypedDict):
    """The response body of `operations.auth.exchange_auth_credentials` after a success."""

    id_token: NotRequired[str]  # secret
    access_token: NotRequired[str]  # secret
    refresh_token: NotRequired[str]  # secret


ExchangeAuthCredentialsEvent: TypeAlias = SaasusEvent[ExchangeAuthCredentialsRequest, ExchangeAuthCredentialsResponse]
"""An event of `operations.auth.exchange_auth_credentials`."""


class LinkAwsMarketplaceRequest(TypedDict):
    """The request body of `operations.auth.link_aws_marketplace`."""

    tenant_id: str
    access_token: NotRequired[str]  # secret
    registration_token: NotRequired[str]  # secret


LinkAwsMarketplaceEvent: TypeAlias = SaasusEvent[LinkAwsMarketplaceRequest, None]
"""An event of `operations.auth.link_aws_marketplace`."""


class RequestEmailUpdateRequest(TypedDict):
    """The request body of `operations.auth.request_email_update`."""

    email: str
    access_token: NotRequired[str]  # secret


RequestEmailUpdateEvent: TypeAlias = SaasusEvent[RequestEmailUpdateRequest, None]
"""An event of `operations.auth.request_email_update`."""


class RequestExternalUserLinkRequest(TypedDict):
    """The request body of `operations.auth.request_external_user_link`."""

    access_token: NotRequired[str]  # secret


RequestExternalUserLinkEvent: TypeAlias = SaasusEvent[RequestExternalUserLinkRequest, None]
"""An event of `operations.auth.request_external_user_link`."""


class ResendSignUpConfirmationEmailRequest(TypedDict):
    """The request body of `operations.auth.resend_sign_up_confirmation_email`."""

    email: str


ResendSignUpConfirmationEmailEvent: TypeAlias = SaasusEvent[ResendSignUpConfirmationEmailRequest, None]
"""An event of `operations.auth.resend_sign_up_confirmation_email`."""

ResetPlanEvent: TypeAlias = SaasusEvent[None, None]
"""An event of `operations.auth.reset_plan`."""


class ResetSaasUserPasswordResponse(TypedDict):
    """The response body of `operations.auth.reset_saas_user_password` after a success."""

    password: NotRequired[str]  # secret


ResetSaasUserPasswordEvent: TypeAlias = SaasusEvent[None, ResetSaasUserPasswordResponse]
"""An event of `operations.auth.reset_saas_user_password`."""


class RespondToSignInChallengeRequest(TypedDict):
    """The request body of `operations.auth.respond_to_sign_in_challenge`."""

    challenge_name: Literal[
        "SMS_MFA",
        "EMAIL_OTP",
        "SOFTWARE_TOKEN_MFA",
        "SELECT_MFA_TYPE",
        "MFA_SETUP",
        "PASSWORD_VERIFIER",
        "CUSTOM_CHALLENGE",
        "SELECT_CHALLENGE",
        "DEVICE_SRP_AUTH",
        "DEVICE_PASSWORD_VERIFIER",
        "ADMIN_NO_SRP_AUTH",
        "NEW_PASSWORD_REQUIRED",
        "SMS_OTP",
        "PASSWORD",
        "WEB_AUTHN",
        "PASSWORD_SRP",
    ]
    challenge_responses: NotRequired[dict[str, str]]  # secret
    session: NotRequired[str]  # secret


class Credentials(TypedDict):
    """SaaSus's `Credentials`, as it is in bodies."""

    id_token: NotRequired[str]  # secret
    access_token: NotRequired[str]  # secret
    refresh_token: NotRequired[str]  # secret


class NewDeviceMetadata(TypedDict):
    """SaaSus's `NewDeviceMetadata`, as it is in bodies."""

    device_key: NotRequired[str]  # secret
    device_group_key: NotRequired[str]


class RespondToSignInChallengeResponse(TypedDict):
    """The response body of `operations.auth.respond_to_sign_in_challenge` after a success."""

    credentials: NotRequired[Credentials]
    challenge_name: NotRequired[
        Literal[
            "SMS_MFA",
            "EMAIL_OTP",
            "SOFTWARE_TOKEN_MFA",
            "SELECT_MFA_TYPE",
            "MFA_SETUP",
            "PASSWORD_VERIFIER",
            "CUSTOM_CHALLENGE",
            "SELECT_CHALLENGE",
            "DEVICE_SRP_AUTH",
            "DEVICE_PASSWORD_VERIFIER",
            "ADMIN_NO_SRP_AUTH",
            "NEW_PASSWORD_REQUIRED",
            "SMS_OTP",
            "PASSWORD",
            "WEB_AUTHN",
            "PASSWORD_SRP",
        ]
    ]
    challenge_parameters: NotRequired[dict[str, str]]  # secret
    session: NotRequired[str]  # secret
    new_device_metadata: NotRequired[NewDeviceMetadata]


RespondToSignInChallengeEvent: TypeAlias = SaasusEvent[
    RespondToSignInChallengeRequest, RespondToSignInChallengeResponse
]
"""An event of `operations.auth.respond_to_sign_in_challenge`."""


class RevokeTokenRequest(TypedDict):
    """The request body of `operations.auth.revoke_token`."""

    refresh_token: NotRequired[str]  # secret


RevokeTokenEvent: TypeAlias = SaasusEvent[RevokeTokenRequest, None]
"""An event of `operations.auth.revoke_token`."""


class SaveSaasUsersCountRequest(TypedDict):
    """The request body of `operations.auth.save_saas_users_count`."""

    count: int


SaveSaasUsersCountEvent: TypeAlias = SaasusEvent[SaveSaasUsersCountRequest, None]
"""An event of `operations.auth.save_saas_users_count`."""


class SaveTenantUserCountParam(TypedDict):
    """SaaSus's `SaveTenantUserCountParam`, as it is in bodies."""

    tenant_id: str
    count: int


class SaveTenantUsersCountsRequest(TypedDict):
    """The request body of `operations.auth.save_tenant_users_counts`."""

    tenant_user_counts: list[SaveTenantUserCountParam]


SaveTenantUsersCountsEvent: TypeAlias = SaasusEvent[SaveTenantUsersCountsRequest, None]
"""An event of `operations.auth.save_tenant_users_counts`."""


class SignInRequest(TypedDict):
    """The request body of `operations.auth.sign_in`."""

    sign_in_flow: Literal["USER_SRP_AUTH"]
    sign_in_parameters: NotRequired[dict[str, str]]  # secret


class SignInResponse(TypedDict):
    """The response body of `operations.auth.sign_in` after a success."""

    challenge_name: NotRequired[
        Literal[
            "SMS_MFA",
            "EMAIL_OTP",
            "SOFTWARE_TOKEN_MFA",
            "SELECT_MFA_TYPE",
            "MFA_SETUP",
            "PASSWORD_VERIFIER",
            "CUSTOM_CHALLENGE",
            "SELECT_CHALLENGE",
            "DEVICE_SRP_AUTH",
            "DEVICE_PASSWORD_VERIFIER",
            "ADMIN_NO_SRP_AUTH",
            "NEW_PASSWORD_REQUIRED",
            "SMS_OTP",
            "PASSWORD",
            "WEB_AUTHN",
            "PASSWORD_SRP",
        ]
    ]
    challenge_parameters: NotRequired[dict[str, str]]  # secret
    session: NotRequired[str]  # secret


SignInEvent: TypeAlias = SaasusEvent[SignInRequest, SignInResponse]
"""An event of `operations.auth.sign_in`."""


class SignUpRequest(TypedDict):
    """The request body of `operations.auth.sign_up`."""

    email: str


class SaasUser(TypedDict):
    """SaaSus's `SaasUser`, as it is in bodies."""

    id: str
    email: str
    sign_in_id: str
    attributes: dict[str, Any]
    last_login_at: NotRequired[int | None]


class SignUpResponse(SaasUser):
    """The response body of `operations.auth.sign_up` after a success."""


SignUpEvent: TypeAlias = SaasusEvent[SignUpRequest, SignUpResponse]
"""An event of `operations.auth.sign_up`."""


class SignUpWithAwsMarketplaceRequest(TypedDict):
    """The request body of `operations.auth.sign_up_with_aws_marketplace`."""

    email: str
    registration_token: NotRequired[str]  # secret


class SignUpWithAwsMarketplaceResponse(SaasUser):
    """The response body of `operations.auth.sign_up_with_aws_marketplace` after a success."""


SignUpWithAwsMarketplaceEvent: TypeAlias = SaasusEvent[
    SignUpWithAwsMarketplaceRequest, SignUpWithAwsMarketplaceResponse
]
"""An event of `operations.auth.sign_up_with_aws_marketplace`."""

UnlinkProviderEvent: TypeAlias = SaasusEvent[None, None]
"""An event of `operations.auth.unlink_provider`."""


class UpdateAuthInfoRequest(TypedDict):
    """The request body of `operations.auth.update_auth_info`."""

    callback_url: str


UpdateAuthInfoEvent: TypeAlias = SaasusEvent[UpdateAuthInfoRequest, None]
"""An event of `operations.auth.update_auth_info`."""


class UpdateBasicInfoRequest(TypedDict):
    """The request body of `operations.auth.update_basic_info`."""

    domain_name: str
    from_email_address: str
    reply_email_address: NotRequired[str]


UpdateBasicInfoEvent: TypeAlias = SaasusEvent[UpdateBasicInfoRequest, None]
"""An event of `operations.auth.update_basic_info`."""


class UpdateCustomizePageSettingsRequest(TypedDict):
    """The request body of `operations.auth.update_customize_page_settings`."""

    title: str
    terms_of_service_url: str
    privacy_policy_url: str
    google_tag_manager_container_id: str
    is_sign_in_id_enabled: NotRequired[bool]
    icon: str
    favicon: str


UpdateCustomizePageSettingsEvent: TypeAlias = SaasusEvent[UpdateCustomizePageSettingsRequest, None]
"""An event of `operations.auth.update_customize_page_settings`."""


class CustomizePageProps(TypedDict):
    """SaaSus's `CustomizePageProps`, as it is in bodies."""

    html_contents: str
    is_terms_of_service: bool
    is_privacy_policy: bool


class UpdateCustomizePagesRequest(TypedDict):
    """The request body of `operations.auth.update_customize_pages`."""

    sign_up_page: NotRequired[CustomizePageProps]
    sign_in_page: NotRequired[CustomizePageProps]
    password_reset_page: NotRequired[CustomizePageProps]


UpdateCustomizePagesEvent: TypeAlias = SaasusEvent[UpdateCustomizePagesRequest, None]
"""An event of `operations.auth.update_customize_pages`."""


class UpdateDeviceStatusRequest(TypedDict):
    """The request body of `operations.auth.update_device_status`."""

    access_token: NotRequired[str]  # secret
    device_key: NotRequired[str]  # secret
    device_remembered_status: Literal["remembered", "not_remembered"]


UpdateDeviceStatusEvent: TypeAlias = SaasusEvent[UpdateDeviceStatusRequest, None]
"""An event of `operations.auth.update_device_status`."""


class UpdateEnvRequest(TypedDict):
    """The request body of `operations.auth.update_env`."""

    name: str
    display_name: NotRequired[str]


UpdateEnvEvent: TypeAlias = SaasusEvent[UpdateEnvRequest, None]
"""An event of `operations.auth.update_env`."""


class IdentityProviderProps(TypedDict):
    """SaaSus's `IdentityProviderProps`, as it is in bodies."""

    application_id: str
    application_secret: NotRequired[str]  # secret
    approval_scope: str
    is_button_hidden: NotRequired[bool]


class UpdateIdentityProviderRequest(TypedDict):
    """The request body of `operations.auth.update_identity_provider`."""

    provider: Literal["Google"]
    identity_provider_props: NotRequired[IdentityProviderProps]


UpdateIdentityProviderEvent: TypeAlias = SaasusEvent[UpdateIdentityProviderRequest, None]
"""An event of `operations.auth.update_identity_provider`."""


class MessageTemplate(TypedDict):
    """SaaSus's `MessageTemplate`, as it is in bodies."""

    subject: str
    message: str


class UpdateNotificationMessagesRequest(TypedDict):
    """The request body of `operations.auth.update_notification_messages`."""

    sign_up: NotRequired[MessageTemplate]
    create_user: NotRequired[MessageTemplate]
    resend_code: NotRequired[MessageTemplate]
    forgot_password: NotRequired[MessageTemplate]
    update_user_attribute: NotRequired[MessageTemplate]
    verify_user_attribute: NotRequired[MessageTemplate]
    authentication_mfa: NotRequired[MessageTemplate]
    invite_tenant_user: NotRequired[MessageTemplate]
    verify_external_user: NotRequired[MessageTemplate]


UpdateNotificationMessagesEvent: TypeAlias = SaasusEvent[UpdateNotificationMessagesRequest, None]
"""An event of `operations.auth.update_notification_messages`."""


class UpdateRoleRequest(TypedDict):
    """The request body of `operations.auth.update_role`."""

    display_name: str


UpdateRoleEvent: TypeAlias = SaasusEvent[UpdateRoleRequest, None]
"""An event of `operations.auth.update_role`."""


class UpdateSaasUserAttributesRequest(TypedDict):
    """The request body of `operations.auth.update_saas_user_attributes`."""

    attributes: dict[str, Any]


UpdateSaasUserAttributesEvent: TypeAlias = SaasusEvent[UpdateSaasUserAttributesRequest, None]
"""An event of `operations.auth.update_saas_user_attributes`."""


class UpdateSaasUserEmailRequest(TypedDict):
    """The request body of `operations.auth.update_saas_user_email`."""

    email: str


UpdateSaasUserEmailEvent: TypeAlias = SaasusEvent[UpdateSaasUserEmailRequest, None]
"""An event of `operations.auth.update_saas_user_email`."""


class UpdateSaasUserPasswordRequest(TypedDict):
    """The request body of `operations.auth.update_saas_user_password`."""

    password: NotRequired[str]  # secret
    temporary: NotRequired[bool]


UpdateSaasUserPasswordEvent: TypeAlias = SaasusEvent[UpdateSaasUserPasswordRequest, None]
"""An event of `operations.auth.update_saas_user_password`."""


class UpdateSaasUserSignInIdRequest(TypedDict):
    """The request body of `operations.auth.update_saas_user_sign_in_id`."""

    sign_in_id: str


UpdateSaasUserSignInIdEvent: TypeAlias = SaasusEvent[UpdateSaasUserSignInIdRequest, None]
"""An event of `operations.auth.update_saas_user_sign_in_id`."""


class PasswordPolicy(TypedDict):
    """SaaSus's `PasswordPolicy`, as it is in bodies."""

    minimum_length: int
    is_require_lowercase: bool
    is_require_numbers: bool
    is_require_symbols: bool
    is_require_uppercase: bool
    temporary_password_validity_days: int


class DeviceConfiguration(TypedDict):
    """SaaSus's `DeviceConfiguration`, as it is in bodies."""

    device_remembering: Literal["always", "userOptIn", "no"]


class MfaConfiguration(TypedDict):
    """SaaSus's `MfaConfiguration`, as it is in bodies."""

    mfa_configuration: Literal["on", "optional"]


class RecaptchaProps(TypedDict):
    """SaaSus's `RecaptchaProps`, as it is in bodies."""

    site_key: str
    secret_key: NotRequired[str]  # secret


class AccountVerification(TypedDict):
    """SaaSus's `AccountVerification`, as it is in bodies."""

    verification_method: Literal["code", "link"]
    sending_to: Literal["email", "sms", "smsOrEmail"]


class SelfRegist(TypedDict):
    """SaaSus's `SelfRegist`, as it is in bodies."""

    enable: bool


class UpdateSignInSettingsRequest(TypedDict):
    """The request body of `operations.auth.update_sign_in_settings`."""

    password_policy: NotRequired[PasswordPolicy]
    device_configuration: NotRequired[DeviceConfiguration]
    mfa_configuration: NotRequired[MfaConfiguration]
    recaptcha_props: NotRequired[RecaptchaProps]
    account_verification: NotRequired[AccountVerification]
    self_regist: NotRequired[SelfRegist]


UpdateSignInSettingsEvent: TypeAlias = SaasusEvent[UpdateSignInSettingsRequest, None]
"""An event of `operations.auth.update_sign_in_settings`."""


class UpdateSingleTenantSettingsRequest(TypedDict):
    """The request body of `operations.auth.update_single_tenant_settings`."""

    enabled: NotRequired[bool]
    role_arn: NotRequired[str]
    cloudformation_template: NotRequired[str]
    ddl_template: NotRequired[str]
    role_external_id: NotRequired[str]


UpdateSingleTenantSettingsEvent: TypeAlias = SaasusEvent[UpdateSingleTenantSettingsRequest, None]
"""An event of `operations.auth.update_single_tenant_settings`."""


class UpdateSoftwareTokenRequest(TypedDict):
    """The request body of `operations.auth.update_software_token`."""

    access_token: NotRequired[str]  # secret
    verification_code: NotRequired[str]  # secret


UpdateSoftwareTokenEvent: TypeAlias = SaasusEvent[UpdateSoftwareTokenRequest, None]
"""An event of `operations.auth.update_software_token`."""


class UpdateTenantRequest(TypedDict):
    """The request body of `operations.auth.update_tenant`."""

    name: str
    attributes: dict[str, Any]
    back_office_staff_email: str


UpdateTenantEvent: TypeAlias = SaasusEvent[UpdateTenantRequest, None]
"""An event of `operations.auth.update_tenant`."""


class UpdateTenantBillingInfoRequest(TypedDict):
    """The request body of `operations.auth.update_tenant_billing_info`."""

    name: str
    address: BillingAddress
    invoice_language: Literal["ja-JP", "en-US"]


UpdateTenantBillingInfoEvent: TypeAlias = SaasusEvent[UpdateTenantBillingInfoRequest, None]
"""An event of `operations.auth.update_tenant_billing_info`."""


class TenantIdentityProviderProps(TypedDict):
    """SaaSus's `TenantIdentityProviderProps`, as it is in bodies."""

    metadata_url: str
    email_attribute: str


class UpdateTenantIdentityProviderRequest(TypedDict):
    """The request body of `operations.auth.update_tenant_identity_provider`."""

    provider_type: Literal["SAML"]
    identity_provider_props: NotRequired[TenantIdentityProviderProps]


UpdateTenantIdentityProviderEvent: TypeAlias = SaasusEvent[UpdateTenantIdentityProviderRequest, None]
"""An event of `operations.auth.update_tenant_identity_provider`."""


class UpdateTenantPlanRequest(TypedDict):
    """The request body of `operations.auth.update_tenant_plan`."""

    next_plan_id: NotRequired[str]
    using_next_plan_from: NotRequired[int]
    next_plan_tax_rate_id: NotRequired[str]
    proration_behavior: NotRequired[Literal["create_prorations", "none", "always_invoice"]]
    delete_usage: NotRequired[bool]


UpdateTenantPlanEvent: TypeAlias = SaasusEvent[UpdateTenantPlanRequest, None]
"""An event of `operations.auth.update_tenant_plan`."""


class UpdateTenantUserRequest(TypedDict):
    """The request body of `operations.auth.update_tenant_user`."""

    attributes: dict[str, Any]


UpdateTenantUserEvent: TypeAlias = SaasusEvent[UpdateTenantUserRequest, None]
"""An event of `operations.auth.update_tenant_user`."""


class UpdateUserMfaPreferenceRequest(TypedDict):
    """The request body of `operations.auth.update_user_mfa_preference`."""

    enabled: bool
    method: NotRequired[Literal["softwareToken", "email"]]


UpdateUserMfaPreferenceEvent: TypeAlias = SaasusEvent[UpdateUserMfaPreferenceRequest, None]
"""An event of `operations.auth.update_user_mfa_preference`."""


class ValidateInvitationRequest(TypedDict):
    """The request body of `operations.auth.validate_invitation`."""

    access_token: NotRequired[str]  # secret
    email: NotRequired[str]
    password: NotRequired[str]  # secret


ValidateInvitationEvent: TypeAlias = SaasusEvent[ValidateInvitationRequest, None]
"""An event of `operations.auth.validate_invitation`."""
