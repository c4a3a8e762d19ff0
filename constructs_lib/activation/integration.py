"""SaaSus's EventBridge setting, saved at deploy: the partner event source without a console."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aws_cdk import CustomResource, Duration, RemovalPolicy, Stack, Token
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from constructs import Construct

from constructs_lib.access.role_policy import allow_role
from constructs_lib.activation.function_code import HANDLER, with_function_code
from constructs_lib.activation.integrations_of_app import warn_of_a_second
from constructs_lib.events.errors import InvalidRoute
from constructs_lib.events.integration_regions import INTEGRATION_REGIONS
from constructs_lib.events.source_name import PartnerEventSource
from constructs_lib.runtime.saasus_http import is_address
from constructs_lib.synth.acknowledgements import INTEGRATION_ROLE, acknowledge

if TYPE_CHECKING:
    from aws_cdk import aws_secretsmanager as secretsmanager

SHORTEST_TIMEOUT = Duration.seconds(30)
LONGEST_TIMEOUT = Duration.minutes(14)
"""A Lambda function runs for 15 minutes at most, and must answer within them."""

_NEWEST_PYTHON = "PYTHON_3_14"


class SaasusIntegration(Construct):
    """Saves SaaSus's EventBridge setting for this account and region at deploy, and waits for the event source.

    It takes the place of the SaaSus console's event integration page. There is one setting for each SaaS: one that is
    already right is adopted and never deleted; one that sends the events elsewhere fails the deployment, unless
    `take_over` is given.

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
                console shows them. It is read when the stack is deployed, and stands in no template, log or error.
            take_over: Replace a setting that sends the events to another account or region. It is put back when the
                deployment rolls back, and not when the stack is destroyed later.
            event_source_name: Which source is this SaaS's, needed only where an account and region has the sources
                of several. Default: the one that appears, or the only one there is.
            timeout: How long to wait for the source, 30 seconds to 14 minutes. Default: 10 minutes.
            base_url: Another address of SaaSus's API. Default: `https://api.saasus.io/v1`.
            role: A role of yours for the function, which Lambda may assume. It gets a policy; of one that is not to
                be changed, a warning holds the statements. Default: a role of its own.

        Raises:
            InvalidRoute: SaaSus does not send to the stack's region, the timeout is out of range, or the address is
                none of an API.
            InvalidEventSource: The name is not that of a SaaSus partner event source.
        """
        if not hasattr(credentials, "secret_arn"):
            raise InvalidRoute(
                "credentials is no secret of Secrets Manager. Give one, for example "
                'Secret.from_secret_name_v2(self, "Credentials", "<name of the secret>").'
            )
        super().__init__(scope, id)
        if not isinstance(take_over, bool):
            raise InvalidRoute(
                f"take_over={take_over!r} is no bool. Allowed are True and False: it is decided when the app is "
                "synthesized, so a CloudFormation parameter cannot say it. Give one of them."
            )
        stack = Stack.of(self)
        if not Token.is_unresolved(stack.region) and stack.region not in INTEGRATION_REGIONS:
            raise InvalidRoute(
                f"SaaSus cannot send events to region {stack.region!r}. It sends to {', '.join(INTEGRATION_REGIONS)}. "
                "Deploy this stack to one of them, and route the events on from there."
            )
        wanted = str(event_source_name or "")
        if wanted and not Token.is_unresolved(wanted):
            wanted = PartnerEventSource.parse(wanted).name
        if base_url and not Token.is_unresolved(base_url) and not is_address(base_url):
            raise InvalidRoute(
                f"base_url= of {self.node.path!r} is no address of SaaSus's API. Expected https://<host>/v1 without "
                "user, query and fragment (http:// to this machine only). Leave it out for SaaSus's own."
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
        # What the function may do must be in force when it is called, and until after it was called to delete.
        for needed in (self._role, permission):
            if needed is not None:
                self._resource.node.add_dependency(needed)

    @property
    def event_source_name(self) -> str:
        """The name of the partner event source, known when the stack is deployed (a token)."""
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
        """The function that speaks with SaaSus."""
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
            # Listing sources knows no resources (Service Authorization Reference, EventBridge).
            ("events:ListEventSources", "*"),
            ("cloudformation:DescribeStacks", stacks_that_roll_back(self)),
        ]
        return [{"Effect": "Allow", "Action": actions, "Resource": where} for actions, where in needed]

    def _make_function(self, role: iam.IRole) -> lambda_.Function:
        return with_function_code(
            lambda code: lambda_.Function(
                self,
                "Function",
                description="Saves SaaSus's EventBridge setting and waits for its partner event source",
                runtime=getattr(lambda_.Runtime, _NEWEST_PYTHON, lambda_.Runtime.PYTHON_3_13),
                handler=HANDLER,
                code=code,
                role=role,
                timeout=Duration.minutes(15),
                log_group=self._log_group,
                environment={"SAASUS_LOG_GROUP": self._log_group.log_group_name},
            )
        )


def stacks_that_roll_back(scope: Construct) -> list[str]:
    """Give the ids of the stacks whose status says whether the scope's stack rolls back: itself, and its root stack.

    The stacks between the two cannot give their ids to what is in them.
    """
    stack = root = Stack.of(scope)
    while root.nested_stack_parent is not None:
        root = root.nested_stack_parent
    return [stack.stack_id] if root is stack else [stack.stack_id, root.stack_id]


def checked_timeout(timeout: Duration | None) -> float:
    """Give the seconds to wait, 10 minutes by default; a token is what CloudFormation makes of it.

    Raises:
        InvalidRoute: It is out of range.
    """
    wait = Duration.minutes(10) if timeout is None else timeout
    if not isinstance(wait, Duration):
        raise InvalidRoute(f"timeout={wait!r} is no Duration. Give one, such as Duration.minutes(10).")
    if wait.is_unresolved() and wait.unit_label() != "seconds":
        raise InvalidRoute(
            f"A timeout that is a token in {wait.unit_label()} cannot be made seconds of. Give it in seconds: "
            "Duration.seconds(parameter.value_as_number)."
        )
    seconds = wait.to_seconds()
    if not wait.is_unresolved() and not SHORTEST_TIMEOUT.to_seconds() <= seconds <= LONGEST_TIMEOUT.to_seconds():
        raise InvalidRoute(
            f"timeout of {seconds:g} seconds is out of range: 30 seconds to 14 minutes can be waited, for the function "
            "that waits runs for 15 minutes at most. Give a Duration in that range."
        )
    return seconds
