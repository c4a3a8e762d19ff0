"""Runs a document's Python code as the `cdk` command runs an app."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import aws_cdk
import pytest

from tests.synth.apps import new_app

if TYPE_CHECKING:
    from pathlib import Path


def run_program(code: str, place: str, folder: Path) -> dict[str, Any]:
    """Run code with nothing but itself, and give the names that it made; the app is written to `cdk.out` there."""
    names: dict[str, Any] = {}
    with pytest.MonkeyPatch.context() as patch:
        # As `cdk` does: it names the folder and gives the flags of cdk.json.
        patch.setattr(aws_cdk, "App", partial(new_app, outdir=folder / "cdk.out"))
        exec(compile(code, place, "exec"), names)  # noqa: S102 - the code is the documents'
    return names
