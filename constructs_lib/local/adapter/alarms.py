"""Alarms: those on one metric are evaluated as CloudWatch does, by their dimensions and counting missing points.

AWS: CloudWatch user guide, "Configuring how CloudWatch alarms treat missing data"; API reference, PutMetricAlarm;
CloudFormation, AWS::CloudWatch::Alarm. ministack evaluates the points that arrived, whatever their dimensions, so an
alarm on silence never goes off there. AWS evaluates about every minute; here it happens when points arrive and when
somebody asks for alarms. An alarm on an expression is kept as it was described and never evaluated.
"""

from __future__ import annotations

import time
from typing import Any

from constructs_lib.local.adapter.emulator import CLOUDWATCH
from constructs_lib.local.adapter.replacements import extends, replaces

_NO_DATA = "INSUFFICIENT_DATA"


@extends("services.cloudwatch._describe_alarms")
def _describe(original: Any, params: Any, cbor_data: Any, is_cbor: Any, is_json: bool = False) -> Any:
    CLOUDWATCH.evaluate_all_alarms()
    return original(params, cbor_data, is_cbor, is_json)


@extends("services.cloudwatch.record_metric")
def _record(
    original: Any,
    namespace: str,
    metric_name: str,
    value: float,
    unit: str = "None",
    dimensions: dict[str, str] | None = None,
) -> None:
    original(namespace, metric_name, value, unit, dimensions)
    CLOUDWATCH.evaluate_all_alarms()


@replaces("services.cloudwatch._evaluate_alarm")
def _evaluate(alarm: dict[str, Any]) -> None:
    before = alarm["StateValue"]
    after = _state(alarm, _values(alarm))
    if after == before:
        return
    reason = f"Evaluated {alarm['EvaluationPeriods']} periods of {alarm['Period']} seconds."
    alarm |= {"StateValue": after, "StateReason": reason, "StateUpdatedTimestamp": int(time.time())}
    CLOUDWATCH.record_history(alarm["AlarmName"], before, after, reason)
    CLOUDWATCH.dispatch_alarm_actions(alarm, before, after, reason)
    CLOUDWATCH.evaluate_parent_alarms(alarm)


def _values(alarm: dict[str, Any]) -> list[float | None]:
    """Return the metric's value in each period that counts, the newest last; None where there were no points."""
    dimensions = CLOUDWATCH.dims_from_list(alarm.get("Dimensions") or [])
    key = (alarm.get("Namespace"), alarm.get("MetricName"), CLOUDWATCH.dims_key(dimensions))
    points = CLOUDWATCH.metrics.get(key) or []
    period, count, now = int(alarm.get("Period") or 60), int(alarm.get("EvaluationPeriods") or 1), time.time()
    values: list[float | None] = []
    for number in range(count, 0, -1):
        start = now - number * period
        these = [point for point in points if start < point["Timestamp"] <= start + period]
        statistic = alarm.get("ExtendedStatistic") or alarm.get("Statistic") or "Average"
        values.append(CLOUDWATCH.stat_value(CLOUDWATCH.calc_stats(these), statistic, these) if these else None)
    return values


def _state(alarm: dict[str, Any], values: list[float | None]) -> str:
    known = [value for value in values if value is not None]
    treat = alarm.get("TreatMissingData") or "missing"
    missing = len(values) - len(known)
    if not known and treat in {"missing", "ignore"}:
        return _NO_DATA if treat == "missing" else str(alarm["StateValue"])
    breaching = sum(_breaches(alarm, value) for value in known) + (missing if treat == "breaching" else 0)
    # Otherwise missing points do not count: the known ones have to breach as often, or all of them.
    wanted = int(alarm.get("DatapointsToAlarm") or len(values))
    wanted = min(wanted, len(known)) if treat in {"missing", "ignore"} else wanted
    return "ALARM" if breaching >= wanted else "OK"


def _breaches(alarm: dict[str, Any], value: float) -> bool:
    threshold = float(alarm.get("Threshold") or 0)
    operator = str(alarm.get("ComparisonOperator"))
    if operator.startswith("LessThan"):
        return value <= threshold if "OrEqual" in operator else value < threshold
    return value >= threshold if "OrEqual" in operator else value > threshold


# ------------------------------------------------------------------ alarms on an expression


@extends("services.cloudformation.provisioners._cw_metric_alarm_record")
def _alarm_record(original: Any, name: str, props: dict[str, Any]) -> dict[str, Any]:
    """Accept alarms on an expression, which ministack refuses, and leave them in their first state."""
    metrics = props.get("Metrics")
    if not metrics:
        alarm: dict[str, Any] = original(name, props)
        return alarm
    # No metric has this namespace, so the alarm never gets a point to evaluate.
    unknown = {"Namespace": "Expression", "MetricName": str(metrics[0].get("Id")), "Metrics": None}
    alarm = original(name, {**props, **unknown, "TreatMissingData": "missing"})
    return {**alarm, "Metrics": metrics}
