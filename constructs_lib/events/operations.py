"""The catalog of SaaSus's operations, typed; written by scripts/generate_catalog.py."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from constructs_lib.events.operation import Operation, OperationGroup
from constructs_lib.events.operation_catalog import OperationCatalog

if TYPE_CHECKING:
    from constructs_lib.body_types import (
        analysis,
        apigateway,
        auth,
        awsmarketplace,
        billing,
        communication,
        integration,
        pricing,
    )


class AnalysisOperations(OperationGroup):
    """The operations of SaaSus's analysis API that are not a GET."""

    update_active_users: Operation[analysis.UpdateActiveUsersRequest, None]
    update_user_behavior_histories_by_day: Operation[analysis.UpdateUserBehaviorHistoriesByDayRequest, None]


class ApigatewayOperations(OperationGroup):
    """The operations of SaaSus's apigateway API that are not a GET."""

    apply_draft_api_gateway_settings: Operation[None, None]
    cancel_draft_api_gateway_settings: Operation[None, None]
    create_api_gateway: Operation[None, None]
    create_api_key: Operation[apigateway.CreateApiKeyRequest, apigateway.CreateApiKeyResponse]
    publish_api_gateway: Operation[None, None]
    refresh_client_secret: Operation[None, apigateway.RefreshClientSecretResponse]
    unpublish_api_gateway: Operation[None, None]
    update_api_gateway_settings: Operation[apigateway.UpdateApiGatewaySettingsRequest, None]
    update_open_api_definition: Operation[apigateway.UpdateOpenApiDefinitionRequest, None]
    update_tenant: Operation[apigateway.UpdateTenantRequest, None]
    upload_generation_files: Operation[apigateway.UploadGenerationFilesRequest, None]


