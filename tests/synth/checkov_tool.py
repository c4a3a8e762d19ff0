"""checkov, which pins older versions of what this repository uses (boto3, packaging)."""

from __future__ import annotations

import json
import os
import subprocess
from typing import TYPE_CHECKING, Any

from tests.separate_tool import installed

if TYPE_CHECKING:
    from pathlib import Path

_OPTIONS = ["--framework", "cloudformation", "--skip-download", "--quiet", "--compact", "--output", "json"]


def check(template: Path) -> list[dict[str, Any]]:
    """Return the failed checks of a template. Nothing is downloaded and nothing is sent."""
    done = subprocess.run(
        [installed("checkov", "3.3.30"), "--file", template, *_OPTIONS],
        capture_output=True,
        text=True,
        check=False,
        cwd=template.parent,
        env={name: value for name, value in os.environ.items() if name in ("PATH", "HOME", "LANG")},
    )
    assert done.stdout, done.stderr
    failed: list[dict[str, Any]] = json.loads(done.stdout)["results"]["failed_checks"]
    return failed
