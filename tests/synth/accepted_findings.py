"""What the checkers say of an app with every feature on and what stays so, each with its reason.

`test_checkers` fails on anything else, and on an entry that no longer occurs.
"""

from __future__ import annotations

from typing import NamedTuple


class Accepted(NamedTuple):
    tool: str
    rule: str
    resource: str
    reason: str


_CDK_WRITES_IT = (
    "aws-cdk-lib writes this dependency itself, beside the reference that already makes CloudFormation wait: one too "
    "many changes nothing."
)
_WAITS_FOR_POLICY = (
    "The rule waits for the policy of its role, which it does not refer to; the CDK writes the role beside it."
)
_NO_VPC = "It calls public AWS and SaaSus addresses only; in a VPC it would need a NAT gateway to reach SaaSus."

ACCEPTED = (
    Accepted(
        "cdk-nag",
        "AwsSolutions-IAM5[Resource::*]",
        "Full/Integration/Role/Resource",
        "events:ListEventSources takes no resource (Service Authorization Reference, Amazon EventBridge), and reads "
        "names and states only. Every other statement of the role names its resource.",
    ),
    Accepted(
        "cdk-nag",
        "AwsSolutions-SMG4",
        "Full/Credentials/Resource",
        "This app's own secret holds SaaSus's credentials, which only SaaSus can renew: there is no API to rotate them "
        "with.",
    ),
    Accepted(
        "checkov",
        "CKV_AWS_116",
        "OnboardTenant15C4AB4C",
        "The function's asynchronous failures go to the bus's dead-letter queue by an on-failure destination, which "
        "the check does not know. It keeps more than a dead-letter queue of Lambda's: the error, too.",
    ),
    Accepted(
        "checkov",
        "CKV_AWS_173",
        "OnboardTenant15C4AB4C",
        "Its environment holds the name of the ledger's table only.",
    ),
    Accepted(
        "checkov",
        "CKV_AWS_117",
        "OnboardTenant15C4AB4C",
        "This app's own function reaches nothing in a private network.",
    ),
    Accepted(
        "checkov",
        "CKV_AWS_115",
        "IntegrationFunctionC050128A",
        "CloudFormation alone invokes it, once a deployment. Reserving concurrency would take it from the account's "
        "other functions, and fails where fewer than 100 are left.",
    ),
    Accepted(
        "checkov",
        "CKV_AWS_116",
        "IntegrationFunctionC050128A",
        "CloudFormation waits for its answer, so a failure fails the deployment and is seen there.",
    ),
    Accepted("checkov", "CKV_AWS_117", "IntegrationFunctionC050128A", _NO_VPC),
    Accepted(
        "checkov",
        "CKV_AWS_173",
        "IntegrationFunctionC050128A",
        "Its environment holds names only; the credentials are read from Secrets Manager. Lambda encrypts it with a "
        "key of AWS's own in any case.",
    ),
    Accepted(
        "checkov",
        "CKV_AWS_158",
        "IntegrationLogF5E045FC",
        "It holds what a deployment did, and no credentials, event or personal data. CloudWatch Logs encrypts it with "
        "a key of AWS's own.",
    ),
    Accepted(
        "checkov",
        "CKV_AWS_115",
        "SaasusDecodedDecoderFunctionC8E31348",
        "It keeps up with the events; `max_concurrency=` of `decoded` limits it without taking concurrency from the "
        "account's other functions.",
    ),
    Accepted(
        "checkov",
        "CKV_AWS_116",
        "SaasusDecodedDecoderFunctionC8E31348",
        "It is invoked from a queue, which has the dead-letter queue; Lambda's own is for asynchronous invocations.",
    ),
    Accepted("checkov", "CKV_AWS_117", "SaasusDecodedDecoderFunctionC8E31348", "It calls EventBridge and SQS only."),
    Accepted("checkov", "CKV_AWS_173", "SaasusDecodedDecoderFunctionC8E31348", "Its environment holds names only."),
    Accepted("cfn-lint", "W3005", "OnboardTenant15C4AB4C", _CDK_WRITES_IT),
    Accepted("cfn-lint", "W3005", "SaasusDecodedDecoderFunctionC8E31348", _CDK_WRITES_IT),
    Accepted("cfn-lint", "W3005", "IntegrationFunctionC050128A", _CDK_WRITES_IT),
    Accepted("cfn-lint", "W3005", "SaasusTellCrmRuleD8E15B6B", _WAITS_FOR_POLICY),
    Accepted("cfn-lint", "W3005", "SaasusDecodedTellSlackRule130049DE", _WAITS_FOR_POLICY),
    Accepted(
        "cfn-lint",
        "W3005",
        "SaasusTestEvent3CF04AD1",
        "The test event waits for the whole bus and its routes, permissions included, not only for what it refers to.",
    ),
)
