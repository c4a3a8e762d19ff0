"""The files of this package that run in Lambda functions, as CDK assets."""

from __future__ import annotations

import ast
import functools
import shutil
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

from aws_cdk import aws_lambda as lambda_

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

_PACKAGE: Final = Path(__file__).resolve().parents[1]
_NEWEST_PYTHON: Final = "PYTHON_3_14"
_SHIPPED: Final = (".py", ".json")


def newest_python() -> lambda_.Runtime:
    """Return the newest Python of Lambda that the installed CDK knows."""
    return getattr(lambda_.Runtime, _NEWEST_PYTHON, lambda_.Runtime.PYTHON_3_13)


def with_function_code(handler: str, make: Callable[[lambda_.Code], lambda_.Function]) -> lambda_.Function:
    """Make a function whose code is the files of this package that its handler imports, and no others.

    Args:
        handler: The handler as Lambda names it, `<module>.<function>`.
        make: Makes the function from the code.
    """
    with _code(_files_of(handler.rpartition(".")[0])) as code:
        return make(code)


@contextmanager
def layer_code(rooms: Iterable[str]) -> Iterator[lambda_.Code]:
    """Return rooms of this package as the code of a layer, which must be made before the context ends.

    Args:
        rooms: Their names; each with all that is in it.
    """
    files = {_PACKAGE / "__init__.py", _PACKAGE / "py.typed"}
    for room in rooms:
        files |= {file for file in (_PACKAGE / room).rglob("*") if file.suffix in _SHIPPED}
    with _code(files, below="python") as code:
        yield code


@contextmanager
def _code(files: Iterable[Path], below: str = ".") -> Iterator[lambda_.Code]:
    """Return files of this package as an asset, of which the CDK has its own copy once something was made with it.

    They are copied to a folder of their own, because an asset is a whole folder, and the package's parent also holds
    everything else that is installed. Its hash depends on their content and names only, not on when they were copied.
    """
    with tempfile.TemporaryDirectory(prefix="saasus-code-") as folder:
        for file in sorted(files):
            copy = Path(folder, below, _PACKAGE.name, file.relative_to(_PACKAGE))
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(file, copy)
        yield lambda_.Code.from_asset(folder)


@functools.cache
def _files_of(module: str) -> frozenset[Path]:
    """Return the files that a module needs: its own, those it imports, now or later, and the data that these name."""
    found: set[Path] = set()
    waiting = [module]
    while waiting:
        name = waiting.pop()
        file = _file(name)
        if file is None or file in found:
            continue
        found.add(file)
        # Importing a module imports the packages that it is in.
        waiting.append(name.rpartition(".")[0])
        tree = ast.parse(file.read_text("utf-8"))
        waiting += _imported(tree)
        found |= {data for text in _texts(tree) if (data := file.with_name(text)).is_file()}
    return frozenset(found)


def _file(module: str) -> Path | None:
    package, *inner = module.split(".")
    if package != _PACKAGE.name:
        return None
    path = _PACKAGE.joinpath(*inner)
    files = [path / "__init__.py", path.with_name(f"{path.name}.py")]
    return next((file for file in files if file.is_file()), None)


def _imported(tree: ast.AST) -> Iterator[str]:
    """Yield the modules that a module's code imports, without those that only type checkers import."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING":
            continue
        if isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        yield from _imported(node)


def _texts(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value.endswith(".json"):
            yield node.value
