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
        "There is no secret of this name in its account and region. Make it there (aws secretsmanager create-secret "
        '--name <name> --secret-string \'{"saas_id":"…","api_key":"…","secret_key":"…"}\'), or correct what '
        "SaasusIntegration(credentials=…) is given, and deploy again. To delete a stack whose secret is gone for good, "
        "delete the setting on the SaaSus console and retain this resource."
    ),
    "InvalidRequestException": (
        "It is scheduled for deletion. Take that back (aws secretsmanager restore-secret --secret-id <name>), and "
        "deploy again."
    ),
    "DecryptionFailure": "Its KMS key cannot be used. See whether the key is enabled, and deploy again.",
}
_NOT_ALLOWED = (
    "Where the secret has a KMS key of its own, the key's policy must let the role of SaasusIntegration decrypt "
    "(kms:Decrypt); where it is another account's, its resource policy must let the role read it "
    "(secretsmanager:GetSecretValue). Allow that, and deploy again."
)


class UnreadableSecret(SaasusEventsError):
    """The secret with SaaSus's credentials cannot be read."""


def read_credentials(
    client: Callable[..., Any], arn: str, deadline: Deadline, *, region: str | None
) -> SaasusCredentials:
    """Give the credentials in a secret.

    Args:
        client: Makes a boto3 client.
        arn: The secret's ARN.
        deadline: When to stop asking.
        region: The region that the function runs in.

    Raises:
        UnreadableSecret: It is not there, or not to be read.
        InvalidCredentials: Its value is not what it should be.
    """
    its_region = arn.split(":")[3] if arn.startswith("arn:") else ""
    elsewhere = {"region_name": its_region} if its_region and region and its_region != region else {}
    secretsmanager = client("secretsmanager", **elsewhere)
    try:
        secret = deadline.patiently(lambda: secretsmanager.get_secret_value(SecretId=arn))
    except Exception as error:
        code = error_code(error)
        if not code:
            raise
        raise UnreadableSecret(
            f"The secret {arn} with SaaSus's credentials cannot be read ({code}). {_ADVICE.get(code, _NOT_ALLOWED)}"
        ) from error
    if "SecretString" not in secret:
        raise UnreadableSecret(
            f"The secret {arn} with SaaSus's credentials holds bytes and no text. Write it anew with --secret-string "
            "instead of --secret-binary."
        )
    return SaasusCredentials.from_secret_string(secret["SecretString"])
