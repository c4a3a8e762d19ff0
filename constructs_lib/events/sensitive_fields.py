"""The fields of SaaSus's request and response bodies with secrets or personal data.

The lists are from reading the names and meanings of all fields in SaaSus's OpenAPI files, including those of GETs, and
in its SDKs. The catalog's generator turns them into one list of paths for each operation; for events of unknown
operations, the names alone decide.
"""

from __future__ import annotations

from typing import Final

SECRET_NAMES: Final = frozenset(
    {
        "access_token",
        "api_key",
        "api_keys",
        "application_secret",
        "client_secret",
        "code_challenge",
        "code_verifier",
        "id_token",
        "password",
        "refresh_token",
        "registration_token",
        "saas_id",
        "secret_code",
        "secret_key",
        "verification_code",
    }
)
"""Names whose value is a secret in every body."""

SECRET_NAMES_OF_OPERATIONS: Final = {
    "auth.ConfirmDevice": frozenset({"device_key", "password_verifier", "salt"}),
    "auth.ConfirmEmailUpdate": frozenset({"code"}),
    "auth.ConfirmExternalUserLink": frozenset({"code"}),
    "auth.CreateAuthCredentials": frozenset({"code"}),
    "auth.ExchangeAuthCredentials": frozenset({"code"}),
    "auth.CreateTenantInvitation": frozenset({"invitation_url", "response_body.id"}),
    "auth.RespondToSignInChallenge": frozenset(
        {"challenge_parameters", "challenge_responses", "device_key", "session"}
    ),
    "auth.SignIn": frozenset({"challenge_parameters", "session", "sign_in_parameters"}),
    "auth.UpdateDeviceStatus": frozenset({"device_key"}),
}
"""Names or paths that are harmless elsewhere: codes exchanged for tokens, Cognito's challenges, invitations."""

SECRET_PATH_PARAMETERS: Final = {
    "apigateway.RefreshClientSecret": frozenset({"api_key"}),
    "auth.DeleteApiKey": frozenset({"api_key"}),
    "auth.DeleteTenantInvitation": frozenset({"invitation_id"}),
    "auth.ValidateInvitation": frozenset({"invitation_id"}),
}
"""Secrets in the event's `uri`."""

SECRET_SEGMENTS: Final = frozenset({"api-keys", "apikeys", "invitations"})
"""What follows one of these in a path is a secret, whatever the method, even in a GET or a future operation."""

ENDS_OF_SECRET_PATHS: Final = frozenset({"client-secret", "validate", "validity"})
"""What can come after such a secret, but is not a secret."""

SECRETS_BESIDE: Final = {"invitation_url": "id"}
"""Harmless names that are secrets in an object with the other name: an invitation's id opens it."""

ENDS_OF_SECRET_NAMES: Final = (
    "api[_-]?key",
    "authorization",
    "cookie",
    "passphrase",
    "passwd",
    "password(?:[_-]?(?:confirmation|hash))?",
    "private[_-]?key",
    "secret",
    "secret[_-]?key",
    "token",
)
"""The ends of names of secrets that nobody listed, as regular expressions; some also with an `s`."""

SECRET_SHAPES: Final = (r"eyJ[\w=-]{16}[\w=.-]*", r"[rs]k_live_\w+", r"[rs]k_test_\w+", r"whsec_\w+")
"""What is a secret by its form, in any place: web tokens, Stripe's keys."""

PERSONAL_NAMES: Final = frozenset(
    {
        "allowed_ips",
        "back_office_staff_email",
        "email",
        "from_email_address",
        "reply_email_address",
        "sign_in_id",
    }
)
"""Names whose value is personal data in every body."""

PERSONAL_NAMES_OF_OPERATIONS: Final = {
    "auth.ConfirmSignUpWithAwsMarketplace": frozenset({"address"}),
    "auth.CreateTenant": frozenset({"address"}),
    "auth.UpdateTenantBillingInfo": frozenset({"address"}),
}
"""Names of personal data in only these operations: billing addresses."""

SECRET_EVENT_FIELDS: Final = frozenset({"api_key"})
"""Secrets in every event, outside the bodies. (`saas_id` is there too: not a secret, but half of one.)"""

PERSONAL_EVENT_FIELDS: Final = frozenset({"ip_address"})
"""Personal data in every event, outside the bodies."""


def names_of_secrets(api: str, operation_id: str) -> frozenset[str]:
    """Return the names or paths of all fields with a secret in a body of this operation."""
    return SECRET_NAMES | SECRET_NAMES_OF_OPERATIONS.get(f"{api}.{operation_id}", frozenset())


def names_of_personal_data(api: str, operation_id: str) -> frozenset[str]:
    """Return the names of all fields with personal data in a body of this operation."""
    return PERSONAL_NAMES | PERSONAL_NAMES_OF_OPERATIONS.get(f"{api}.{operation_id}", frozenset())
