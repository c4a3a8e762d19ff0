"""One KMS key for everything that a bus keeps: its events, the archive, the dead letters, the log groups."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aws_cdk import Stack, Token
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from constructs_lib.access.key_policy import alias_of, allow_in_key_policy, key_itself, statement_id, warn_of_key_policy
from constructs_lib.events.errors import InvalidConfiguration
from constructs_lib.events.source_name import PREFIX
from constructs_lib.metrics import is_partner_bus
from constructs_lib.synth.at_synth import decide_at_synth

if TYPE_CHECKING:
    from collections.abc import Mapping

_ENCRYPT = ["kms:GenerateDataKey", "kms:Decrypt"]
_THIS_KEY = ["*"]  # in a key policy


def queue_encryption(key: kms.IKey | None) -> dict[str, Any]:
    """Return the arguments of a queue that is encrypted with a key; None for SQS's own."""
    encryption = sqs.QueueEncryption.SQS_MANAGED if key is None else sqs.QueueEncryption.KMS
    return {"encryption": encryption, "encryption_master_key": key}


class BusEncryption(Construct):
    """Lets the services behind a bus's parts use the key, each for those parts only.

    Made by `SaasusEventBus(encryption_key=…)`. Sources of the statements: EventBridge User Guide, "Encrypting
    EventBridge event buses with AWS KMS keys", "Encrypting archives", "Encrypting event bus logs"; CloudWatch Logs User
    Guide, "Encrypt log data in CloudWatch Logs using AWS Key Management Service".
    """

    def __init__(self, scope: Construct, id: str, *, key: kms.IKey, bus_name: str) -> None:
        """Prepare the key for a bus.

        Args:
            scope: The bus.
            id: The id in the scope.
            key: The key, from any stack, or one of the app's aliases for a key.
            bus_name: The bus's name. If it is a token, no statement contains it, because a name that comes from a
                custom resource would make the key depend on that: the statements then allow any bus of SaaSus's.
        """
        if not hasattr(key, "key_arn"):
            raise InvalidConfiguration(
                f"encryption_key={key!r} is not a KMS key. Expected a Key. Make one, or import it: "
                'Key.from_key_arn(self, "Key", "arn:aws:kms:…").'
            )
        super().__init__(scope, id)
        self.key = key_itself(key)
        self._refuse_what_fails()
        any_bus = f"{PREFIX}/*" if is_partner_bus(bus_name) else "*"
        self._bus_name = any_bus if Token.is_unresolved(bus_name) else bus_name
        self._log_groups: list[str] = []
        self._of_log_groups: iam.PolicyStatement | None = None
        self._described = False
        self._refused: list[iam.PolicyStatement] = []
        decide_at_synth(self, self._warn)

    def _refuse_what_fails(self) -> None:
        here = Stack.of(self).region
        there = self.key.env.region
        resource = self.key.node.default_child
        spec = resource.key_spec if isinstance(resource, kms.CfnKey) else None
        if here != there and not Token.is_unresolved(here) and not Token.is_unresolved(there):
            raise InvalidConfiguration(
                f"encryption_key= {self.key.node.path!r} is in {there}, and the bus is in {here}. Expected a key of "
                "the bus's region, because AWS encrypts only with those. Pass one, or a replica of your key there."
            )
        if spec is not None and not Token.is_unresolved(spec) and spec != "SYMMETRIC_DEFAULT":
            raise InvalidConfiguration(
                f"encryption_key= {self.key.node.path!r} has the key spec {spec}. Expected a symmetric key, because "
                "EventBridge, SQS and CloudWatch Logs use no others. Make the Key without key_spec."
            )

    def allow_bus(self) -> None:
        """Let EventBridge encrypt the bus's events, rules and targets."""
        self._allow_describe()
        arn = self._bus_arn()
        conditions = {"kms:EncryptionContext:aws:events:event-bus:arn": arn, "aws:SourceArn": arn}
        self._allow("SaasusEventBus", "events.amazonaws.com", _ENCRYPT, "ArnLike", conditions)

    def allow_archive(self) -> None:
        """Let EventBridge encrypt what it archives. Its calls have the bus's ARN as context, but no source ARN."""
        self._allow_describe()
        conditions = {"kms:EncryptionContext:aws:events:event-bus:arn": self._bus_arn()}
        self._allow("SaasusEventArchive", "events.amazonaws.com", [*_ENCRYPT, "kms:ReEncrypt*"], "ArnLike", conditions)

    def allow_bus_logs(self) -> None:
        """Let EventBridge encrypt the records of the bus log in transit, and the delivery service decrypt them."""
        context = {"kms:EncryptionContext:SourceArn": Stack.of(self).format_arn(service="logs", resource="*")}
        self._allow("SaasusBusLogs", "events.amazonaws.com", ["kms:GenerateDataKey"], "StringLike", context)
        self._allow("SaasusBusLogDelivery", "delivery.logs.amazonaws.com", _ENCRYPT, "StringLike", context)

    def allow_log_group(self, name: str) -> None:
        """Let CloudWatch Logs encrypt the log group with that name, in which `*` matches any text."""
        if alias_of(self.key) is not None:
            raise InvalidConfiguration(
                f"encryption_key= is the imported alias {self.key.node.path!r}. Expected a key, because CloudWatch "
                "Logs encrypts log groups by a key's own ARN only. Import the key itself: Key.from_key_arn(…), or "
                "Key.from_lookup(…, alias_name=…)."
            )
        stack = Stack.of(self)
        self._log_groups.append(stack.format_arn(service="logs", resource=f"log-group:{name}"))
        condition = {"kms:EncryptionContext:aws:logs:arn": list(self._log_groups)}
        if self._of_log_groups is not None:
            # One statement for all groups: a key policy can have 32 KB.
            self._of_log_groups.add_condition("ArnLike", condition)
            return
        self._of_log_groups = self._allow(
            "SaasusLogGroups",
            f"logs.{stack.region}.amazonaws.com",
            ["kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:DescribeKey"],
            "ArnLike",
            condition,
        )

    def _allow_describe(self) -> None:
        # EventBridge checks that the key exists and is symmetric; that call has neither context nor source ARN.
        if not self._described:
            self._described = True
            self._allow("SaasusEventsDescribe", "events.amazonaws.com", ["kms:DescribeKey"])

    def _allow(
        self,
        sid: str,
        principal: str,
        actions: list[str],
        operator: str | None = None,
        conditions: Mapping[str, object] | None = None,
    ) -> iam.PolicyStatement:
        statement = iam.PolicyStatement(
            sid=statement_id(sid, self),
            principals=[iam.ServicePrincipal(principal)],
            actions=actions,
            resources=_THIS_KEY,
        )
        if operator is not None:
            statement.add_condition(operator, conditions)
        if not allow_in_key_policy(self.key, statement):
            self._refused.append(statement)
        return statement

    def _bus_arn(self) -> str:
        return Stack.of(self).format_arn(service="events", resource="event-bus", resource_name=self._bus_name)

    def _warn(self) -> None:
        """Warn once, with all statements, after all routes were added."""
        if self._refused:
            what_fails = "the deployment fails, and the bus log stays empty"
            warn_of_key_policy(self, self.key, self._refused, what_fails)
