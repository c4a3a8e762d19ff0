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
_NO_VPC = "It calls public AWS and SaaSus addresses only; in a VPC it would need a NAT gateway to reach SaaSus."

ACCEPTED = (
    Accepted(
        "cdk-nag",
        "AwsSolutions-SQS3",
        "Full/Saasus/DeadLetterQueue/Resource",
        "It is itself the dead-letter queue, of EventBridge rules and Lambda destinations, which the rule does not "
        "know as such. A queue behind it would only hide what nobody looks at: alarms on its depth and age are what "
        "helps.",
    ),
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
    Accepted("cfn-lint", "W3005", "OnboardTenant15C4AB4C", _CDK_WRITES_IT),
    Accepted("cfn-lint", "W3005", "IntegrationFunctionC050128A", _CDK_WRITES_IT),
    Accepted(
        "cfn-lint",
        "W3005",
        "SaasusTellCrmRuleD8E15B6B",
        "The rule waits for the policy of its role, which it does not refer to; the CDK writes the role beside it.",
    ),
    Accepted(
        "cfn-lint",
        "W3005",
        "SaasusTestEvent3CF04AD1",
        "The test event waits for the whole bus and its routes, permissions included, not only for what it refers to.",
    ),
)
