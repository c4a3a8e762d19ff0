"""Command-line tools that pin older versions of what this repository uses, each in an environment of its own.

They are installed once, beside the environment that runs the tests.
"""

from __future__ import annotations

import fcntl
import subprocess
import sys
import venv
from pathlib import Path


def installed(package: str, version: str, command: str | None = None) -> Path:
    """Return the path of a package's command. Default: the one with the package's name."""
    home = Path(sys.prefix).resolve() / "share" / f"{package}-{version}"
    done = home / ".installed"
    home.parent.mkdir(exist_ok=True)
    with home.with_name(f"{home.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # tests run beside each other
        # The scripts of an environment name its own path, and stop working where that has changed.
        if not (done.exists() and done.read_text("utf-8") == str(home)):
            venv.create(home, with_pip=True, clear=True)
            pip = [str(home / "bin" / "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
            subprocess.run([*pip, f"{package}=={version}"], check=True)
            done.write_text(str(home), "utf-8")
    return home / "bin" / (command or package)
