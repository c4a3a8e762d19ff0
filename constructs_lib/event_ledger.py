"""The table in which functions remember the events that they worked on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, cast
from weakref import WeakKeyDictionary

from aws_cdk import Annotations, RemovalPolicy, Stack
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from constructs_lib.access.key_policy import key_itself, use_of_key
from constructs_lib.events.errors import InvalidConfiguration
from constructs_lib.resources.functions import base_function, function_itself, function_place
from constructs_lib.resources.places import account_differs, in_words, place_of_stack, region_differs
from constructs_lib.runtime.ledger.marks import KEY, TTL
from constructs_lib.runtime.ledger.table import TABLE_VARIABLE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aws_cdk import aws_kms as kms

_ACTIONS: Final = ("dynamodb:GetItem", "dynamodb:UpdateItem")
"""What the runtime's Ledger calls. Transactions need the permissions of what is in them (DynamoDB Developer Guide,
"IAM and transactions"), so none for TransactWriteItems itself."""
_KEY_ACTIONS: Final = (
    "kms:Decrypt",
    "kms:DescribeKey",
    "kms:Encrypt",
    "kms:GenerateDataKey",
    "kms:ReEncryptFrom",
    "kms:ReEncryptTo",
)
"""What DynamoDB does with a customer's key on behalf of who calls it (DynamoDB Developer Guide, "Encryption at rest:
how it works")."""

_LEDGERS: WeakKeyDictionary[lambda_.Function, EventLedger] = WeakKeyDictionary()
"""The ledger whose table is in a function's environment."""


class EventLedger(Construct):
    """A DynamoDB table that remembers which events were worked on, for `constructs_lib.runtime.Ledger` in functions.

    The table is billed by request, encrypted, and has point-in-time recovery. Several functions can share one: what one
    of them did is not done for another.

    Args:
        scope: The stack or construct.
        id: The id in the scope.
        encryption_key: The KMS key that encrypts the table. Default: a key of DynamoDB's own, which costs nothing.
        point_in_time_recovery: Whether the table can be restored to any second of the last 35 days. Default: True.
        removal_policy: What happens to the table when the stack goes. A new table knows of no event, so what comes
            again is worked on again. Default: RETAIN.
        deletion_protection: Whether DynamoDB refuses to delete the table. Default: True unless the removal policy is
            DESTROY.

    Raises:
        InvalidConfiguration: The key is not a KMS key, or tables do not support the removal policy.

    Example:
        >>> ledger = EventLedger(self, "Ledger")
        >>> ledger.grant_use(function)
        >>> bus.invoke("Onboard", EventFilter.of(op.auth.create_tenant).succeeded(), function)
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        encryption_key: kms.IKey | None = None,
        point_in_time_recovery: bool = True,
        removal_policy: RemovalPolicy = RemovalPolicy.RETAIN,
        deletion_protection: bool | None = None,
    ) -> None:
        _check(encryption_key, removal_policy, deletion_protection=deletion_protection)
        super().__init__(scope, id)
        self._key = None if encryption_key is None else key_itself(encryption_key)
        if deletion_protection is None:
            deletion_protection = removal_policy is not RemovalPolicy.DESTROY
        self._table = dynamodb.Table(
            self,
            "Table",
            partition_key=dynamodb.Attribute(name=KEY, type=dynamodb.AttributeType.STRING),
            billing_mode=dynamodb.BillingMode.PAY_PER_REQUEST,
            time_to_live_attribute=TTL,
            encryption_key=self._key,
            point_in_time_recovery_specification=dynamodb.PointInTimeRecoverySpecification(
                point_in_time_recovery_enabled=point_in_time_recovery
            ),
            removal_policy=removal_policy,
            deletion_protection=deletion_protection,
        )

    @property
    def table(self) -> dynamodb.Table:
        """The table."""
        return self._table

    @property
    def environment(self) -> Mapping[str, str]:
        """The environment variables from which `Ledger.from_env()` knows the table, for whatever runs elsewhere."""
        return {TABLE_VARIABLE: self._table.table_name}

    def grant_use(self, grantee: iam.IGrantable) -> iam.Grant:
        """Let a function use the ledger, and name the table in its environment for `Ledger.from_env()`.

        It gets what the ledger itself needs on this table. What `turn.put` and `turn.write` write into your own tables
        needs permissions on those: `table.grant_write_data(function)`.

        Args:
            grantee: The function, one of its aliases or versions, or anything else that can be granted permissions: a
                role or a task gets them, and has to be started with `environment`.

        Raises:
            InvalidConfiguration: It is not something to grant to, the function is in another account or region, or it
                has another ledger already.
        """
        if isinstance(grantee, type) or not hasattr(grantee, "grant_principal"):
            raise InvalidConfiguration(
                f"grant_use({grantee!r}) is not something to grant permissions to. Expected a Function, a Role or "
                "another IGrantable. Pass one of them."
            )
        if hasattr(grantee, "function_arn"):
            self._introduce_to(cast("lambda_.IFunction", grantee))
        if self._key is not None:
            statement = iam.PolicyStatement.from_json(use_of_key(self, self._key, list(_KEY_ACTIONS)))
            through = f"dynamodb.{Stack.of(self).region}.amazonaws.com"
            statement.add_condition("StringEquals", {"kms:ViaService": through})
            grantee.grant_principal.add_to_principal_policy(statement)
        return iam.Grant.add_to_principal(
            grantee=grantee, actions=list(_ACTIONS), resource_arns=[self._table.table_arn]
        )

    def _introduce_to(self, function: lambda_.IFunction) -> None:
        """Name the table in the function's environment."""
        place = function_place(function)
        if account_differs(place, self) or region_differs(place, self):
            raise InvalidConfiguration(
                f"The function {function.node.path!r} is in {in_words(place)}, and the ledger {self.node.path!r} in "
                f"{in_words(place_of_stack(self))}. Expected both in one account and region. Make a ledger there."
            )
        base = base_function(function_itself(function, self))
        if not isinstance(base, lambda_.Function):
            Annotations.of(self).add_info(
                f"The function {function.node.path!r} is imported, so its environment cannot be changed here. Set "
                f"{TABLE_VARIABLE} there to the table's name."
            )
            return
        other = _LEDGERS.setdefault(base, self)
        if other is not self:
            raise InvalidConfiguration(
                f"The function {base.node.path!r} uses the ledger {other.node.path!r} already, so its "
                f"{TABLE_VARIABLE} cannot name {self.node.path!r}. Expected one ledger for each function. Use the "
                "same one, which several functions can share."
            )
        base.add_environment(TABLE_VARIABLE, self._table.table_name)


def _check(key: object, removal_policy: RemovalPolicy, *, deletion_protection: bool | None) -> None:
    if key is not None and not hasattr(key, "key_arn"):
        raise InvalidConfiguration(
            f"encryption_key={key!r} is not a KMS key. Expected a Key. Make one, or import it: "
            'Key.from_key_arn(self, "Key", "arn:aws:kms:…").'
        )
    if removal_policy is RemovalPolicy.SNAPSHOT:
        raise InvalidConfiguration(
            "EventLedger(removal_policy=…) is SNAPSHOT, which tables do not support. Expected DESTROY, RETAIN or "
            "RETAIN_ON_UPDATE_OR_DELETE. Pass one of them."
        )
    if removal_policy is RemovalPolicy.DESTROY and deletion_protection:
        raise InvalidConfiguration(
            "EventLedger(removal_policy=DESTROY, deletion_protection=True) contradicts itself: destroying the stack "
            "would fail. Expected one of them. Leave the other out."
        )
