"""SaaSus's API for a command, with credentials from the environment or from a Secrets Manager secret."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from constructs_lib.cli.aws.session import aws_errors
from constructs_lib.runtime.saasus_api import IntegrationApi
from constructs_lib.runtime.saasus_credentials import SaasusCredentials
from constructs_lib.runtime.saasus_errors import InvalidCredentials
from constructs_lib.runtime.saasus_http import Retries

if TYPE_CHECKING:
    import argparse

    from constructs_lib.cli.aws.session import AwsClients

# Somebody is waiting at the screen, so this gives up sooner than a deployment does.
_RETRIES: Final = Retries(attempts=3, longest_wait=5.0)


def add_saasus_arguments(parser: argparse.ArgumentParser) -> None:
    """Add `--secret`."""
    parser.add_argument(
        "--secret",
        metavar="NAME",
        help="the name or ARN of a Secrets Manager secret with saas_id, api_key, and secret_key as JSON (default: the "
        "environment variables SAASUS_SAAS_ID, SAASUS_API_KEY, and SAASUS_SECRET_KEY)",
    )


def saasus_api(options: argparse.Namespace, clients: AwsClients) -> IntegrationApi:
    """Return SaaSus's Integration API, with the credentials that the command line or the environment names.

    Raises:
        InvalidCredentials: There are none, or they are incomplete.
        AwsRefused: AWS does not return the secret.
    """
    return IntegrationApi(_credentials(options, clients), retries=_RETRIES)


def _credentials(options: argparse.Namespace, clients: AwsClients) -> SaasusCredentials:
    if options.secret is None:
        try:
            return SaasusCredentials.from_environment()
        except InvalidCredentials as error:
            raise InvalidCredentials(
                f"{error} Or pass --secret NAME, the Secrets Manager secret that holds them."
            ) from None
    with aws_errors(f"The secret {options.secret!r} cannot be read", "secretsmanager:GetSecretValue on it"):
        secret = clients.of("secretsmanager", arn=options.secret).get_secret_value(SecretId=options.secret)
    return SaasusCredentials.from_secret_string(secret.get("SecretString", ""))
