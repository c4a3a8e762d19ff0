"""A deployed function that dies between two of its steps: each call that it makes of AWS or SaaSus is a step."""

from __future__ import annotations

import io
import urllib.request
import zipfile
from typing import TYPE_CHECKING

from tests.eventually import eventually

if TYPE_CHECKING:
    from pathlib import Path

    from constructs_lib.local.demo import DemoEnvironment

_WRAPPER = """
import os, pathlib
from importlib import import_module

from botocore.client import BaseClient

ARMED = pathlib.Path({armed!r})
done = 0


def step(is_last=False):
    global done
    try:
        dies_after = int(ARMED.read_text())
    except FileNotFoundError:
        return
    if done == dies_after or is_last:
        ARMED.unlink()  # once, for the event comes again
        os._exit(1)
    done += 1


def counted(owner, name):
    original = getattr(owner, name)

    def call(*args, **kwargs):
        step()
        return original(*args, **kwargs)

    setattr(owner, name, call)


counted(BaseClient, "_make_api_call")
try:
    from constructs_lib.runtime.saasus_http import SignedHttp
except ModuleNotFoundError:
    pass  # a function that does not call SaaSus
else:
    counted(SignedHttp, "_once")


def handler(event, context):
    global done
    done = 0
    result = getattr(import_module({module!r}), {name!r})(event, context)
    step(is_last=True)  # the work is done, and Lambda does not know it yet
    return result
"""


class Crashes:
    """Makes a function die after so many steps; the invocation after that is not disturbed."""

    def __init__(self, here: DemoEnvironment, logical_id: str, armed: Path) -> None:
        """Wrap the handler of the one function whose logical id contains this.

        Args:
            here: Where it runs.
            logical_id: A part of its logical id.
            armed: The file that says when it dies.
        """
        self._armed = armed
        client = here.aws.client("lambda")
        name = _function(here, logical_id)
        function = client.get_function(FunctionName=name)
        module, _, handler = function["Configuration"]["Handler"].rpartition(".")
        with urllib.request.urlopen(function["Code"]["Location"], timeout=10) as answer:
            content = io.BytesIO(answer.read())
        with zipfile.ZipFile(content, "a") as code:
            code.writestr("crashing.py", _WRAPPER.format(armed=str(self._armed), module=module, name=handler))
        client.update_function_code(FunctionName=name, ZipFile=content.getvalue())
        client.update_function_configuration(FunctionName=name, Handler="crashing.handler")

    def arm(self, after_steps: int) -> None:
        """Let the next invocation die once it has done so many steps, or when its work is done."""
        self._armed.write_text(str(after_steps))

    def happened(self, timeout: float = 70) -> None:
        """Wait until it died."""
        eventually(lambda: not self._armed.exists(), timeout)


def _function(here: DemoEnvironment, logical_id: str) -> str:
    cloudformation = here.aws.client("cloudformation")
    stacks = cloudformation.describe_stacks()["Stacks"]
    resources = [
        resource
        for stack in stacks
        for resource in cloudformation.describe_stack_resources(StackName=stack["StackName"])["StackResources"]
    ]
    [name] = [
        str(resource["PhysicalResourceId"])
        for resource in resources
        if resource["ResourceType"] == "AWS::Lambda::Function" and logical_id in resource["LogicalResourceId"]
    ]
    return name
