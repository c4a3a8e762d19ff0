"""Where the examples are: in a checkout, or packed into the installed package."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

from constructs_lib.events.errors import nearest
from constructs_lib.local.errors import UnknownExample

if TYPE_CHECKING:
    from constructs_lib.local.demo import Demo

_PACKAGE: Final = Path(__file__).resolve().parents[1]
_README: Final = "README.md"
_DEMO: Final = "demo.py"


def example_titles() -> dict[str, str]:
    """Return the names of the examples, each with the title of its README."""
    return {folder.name: _title(folder) for folder in _folders()}


def examples_home() -> Path | None:
    """Return the folder that holds the examples; None if the package is incomplete."""
    return next((folder.parent for folder in _folders()), None)


def runs_here(name: str) -> bool:
    """Check whether an example can run on this machine, where there is one account."""
    return (example_directory(name) / _DEMO).is_file()


def example_directory(name: str) -> Path:
    """Return the folder of an example, with its `app.py` and `cdk.json`.

    Raises:
        UnknownExample: It does not exist.
    """
    names = [folder.name for folder in _folders()]
    if name not in names:
        raise UnknownExample(
            f"{name!r} is not an example.{nearest(name, names)} Expected one of {', '.join(names) or 'none'}. Pass one "
            "of these."
        )
    return next(folder for folder in _folders() if folder.name == name)


def example_demo(name: str) -> Demo:
    """Return what `saasus-events demo` does with an example, from its `demo.py`.

    Raises:
        UnknownExample: It does not exist, or needs more than one AWS account and so cannot run on this machine.
    """
    file = example_directory(name) / _DEMO
    if not file.is_file():
        others = ", ".join(folder.name for folder in _folders() if (folder / _DEMO).is_file())
        raise UnknownExample(
            f"The example {name!r} cannot run on this machine, because it needs more than one AWS account. Expected "
            f"one of {others}. Read how to deploy it to your accounts in {file.with_name(_README)}."
        )
    module_name = f"saasus_example_{name}"
    spec = importlib.util.spec_from_file_location(module_name, file)
    assert spec is not None  # noqa: S101 - a .py file has a loader
    assert spec.loader is not None  # noqa: S101 - as above
    module = importlib.util.module_from_spec(spec)
    sys.modules[module_name] = module
    spec.loader.exec_module(module)
    demo: Demo = module.DEMO
    return demo


def _folders() -> list[Path]:
    for home in (_PACKAGE / "examples", _PACKAGE.parent / "examples"):
        folders = sorted(file.parent for file in home.glob(f"*/{_README}") if file.with_name("app.py").is_file())
        if folders:
            return folders
    return []


def _title(folder: Path) -> str:
    first = (folder / _README).read_text("utf-8").partition("\n")[0]
    return first.removeprefix("# ").strip()
