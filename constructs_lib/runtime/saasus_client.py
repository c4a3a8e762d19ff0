"""Calls of SaaSus's API that a function makes because of an event."""

from __future__ import annotations

import json
import math
import os
import uuid
from typing import TYPE_CHECKING, Any, Final

from constructs_lib.events.errors import nearest
from constructs_lib.runtime.invocation import remaining_time
from constructs_lib.runtime.saasus_credentials import SaasusCredentials
from constructs_lib.runtime.saasus_errors import InvalidApiCall, InvalidCredentials, SaasusApiError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from constructs_lib.events.operation import Operation
    from constructs_lib.runtime.saasus_http import SaasusAnswer, SignedHttp

SECRET_VARIABLE: Final = "SAASUS_SECRET"  # noqa: S105 - the name of a variable, not a secret
_UNAUTHORIZED: Final = 401
_NOT_FOUND: Final = 404
_TIMEOUT: Final = 10.0


class SaasusClient:
    """Makes signed calls of SaaSus's API: `SaasusClient.from_env()` in a function.

    Each call becomes an event of its own. So that a function does not react to its own calls, it makes them with a
    prefix of its own in the trace id, and its route leaves that prefix out:

        PREFIX = "onboarding-9f2c61d07b3e84aa-"
        saasus = SaasusClient.from_env(trace_id_prefix=PREFIX)
        saasus.call(op.auth.update_tenant, {"name": …}, tenant_id=event.tenant_id)
        EventFilter.of(op.auth.update_tenant).not_trace_id_prefix(PREFIX)

    A call is repeated after 429, 5xx and broken connections, as long as the current Lambda invocation has time, so that
    SaaSus may carry it out twice.

    Args:
        credentials: Returns the credentials. It is called before the first call, and again when SaaSus refuses a call
            because of them: a rotated secret then takes effect without a new deployment.
        trace_id_prefix: What each trace id starts with. Choose one that nobody can guess, because callers choose their
            trace ids: `secrets.token_hex(8)` makes one. Default: nothing.
        base_url: The address, with `/v1`. Default: SAASUS_BASE_URL if it is set, otherwise SaaSus's own.
    """

    def __init__(
        self,
        credentials: Callable[[], SaasusCredentials],
        *,
        trace_id_prefix: str = "",
        base_url: str | None = None,
    ) -> None:
        self._credentials = credentials
        self._prefix = trace_id_prefix
        self._base_url = base_url
        self._http: SignedHttp | None = None

    @classmethod
    def from_env(cls, *, trace_id_prefix: str = "") -> SaasusClient:
        """Make a client with the credentials that the environment names, which are read before the first call.

        They are in the Secrets Manager secret whose name or ARN is in SAASUS_SECRET, as JSON with `saas_id`, `api_key`
        and `secret_key`; or, as for SaaSus's SDKs, in SAASUS_SAAS_ID, SAASUS_API_KEY and SAASUS_SECRET_KEY.

        Args:
            trace_id_prefix: What each trace id starts with. Default: nothing.
        """
        return cls(_from_environment, trace_id_prefix=trace_id_prefix)

    def call(
        self,
        operation: Operation,
        body: Mapping[str, Any] | None = None,
        /,
        *,
        trace_id: str | None = None,
        **path_params: str,
    ) -> Any:
        """Call an operation, and return the JSON value of its answer, or None if the answer is empty.

        Args:
            operation: The operation: `op.auth.update_tenant`.
            body: The request's body. Default: none.
            trace_id: What follows the prefix in the trace id. Pass the event's `log_id`, and a repetition has the same
                one. Default: a new one.
            path_params: The parameters of the operation's path: `tenant_id=event.tenant_id`.

        Raises:
            InvalidApiCall: A parameter of the path is missing, empty, or not one of the operation's.
            InvalidCredentials: There are no credentials, or they are not valid.
            SaasusApiError: SaaSus answered with an error.
            SaasusUnreachable: SaaSus did not answer.
        """
        path = _path(operation, path_params)
        answer, trace = self._answer(operation.method, path, body, trace_id)
        if answer.status == _NOT_FOUND:
            raise self._signed().error(operation.method, path, answer, trace)
        return _json(answer)

    def get(self, path: str, *, trace_id: str | None = None) -> Any:
        """Read a resource, and return its JSON value, or None if SaaSus does not have it (404). It makes no event.

        Args:
            path: The path of the resource, such as `/auth/tenants/<id>`; `/v1` at its start may be left out.
            trace_id: What follows the prefix in the trace id. Default: a new one.

        Raises:
            InvalidApiCall: It is not a path.
            InvalidCredentials: There are no credentials, or they are not valid.
            SaasusApiError: SaaSus answered with an error.
            SaasusUnreachable: SaaSus did not answer.
        """
        if not path.startswith("/"):
            raise InvalidApiCall(f"{path!r} is not a path. Expected one such as '/auth/tenants/<id>'. Add the slash.")
        answer, _ = self._answer("GET", path.removeprefix("/v1"), None, trace_id)
        return None if answer.status == _NOT_FOUND else _json(answer)

    def _answer(
        self, method: str, path: str, body: Mapping[str, Any] | None, trace_id: str | None
    ) -> tuple[SaasusAnswer, str]:
        trace = f"{self._prefix}{trace_id or uuid.uuid4()}"
        is_first = self._http is None
        try:
            return self._signed().call(method, path, body, trace_id=trace), trace
        except SaasusApiError as error:
            if error.status != _UNAUTHORIZED or is_first:
                raise
        self._http = None
        return self._signed().call(method, path, body, trace_id=trace), trace

    def _signed(self) -> SignedHttp:
        if self._http is None:
            # Not at the start of a function, because ssl and urllib take long to load.
            from constructs_lib.runtime.saasus_http import Retries, SignedHttp

            retries = Retries(seconds_left=_seconds_left)
            self._http = SignedHttp(self._credentials(), base_url=self._base_url, timeout=_TIMEOUT, retries=retries)
        return self._http


