"""This library in users' own Lambda functions, as a layer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from aws_cdk import aws_lambda as lambda_

from constructs_lib.activation.function_code import layer_code

if TYPE_CHECKING:
    from aws_cdk import RemovalPolicy
    from constructs import Construct

_ROOMS: Final = ("body_types", "events", "filters", "runtime")
_PYTHONS: Final = ("PYTHON_3_10", "PYTHON_3_11", "PYTHON_3_12", "PYTHON_3_13", "PYTHON_3_14")


class SaasusRuntime(lambda_.LayerVersion):
    """A layer with which Lambda functions read SaaSus's events: `SaasusEvent`, `EventFilter`, `operations`, handlers.

    It is made of this package's own files, without the CDK, and nothing is downloaded or built at deployment. boto3 is
    Lambda's own. All Pythons that this library supports can use it, on both architectures.

    Example:
    ```python
    runtime = SaasusRuntime(self, "SaasusRuntime")
    lambda_.Function(self, "Onboard", layers=[runtime], runtime=lambda_.Runtime.PYTHON_3_13, handler="onboard.handler",
                     code=lambda_.Code.from_asset("handlers"))
    ```

    A new version of this library is a new layer version. Functions of the same stack move to it in the same deployment.

    Args:
        scope: The stack or construct to make it in. One layer serves all functions of a stack. Make one in each stack:
            CloudFormation does not replace a version that another stack refers to.
        id: The construct's id in the scope.
        layer_version_name: The layer's name. Default: CloudFormation makes one.
        description: What the Lambda console shows. Default: what the layer holds.
        removal_policy: What happens to a version that is replaced or no longer in the app. Choose RETAIN if functions
            outside the app use the layer by its ARN. Default: it is deleted.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        layer_version_name: str | None = None,
        description: str | None = None,
        removal_policy: RemovalPolicy | None = None,
    ) -> None:
        with layer_code(_ROOMS) as code:
            super().__init__(
                scope,
                id,
                code=code,
                layer_version_name=layer_version_name,
                description=description or "SaaSus events in Lambda functions: constructs_lib without the CDK",
                removal_policy=removal_policy,
                compatible_architectures=[lambda_.Architecture.X86_64, lambda_.Architecture.ARM_64],
                # Older versions of the CDK do not know the newest Pythons.
                compatible_runtimes=[
                    getattr(lambda_.Runtime, name) for name in _PYTHONS if hasattr(lambda_.Runtime, name)
                ],
            )
