"""The processes that run functions: environment variables for all of them, and their end."""

from __future__ import annotations

import json
import os
from typing import Any

from constructs_lib.local.adapter.emulator import LAMBDA_RUNTIME
from constructs_lib.local.adapter.replacements import extends
from constructs_lib.local.adapter.settings import SETTINGS

_given: dict[str, str] = {}
"""The variables that are set for all functions now."""


@extends("core.lambda_runtime.Worker._spawn")
def _spawn(original: Any, self: Any) -> Any:
    _give_environment()
    return original(self)


@extends("core.lambda_runtime.ProvidedWorker._spawn")
def _spawn_provided(original: Any, self: Any, init_timeout: float | None = None) -> Any:
    _give_environment()
    return original(self, init_timeout)


def _give_environment() -> None:
    """Set the file's variables, which the process of a function inherits; the function's own take precedence."""
    try:
        now: dict[str, str] = json.loads(SETTINGS.function_environment.read_text("utf-8"))
    except FileNotFoundError:
        now = {}
    for name in _given.keys() - now.keys():
        os.environ.pop(name, None)
    os.environ.update(now)
    _given.clear()
    _given.update(now)


def kill_lambda_workers() -> None:
    """Kill the processes that run Lambda functions, without waiting for what they do."""
    for workers in list(LAMBDA_RUNTIME.workers.values()):
        for worker in workers:
            process = worker._proc  # noqa: SLF001 - ministack's class has no other way
            if process is not None:
                process.kill()
