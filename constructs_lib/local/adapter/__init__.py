"""What makes ministack behave like AWS where this library depends on it.

One file per behaviour. Nothing outside this folder knows ministack; `emulator` is the only file that reaches into it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path


def install(*, retry_scale: float, function_environment: Path) -> Any:
    """Put every behaviour in place and give the ASGI application. Called once, before the first request.

    Args:
        retry_scale: What a second of waiting between two attempts takes.
        function_environment: A JSON file with environment variables for all functions; it need not exist.
    """
    from constructs_lib.local.adapter import (
        alarms,
        api_model,
        archives,
        connections,
        custom_resources,
        data_protection,
        delivery,
        event_buses,
        lambda_async,
        lambda_functions,
        lambda_permissions,
        log_groups,
        observability,
        partner_sources,
        permissions,
        queues,
        rules,
        targets,
    )
    from constructs_lib.local.adapter.emulator import APP

    # The banner would fill the end of the log, which is what an error shows.
    APP.replace("BANNER", "Local AWS on port {port}")
    permissions.install()
    delivery.install(retry_scale)
    lambda_async.install(retry_scale)
    lambda_functions.install(function_environment)
    for behaviour in (
        api_model,
        alarms,
        targets,
        partner_sources,
        event_buses,
        rules,
        connections,
        archives,
        custom_resources,
        lambda_permissions,
        queues,
        log_groups,
        observability,
        data_protection,  # around the log groups of `log_groups`
    ):
        behaviour.install()
    return APP.app


def kill_lambda_workers() -> None:
    """Kill the processes that run Lambda functions, without waiting for what they do."""
    from constructs_lib.local.adapter.emulator import LAMBDA_RUNTIME

    for workers in list(LAMBDA_RUNTIME.workers.values()):
        for worker in workers:
            process = worker._proc  # noqa: SLF001 - ministack's class has no other way
            if process is not None:
                process.kill()
