"""The project's scripts as modules: they are run by path, and in no package."""

from __future__ import annotations

import importlib.util
import sys
from typing import TYPE_CHECKING

from tests.documents import REPOSITORY

if TYPE_CHECKING:
    from types import ModuleType


def load_script(name: str) -> ModuleType:
    """Return the module that `scripts/<name>.py` makes."""
    folder = REPOSITORY / "scripts"
    if str(folder) not in sys.path:  # where Python looks when it runs a script, which may import another
        sys.path.append(str(folder))
    spec = importlib.util.spec_from_file_location(name, folder / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
