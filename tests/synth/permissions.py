"""What a template permits, as text: every policy statement in it, whoever wrote it."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_NOT_A_PERMISSION: Final = {"DataProtectionPolicy"}
_FIELDS: Final = {"Sid", "Effect", "Principal", "Action", "Resource", "Condition"}


def permissions(template: Mapping[str, Any]) -> list[str]:
    """Return each statement of each policy, sorted: whose policy it is in, who may do what on what, and when only.

    Raises:
        ValueError: A statement has a field that the text would leave out.
    """
    found = []
    for id, resource in template["Resources"].items():
        properties = resource.get("Properties", {})
        title = _title(id, resource["Type"], properties)
        if resource["Type"] == "AWS::Lambda::Permission":
            found.append("\n  ".join([title, *_permission(properties)]))
        found += ["\n  ".join([title, *_lines(statement)]) for statement in _statements(properties)]
    return sorted(found)


def _title(id: str, kind: str, properties: dict[str, Any]) -> str:
    to = [*properties.get("Roles", []), *properties.get("Queues", []), *properties.get("Topics", [])]
    return f"{_without_hash(id)} ({kind}){' of ' + ', '.join(_texts(to)) if to else ''}"


def _permission(properties: dict[str, Any]) -> list[str]:
    given = {name: _text(value) for name, value in properties.items()}
    lines = [
        f"allow {given.pop('Principal')}",
        f"to {given.pop('Action')}",
        f"on {given.pop('FunctionName')}",
        f"if ArnLike aws:SourceArn {given.pop('SourceArn')}",
    ]
    return [*lines, *(f"{name} {value}" for name, value in given.items())]


def _statements(value: Any) -> Iterator[dict[str, Any]]:
    """Find statements at any depth, also in policies that are text."""
    if isinstance(value, list):
        for each in value:
            yield from _statements(each)
        return
    if not isinstance(value, dict):
        return
    if "Fn::Join" in value or "Fn::Sub" in value:
        written = _text(value)
        if '"Statement"' in written:
            yield from _statements(json.loads(written))
        return
    if "Statement" in value:
        given = value["Statement"]
        yield from [given] if isinstance(given, dict) else given
        return
    for name, each in value.items():
        if name not in _NOT_A_PERMISSION:
            yield from _statements(each)


def _lines(statement: dict[str, Any]) -> list[str]:
    unknown = set(statement) - _FIELDS
    if unknown:
        raise ValueError(f"{statement} has {unknown}")
    lines = []
    if "Principal" in statement:
        principal = statement["Principal"]
        whom = (
            [principal]
            if isinstance(principal, str)
            else [each for given in principal.values() for each in _list(given)]
        )
        lines.append(f"{statement['Effect'].lower()} {', '.join(_texts(whom))}")
    else:
        lines.append(statement["Effect"].lower())
    lines.append(f"to {', '.join(sorted(_texts(statement['Action'])))}")
    if "Resource" in statement:
        lines.append(f"on {', '.join(sorted(_texts(statement['Resource'])))}")
    for operator, conditions in statement.get("Condition", {}).items():
        lines += [f"if {operator} {key} {', '.join(sorted(_texts(wanted)))}" for key, wanted in conditions.items()]
    return lines


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _texts(value: Any) -> list[str]:
    return [_text(each) for each in _list(value)]


def _text(value: Any) -> str:
    """Write a value with names in the place of functions: `<account>`, `Queue.Arn`."""
    if not isinstance(value, dict):
        return str(value)
    [(function, argument)] = value.items()
    if function == "Ref":
        return f"<{argument[5:].lower()}>" if argument.startswith("AWS::") else _without_hash(argument)
    if function == "Fn::GetAtt":
        return f"{_without_hash(argument[0])}.{argument[1]}"
    if function == "Fn::Join":
        return str(argument[0]).join(_texts(argument[1]))
    if function == "Fn::Select":
        return f"part {argument[0]} of {_text(argument[1])}"
    if function == "Fn::Split":
        return f"{_text(argument[1])} at {argument[0]}"
    return f"{function}({_text(argument) if isinstance(argument, dict) else argument})"


def _without_hash(id: str) -> str:
    return re.sub(r"[0-9A-F]{8}(?=[A-Z]|$)", "", id)
