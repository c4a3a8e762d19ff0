"""What the decoder of a decoded bus costs: decoding an event, and a whole batch without AWS's own time.

Run it with `python -m benchmarks.decoder`.
"""

from __future__ import annotations

import json
from typing import Any

from benchmarks.handler import microseconds, only_json
from constructs_lib import operations as op
from constructs_lib.events.decoded_event import decode
from constructs_lib.functions.decoder import BUS_VARIABLE, DEAD_LETTERS_VARIABLE, RULE_VARIABLE, Decoder
from constructs_lib.testing import sample_event

_BATCH = 10


class _Aws:
    """Accepts everything at once."""

    def put_events(self, *, Entries: list[Any]) -> dict[str, Any]:  # noqa: N803 - boto3's name
        return {"FailedEntryCount": 0, "Entries": [{"EventId": "x"}] * len(Entries)}


def main() -> None:
    """Print the figures."""
    events = [sample_event(operation) for operation in op]
    groups = {
        "`create_tenant`": [sample_event(op.auth.create_tenant)],
        "`create_saas_user`": [sample_event(op.auth.create_saas_user)],
        "one of each operation": events,
    }
    print("| decoding an event | its own `json.loads` | `decode` | ratio |\n| --- | --- | --- | --- |")
    for name, group in groups.items():
        loads, decoding = microseconds(only_json, group), microseconds(decode, group)
        print(f"| {name} | {loads:.1f} us | {decoding:.1f} us | {decoding / loads:.2f} |")
    bodies = [json.dumps(event, separators=(",", ":")) for event in events]
    records: list[dict[str, Any]] = [
        {"messageId": str(number), "body": body, "eventSourceARN": "", "attributes": {}}
        for number, body in enumerate(bodies)
    ]
    batches = [records[start : start + _BATCH] for start in range(0, len(records), _BATCH)]
    environment = dict.fromkeys((BUS_VARIABLE, RULE_VARIABLE, DEAD_LETTERS_VARIABLE), "x")
    decoder = Decoder(environment, lambda _: _Aws())
    batch = microseconds(decoder.decode, batches)
    each_second = _BATCH / batch * 1e6
    print(f"\nA batch of {_BATCH} takes {batch / 1000:.2f} ms: {each_second:,.0f} events a second of one function.")


if __name__ == "__main__":
    main()
