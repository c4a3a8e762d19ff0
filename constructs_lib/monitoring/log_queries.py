r"""Saved CloudWatch Logs Insights queries over the lines that log routes write.

A line is the whole event. Insights finds the fields of the outer JSON by itself (`detail.event_type`). `detail.event`
is JSON inside a string, whose fields `parse` finds with a regular expression. It accepts quotes with and without a
backslash (AWS does not say which of them it sees), and works on lines that a data-protection policy has masked in part,
where parsing as JSON might fail. The fields come before the bodies, so the `uri` of a body is not taken.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Final, NamedTuple

import jsii
from aws_cdk import IStableListProducer, Lazy, Stack, Token
from aws_cdk import aws_logs as logs
from constructs import Construct

from constructs_lib.events.operations import operations

if TYPE_CHECKING:
    from collections.abc import Callable


class _Query(NamedTuple):
    id: str
    name: str
    text: str


_FIELDS: Final = r"""
| parse detail.event /\\*"http_status\\*": *\\*"?(?<http_status>\d{3})/
| parse detail.event /\\*"request_method\\*": *\\*"(?<method>[A-Z]+)/
| parse detail.event /\\*"uri\\*": *\\*"(?<uri>[^"\\]*)/
""".strip()


def _unknown_types() -> str:
    known = sorted({name for operation in operations for name in operation.event_types})
    names = ", ".join(f'"{name}"' for name in known)
    return f"filter detail.event_type not in [{names}]"


_OF_EVENTS: Final = (
    _Query(
        "ByTraceId",
        "Events of one trace id",
        "# Put the trace id in the place of TRACE_ID.\n"
        f'filter detail.trace_id = "TRACE_ID"\n{_FIELDS}\n'
        "| fields time, detail.event_type, method, uri, http_status, id\n"
        "| sort time asc",
    ),
    _Query(
        "ByTenant",
        "Events of one tenant",
        "# Put the tenant's id in the place of TENANT_ID. It is in the uri or in a body.\n"
        f"filter @message like /TENANT_ID/\n{_FIELDS}\n"
        "| fields time, detail.event_type, method, uri, http_status, detail.trace_id\n"
        "| sort time asc",
    ),
    _Query(
        "FailuresByOperation",
        "API calls that failed, by operation",
        f"filter ispresent(detail.event_type)\n{_FIELDS}\n"
        "| filter http_status >= 400\n"
        "| stats count(*) as calls, latest(detail.trace_id) as last_trace_id\n"
        "    by detail.event_type, method, http_status\n"
        "| sort calls desc",
    ),
    _Query(
        "SlowestToArrive",
        "Events that took longest to arrive",
        "# SaaSus's events have no duration of the API call; this is the way of the line into the log.\n"
        "fields @ingestionTime - @timestamp as delay_ms, time, detail.event_type, detail.trace_id, id\n"
        "| sort delay_ms desc\n"
        "| limit 50",
    ),
    _Query(
        "UnknownEventTypes",
        "Event types that the catalog does not know",
        "# A filter of an operation that is named here may miss it: see docs/known-events.md.\n"
        f"{_unknown_types()}\n{_FIELDS}\n"
        "| stats count(*) as events, latest(uri) as last_uri, latest(method) as last_method by detail.event_type\n"
        "| sort events desc",
    ),
)
_OF_BUS_LOG: Final = (
    _Query(
        "SlowestDeliveries",
        "Slowest deliveries to targets",
        'filter message_type = "INVOCATION_SUCCESS"\n'
        "| fields event_id, details.rule_arn, details.target_arn, details.total_attempts,\n"
        "    details.ingestion_to_success_latency_ms as milliseconds, details.target_duration_ms\n"
        "| sort milliseconds desc\n"
        "| limit 50",
    ),
    _Query(
        "FailedDeliveries",
        "Failed deliveries, by target and answer",
        "# One record for each delivery that was given up; each try and the dead letter have records of their own.\n"
        'filter message_type = "INVOCATION_FAILURE"\n'
        "| stats count(*) as failures, latest(error.error_message) as last_message\n"
        "    by details.target_arn, error.http_status_code\n"
        "| sort failures desc",
    ),
)
_MAX_LOG_GROUPS: Final = 50
"""Per query (CloudWatch Logs API reference, `StartQuery`)."""
_MAX_NAME: Final = 255
"""Of a saved query (`PutQueryDefinition`)."""
_MAX_STACK_NAME: Final = 128
FAILED_DELIVERIES: Final = _OF_BUS_LOG[1].text


class LogQueries(Construct):
    """The saved queries of a bus. Made by `SaasusEventBus.monitor`, not directly.

    The console lists them under Logs Insights, "Saved queries", in the folder `SaaSus/<stack>/<bus>`.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        log_groups: Callable[[], list[logs.ILogGroup]],
        bus_log: logs.ILogGroup | None,
    ) -> None:
        """Save the queries.

        Args:
            scope: The construct that this one belongs to.
            id: The id in the scope.
            log_groups: Returns the log groups of the bus's routes once the template is written.
            bus_log: The log group of the bus log, where the bus has one.
        """
        super().__init__(scope, id)
        names = Lazy.list(_Names(log_groups), omit_empty=True)
        for query in _OF_EVENTS:
            self._save(query, names)
        for query in _OF_BUS_LOG if bus_log is not None else ():
            self._save(query, [bus_log.log_group_name] if bus_log is not None else [])

    def _save(self, query: _Query, log_group_names: list[str]) -> None:
        stack = Stack.of(self)
        bus = "/".join(scope.node.id for scope in self.node.scopes[len(stack.node.scopes) : -2])
        room = _MAX_NAME - len(f"SaaSus//{query.name}/") - _length(stack.stack_name)
        logs.CfnQueryDefinition(
            self,
            query.id,
            name=f"SaaSus/{stack.stack_name}/{_cut(bus, room)}/{query.name}",
            query_string=query.text,
            log_group_names=log_group_names,
        )


def _length(stack_name: str) -> int:
    return _MAX_STACK_NAME if Token.is_unresolved(stack_name) else len(stack_name)


def _cut(path: str, room: int) -> str:
    """Shorten a path in a way that keeps two long ones different."""
    if len(path) <= room:
        return path
    mark = hashlib.sha256(path.encode()).hexdigest()[:8]
    return f"{path[: room - len(mark) - 1]}-{mark}"


@jsii.implements(IStableListProducer)
class _Names:
    """The names of the groups, resolved when the template is written: all routes exist by then."""

    def __init__(self, log_groups: Callable[[], list[logs.ILogGroup]]) -> None:
        self._log_groups = log_groups

    def produce(self) -> list[str]:
        # Routes may share a group.
        names = dict.fromkeys(group.log_group_name for group in self._log_groups())
        return list(names)[:_MAX_LOG_GROUPS]