def _path(operation: Operation, given: Mapping[str, str]) -> str:
    from urllib.parse import quote

    expected = ", ".join(operation.path_params) or "none"
    for name in given:
        if name not in operation.path_params:
            raise InvalidApiCall(
                f"{name!r} is not a parameter of {operation.path}.{nearest(name, operation.path_params)} Expected "
                f"{expected}. Pass the values of these, and the body before them."
            )
    path = operation.path.removeprefix("/v1")
    for name in operation.path_params:
        value = given.get(name)
        if not isinstance(value, str) or value in ("", ".", ".."):
            raise InvalidApiCall(
                f"{name}={value!r} cannot be part of {operation.path}. Expected text for each of {expected}. Pass it "
                f"as {name}=…."
            )
        path = path.replace(f"{{{name}}}", quote(value, safe=""))
    return path


def _json(answer: SaasusAnswer) -> Any:
    if not answer.body.strip():
        return None
    try:
        return json.loads(answer.body)
    except ValueError:
        return answer.body.decode("utf-8", "replace")


def _seconds_left() -> float:
    """Return for how long another attempt can be started and still end in time."""
    left = remaining_time()
    return math.inf if left is None else left - _TIMEOUT


def _from_environment() -> SaasusCredentials:
    secret = os.environ.get(SECRET_VARIABLE, "").strip()
    if not secret:
        return SaasusCredentials.from_environment()
    import boto3

    region = secret.split(":")[3] if secret.startswith("arn:") else None
    answer = boto3.client("secretsmanager", region_name=region).get_secret_value(SecretId=secret)
    if "SecretString" not in answer:
        raise InvalidCredentials(
            f"The secret {secret} in {SECRET_VARIABLE} contains bytes. Expected JSON text with saas_id, api_key and "
            "secret_key. Write it again with --secret-string instead of --secret-binary."
        )
    return SaasusCredentials.from_secret_string(answer["SecretString"])
