"""The examples in the docstrings of the package."""

from __future__ import annotations

import doctest
import importlib
import re
from pathlib import Path

import constructs_lib

PACKAGE = Path(constructs_lib.__file__).parent

WITHOUT_THE_CDK = ("body_types", "cli", "events", "filters", "functions", "local", "runtime", "testing")
"""The rooms whose examples need no stack."""

_PROMPT = re.compile(r"^ *>>> ", re.MULTILINE)


def modules_with_examples(*, need_a_stack: bool) -> list[str]:
    """Return the names of the modules that have examples, in rooms that need a stack or in those that do not."""
    return [
        ".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts).removesuffix(".__init__")
        for path in sorted(PACKAGE.rglob("*.py"))
        if _PROMPT.search(path.read_text("utf-8"))
        and need_a_stack == (path.relative_to(PACKAGE).parts[0] not in WITHOUT_THE_CDK)
    ]


def examples_of(module_name: str) -> list[doctest.DocTest]:
    """Return the examples of a module, one for each docstring: all that are written in its file."""
    module = importlib.import_module(module_name)
    found = [test for test in doctest.DocTestFinder().find(module) if test.examples]
    written = len(_PROMPT.findall(Path(str(module.__file__)).read_text("utf-8")))
    assert sum(len(test.examples) for test in found) == written, "an example is where nothing finds it"
    return found


def run(test: doctest.DocTest, checker: doctest.OutputChecker | None = None) -> str:
    """Run an example, and return what went wrong."""
    said: list[str] = []
    doctest.DocTestRunner(checker, verbose=False).run(test, out=said.append, clear_globs=False)
    return "".join(said)
