"""The type checkers that users have: what strict mypy and pyright say about a file of theirs."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from tests.separate_tool import installed

if TYPE_CHECKING:
    from collections.abc import Callable

REPOSITORY = Path(__file__).resolve().parents[2]
PYRIGHT = ("basedpyright", "1.40.2")


def mypy(file: Path) -> str:
    """Return what strict mypy says about a user's file."""
    cache_dir = str(REPOSITORY / ".mypy_cache")
    command = [sys.executable, "-m", "mypy", "--strict", "--no-error-summary", "--cache-dir", cache_dir, str(file)]
    return subprocess.run(command, cwd=REPOSITORY, capture_output=True, encoding="utf-8", check=False).stdout


def pyright(file: Path) -> str:
    """Return what pyright's checks say, which Pylance shows in VS Code."""
    python = ["--pythonpath", sys.executable, "--level", "error"]
    command = [str(installed(*PYRIGHT)), *python, str(file)]
    config = {"extraPaths": [str(REPOSITORY)], "typeCheckingMode": "standard"}
    file.with_name("pyrightconfig.json").write_text(json.dumps(config), "utf-8")
    said = subprocess.run(command, cwd=file.parent, capture_output=True, encoding="utf-8", check=False).stdout
    return "" if said.startswith("0 errors") else said


@cache
def said(checker: Callable[[Path], str], *lines: str) -> str:
    """Return what a checker says about a file, `stack.py`, of these lines."""
    with TemporaryDirectory() as folder:
        file = Path(folder, "stack.py")
        file.write_text("\n".join(lines) + "\n", "utf-8")
        return checker(file)


def error_at(checker: Callable[[Path], str], line: str, lines: tuple[str, ...]) -> str:
    """Return the error that a checker finds in one line among others, with its notes; empty if it finds none."""
    number = lines.index(line) + 1
    found = [
        each for each in re.split(r"\n(?= *\S*stack\.py:)", said(checker, *lines)) if f"stack.py:{number}:" in each
    ]
    return "\n".join(found) if any("error:" in each for each in found) else ""
