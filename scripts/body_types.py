"""The Python types of the bodies of SaaSus's calls, from the schemas that the catalog's generator reduces."""

from __future__ import annotations

import json
import re
from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

Json = Any  # the entries of the catalog, and the reduced schemas

SIDES: Final = ("request", "response")
SCALARS: Final = {"boolean": "bool", "integer": "int", "number": "float", "string": "str"}
LINE_LENGTH: Final = 120
HEAD: Final = '''"""The bodies of SaaSus's {api} API as types; written by scripts/generate_catalog.py.

They have the fields that SaaSus documents. Those marked as secret are not in decoded events.
"""

from __future__ import annotations

{sys}from typing import {names}

from constructs_lib.events.saasus_event import SaasusEvent
'''
OPTIONAL: Final = """
if sys.version_info >= (3, 11):
    from typing import NotRequired
elif TYPE_CHECKING:
    from typing_extensions import NotRequired
"""


def body_type(entry: Mapping[str, Json], schemas: Mapping[str, Json], side: str) -> str:
    """Return the name of the type of one body of an operation; `None` if the operation has no such body."""
    return f"{entry['operation_id']}{side.capitalize()}" if side in schemas else "None"


def annotated(entry: Mapping[str, Json], schemas: Mapping[str, Json]) -> str:
    """Return the line of an operation in the typed index: `create_env: Operation[auth.CreateEnvRequest, …]`."""
    names = (body_type(entry, schemas, side) for side in SIDES)
    arguments = ", ".join(name if name == "None" else f"{entry['api']}.{name}" for name in names)
    return laid_out(f"    {entry['name']}: Operation[{arguments}]")


def laid_out(line: str) -> str:
    """Return a line with a subscript or a union as the formatter lays it out if it is too long."""
    if len(line) <= LINE_LENGTH:
        return line
    indent = line[: len(line) - len(line.lstrip())]
    if line.endswith("]"):
        start, _, items = line[:-1].partition("[")
        inner = f"{indent}    {items}"
        if len(inner) > LINE_LENGTH:
            inner = laid_out(inner) if items.endswith("]") else inner.replace(", ", f",\n{indent}    ") + ","
        return f"{start}[\n{inner}\n{indent}]"
    start, _, items = line.partition(" = ")
    inner = f"{indent}    {items}"
    if len(inner) > LINE_LENGTH:
        inner = inner.replace(" | ", f"\n{indent}    | ")
    return f"{start} = (\n{inner}\n{indent})"


def modules(found: Iterable[tuple[Mapping[str, Json], Mapping[str, Json]]]) -> dict[str, str]:
    """Return the source of one module for each API, by the API's name.

    Args:
        found: The catalog's entries, each with its schemas. Retired operations get no types.
    """
    by_api: dict[str, _Module] = {}
    for entry, schemas in found:
        if not entry["retired"]:
            by_api.setdefault(entry["api"], _Module(entry["api"])).add(entry, schemas)
    return {api: module.source() for api, module in by_api.items()}


