"""What makes ministack behave like AWS where this library depends on it.

One file per behaviour. Nothing outside this folder knows ministack. Only `emulator` and `replacements` reach into it,
and a decorator of `replacements` names everything that the adapter replaces there.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any, Final

from constructs_lib.local.adapter.replacements import replaces

if TYPE_CHECKING:
    from pathlib import Path

BEHAVIOURS: Final = (
    "alarms",
    "api_destinations",
    "archives",
    "connections",
    "custom_resources",
    "event_buses",
    "event_metrics",
    "firehose",
    "lambda_async",
    "lambda_dead_letters",
    "lambda_permissions",
    "lambda_processes",
    "log_deliveries",
    "log_groups",
    "data_protection",  # around the log groups of `log_groups`
    "logs_resource_policies",
    "partner_sources",
    "permissions",
    "put_events",
    "queue_consumers",
    "queues",
    "request_validation",
    "rules",
    "saved_queries",
    "state_machine_calls",
    "target_calls",
    "targets",
)
"""The modules that change something in ministack, in the order of their changes."""

# ministack's own banner would fill the end of the log, which is what an error shows.
replaces("app.BANNER")("Local AWS on port {port}")


def install(*, retry_scale: float, function_environment: Path) -> Any:
    """Put every behaviour in place and return the ASGI application. Called once, before the first request.

    Args:
        retry_scale: How long a second of waiting between two attempts takes here.
        function_environment: A JSON file with environment variables for all functions; it need not exist.
    """
    from constructs_lib.local.adapter.emulator import APP
    from constructs_lib.local.adapter.replacements import put_in_place
    from constructs_lib.local.adapter.settings import SETTINGS

    SETTINGS.retry_scale, SETTINGS.function_environment = retry_scale, function_environment
    import_behaviours()
    put_in_place()
    return APP.app


def import_behaviours() -> None:
    """Import every behaviour, so that `replacements` knows what it changes."""
    for behaviour in BEHAVIOURS:
        importlib.import_module(f"{__name__}.{behaviour}")
