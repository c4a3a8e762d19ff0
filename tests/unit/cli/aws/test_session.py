"""What the commands say when AWS refuses."""

from __future__ import annotations

import argparse

import pytest

from constructs_lib.cli.aws.session import AwsClients, AwsRefused, aws_errors
from tests.unit.cli.fake_aws import refusal

ELSEWHERE = "Correct the name, or give the --region and --profile that it is in."


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
