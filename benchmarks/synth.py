"""Compare the synthesis of the same routes with this library and with plain aws-cdk-lib: `make bench`."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
from typing import Any

ROUTES = (1, 10, 50, 200)
REPETITIONS = 5


def main() -> None:
    """Run both apps in turn, each in a process of its own, and print a table of medians and ratios."""
    print(
        "| routes to one function | time, library : plain | beyond an app without routes | resources | helper Lambdas "
        "| queue-policy statements |"
    )
    print("| --- | --- | --- | --- | --- | --- |")
    for routes in ROUTES:
        runs: dict[str, list[dict[str, Any]]] = {"library": [], "plain": [], "empty": []}
        for _ in range(REPETITIONS):
            for writer, measured in runs.items():
                measured.append(_measure(writer, routes))
        library, plain, empty = (statistics.median(run["seconds"] for run in runs[writer]) for writer in runs)
        ours, theirs = runs["library"][0], runs["plain"][0]
        cells = [
            f"{ours[what]} : {theirs[what]}" for what in ("resources", "helper_lambdas", "queue_policy_statements")
        ]
        whole = f"{library / plain:.2f} ({library:.2f} s : {plain:.2f} s)"
        beyond = f"{(library - empty) / (plain - empty):.2f} ({library - empty:.2f} s : {plain - empty:.2f} s)"
        print(f"| {routes} | {whole} | {beyond} | {' | '.join(cells)} |")


def _measure(writer: str, routes: int) -> dict[str, Any]:
    command = [sys.executable, "-m", "benchmarks.apps", writer, str(routes)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603 - a program of ours
    result: dict[str, Any] = json.loads(done.stdout)
    return result


if __name__ == "__main__":
    main()
