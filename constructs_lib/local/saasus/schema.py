"""Validation of a JSON value against one of the reduced schemas of SaaSus's API files."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

_TYPES: Final[dict[str, tuple[type, ...]]] = {
    "array": (list,),
    "boolean": (bool,),
    "integer": (int,),
    "number": (int, float),
    "object": (dict,),
    "string": (str,),
}


def problem(value: Any, schema: Mapping[str, Any], where: str = "") -> str:
    """Return what is wrong with a value and where, or an empty text if it is valid."""
    if value is None and schema.get("nullable"):
        return ""
    if "oneOf" in schema:
        found = [problem(value, choice, where) for choice in schema["oneOf"]]
        if all(found):
            return found[0]
    kind = schema.get("type", "")
    allowed = _TYPES.get(kind, ())
    if allowed and (not isinstance(value, allowed) or (isinstance(value, bool) and kind != "boolean")):
        return f"{where or 'the body'} is not of type {kind}"
    if "enum" in schema and value not in schema["enum"]:
        return f"{where} is not one of {', '.join(map(str, schema['enum']))}"
    if isinstance(value, dict):
        return _in_object(value, schema, where)
    if isinstance(value, list):
        return _in_array(value, schema, where)
    return _in_scalar(value, schema, where)


def _in_object(value: dict[str, Any], schema: Mapping[str, Any], where: str) -> str:
    for name in schema.get("required", ()):
        if name not in value:
            return f"{where or 'the body'} has no {name}"
    extra = schema.get("additionalProperties")
    for name, inner in value.items():
        part = schema.get("properties", {}).get(name, extra if isinstance(extra, dict) else None)
        found = problem(inner, part, f"{where}.{name}".lstrip(".")) if part is not None else ""
        if found:
            return found
    return ""


def _in_array(value: list[Any], schema: Mapping[str, Any], where: str) -> str:
    if len(value) > schema.get("maxItems", len(value)):
        return f"{where} has more than {schema['maxItems']} items"
    found = (problem(item, schema.get("items", {}), f"{where}[{index}]") for index, item in enumerate(value))
    return next((text for text in found if text), "")


def _in_scalar(value: Any, schema: Mapping[str, Any], where: str) -> str:
    if isinstance(value, str) and "pattern" in schema and not re.search(schema["pattern"], value):
        return f"{where} does not match {schema['pattern']}"
    if isinstance(value, (int, float)) and not (schema.get("minimum", value) <= value <= schema.get("maximum", value)):
        return f"{where} is out of range"
    return ""
