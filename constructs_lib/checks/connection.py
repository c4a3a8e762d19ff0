"""Whether EventBridge accepts a connection, and whether its secrets stay out of the template."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from aws_cdk import Annotations, Stack
from aws_cdk import aws_secretsmanager as secretsmanager

from constructs_lib.checks import aws_fields
from constructs_lib.checks.aws_fields import known_text
from constructs_lib.checks.endpoint import check_endpoint
from constructs_lib.checks.http_parameters import check_header_name, require
from constructs_lib.checks.plain_secrets import secret_in_parameter
from constructs_lib.events import warning_ids
from constructs_lib.events.errors import InvalidRoute

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aws_cdk import aws_events as events
    from constructs import IConstruct

_SECRET_REFERENCE: Final = re.compile(r"^\{\{resolve:secretsmanager:")
_KINDS: Final = {
    "headerParameters": "header",
    "queryStringParameters": "query parameter",
    "bodyParameters": "body parameter",
}


def check_connection(connection: IConstruct, resource: events.CfnConnection) -> None:
    """Refuse what EventBridge would refuse about a connection, and secrets that would be in the template.

    Raises:
        InvalidRoute: Something is certain to fail, or a secret is plain text.
    """
    stack = Stack.of(connection)
    whose = f"the connection {connection.node.path!r}"
    require(
        aws_fields.CONNECTION_DESCRIPTION,
        known_text(stack.resolve(resource.description or "")),
        f"the description of {whose}",
    )
    given: dict[str, Any] = stack.resolve(resource.auth_parameters) or {}
    api_key = given.get("apiKeyAuthParameters") or {}
    basic = given.get("basicAuthParameters") or {}
    oauth = given.get("oAuthParameters") or {}
    client = oauth.get("clientParameters") or {}
    for what, name in (
        ("name of the API key", api_key.get("apiKeyName")),
        ("user name", basic.get("username")),
        ("client id", client.get("clientId")),
    ):
        if name is not None:
            require(aws_fields.AUTHORIZATION_NAME, known_text(name), f"the {what} of {whose}")
    if isinstance(name := api_key.get("apiKeyName"), str) and known_text(name).whole:
        # This is the name of the header that carries the key.
        check_header_name(whose, name)
    if oauth.get("authorizationEndpoint") is not None:
        check_endpoint(connection, "authorization_endpoint", known_text(oauth["authorizationEndpoint"]))
    for what, value in (
        ("the API key", api_key.get("apiKeyValue")),
        ("the password", basic.get("password")),
        ("the client secret", client.get("clientSecret")),
    ):
        if value is not None:
            _check_secret(connection, what, value)
            require(aws_fields.AUTHORIZATION_NAME, known_text(value), f"{what} of {whose}")
    for http in (oauth.get("oAuthHttpParameters"), given.get("invocationHttpParameters")):
        _check_parameters(connection, whose, http or {})


def _check_parameters(connection: IConstruct, whose: str, http: dict[str, Any]) -> None:
    for kind, what in _KINDS.items():
        parameters = http.get(kind) or []
        if len(parameters) > aws_fields.CONNECTION_PARAMETERS:
            raise InvalidRoute(
                f"The connection {connection.node.path!r} has {len(parameters)} {what}s; EventBridge accepts "
                f"{aws_fields.CONNECTION_PARAMETERS}. Send the rest in the body with `event=`."
            )
        for parameter in parameters:
            name, value = str(parameter.get("key")), known_text(parameter.get("value"))
            named = f"the {what} {name[:50]!r} of {whose}"
            if kind == "headerParameters":
                check_header_name(whose, name)
                require(aws_fields.HEADER_VALUE, value, named)
            elif kind == "queryStringParameters":
                require(aws_fields.QUERY_NAME, known_text(name), f"the name of a query parameter of {whose}")
                require(aws_fields.QUERY_VALUE, value, named)
            if parameter.get("isValueSecret"):
                _check_secret(connection, f"the {what} {name!r}", parameter.get("value"))
            elif value.whole and secret_in_parameter(name, value.text):
                Annotations.of(connection).add_warning_v2(
                    warning_ids.PLAIN_TEXT_SECRET,
                    f"The {what} {name!r} of the connection {connection.node.path} looks like a secret, and is in the "
                    "template in the clear. Keep it in Secrets Manager, and pass "
                    "HttpParameter.from_secret(SecretValue.secrets_manager(…)). Acknowledge this warning if it is not "
                    "a secret.",
                )


def _check_secret(connection: IConstruct, what: str, value: object) -> None:
    """Refuse a secret that would be in the template, where everybody who may read the stack can read it."""
    # A reference is resolved at deployment: text with `{{resolve:…}}`, or an intrinsic (a secret of this app).
    if known_text(value).whole:
        raise InvalidRoute(
            f"{_of(what, connection)} is plain text, which would be in the template. "
            'Keep it in Secrets Manager and pass SecretValue.secrets_manager("name of the secret").'
        )
    if isinstance(value, str) and "{{resolve:ssm-secure:" in value:
        raise InvalidRoute(
            f"{_of(what, connection)} refers to a secure parameter of Systems Manager, which "
            "CloudFormation does not read for a connection (CloudFormation User Guide, ssm-secure dynamic references). "
            'Keep it in Secrets Manager and pass SecretValue.secrets_manager("name of the secret").'
        )
    for resource, json_key in _secrets_of_the_app(connection, value):
        _check_generated(connection, what, resource, json_key)


def _secrets_of_the_app(connection: IConstruct, value: Any) -> Iterator[tuple[secretsmanager.CfnSecret, str]]:
    """Return the secret that a dynamic reference names, if this stack makes it, and the key in its JSON."""
    parts = value["Fn::Join"][1] if isinstance(value, dict) and "Fn::Join" in value else []
    for before, part, after in zip(parts, parts[1:], parts[2:], strict=False):
        if isinstance(before, str) and _SECRET_REFERENCE.search(before) and isinstance(part, dict) and "Ref" in part:
            stack = Stack.of(connection)
            for resource in stack.node.find_all():
                if isinstance(resource, secretsmanager.CfnSecret) and stack.resolve(resource.logical_id) == part["Ref"]:
                    yield resource, str(after).split(":")[2]


def _check_generated(connection: IConstruct, what: str, resource: secretsmanager.CfnSecret, json_key: str) -> None:
    stack = Stack.of(connection)
    generated: dict[str, Any] = stack.resolve(resource.generate_secret_string) or {}
    text = stack.resolve(resource.secret_string)
    secret = resource.node.path.removesuffix("/Resource")
    is_json = generated.get("generateStringKey") or (
        text is not None and known_text(text).text.lstrip().startswith("{")
    )
    if is_json and not json_key:
        raise InvalidRoute(
            f"{_of(what, connection)} is the whole secret {secret!r}, which is JSON: EventBridge "
            "refuses it because of its colons. Pass one key of it: secret.secret_value_from_json(key)."
        )
    excluded = str(generated.get("excludeCharacters") or "")
    if (
        text is None
        and json_key in ("", generated.get("generateStringKey"))
        and not generated.get("excludePunctuation")
        and ":" not in excluded
    ):
        Annotations.of(connection).add_warning_v2(
            warning_ids.SECRET_MAY_HAVE_COLON,
            f"{_of(what, connection)} is generated by the secret {secret!r}, and about "
            "one in three such texts has a colon, which EventBridge refuses in a connection: the deployment fails. "
            "Generate it without colons, with Secret(generate_secret_string=SecretStringGenerator("
            "exclude_characters=':')), or put the API's own key into the secret before this stack is deployed.",
        )


def _of(what: str, connection: IConstruct) -> str:
    return f"{what[:1].upper()}{what[1:]} of connection {connection.node.path!r}"
