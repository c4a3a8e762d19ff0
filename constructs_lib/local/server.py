"""The process behind `LocalAws`: ministack, made to behave like AWS by the adapter, on one local socket.

Only `ServerProcess` starts it: it inherits a socket that is already bound, and ends when its standard input does.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import sys
import threading
from pathlib import Path
from typing import Final

FUNCTION_ENVIRONMENT: Final = "function-environment.json"
"""The file in the state's folder with the environment variables of all functions, as a JSON object."""


def main() -> None:
    """Serve until the standard input ends."""
    listener = os.environ.pop("SAASUS_LOCAL_LISTENER")
    retry_scale = float(os.environ.pop("SAASUS_LOCAL_RETRY_SCALE"))
    state = os.environ.pop("SAASUS_LOCAL_STATE")
    threading.Thread(target=_exit_with_parent, args=(state,), daemon=True, name="parent-watch").start()

    from hypercorn.asyncio import serve
    from hypercorn.config import Config

    from constructs_lib.local import adapter

    app = adapter.install(retry_scale=retry_scale, function_environment=Path(state, FUNCTION_ENVIRONMENT))
    config = Config()
    config.bind = [f"fd://{listener}"]
    config.keep_alive_timeout = 75
    config.loglevel = "WARNING"
    asyncio.run(serve(app, config))


def _exit_with_parent(state: str) -> None:
    """Wait until the parent closes the standard input, which its death also does, then end everything."""
    while sys.stdin.buffer.read(4096):
        pass
    from constructs_lib.local.adapter.lambda_processes import kill_lambda_workers

    kill_lambda_workers()
    shutil.rmtree(state, ignore_errors=True)
    if os.getpgrp() == os.getpid():
        os.killpg(0, signal.SIGKILL)
    os._exit(0)


if __name__ == "__main__":
    main()
