"""checkov in an environment of its own: it pins older versions of what this repository uses (boto3, packaging).

It is installed once, beside the environment that runs the tests.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import venv
from pathlib import Path
from typing import Any

VERSION = "3.3.30"
HOME = Path(sys.prefix) / "share" / f"checkov-{VERSION}"

_OPTIONS = ["--framework", "cloudformation", "--skip-download", "--quiet", "--compact", "--output", "json"]


def check(template: Path) -> list[dict[str, Any]]:
    """Give the failed checks of a template. Nothing is downloaded and nothing is sent."""
    done = subprocess.run(
        [_installed(), "--file", template, *_OPTIONS],
        capture_output=True,
        text=True,
        check=False,
        cwd=template.parent,
        env={name: value for name, value in os.environ.items() if name in ("PATH", "HOME", "LANG")},
    )
    assert done.stdout, done.stderr
    failed: list[dict[str, Any]] = json.loads(done.stdout)["results"]["failed_checks"]
    return failed


def _installed() -> Path:
    command = HOME / "bin" / "checkov"
    done = HOME / ".installed"
    if not done.exists():
        venv.create(HOME, with_pip=True, clear=True)
        pip: list[str | Path] = [
            HOME / "bin" / "python",
            "-m",
            "pip",
            "install",
            "--quiet",
            "--disable-pip-version-check",
        ]
        subprocess.run([*pip, f"checkov=={VERSION}"], check=True)
        done.touch()
    return command