class AuthOperations(OperationGroup):
    """The operations of SaaSus's auth API that are not a GET."""

    confirm_device: Operation[auth.ConfirmDeviceRequest, auth.ConfirmDeviceResponse]
    confirm_email_update: Operation[auth.ConfirmEmailUpdateRequest, None]
    confirm_external_user_link: Operation[auth.ConfirmExternalUserLinkRequest, None]
    confirm_sign_up_with_aws_marketplace: Operation[
        auth.ConfirmSignUpWithAwsMarketplaceRequest, auth.ConfirmSignUpWithAwsMarketplaceResponse
    ]
    create_auth_credentials: Operation[auth.CreateAuthCredentialsRequest, auth.CreateAuthCredentialsResponse]
    create_env: Operation[auth.CreateEnvRequest, auth.CreateEnvResponse]
    create_role: Operation[auth.CreateRoleRequest, auth.CreateRoleResponse]
    create_saas_user: Operation[auth.CreateSaasUserRequest, auth.CreateSaasUserResponse]
    create_saas_user_attribute: Operation[auth.CreateSaasUserAttributeRequest, auth.CreateSaasUserAttributeResponse]
    create_secret_code: Operation[auth.CreateSecretCodeRequest, auth.CreateSecretCodeResponse]
    create_tenant: Operation[auth.CreateTenantRequest, auth.CreateTenantResponse]
    create_tenant_and_pricing: Operation[None, None]
    create_tenant_attribute: Operation[auth.CreateTenantAttributeRequest, auth.CreateTenantAttributeResponse]
    create_tenant_invitation: Operation[auth.CreateTenantInvitationRequest, auth.CreateTenantInvitationResponse]
    create_tenant_user: Operation[auth.CreateTenantUserRequest, auth.CreateTenantUserResponse]
    create_tenant_user_roles: Operation[auth.CreateTenantUserRolesRequest, None]
    create_user_attribute: Operation[auth.CreateUserAttributeRequest, auth.CreateUserAttributeResponse]
    delete_env: Operation[None, None]
    delete_role: Operation[None, None]
    delete_saas_user: Operation[None, auth.DeleteSaasUserResponse]
    delete_stripe_tenant_and_pricing: Operation[None, None]
    delete_tenant: Operation[None, None]
    delete_tenant_attribute: Operation[None, None]
    delete_tenant_invitation: Operation[None, None]
    delete_tenant_user: Operation[None, None]
    delete_tenant_user_role: Operation[None, None]
    delete_user_attribute: Operation[None, None]
    exchange_auth_credentials: Operation[auth.ExchangeAuthCredentialsRequest, auth.ExchangeAuthCredentialsResponse]
    link_aws_marketplace: Operation[auth.LinkAwsMarketplaceRequest, None]
    request_email_update: Operation[auth.RequestEmailUpdateRequest, None]
    request_external_user_link: Operation[auth.RequestExternalUserLinkRequest, None]
    resend_sign_up_confirmation_email: Operation[auth.ResendSignUpConfirmationEmailRequest, None]
    reset_plan: Operation[None, None]
    reset_saas_user_password: Operation[None, auth.ResetSaasUserPasswordResponse]
    respond_to_sign_in_challenge: Operation[auth.RespondToSignInChallengeRequest, auth.RespondToSignInChallengeResponse]
    revoke_token: Operation[auth.RevokeTokenRequest, None]
    save_saas_users_count: Operation[auth.SaveSaasUsersCountRequest, None]
    save_tenant_users_counts: Operation[auth.SaveTenantUsersCountsRequest, None]
    sign_in: Operation[auth.SignInRequest, auth.SignInResponse]
    sign_up: Operation[auth.SignUpRequest, auth.SignUpResponse]
    sign_up_with_aws_marketplace: Operation[auth.SignUpWithAwsMarketplaceRequest, auth.SignUpWithAwsMarketplaceResponse]
    unlink_provider: Operation[None, None]
    update_auth_info: Operation[auth.UpdateAuthInfoRequest, None]
    update_basic_info: Operation[auth.UpdateBasicInfoRequest, None]
    update_customize_page_settings: Operation[auth.UpdateCustomizePageSettingsRequest, None]
    update_customize_pages: Operation[auth.UpdateCustomizePagesRequest, None]
    update_device_status: Operation[auth.UpdateDeviceStatusRequest, None]
    update_env: Operation[auth.UpdateEnvRequest, None]
    update_identity_provider: Operation[auth.UpdateIdentityProviderRequest, None]
    update_notification_messages: Operation[auth.UpdateNotificationMessagesRequest, None]
    update_role: Operation[auth.UpdateRoleRequest, None]
    update_saas_user_attributes: Operation[auth.UpdateSaasUserAttributesRequest, None]
    update_saas_user_email: Operation[auth.UpdateSaasUserEmailRequest, None]
    update_saas_user_password: Operation[auth.UpdateSaasUserPasswordRequest, None]
    update_saas_user_sign_in_id: Operation[auth.UpdateSaasUserSignInIdRequest, None]
    update_sign_in_settings: Operation[auth.UpdateSignInSettingsRequest, None]
    update_single_tenant_settings: Operation[auth.UpdateSingleTenantSettingsRequest, None]
    update_software_token: Operation[auth.UpdateSoftwareTokenRequest, None]
    update_tenant: Operation[auth.UpdateTenantRequest, None]
    update_tenant_billing_info: Operation[auth.UpdateTenantBillingInfoRequest, None]
    update_tenant_identity_provider: Operation[auth.UpdateTenantIdentityProviderRequest, None]
    update_tenant_plan: Operation[auth.UpdateTenantPlanRequest, None]
    update_tenant_user: Operation[auth.UpdateTenantUserRequest, None]
    update_user_mfa_preference: Operation[auth.UpdateUserMfaPreferenceRequest, None]
    validate_invitation: Operation[auth.ValidateInvitationRequest, None]


class AwsmarketplaceOperations(OperationGroup):
    """The operations of SaaSus's awsmarketplace API that are not a GET."""

    create_customer: Operation[awsmarketplace.CreateCustomerRequest, awsmarketplace.CreateCustomerResponse]
    save_plan: Operation[awsmarketplace.SavePlanRequest, None]
    sync_customer: Operation[None, None]
    update_listing_status: Operation[awsmarketplace.UpdateListingStatusRequest, None]
    update_settings: Operation[awsmarketplace.UpdateSettingsRequest, None]
    verify_registration_token: Operation[awsmarketplace.VerifyRegistrationTokenRequest, None]


class BillingOperations(OperationGroup):
    """The operations of SaaSus's billing API that are not a GET."""

    delete_stripe_info: Operation[None, None]
    update_stripe_info: Operation[billing.UpdateStripeInfoRequest, None]


