"""SaaSus's EventBridge setting, saved during the deployment: the partner event source without a console."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aws_cdk import CustomResource, Duration, RemovalPolicy, Stack, Token
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from constructs import Construct

from constructs_lib.access.role_policy import allow_role
from constructs_lib.activation.function_code import newest_python, with_function_code
from constructs_lib.activation.one_integration_per_saas import warn_of_a_second
from constructs_lib.events.errors import InvalidConfiguration
from constructs_lib.events.integration_regions import INTEGRATION_REGIONS
from constructs_lib.events.source_name import PartnerEventSource
from constructs_lib.runtime.saasus_address import is_address
from constructs_lib.synth.acknowledgements import INTEGRATION_ROLE, acknowledge

if TYPE_CHECKING:
    from aws_cdk import aws_secretsmanager as secretsmanager

SHORTEST_TIMEOUT = Duration.seconds(30)
LONGEST_TIMEOUT = Duration.minutes(14)
"""A Lambda function runs for 15 minutes at most, and must answer within them."""

_HANDLER = "constructs_lib.functions.handler.handler"


class SaasusIntegration(Construct):
    """Saves SaaSus's EventBridge setting for this account and region during the deployment, and waits for the source.

    It takes the place of the event integration page in the SaaSus console. A SaaS has one setting: one that is already
    right is adopted and never deleted; one that sends the events elsewhere fails the deployment, unless `take_over` is
    True.

    Example:
        >>> integration = SaasusIntegration(self, "Integration", credentials=secret)
        >>> bus = SaasusEventBus(self, "Saasus", event_source_name=integration.event_source_name)
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        credentials: secretsmanager.ISecret,
        take_over: bool = False,
        event_source_name: str | PartnerEventSource | None = None,
        timeout: Duration | None = None,
        base_url: str | None = None,
        role: iam.IRole | None = None,
    ) -> None:
        """Save the setting when the stack is deployed.

        Args:
            scope: The construct that this one belongs to.
            id: The id in the scope.
            credentials: A secret whose value is JSON with `saas_id`, `api_key` and `secret_key`, as the SaaSus
                console shows them. It is read during the deployment, and never written to a template, log or error.
            take_over: Whether to replace a setting that sends the events to another account or region. The old one is
                put back if the deployment rolls back, but not when the stack is destroyed later. Default: False.
            event_source_name: Which source belongs to this SaaS; needed only where an account and region have the
                sources of several. Default: the one that appears, or the only one there is.
            timeout: How long to wait for the source, 30 seconds to 14 minutes. Default: 10 minutes.
            base_url: Another address of SaaSus's API. Default: `https://api.saasus.io/v1`.
            role: A role of yours for the function, which Lambda may assume. It gets a policy; for a role that must
                not be changed, a warning shows the statements. Default: a role of its own.

        Raises:
            InvalidConfiguration: SaaSus does not send to the stack's region, the timeout is out of range, or
                `base_url` is not the address of an API.
            InvalidEventSource: The name is not that of a SaaSus partner event source.
        """
        if not hasattr(credentials, "secret_arn"):
            raise InvalidConfiguration(
                f"credentials= got a {type(credentials).__name__}. Expected a secret of Secrets Manager. Pass one, for "
                'example Secret.from_secret_name_v2(self, "Credentials", "<name of the secret>").'
            )
        super().__init__(scope, id)
        if not isinstance(take_over, bool):
            raise InvalidConfiguration(
                f"take_over={take_over!r} is not a bool. Expected True or False: it is decided when the app is "
                "synthesized, so a CloudFormation parameter cannot set it. Pass one of the two."
            )
        stack = Stack.of(self)
        if not Token.is_unresolved(stack.region) and stack.region not in INTEGRATION_REGIONS:
            raise InvalidConfiguration(
                f"SaaSus cannot send events to the region {stack.region!r}. Expected one of "
                f"{', '.join(INTEGRATION_REGIONS)}. Deploy this stack to one of them, and route the events on from "
                "there."
            )
        wanted = str(event_source_name or "")
        if wanted and not Token.is_unresolved(wanted):
            wanted = PartnerEventSource.parse(wanted).name
        if base_url and not Token.is_unresolved(base_url) and not is_address(base_url):
            raise InvalidConfiguration(
                f"base_url= of {self.node.path!r} is not the address of an API. Expected https://<host>/v1 without "
                "a user, query or fragment (http:// only to this machine). Leave it out for SaaSus's own."
            )
        wait = checked_timeout(timeout)
        self._credentials = credentials
        self._base_url = base_url or ""
        self._log_group = logs.LogGroup(
            self, "Log", retention=logs.RetentionDays.THREE_MONTHS, removal_policy=RemovalPolicy.DESTROY
        )
        self._role = self._make_role() if role is None else role
        permission = None if role is None else self._allow(role)
        self._function = self._make_function(self._role)
        self._resource = CustomResource(
            self,
            "Setting",
            service_token=self._function.function_arn,
            resource_type="Custom::SaasusEventBridgeSetting",
            properties={
                "SecretArn": credentials.secret_arn,
                "Account": stack.account,
                "Region": stack.region,
                "TakeOver": str(take_over).lower(),
                "EventSourceName": wanted,
                "TimeoutSeconds": wait,
                "BaseUrl": self._base_url,
            },
        )
        warn_of_a_second(self, credentials)
        # The function's permissions must be in force before its first call, and until after the call that deletes.
        for needed in (self._role, permission):
            if needed is not None:
                self._resource.node.add_dependency(needed)

    @property
    def event_source_name(self) -> str:
        """The name of the partner event source, a token: it is known only at deployment."""
        return self._resource.get_att_string("EventSourceName")

    @property
    def credentials(self) -> secretsmanager.ISecret:
        """The secret with SaaSus's credentials."""
        return self._credentials

    @property
    def base_url(self) -> str:
        """The address of SaaSus's API; empty for SaaSus's own."""
        return self._base_url

    @property
    def function(self) -> lambda_.IFunction:
        """The function that calls SaaSus."""
        return self._function

    @property
    def role(self) -> iam.IRole:
        """The function's role."""
        return self._role

    def _make_role(self) -> iam.Role:
        statements = [iam.PolicyStatement.from_json(statement) for statement in self._statements()]
        role = iam.Role(
            self,
            "Role",
            assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"),
            inline_policies={"Use": iam.PolicyDocument(statements=statements)},
        )
        self._credentials.grant_read(role)
        acknowledge(role, INTEGRATION_ROLE)
        return role

    def _allow(self, role: iam.IRole) -> iam.Policy | None:
        secret = self._credentials.secret_full_arn or f"{self._credentials.secret_arn}-??????"
        reading = [{"Effect": "Allow", "Action": "secretsmanager:GetSecretValue", "Resource": secret}]
        key = self._credentials.encryption_key
        if key is not None:
            reading.append({"Effect": "Allow", "Action": "kms:Decrypt", "Resource": key.key_arn})
            key.grant_decrypt(role)
        return allow_role(
            self,
            "Use",
            role,
            [*self._statements(), *reading],
            warn_at=self,
            what_fails="SaaSus's setting cannot be saved, and the deployment fails",
        )

    def _statements(self) -> list[dict[str, Any]]:
        needed: list[tuple[str | list[str], str | list[str]]] = [
            (["logs:CreateLogStream", "logs:PutLogEvents", "logs:FilterLogEvents"], self._log_group.log_group_arn),
            # Listing sources takes no resource (Service Authorization Reference, Amazon EventBridge).
            ("events:ListEventSources", "*"),
            ("cloudformation:DescribeStacks", stacks_that_roll_back(self)),
        ]
        return [{"Effect": "Allow", "Action": actions, "Resource": where} for actions, where in needed]

    def _make_function(self, role: iam.IRole) -> lambda_.Function:
        return with_function_code(
            _HANDLER,
            lambda code: lambda_.Function(
                self,
                "Function",
                description="Saves SaaSus's EventBridge setting and waits for its partner event source",
                runtime=newest_python(),
                handler=_HANDLER,
                code=code,
                role=role,
                timeout=Duration.minutes(15),
                log_group=self._log_group,
                environment={"SAASUS_LOG_GROUP": self._log_group.log_group_name},
            ),
        )


