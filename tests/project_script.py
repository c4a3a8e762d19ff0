"""The project's scripts as modules: they are run by path, and in no package."""

from __future__ import annotations

import importlib.util
from typing import TYPE_CHECKING

from tests.documents import REPOSITORY

if TYPE_CHECKING:
    from types import ModuleType


def load_script(name: str) -> ModuleType:
    """Return the module that `scripts/<name>.py` makes."""
    spec = importlib.util.spec_from_file_location(name, REPOSITORY / "scripts" / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
