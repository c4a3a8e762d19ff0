"""A local version of AWS on this machine, for trying out the constructs and for tests.

`LocalAws` runs EventBridge with partner event sources, CloudFormation, Lambda, CloudWatch Logs and whatever else a
stack of this library needs on 127.0.0.1, without Docker and without an account. `HttpsEndpoint` is an HTTPS server that
an API destination can call. The module `cdk_cli` runs the real CDK CLI against it.

Needs the extra `local`: `pip install saasus-eventbridge-constructs[local]`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from constructs_lib.local.errors import CdkCliError, LocalAwsError
    from constructs_lib.local.https_endpoint import Hang, HttpsEndpoint, ReceivedRequest
    from constructs_lib.local.local_aws import LocalAws, SentEmail
    from constructs_lib.local.saasus import LocalSaasus

__all__ = [
    "CdkCliError",
    "Hang",
    "HttpsEndpoint",
    "LocalAws",
    "LocalAwsError",
    "LocalSaasus",
    "ReceivedRequest",
    "SentEmail",
]

_HOME = {
    "CdkCliError": "errors",
    "Hang": "https_endpoint",
    "HttpsEndpoint": "https_endpoint",
    "LocalAws": "local_aws",
    "LocalAwsError": "errors",
    "LocalSaasus": "saasus",
    "ReceivedRequest": "https_endpoint",
    "SentEmail": "local_aws",
}


def __getattr__(name: str) -> object:
    """Import a public name on first use: boto3 and trustme take a moment to load."""
    if name not in _HOME:
        msg = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(msg)
    import importlib

    return getattr(importlib.import_module(f"{__name__}.{_HOME[name]}"), name)
