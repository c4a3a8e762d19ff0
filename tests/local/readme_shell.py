"""A terminal as the README takes for granted: the AWS CLI, the CDK command line, and the environment that is active."""

from __future__ import annotations

import os
import subprocess
import sysconfig
from typing import TYPE_CHECKING

from constructs_lib.local.cdk_cli import ensure_cdk_cli
from tests.documents import REPOSITORY
from tests.separate_tool import installed

if TYPE_CHECKING:
    from pathlib import Path

    from constructs_lib.local import LocalAws


class Terminal:
    """Runs the README's shell code, as it stands, in a folder."""

    def __init__(self, aws: LocalAws, folder: Path) -> None:
        commands = folder / ".commands"
        commands.mkdir(parents=True)
        (commands / "cdk").symlink_to(ensure_cdk_cli(lambda _: None).parents[2] / ".bin" / "cdk")
        (commands / "aws").symlink_to(installed("awscli", "1.46.3", "aws"))
        path = [str(commands), sysconfig.get_path("scripts"), os.environ["PATH"]]
        self.folder = folder
        self._environment = aws.environment() | {
            "PATH": os.pathsep.join(path),
            "PYTHONPATH": str(REPOSITORY),
            # Nobody is there to answer what the CDK command line asks.
            "CDK_REQUIRE_APPROVAL": "never",
            "CDK_DISABLE_CLI_TELEMETRY": "true",
        }

    def run(self, code: str) -> str:
        """Run the code in bash, up to the first command that fails, and give what it printed."""
        done = subprocess.run(
            ["bash", "-e", "-o", "pipefail", "-c", code],
            cwd=self.folder,
            env=self._environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout + done.stderr
