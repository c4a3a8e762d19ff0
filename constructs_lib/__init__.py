"""CDK constructs that route SaaSus Platform's events from Amazon EventBridge to your targets.

Names load on first use (PEP 562): what does not need the CDK (the events, the filters, the command line) starts without
it and can run inside a Lambda function.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from constructs_lib.activation.integration import SaasusIntegration as SaasusIntegration
    from constructs_lib.activation.verification import Verification as Verification
    from constructs_lib.bus import SaasusEventBus as SaasusEventBus
    from constructs_lib.decoded_bus import DecodedEventBus as DecodedEventBus
    from constructs_lib.decoding.ordered_queue import OrderedQueue as OrderedQueue
    from constructs_lib.event_ledger import EventLedger as EventLedger
    from constructs_lib.event_routes import EventRoutes as EventRoutes
    from constructs_lib.events.errors import AmbiguousOperation as AmbiguousOperation
    from constructs_lib.events.errors import InvalidAlarm as InvalidAlarm
    from constructs_lib.events.errors import InvalidArchive as InvalidArchive
    from constructs_lib.events.errors import InvalidConfiguration as InvalidConfiguration
    from constructs_lib.events.errors import InvalidEvent as InvalidEvent
    from constructs_lib.events.errors import InvalidEventSource as InvalidEventSource
    from constructs_lib.events.errors import InvalidFilter as InvalidFilter
    from constructs_lib.events.errors import InvalidKnownEvents as InvalidKnownEvents
    from constructs_lib.events.errors import InvalidLogMask as InvalidLogMask
    from constructs_lib.events.errors import InvalidPattern as InvalidPattern
    from constructs_lib.events.errors import InvalidRoute as InvalidRoute
    from constructs_lib.events.errors import NotInstalled as NotInstalled
    from constructs_lib.events.errors import SaasusEventsError as SaasusEventsError
    from constructs_lib.events.errors import UnknownOperation as UnknownOperation
    from constructs_lib.events.errors import UnknownOption as UnknownOption
    from constructs_lib.events.known_events import KnownEvents as KnownEvents
    from constructs_lib.events.operation import Operation as Operation
    from constructs_lib.events.operation import OperationGroup as OperationGroup
    from constructs_lib.events.operations import operations as operations
    from constructs_lib.events.saasus_event import SaasusEvent as SaasusEvent
    from constructs_lib.events.source_name import PartnerEventSource as PartnerEventSource
    from constructs_lib.filters.event_filter import EventFilter as EventFilter
    from constructs_lib.log_groups import log_mask_policy as log_mask_policy
    from constructs_lib.metrics import EventMetrics as EventMetrics
    from constructs_lib.monitoring.alarms import Monitoring as Monitoring
    from constructs_lib.monitoring.archive import Archive as Archive
    from constructs_lib.monitoring.archive import EventArchive as EventArchive
    from constructs_lib.monitoring.bus_log import EventLogging as EventLogging
    from constructs_lib.monitoring.bus_log import LogLevel as LogLevel
    from constructs_lib.options import BusOptions as BusOptions
    from constructs_lib.options import DeliveryOptions as DeliveryOptions
    from constructs_lib.options import EventBridgeQuotas as EventBridgeQuotas
    from constructs_lib.options import FunctionOptions as FunctionOptions
    from constructs_lib.options import HandleOptions as HandleOptions
    from constructs_lib.options import InvocationOptions as InvocationOptions
    from constructs_lib.options import InvokeOptions as InvokeOptions
    from constructs_lib.options import RouteOptions as RouteOptions
    from constructs_lib.payload import raw_event as raw_event
    from constructs_lib.routes.api_route import ApiRoute as ApiRoute
    from constructs_lib.routes.handlers_route import HandlersRoute as HandlersRoute
    from constructs_lib.routes.log_route import LogRoute as LogRoute
    from constructs_lib.routes.route import Route as Route
    from constructs_lib.runtime.saasus_credentials import SaasusCredentials as SaasusCredentials
    from constructs_lib.runtime_layer import SaasusRuntime as SaasusRuntime

_HOME = {
    "AmbiguousOperation": "constructs_lib.events.errors",
    "ApiRoute": "constructs_lib.routes.api_route",
    "Archive": "constructs_lib.monitoring.archive",
    "BusOptions": "constructs_lib.options",
    "DecodedEventBus": "constructs_lib.decoded_bus",
    "DeliveryOptions": "constructs_lib.options",
    "EventArchive": "constructs_lib.monitoring.archive",
    "EventBridgeQuotas": "constructs_lib.options",
    "EventFilter": "constructs_lib.filters.event_filter",
    "EventLedger": "constructs_lib.event_ledger",
    "EventLogging": "constructs_lib.monitoring.bus_log",
    "EventMetrics": "constructs_lib.metrics",
    "EventRoutes": "constructs_lib.event_routes",
    "FunctionOptions": "constructs_lib.options",
    "HandleOptions": "constructs_lib.options",
    "HandlersRoute": "constructs_lib.routes.handlers_route",
    "InvalidAlarm": "constructs_lib.events.errors",
    "InvalidArchive": "constructs_lib.events.errors",
    "InvalidConfiguration": "constructs_lib.events.errors",
    "InvalidEvent": "constructs_lib.events.errors",
    "InvalidEventSource": "constructs_lib.events.errors",
    "InvalidFilter": "constructs_lib.events.errors",
    "InvalidKnownEvents": "constructs_lib.events.errors",
    "InvalidLogMask": "constructs_lib.events.errors",
    "InvalidPattern": "constructs_lib.events.errors",
    "InvalidRoute": "constructs_lib.events.errors",
    "InvocationOptions": "constructs_lib.options",
    "InvokeOptions": "constructs_lib.options",
    "KnownEvents": "constructs_lib.events.known_events",
    "LogLevel": "constructs_lib.monitoring.bus_log",
    "LogRoute": "constructs_lib.routes.log_route",
    "Monitoring": "constructs_lib.monitoring.alarms",
    "NotInstalled": "constructs_lib.events.errors",
    "Operation": "constructs_lib.events.operation",
    "OperationGroup": "constructs_lib.events.operation",
    "OrderedQueue": "constructs_lib.decoding.ordered_queue",
    "PartnerEventSource": "constructs_lib.events.source_name",
    "Route": "constructs_lib.routes.route",
    "RouteOptions": "constructs_lib.options",
    "SaasusCredentials": "constructs_lib.runtime.saasus_credentials",
    "SaasusEvent": "constructs_lib.events.saasus_event",
    "SaasusEventBus": "constructs_lib.bus",
    "SaasusEventsError": "constructs_lib.events.errors",
    "SaasusIntegration": "constructs_lib.activation.integration",
    "SaasusRuntime": "constructs_lib.runtime_layer",
    "UnknownOperation": "constructs_lib.events.errors",
    "UnknownOption": "constructs_lib.events.errors",
    "Verification": "constructs_lib.activation.verification",
    "log_mask_policy": "constructs_lib.log_groups",
    "operations": "constructs_lib.events.operations",
    "raw_event": "constructs_lib.payload",
}

_MODULES = ("body_types", "filters", "payload", "runtime", "targets", "testing")
"""The modules that are used by their own name, as in `targets.SqsQueue(…)`."""

__all__ = [*_HOME, *_MODULES]


def __getattr__(name: str) -> object:
    """Import a public name when it is first asked for."""
    if name not in _HOME and name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    try:
        module = importlib.import_module(_HOME.get(name, f"{__name__}.{name}"))
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in (__name__, "aws_cdk", "constructs", "jsii"):
            raise
        raise _not_installed(name, error) from error
    if name in _MODULES:
        return module
    value = getattr(module, name)
    globals()[name] = value
    return value


def _not_installed(name: str, error: ModuleNotFoundError) -> ImportError:
    from constructs_lib.events.errors import NotInstalled

    return NotInstalled(
        f"constructs_lib.{name} cannot be imported here, because there is no module {error.name!r}. Expected in a "
        "Lambda function: what reads events, such as SaasusEvent, EventFilter, operations and constructs_lib.runtime; "
        f"the layer and an installation with --no-deps hold nothing else. Use {name} in the CDK app, where "
        "`pip install saasus-eventbridge-constructs` installs what it needs."
    )


def __dir__() -> list[str]:
    """List the public names, whether they have been loaded or not, and no others."""
    return sorted(__all__)
