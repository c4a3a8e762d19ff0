"""The data protection policy of log groups that SaaSus events are written to."""

from __future__ import annotations

from aws_cdk import aws_logs as logs

from constructs_lib.events.log_mask import MANAGED_IDENTIFIERS, POLICY_NAME, custom_identifiers


def log_mask_policy(name: str = POLICY_NAME) -> logs.DataProtectionPolicy:
    """Give the policy that masks SaaSus's secrets, e-mail and IP addresses, for a log group of your own.

    ```python
    logs.LogGroup(self, "Events", data_protection_policy=log_mask_policy())
    ```

    Only what is written after the policy was put is masked, and whoever has `logs:Unmask` sees it all.

    Args:
        name: of the policy; it is a dimension of the metric `LogEventsWithFindings`.
    """
    return logs.DataProtectionPolicy(
        name=name,
        description="Masks the secrets of SaaSus events",
        identifiers=[
            *(logs.DataIdentifier(identifier) for identifier in MANAGED_IDENTIFIERS),
            *(logs.CustomDataIdentifier(identifier, regex) for identifier, regex in custom_identifiers().items()),
        ],
    )
