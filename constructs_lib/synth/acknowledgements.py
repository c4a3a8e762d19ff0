"""Checkers' findings that are accepted on what this library makes, with the reasons; users' own checks see them too."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import aws_cdk

if TYPE_CHECKING:
    from constructs import IConstruct

DEAD_LETTER_QUEUE: Final = {
    "AwsSolutions-SQS3": (
        "It is itself the dead-letter queue of EventBridge rules and of asynchronous Lambda invocations; the rule only "
        "recognizes dead-letter queues of other SQS queues."
    ),
}
"""By rule id of cdk-nag."""

INTEGRATION_ROLE: Final = {
    "AwsSolutions-IAM5[Resource::*]": (
        "events:ListEventSources supports no resource (Service Authorization Reference, Amazon EventBridge), and "
        "reads only names and states. Every other statement names its resource."
    ),
}


def acknowledge(construct: IConstruct, reasons: dict[str, str]) -> None:
    """Acknowledge findings on a construct, if aws-cdk-lib supports it (`Validations`, newer than 2.200).

    cdk-nag 3 reads these; nothing here depends on it.
    """
    validations = getattr(aws_cdk, "Validations", None)
    acknowledgment = getattr(aws_cdk, "Acknowledgment", None)
    if validations is None or acknowledgment is None:
        return
    for rule, reason in reasons.items():
        validations.of(construct).acknowledge(acknowledgment(id=rule, reason=reason))