class _Module:
    """The types of one API's bodies.

    A whole body has the operation's name; what is inside has SaaSus's own, and so has what several bodies share.
    """

    def __init__(self, api: str) -> None:
        self._api = api
        self._operations: list[tuple[Mapping[str, Json], dict[str, Json]]] = []
        self._contents: dict[str, Counter[str]] = defaultdict(Counter)
        """What SaaSus has one name for, as often as it occurs."""
        self._written: dict[str, str] = {}
        """The source of each type, in order, by its name."""

    def add(self, entry: Mapping[str, Json], schemas: Mapping[str, Json]) -> None:
        """Add an operation."""
        bodies = {side: _marked(schemas[side], f"{side}_body", entry) for side in SIDES if side in schemas}
        self._operations.append((entry, bodies))
        for schema in bodies.values():
            for part in _parts(schema):
                self._contents[part.get("title", "")][json.dumps(part)] += 1

    def source(self) -> str:
        """Return the source of the module."""
        for entry, bodies in self._operations:
            for side, schema in bodies.items():
                self._write_body(entry, side, schema)
            arguments = ", ".join(body_type(entry, bodies, side) for side in SIDES)
            self._write_alias(
                f"{entry['operation_id']}Event",
                f"SaasusEvent[{arguments}]",
                f"An event of `operations.{entry['api']}.{entry['name']}`.",
            )
        written = [*self._written.values()]
        text = ""
        for before, source in zip(["", *written], written, strict=False):
            text += ("\n\n" if "class " in (before[:6], source[:6]) else "\n") + source
        names = [name for name in ("Any", "Literal", "TypeAlias", "TypedDict") if re.search(rf"\b{name}\b", text)]
        optional = "NotRequired[" in text
        return (
            HEAD.format(
                api=self._api,
                sys="import sys\n" if optional else "",
                names=", ".join(["TYPE_CHECKING", *names] if optional else names),
            )
            + (OPTIONAL if optional else "")
            + text
        )

    def _write_body(self, entry: Mapping[str, Json], side: str, schema: Json) -> None:
        """Write the type of a whole body, under the operation's name."""
        name = body_type(entry, {side: schema}, side)
        says = f"The {side} body of `operations.{entry['api']}.{entry['name']}`"
        says += "." if side == "request" else " after a success."
        own_name = self._own_name(schema)
        if "properties" not in schema:
            self._write_alias(name, self._type(schema, name), says)
        elif own_name and self._contents[own_name].total() > 1:
            self._write(name, f'class {name}({self._type(schema, name)}):\n    """{says}"""\n')
        else:
            self._write_class(name, schema, says)

    def _type(self, schema: Json, name: str) -> str:
        """Return the annotation of a value, and write the types that it names.

        Args:
            schema: What the value is.
            name: What to call it if it is an object for which SaaSus has no name.
        """
        if "enum" in schema:
            found = f"Literal[{', '.join(json.dumps(value, ensure_ascii=False) for value in schema['enum'])}]"
        elif "properties" in schema or "oneOf" in schema:
            found = self._own_name(schema) or name
            if found not in self._written:
                self._write_object(found, schema)
        elif schema.get("type") == "array":
            found = f"list[{self._type(schema.get('items', {}), name.removesuffix('s'))}]"
        elif schema.get("type") == "object":
            extra = schema.get("additionalProperties")
            found = f"dict[str, {self._type(extra, name) if isinstance(extra, dict) else 'Any'}]"
        else:
            found = SCALARS.get(schema.get("type"), "Any")
        return f"{found} | None" if schema.get("nullable") else found

    def _own_name(self, schema: Json) -> str:
        """Return SaaSus's name of an object; empty if it has none, or one that also means something else."""
        title = schema.get("title", "")
        return title if len(self._contents[title]) == 1 else ""

    def _write_object(self, name: str, schema: Json) -> None:
        if "oneOf" in schema:
            kinds = [self._type(part, f"{name}{number}") for number, part in enumerate(schema["oneOf"], start=1)]
            self._write_alias(name, " | ".join(kinds), f"One of SaaSus's kinds of `{name}`.")
        else:
            self._write_class(name, schema, f"SaaSus's `{name}`, as it is in bodies.")

    def _write_class(self, name: str, schema: Json, says: str) -> None:
        lines = [f"class {name}(TypedDict):", f'    """{says}"""', ""]
        for field, part in schema["properties"].items():
            found = self._type(part, name + "".join(word.capitalize() for word in field.split("_")))
            if field not in schema.get("required", ()):
                found = f"NotRequired[{found}]"
            lines.append(laid_out(f"    {field}: {found}") + ("  # secret" if part.get("secret") else ""))
        self._write(name, "\n".join(lines) + "\n")

    def _write_alias(self, name: str, meaning: str, says: str) -> None:
        self._write(name, laid_out(f"{name}: TypeAlias = {meaning}") + f'\n"""{says}"""\n')

    def _write(self, name: str, source: str) -> None:
        if name in self._written:
            raise SystemExit(f"Two types of the {self._api} API would have the name {name}. Distinguish them here.")
        self._written[name] = source


def _marked(schema: Json, path: str, entry: Mapping[str, Json]) -> Json:
    """Return a copy of a schema in which secrets are marked and not required."""
    marked = dict(schema)
    for key in ("properties", "oneOf", "items", "additionalProperties"):
        if key == "properties" and key in schema:
            marked[key] = {name: _marked(part, f"{path}.{name}", entry) for name, part in schema[key].items()}
        elif key == "oneOf" and key in schema:
            marked[key] = [_marked(part, path, entry) for part in schema[key]]
        elif isinstance(schema.get(key), dict):
            marked[key] = _marked(schema[key], f"{path}[]" if key == "items" else f"{path}.*", entry)
    secrets = {name for name in schema.get("properties", ()) if f"{path}.{name}" in entry["secret_fields"]}
    for name in secrets:
        marked["properties"][name]["secret"] = True
    if "required" in schema:
        marked["required"] = [name for name in schema["required"] if name not in secrets]
    return marked


def _parts(schema: Json) -> Iterator[Json]:
    """Yield a schema and those of everything inside its values."""
    yield schema
    extra = schema.get("additionalProperties")
    inside = (*schema.get("properties", {}).values(), *schema.get("oneOf", ()), schema.get("items"), extra)
    for part in inside:
        if isinstance(part, dict):
            yield from _parts(part)
