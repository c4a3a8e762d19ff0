"""The one door to ministack's internals.

ministack keeps its state and its functions in module globals, most of them with a leading underscore, and looks them up
when it uses them. So they can be read from here, and `replacements` can replace them. `EVENTS.rules` is
`eventbridge._rules`. A missing name raises at once: the adapter is written for one version of ministack.
"""

from __future__ import annotations

import importlib
import json
from typing import Any

from constructs_lib.local.errors import LocalAwsError

# What a handler of ministack returns: status, headers, body.
Response = tuple[int, dict[str, str], bytes]


class Insides:
    """A module of ministack, whose underscored names are attributes without the underscore."""

    def __init__(self, module: str) -> None:
        self._module_name = f"ministack.{module}"

    def __getattr__(self, name: str) -> Any:
        module = importlib.import_module(self._module_name)
        for candidate in (f"_{name}", name):
            if hasattr(module, candidate):
                return getattr(module, candidate)
        raise missing(f"{self._module_name}.{name}")


def missing(name: str) -> LocalAwsError:
    """Make the error for a name that the installed ministack does not have."""
    return LocalAwsError(
        f"The installed ministack has no {name!r}. The local AWS needs the version that the extra `local` of this "
        "package pins. Install it again: pip install 'saasus-eventbridge-constructs[local]'."
    )


APP = Insides("app")
ARN = Insides("core.arn")
ATHENA = Insides("services.athena")
CLOUDFORMATION = Insides("services.cloudformation.provisioners")
CLOUDWATCH = Insides("services.cloudwatch")
CONCURRENCY = Insides("core.concurrency")
EVENTS = Insides("services.eventbridge")
FIREHOSE = Insides("services.firehose")
IAM = Insides("services.iam")
IAM_EVALUATOR = Insides("core.iam_evaluator")
LAMBDA = Insides("services.lambda_svc")
LAMBDA_RUNTIME = Insides("core.lambda_runtime")
LOGS = Insides("services.cloudwatch_logs")
RESPONSES = Insides("core.responses")
S3 = Insides("services.s3")
SNS = Insides("services.sns")
SQS = Insides("services.sqs")
STEP_FUNCTIONS = Insides("services.stepfunctions")


def account() -> str:
    """Return the account of the request that is being served."""
    return str(RESPONSES.get_account_id())


def region() -> str:
    """Return the region of the request that is being served."""
    return str(RESPONSES.get_region())


def answer(data: dict[str, Any]) -> Response:
    """Make a successful answer of a JSON service."""
    response: Response = RESPONSES.json_response(data)
    return response


def refuse(code: str, message: str, status: int = 400) -> Response:
    """Make an error of a JSON service."""
    response: Response = RESPONSES.error_response_json(code, message, status)
    return response


def checked(resource_type: str, response: Response) -> dict[str, Any]:
    """Return what a handler answered, or fail the CloudFormation resource that it was called for."""
    status, _, body = response
    data: dict[str, Any] = json.loads(body) if body else {}
    if status >= 400:
        message = data.get("message") or data.get("Message") or data
        code = str(data.get("__type", "")).rpartition("#")[2]
        msg = f"{resource_type}: {message}" + (f" ({code})" if code else "")
        raise ValueError(msg)
    return data
