"""When CloudWatch acts on an alarm, by the CloudWatch User Guide.

"Configuring how CloudWatch alarms treat missing data" (all points missing, and some) and the API reference,
`PutMetricAlarm` (an alarm starts in INSUFFICIENT_DATA, and actions are taken when the state changes).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence


def notifications(alarm: dict[str, Any], points: Sequence[float | None]) -> list[str]:
    """Return what is told while the points come in, one a period, from the alarm's creation on; None is a missing one.

    A silence alarm tells "silent" in either of the two states that mean it.
    """
    told: list[str] = []
    state = "INSUFFICIENT_DATA"
    for end in range(1, len(points) + 1):
        window = [*[None] * alarm["EvaluationPeriods"], *points[:end]][-alarm["EvaluationPeriods"] :]
        now = _state(alarm, window, state)
        if now != state:
            state = now
            names = {"ALARM": "AlarmActions", "INSUFFICIENT_DATA": "InsufficientDataActions", "OK": "OKActions"}
            if alarm.get(names[now]):
                told.append("silent" if alarm["ComparisonOperator"].startswith("LessThan") else now.lower())
    return told


def _state(alarm: dict[str, Any], window: list[float | None], before: str) -> str:
    treat = alarm.get("TreatMissingData", "missing")
    known = [value for value in window if value is not None]
    if not known and treat == "missing":
        return "INSUFFICIENT_DATA"
    if not known and treat == "ignore":
        return before
    breaching = [_breaches(alarm, value) for value in known]
    if treat == "breaching":
        breaching += [True] * (len(window) - len(known))
    elif treat == "notBreaching":
        breaching += [False] * (len(window) - len(known))
    return "ALARM" if all(breaching) else "OK"


def _breaches(alarm: dict[str, Any], value: float) -> bool:
    threshold = alarm["Threshold"]
    found: bool = {
        "LessThanThreshold": value < threshold,
        "GreaterThanOrEqualToThreshold": value >= threshold,
    }[alarm["ComparisonOperator"]]
    return found
