"""What the commands say when AWS refuses."""

from __future__ import annotations

import argparse

import pytest
from botocore import exceptions

from constructs_lib.cli.aws.session import AwsClients, AwsRefused, aws_errors
from tests.unit.cli.fake_aws import refusal

ELSEWHERE = "Correct the name, or pass the --region and --profile that it is in."


@pytest.mark.parametrize(
    ("code", "message", "advice"),
    [
        ("ResourceNotFoundException", "The log group does not exist.", ELSEWHERE),
        ("QueueDoesNotExist", "The specified queue does not exist.", ELSEWHERE),
        ("AWS.SimpleQueueService.NonExistentQueue", "The specified queue does not exist.", ELSEWHERE),
        ("ValidationError", "Stack with id Events does not exist", ELSEWHERE),
        (
            "ValidationError",
            "1 validation error detected",
            "This needs x:Do. Have it added (`saasus-events permissions`",
        ),
        ("AccessDeniedException", "not authorized.", "This needs x:Do. Have it added (`saasus-events perm"),
        ("ThrottlingException", "Rate exceeded", "This needs x:Do. AWS is busy or limits requests, so try again"),
        ("ExpiredToken", "expired", "This needs x:Do. Log in again."),
    ],
)
def test_the_advice_goes_with_the_refusal(code: str, message: str, advice: str) -> None:
    with pytest.raises(AwsRefused) as caught, aws_errors("It cannot be read", "x:Do"):
        raise refusal(code, message)
    said = str(caught.value)
    assert f"{message.rstrip('.')}. {advice}" in said
    assert ("This needs" in said) == (advice != ELSEWHERE)


def test_an_endpoint_that_is_no_address_is_refused_with_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "nowhere")
    clients = AwsClients(argparse.Namespace(profile=None, region="us-east-1"))
    with pytest.raises(AwsRefused, match=r"nowhere.*AWS_ENDPOINT_URL"):
        clients.of("sqs")


@pytest.mark.parametrize(
    ("error", "advice"),
    [
        (exceptions.NoRegionError(), "Pass --region"),
        (exceptions.InvalidRegionError(region_name="x y"), "Pass --region"),
        (exceptions.ProfileNotFound(profile="nobody"), "Correct --profile"),
        (exceptions.EndpointConnectionError(endpoint_url="https://nowhere"), "Check the network, --region"),
        (exceptions.ReadTimeoutError(endpoint_url="https://nowhere"), "Check the network, --region"),
        (exceptions.ParamValidationError(report="too long"), "Correct what it refuses"),
        (exceptions.NoCredentialsError(), "with x:Do. Log in to AWS, or pass --profile"),
        (exceptions.UnauthorizedSSOTokenError(), "with x:Do. Log in to AWS, or pass --profile"),
    ],
)
def test_the_advice_goes_with_what_kept_aws_from_being_asked(error: Exception, advice: str) -> None:
    with pytest.raises(AwsRefused) as caught, aws_errors("It cannot be read", "x:Do"):
        raise error
    said = str(caught.value)
    assert said.startswith(f"It cannot be read: {str(error).rstrip('.')}. Expected ")
    assert advice in said
