"""Commands have two kinds of errors: their own, and AWS's."""

from __future__ import annotations

import importlib
import inspect
import pkgutil

from constructs_lib import cli
from constructs_lib.cli.aws.session import AwsRefused
from constructs_lib.cli.command import CommandError


def test_every_error_of_a_command_is_a_command_error_or_a_refusal_of_aws() -> None:
    modules = [
        importlib.import_module(found.name)
        for found in pkgutil.walk_packages(cli.__path__, f"{cli.__name__}.")
        if not found.name.endswith("__main__")
    ]
    errors = {
        name: made
        for module in modules
        for name, made in inspect.getmembers(module, inspect.isclass)
        if issubclass(made, Exception) and made.__module__.startswith(cli.__name__)
    }
    assert {"CommandError", "AwsRefused"} <= set(errors)
    assert [name for name, made in errors.items() if not issubclass(made, (CommandError, AwsRefused))] == []