def stacks_that_roll_back(scope: Construct) -> list[str]:
    """Return the ids of the stacks whose status shows whether the scope's stack rolls back: its own and the root's.

    The stacks between the two cannot pass their ids to what is in them.
    """
    stack = root = Stack.of(scope)
    while root.nested_stack_parent is not None:
        root = root.nested_stack_parent
    return [stack.stack_id] if root is stack else [stack.stack_id, root.stack_id]


def checked_timeout(timeout: Duration | None) -> float:
    """Return the seconds to wait, 10 minutes by default; a token stays a token.

    Raises:
        InvalidConfiguration: It is not a Duration, is out of range, or is a token in a unit other than seconds.
    """
    wait = Duration.minutes(10) if timeout is None else timeout
    if not isinstance(wait, Duration):
        raise InvalidConfiguration(
            f"timeout={wait!r} is not a Duration. Expected 30 seconds to 14 minutes, such as Duration.minutes(10)."
        )
    if wait.is_unresolved() and wait.unit_label() != "seconds":
        raise InvalidConfiguration(
            f"timeout= is a token in {wait.unit_label()}, which cannot be converted to seconds. Expected a token in "
            "seconds. Pass Duration.seconds(parameter.value_as_number)."
        )
    seconds = wait.to_seconds()
    if not wait.is_unresolved() and not SHORTEST_TIMEOUT.to_seconds() <= seconds <= LONGEST_TIMEOUT.to_seconds():
        raise InvalidConfiguration(
            f"timeout= of {seconds:g} seconds is out of range. Expected 30 seconds to 14 minutes, because the function "
            "that waits runs for 15 minutes at most. Pass a Duration in that range."
        )
    return seconds
