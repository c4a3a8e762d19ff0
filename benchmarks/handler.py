"""What this library costs a Lambda function: the import at a cold start, and reading an event.

Run it with `python -m benchmarks.handler`. Each import is measured in a process of its own, with a copy of the package
as the layer of `SaasusRuntime` has it, without the files that Python compiles (`/opt` cannot be written) and with them.
"""

from __future__ import annotations

import argparse
import compileall
import json
import shutil
import statistics
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import constructs_lib
from constructs_lib import SaasusEvent
from constructs_lib import operations as op
from constructs_lib.testing import sample_event

if TYPE_CHECKING:
    from collections.abc import Callable

    Event = dict[str, Any]

_BASELINE = "import json, datetime"
_NAMES = "from constructs_lib import EventFilter, SaasusEvent, operations as op"
CODE = {
    "SaasusEvent, EventFilter, operations": f"{_NAMES}; EventFilter.of(op.auth.create_tenant).succeeded()",
    "and EventHandlers": f"{_NAMES}; from constructs_lib.runtime import EventHandlers; EventHandlers()",
    "and a Ledger": f"{_NAMES}; from constructs_lib.runtime import EventHandlers, Ledger; Ledger.from_env()",
    "an EventFilter's first .matches": (
        f"{_NAMES}; EventFilter.of(op.auth.create_tenant).succeeded().matches({{'detail': {{}}}})"
    ),
}
"""What a function loads beyond `json` and `datetime`."""

_TIMED = (
    "import sys, time; sys.path.insert(0, sys.argv[1]); t = time.perf_counter()\n{}\nprint(time.perf_counter() - t)"
)


def _seconds(code: str, folder: str) -> float:
    """Return how long code takes in a new Python that writes no compiled files."""
    command = [sys.executable, "-I", "-S", "-B", "-c", _TIMED.format(f"{_BASELINE}\n{code}"), folder]
    return float(subprocess.run(command, capture_output=True, check=True).stdout)  # noqa: S603 - a program of ours


def imports(repetitions: int) -> dict[str, dict[str, float]]:
    """Return the milliseconds by what is loaded and from where: the fastest run, to which a busy machine adds least."""
    measured: dict[str, dict[str, list[float]]] = {what: {} for what in (_BASELINE, *CODE)}
    with TemporaryDirectory() as source, TemporaryDirectory() as compiled:
        for folder in (source, compiled):
            package = Path(constructs_lib.__file__).parent
            shutil.copytree(package, Path(folder, package.name), ignore=shutil.ignore_patterns("__pycache__"))
        compileall.compile_dir(compiled, quiet=1)
        for _ in range(repetitions):
            for what, times in measured.items():
                for form, folder in (("source", source), ("compiled", compiled)):
                    times.setdefault(form, []).append(_seconds(CODE.get(what, ""), folder) * 1000)
    return {what: {form: min(found) for form, found in times.items()} for what, times in measured.items()}


def only_json(event: Event) -> None:
    """Read the three JSON texts of an event, which nobody can avoid: `detail.event` and the two bodies."""
    record = json.loads(event["detail"]["event"])
    for body in (record["request_body"], record["response_body"]):
        if body:
            json.loads(body)


def whole(event: Event) -> None:
    """Read an event, and what a handler asks it for."""
    read = SaasusEvent.from_dict(event)
    _ = (read.operation, read.tenant_id, read.request, read.response, read.time)


def microseconds(read: Callable[[Any], object], events: list[Any]) -> float:
    """Return the best average time for an event, of some rounds."""
    rounds = []
    for _ in range(15):
        start = time.perf_counter()
        for _ in range(10):
            for event in events:
                read(event)
        rounds.append(time.perf_counter() - start)
    return min(rounds) / 10 / len(events) * 1e6


def main() -> None:
    """Measure, and print two tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repetitions", type=int, default=15, help="processes for each import")
    print(f"| loaded at a cold start, beyond `{_BASELINE}` | from source | from compiled files |")
    print("| --- | --- | --- |")
    fastest = imports(parser.parse_args().repetitions)
    least = fastest.pop(_BASELINE)
    for what, times in fastest.items():
        cells = (f"{times[form] - least[form]:.1f} ms ({times[form] / least[form]:.1f}x)" for form in times)
        print(f"| {what} | {' | '.join(cells)} |")
    print(f"\n`{_BASELINE}` alone takes {least['source']:.1f} ms.")
    samples: dict[str, list[Event]] = {
        "`create_tenant`": [sample_event(op.auth.create_tenant)],
        "`create_saas_user`": [sample_event(op.auth.create_saas_user)],
        "one of each operation": [sample_event(operation) for operation in op],
    }
    print("\n| reading an event | characters | its own three `json.loads` | `SaasusEvent` | ratio |")
    print("| --- | --- | --- | --- | --- |")
    for name, events in samples.items():
        size = statistics.mean(len(json.dumps(event)) for event in events)
        json_only, ours = microseconds(only_json, events), microseconds(whole, events)
        print(f"| {name} | {size:,.0f} | {json_only:.1f} us | {ours:.1f} us | {ours / json_only:.2f} |")


if __name__ == "__main__":
    main()
