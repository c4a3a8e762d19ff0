"""Reading the secret with SaaSus's credentials."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from constructs_lib.events.errors import SaasusEventsError
from constructs_lib.runtime.saasus_credentials import SaasusCredentials
from constructs_lib.runtime.waiting import error_code

if TYPE_CHECKING:
    from collections.abc import Callable

    from constructs_lib.runtime.waiting import Deadline

_ADVICE = {
    "ResourceNotFoundException": (
        "There is no secret with this name in its account and region. Create it (aws secretsmanager create-secret "
        '--name <name> --secret-string \'{"saas_id":"…","api_key":"…","secret_key":"…"}\'), or correct '
        "SaasusIntegration(credentials=…), and deploy again. To delete a stack whose secret is gone for good, "
        "delete the setting on the SaaSus console and retain this resource."
    ),
    "InvalidRequestException": (
        "It is scheduled for deletion. Restore it (aws secretsmanager restore-secret --secret-id <name>), and "
        "deploy again."
    ),
    "DecryptionFailure": "Its KMS key cannot be used. Check that the key is enabled, and deploy again.",
}
_NOT_ALLOWED = (
    "If the secret has its own KMS key, the key's policy must allow the role of SaasusIntegration to decrypt "
    "(kms:Decrypt); if it is in another account, its resource policy must allow the role to read it "
    "(secretsmanager:GetSecretValue). Allow that, and deploy again."
)


class UnreadableSecret(SaasusEventsError):
    """The secret with SaaSus's credentials cannot be read."""


def read_credentials(
    client: Callable[..., Any], arn: str, deadline: Deadline, *, region: str | None
) -> SaasusCredentials:
    """Return the credentials in a secret.

    Args:
        client: Makes a boto3 client.
        arn: The secret's ARN.
        deadline: When to stop retrying.
        region: The region in which the function runs.

    Raises:
        UnreadableSecret: It does not exist, or must not be read.
        InvalidCredentials: Its value is not valid.
    """
    its_region = arn.split(":")[3] if arn.startswith("arn:") else ""
    elsewhere = {"region_name": its_region} if its_region and region and its_region != region else {}
    secretsmanager = client("secretsmanager", **elsewhere)
    try:
        secret = deadline.with_retries(lambda: secretsmanager.get_secret_value(SecretId=arn))
    except Exception as error:
        code = error_code(error)
        if not code:
            raise
        raise UnreadableSecret(
            f"The secret {arn} with SaaSus's credentials cannot be read ({code}). {_ADVICE.get(code, _NOT_ALLOWED)}"
        ) from error
    if "SecretString" not in secret:
        raise UnreadableSecret(
            f"The secret {arn} with SaaSus's credentials contains bytes, not text. Write it again with --secret-string "
            "instead of --secret-binary."
        )
    return SaasusCredentials.from_secret_string(secret["SecretString"])
