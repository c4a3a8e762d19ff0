"""The catalog of SaaSus's operations, typed; written by scripts/generate_catalog.py."""

from __future__ import annotations

from typing import Final

from constructs_lib.events.operation import Operation, OperationGroup
from constructs_lib.events.operation_catalog import OperationCatalog


class AnalysisOperations(OperationGroup):
    """The operations of SaaSus's analysis API that are not a GET."""

    update_active_users: Operation
    update_user_behavior_histories_by_day: Operation


class ApigatewayOperations(OperationGroup):
    """The operations of SaaSus's apigateway API that are not a GET."""

    apply_draft_api_gateway_settings: Operation
    cancel_draft_api_gateway_settings: Operation
    create_api_gateway: Operation
    create_api_key: Operation
    publish_api_gateway: Operation
    refresh_client_secret: Operation
    unpublish_api_gateway: Operation
    update_api_gateway_settings: Operation
    update_open_api_definition: Operation
    update_tenant: Operation
    upload_generation_files: Operation


class AuthOperations(OperationGroup):
    """The operations of SaaSus's auth API that are not a GET."""

    confirm_device: Operation
    confirm_email_update: Operation
    confirm_external_user_link: Operation
    confirm_sign_up_with_aws_marketplace: Operation
    create_auth_credentials: Operation
    create_env: Operation
    create_role: Operation
    create_saas_user: Operation
    create_saas_user_attribute: Operation
    create_secret_code: Operation
    create_tenant: Operation
    create_tenant_and_pricing: Operation
    create_tenant_attribute: Operation
    create_tenant_invitation: Operation
    create_tenant_user: Operation
    create_tenant_user_roles: Operation
    create_user_attribute: Operation
    delete_env: Operation
    delete_role: Operation
    delete_saas_user: Operation
    delete_stripe_tenant_and_pricing: Operation
    delete_tenant: Operation
    delete_tenant_attribute: Operation
    delete_tenant_invitation: Operation
    delete_tenant_user: Operation
    delete_tenant_user_role: Operation
    delete_user_attribute: Operation
    exchange_auth_credentials: Operation
    link_aws_marketplace: Operation
    request_email_update: Operation
    request_external_user_link: Operation
    resend_sign_up_confirmation_email: Operation
    reset_plan: Operation
    reset_saas_user_password: Operation
    respond_to_sign_in_challenge: Operation
    revoke_token: Operation
    save_saas_users_count: Operation
    save_tenant_users_counts: Operation
    sign_in: Operation
    sign_up: Operation
    sign_up_with_aws_marketplace: Operation
    unlink_provider: Operation
    update_auth_info: Operation
    update_basic_info: Operation
    update_customize_page_settings: Operation
    update_customize_pages: Operation
    update_device_status: Operation
    update_env: Operation
    update_identity_provider: Operation
    update_notification_messages: Operation
    update_role: Operation
    update_saas_user_attributes: Operation
    update_saas_user_email: Operation
    update_saas_user_password: Operation
    update_saas_user_sign_in_id: Operation
    update_sign_in_settings: Operation
    update_single_tenant_settings: Operation
    update_software_token: Operation
    update_tenant: Operation
    update_tenant_billing_info: Operation
    update_tenant_identity_provider: Operation
    update_tenant_plan: Operation
    update_tenant_user: Operation
    update_user_mfa_preference: Operation
    validate_invitation: Operation


class AwsmarketplaceOperations(OperationGroup):
    """The operations of SaaSus's awsmarketplace API that are not a GET."""

    create_customer: Operation
    save_plan: Operation
    sync_customer: Operation
    update_listing_status: Operation
    update_settings: Operation
    verify_registration_token: Operation


class BillingOperations(OperationGroup):
    """The operations of SaaSus's billing API that are not a GET."""

    delete_stripe_info: Operation
    update_stripe_info: Operation


class CommunicationOperations(OperationGroup):
    """The operations of SaaSus's communication API that are not a GET."""

    create_feedback: Operation
    create_feedback_comment: Operation
    create_vote_user: Operation
    delete_feedback: Operation
    delete_feedback_comment: Operation
    delete_vote_for_feedback: Operation
    update_feedback: Operation
    update_feedback_comment: Operation
    update_feedback_status: Operation


class IntegrationOperations(OperationGroup):
    """The operations of SaaSus's integration API that are not a GET."""

    create_eventbridge_event: Operation
    create_eventbridge_test_event: Operation
    delete_eventbridge_settings: Operation
    save_eventbridge_settings: Operation


class PricingOperations(OperationGroup):
    """The operations of SaaSus's pricing API that are not a GET."""

    create_metering_unit: Operation
    create_pricing_menu: Operation
    create_pricing_plan: Operation
    create_pricing_unit: Operation
    create_tax_rate: Operation
    delete_all_plans_and_menus_and_units_and_meters_and_tax_rates: Operation
    delete_metering_unit_by_id: Operation
    delete_metering_unit_timestamp_count: Operation
    delete_pricing_menu: Operation
    delete_pricing_plan: Operation
    delete_pricing_unit: Operation
    delete_stripe_plan: Operation
    link_plan_to_stripe: Operation
    update_metering_unit_by_id: Operation
    update_metering_unit_timestamp_count: Operation
    update_metering_unit_timestamp_count_now: Operation
    update_pricing_menu: Operation
    update_pricing_plan: Operation
    update_pricing_plans_used: Operation
    update_pricing_unit: Operation
    update_tax_rate: Operation


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
