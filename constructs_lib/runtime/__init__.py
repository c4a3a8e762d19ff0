"""What runs in Lambda functions. It needs nothing but the standard library and boto3.

Names load on first use (PEP 562), so that a function loads only what it uses.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from constructs_lib.runtime.event_handler import EventHandler as EventHandler
    from constructs_lib.runtime.event_handler import InvalidHandler as InvalidHandler
    from constructs_lib.runtime.event_handlers import EventHandlers as EventHandlers
    from constructs_lib.runtime.event_handlers import UnhandledEvent as UnhandledEvent
    from constructs_lib.runtime.ledger.errors import InProgress as InProgress
    from constructs_lib.runtime.ledger.errors import InvalidLedger as InvalidLedger
    from constructs_lib.runtime.ledger.errors import LeaseLost as LeaseLost
    from constructs_lib.runtime.ledger.errors import NoTimeLeft as NoTimeLeft
    from constructs_lib.runtime.ledger.ledger import Ledger as Ledger
    from constructs_lib.runtime.ledger.turn import Turn as Turn
    from constructs_lib.runtime.saasus_client import SaasusClient as SaasusClient
    from constructs_lib.runtime.saasus_credentials import SaasusCredentials as SaasusCredentials
    from constructs_lib.runtime.saasus_errors import InvalidApiCall as InvalidApiCall
    from constructs_lib.runtime.saasus_errors import InvalidCredentials as InvalidCredentials
    from constructs_lib.runtime.saasus_errors import InvalidSaasusUrl as InvalidSaasusUrl
    from constructs_lib.runtime.saasus_errors import SaasusApiError as SaasusApiError
    from constructs_lib.runtime.saasus_errors import SaasusUnreachable as SaasusUnreachable

_HOME = {
    "EventHandler": "constructs_lib.runtime.event_handler",
    "EventHandlers": "constructs_lib.runtime.event_handlers",
    "InProgress": "constructs_lib.runtime.ledger.errors",
    "InvalidApiCall": "constructs_lib.runtime.saasus_errors",
    "InvalidCredentials": "constructs_lib.runtime.saasus_errors",
    "InvalidHandler": "constructs_lib.runtime.event_handler",
    "InvalidLedger": "constructs_lib.runtime.ledger.errors",
    "InvalidSaasusUrl": "constructs_lib.runtime.saasus_errors",
    "LeaseLost": "constructs_lib.runtime.ledger.errors",
    "Ledger": "constructs_lib.runtime.ledger.ledger",
    "NoTimeLeft": "constructs_lib.runtime.ledger.errors",
    "SaasusApiError": "constructs_lib.runtime.saasus_errors",
    "SaasusClient": "constructs_lib.runtime.saasus_client",
    "SaasusCredentials": "constructs_lib.runtime.saasus_credentials",
    "SaasusUnreachable": "constructs_lib.runtime.saasus_errors",
    "Turn": "constructs_lib.runtime.ledger.turn",
    "UnhandledEvent": "constructs_lib.runtime.event_handlers",
}

__all__ = [*_HOME]


def __getattr__(name: str) -> object:
    """Import a public name when it is first asked for."""
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(importlib.import_module(_HOME[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """List the public names, whether they have been loaded or not, and no others."""
    return sorted(__all__)
