"""What the words of a text or a document call: the library and the CDK, by the names that users write."""

from __future__ import annotations

import importlib
import inspect
import re
from functools import cache
from typing import TYPE_CHECKING, Any

import aws_cdk

import constructs_lib
from constructs_lib import local, payload, runtime, targets

if TYPE_CHECKING:
    from collections.abc import Callable

KEYWORD = re.compile(r"(?<![\w?&:\"'/.<\-\[])([a-z][a-z_0-9]*)=(?![=\]])")
"""A keyword, as in `retention=`."""
CALL = re.compile(r"([A-Za-z_][\w.]*)\([^()]*$")
"""What a keyword at the end of the text is said to be of."""
_VARIOUS = inspect.Parameter.VAR_KEYWORD
_CDK_MODULES = (
    "aws_events",
    "aws_iam",
    "aws_kms",
    "aws_lambda",
    "aws_lambda_event_sources",
    "aws_logs",
    "aws_secretsmanager",
    "aws_sns",
    "aws_sqs",
)


@cache
def public() -> dict[str, Callable[..., Any]]:
    """Return what users call: public classes, their public methods, functions, targets."""
    found: dict[str, Callable[..., Any]] = {}
    for home in (constructs_lib, targets, payload, local, runtime):
        for name in {*dir(home), *getattr(home, "__all__", ())}:
            _note(found, name, getattr(home, name))
    return found


def _note(found: dict[str, Callable[..., Any]], name: str, value: Any) -> None:
    if name.startswith("_") or not callable(value):
        return
    found[name] = value
    if inspect.isclass(value):
        for attribute in dir(value):
            if not attribute.startswith("_"):
                _note(found, f"{name}.{attribute}", getattr(value, attribute))


@cache
def cdk() -> dict[str, Callable[..., Any]]:
    """Return the CDK's classes that the library's texts speak of."""
    found: dict[str, Callable[..., Any]] = {
        each.__name__: each for each in (aws_cdk.Environment, aws_cdk.SecretValue, aws_cdk.Stack)
    }
    for module in _CDK_MODULES:
        home = importlib.import_module(f"aws_cdk.{module}")
        for name in dir(home):
            if inspect.isclass(getattr(home, name)):
                found[name] = getattr(home, name)
    return found


def called(name: str) -> list[Callable[..., Any]]:
    """Find what a text calls `Name`, `Name.method`, `method` or `bus.method`."""
    head, _, method = name.rpartition(".")
    found = [function for known, function in public().items() if known == name or known.endswith(f".{method}")]
    of = head.rpartition(".")[2]
    # `Key.from_key_arn` is of a class, `kms.Key` a class of a module, and `function.configure_async_invoke` of any.
    owners = [cdk()[of]] if of in cdk() else cdk().values()
    made = [cdk().get(method), *(getattr(owner, method, None) for owner in owners)]
    return found + [function for function in made if function is not None]


def signed(function: Callable[..., Any]) -> list[inspect.Parameter]:
    """Return the parameters in a call's signature; a class of the CDK is called through one that takes anything."""
    return list(inspect.signature(function.__init__ if inspect.isclass(function) else function).parameters.values())


def keywords(function: Callable[..., Any]) -> dict[str, str]:
    """Return the keywords of a call, each with its annotation: the options of `**options: Unpack[…]`, too."""
    own = {each.name: str(each.annotation) for each in signed(function) if each.kind is inspect.Parameter.KEYWORD_ONLY}
    return own | {name: annotation for each in signed(function) for name, annotation in options(each)}


def options(parameter: inspect.Parameter) -> list[tuple[str, str]]:
    """Return the options that a `**options` parameter stands for."""
    unpacked = re.fullmatch(r"Unpack\[(\w+)\]", str(parameter.annotation))
    if parameter.kind is not _VARIOUS or unpacked is None:
        return []
    kind = getattr(constructs_lib, unpacked[1])
    return [(name, each.__forward_arg__) for name, each in kind.__annotations__.items()]


def takes(function: Callable[..., Any], keyword: str, *, named: bool = False) -> bool:
    """Check whether a call has a keyword; of one that was named, whether it can have."""
    try:
        parameters = signed(function)
    except ValueError:
        return False
    takes_any = any(each.kind is _VARIOUS and not options(each) for each in parameters)
    has = keyword in keywords(function) or any(each.name == keyword for each in parameters)
    return has or (named and takes_any)
