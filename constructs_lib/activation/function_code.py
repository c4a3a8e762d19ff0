"""The code of the Lambda function that the constructs ship, as a CDK asset."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from aws_cdk import aws_lambda as lambda_

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_PACKAGE = Path(__file__).resolve().parents[1]
HANDLER = "constructs_lib.functions.handler.handler"


def with_function_code(make: Callable[[lambda_.Code], lambda_.Function]) -> lambda_.Function:
    """Make a function whose code is the files of this package that it needs, and no others.

    They are copied to a folder of their own, because an asset is a whole folder, and the package's parent also holds
    everything else that is installed. Once the function is made, the CDK has its own copy.
    """
    with tempfile.TemporaryDirectory(prefix="saasus-function-") as folder:
        for file in _files():
            copy = Path(folder, _PACKAGE.name, file.relative_to(_PACKAGE))
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(file, copy)
        return make(lambda_.Code.from_asset(folder))


def _files() -> Iterator[Path]:
    yield _PACKAGE / "__init__.py"
    yield _PACKAGE / "events" / "__init__.py"
    yield _PACKAGE / "events" / "errors.py"
    yield from sorted((_PACKAGE / "runtime").glob("*.py"))
    yield from sorted((_PACKAGE / "functions").glob("*.py"))