class CommunicationOperations(OperationGroup):
    """The operations of SaaSus's communication API that are not a GET."""

    create_feedback: Operation[communication.CreateFeedbackRequest, communication.CreateFeedbackResponse]
    create_feedback_comment: Operation[
        communication.CreateFeedbackCommentRequest, communication.CreateFeedbackCommentResponse
    ]
    create_vote_user: Operation[communication.CreateVoteUserRequest, communication.CreateVoteUserResponse]
    delete_feedback: Operation[None, None]
    delete_feedback_comment: Operation[None, None]
    delete_vote_for_feedback: Operation[None, None]
    update_feedback: Operation[communication.UpdateFeedbackRequest, None]
    update_feedback_comment: Operation[communication.UpdateFeedbackCommentRequest, None]
    update_feedback_status: Operation[communication.UpdateFeedbackStatusRequest, None]


class IntegrationOperations(OperationGroup):
    """The operations of SaaSus's integration API that are not a GET."""

    create_eventbridge_event: Operation[integration.CreateEventBridgeEventRequest, None]
    create_eventbridge_test_event: Operation[None, None]
    delete_eventbridge_settings: Operation[None, None]
    save_eventbridge_settings: Operation[integration.SaveEventBridgeSettingsRequest, None]


class PricingOperations(OperationGroup):
    """The operations of SaaSus's pricing API that are not a GET."""

    create_metering_unit: Operation[pricing.CreateMeteringUnitRequest, pricing.CreateMeteringUnitResponse]
    create_pricing_menu: Operation[pricing.CreatePricingMenuRequest, pricing.CreatePricingMenuResponse]
    create_pricing_plan: Operation[pricing.CreatePricingPlanRequest, pricing.CreatePricingPlanResponse]
    create_pricing_unit: Operation[pricing.CreatePricingUnitRequest, pricing.CreatePricingUnitResponse]
    create_tax_rate: Operation[pricing.CreateTaxRateRequest, pricing.CreateTaxRateResponse]
    delete_all_plans_and_menus_and_units_and_meters_and_tax_rates: Operation[None, None]
    delete_metering_unit_by_id: Operation[None, None]
    delete_metering_unit_timestamp_count: Operation[None, None]
    delete_pricing_menu: Operation[None, None]
    delete_pricing_plan: Operation[None, None]
    delete_pricing_unit: Operation[None, None]
    delete_stripe_plan: Operation[None, None]
    link_plan_to_stripe: Operation[None, None]
    update_metering_unit_by_id: Operation[pricing.UpdateMeteringUnitByIDRequest, None]
    update_metering_unit_timestamp_count: Operation[
        pricing.UpdateMeteringUnitTimestampCountRequest, pricing.UpdateMeteringUnitTimestampCountResponse
    ]
    update_metering_unit_timestamp_count_now: Operation[
        pricing.UpdateMeteringUnitTimestampCountNowRequest, pricing.UpdateMeteringUnitTimestampCountNowResponse
    ]
    update_pricing_menu: Operation[pricing.UpdatePricingMenuRequest, None]
    update_pricing_plan: Operation[pricing.UpdatePricingPlanRequest, None]
    update_pricing_plans_used: Operation[pricing.UpdatePricingPlansUsedRequest, None]
    update_pricing_unit: Operation[pricing.UpdatePricingUnitRequest, None]
    update_tax_rate: Operation[pricing.UpdateTaxRateRequest, None]


class Operations(OperationCatalog):
    """All of SaaSus's operations that are not a GET, by API."""

    analysis: AnalysisOperations
    apigateway: ApigatewayOperations
    auth: AuthOperations
    awsmarketplace: AwsmarketplaceOperations
    billing: BillingOperations
    communication: CommunicationOperations
    integration: IntegrationOperations
    pricing: PricingOperations


operations: Final = Operations(
    {
        "analysis": AnalysisOperations,
        "apigateway": ApigatewayOperations,
        "auth": AuthOperations,
        "awsmarketplace": AwsmarketplaceOperations,
        "billing": BillingOperations,
        "communication": CommunicationOperations,
        "integration": IntegrationOperations,
        "pricing": PricingOperations,
    }
)
"""The catalog; it is read from its file at the first use."""
