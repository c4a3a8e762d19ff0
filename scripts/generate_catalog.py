"""Write the catalog of SaaSus's operations from SaaSus's OpenAPI files, and from additions to them.

It writes the catalog that every user loads, its typed index and the bodies' types for editors and type checkers, and
the schemas of the bodies that only tests and the local AWS load. Running it twice makes the same bytes.

What SaaSus's files lack is in `openapi_additions`, in files of the same form that name their sources. An operation
marked `deprecated` there is one that SaaSus removed: its calls are identified, but it is not offered to users.
"""

from __future__ import annotations

import argparse
import itertools
import json
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

import body_types
import yaml

from constructs_lib.events.sensitive_fields import (
    SECRET_PATH_PARAMETERS,
    names_of_personal_data,
    names_of_secrets,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

Json = Any  # OpenAPI documents and JSON schemas, as PyYAML and json give them

PROJECT: Final = Path(__file__).resolve().parent.parent
ADDITIONS: Final = Path(__file__).resolve().parent / "openapi_additions"

DOCUMENTED_EVENT_TYPES: Final = {
    "auth.CreateTenant": "create_tenant",
    "auth.CreateSaasUser": "create_saas_user",
    "integration.CreateEventBridgeTestEvent": "create_eventbridge_test_event",
}
"""The only names that SaaSus's documentation shows in an event (page "Integrate with Amazon EventBridge")."""

CORROBORATED_EVENT_TYPES: Final = {"auth.CreateTenantUser": "create_tenant_user"}
"""Names that another of SaaSus's API files lists beside documented ones (`metrics_type` of the analysis API)."""

COMPOUNDS: Final = {
    "EventBridge": ("eventbridge", "event_bridge"),
    "ApiGateway": ("api_gateway", "apigateway"),
    "AwsMarketplace": ("aws_marketplace", "awsmarketplace"),
    "OpenApi": ("open_api", "openapi"),
    "ByID": ("by_id", "by_i_d"),
    "SaaS": ("saas",),
}
"""Words with two possible spellings in snake case; the first is the one in the operation's name.

SaaSus writes `eventbridge`, `apigateway` and `awsmarketplace` in its URLs, and documents
`create_eventbridge_test_event` for CreateEventBridgeTestEvent.
"""

WORD: Final = re.compile(r"[A-Z]+(?![a-z])|[A-Z][a-z0-9]*|[a-z0-9]+")
SCHEMA_KEYS: Final = (
    "enum",
    "format",
    "maxItems",
    "maximum",
    "minimum",
    "nullable",
    "pattern",
    "required",
    "type",
)
METHODS: Final = ("delete", "patch", "post", "put")


def event_type_spellings(operation_id: str) -> tuple[str, ...]:
    """Return every plausible snake-case spelling of an operation id, the likeliest first.

    >>> event_type_spellings("SaveEventBridgeSettings")
    ('save_eventbridge_settings', 'save_event_bridge_settings')
    """
    pieces: list[tuple[str, ...]] = []
    for piece in re.split(f"({'|'.join(COMPOUNDS)})(?![a-z])", operation_id):
        if piece in COMPOUNDS:
            pieces.append(COMPOUNDS[piece])
        elif piece:
            pieces.append(("_".join(WORD.findall(piece)).lower(),))
    return tuple(dict.fromkeys("_".join(choice) for choice in itertools.product(*pieces)))


class Document:
    """One OpenAPI file: its operations, with all references followed."""

    def __init__(self, path: Path, additions: Mapping[str, Json]) -> None:
        self._document: Json = yaml.safe_load(path.read_text(encoding="utf-8"))
        self.prefix = urlsplit(self._document["servers"][0]["url"]).path.rstrip("/")
        self.api = self.prefix.rsplit("/", 1)[-1]
        add(self._document["paths"], additions.get(self.api, {}).get("paths", {}), self.api)

    def operations(self) -> Iterator[tuple[dict[str, Json], dict[str, Json]]]:
        """Yield the catalog entry and the schemas of each operation that is not a GET."""
        for path, item in self._document["paths"].items():
            for method in METHODS:
                if method in item:
                    yield self._operation(method, path, item)

    def _operation(self, method: str, path: str, item: Json) -> tuple[dict[str, Json], dict[str, Json]]:
        operation = item[method]
        operation_id: str = operation["operationId"]
        key = f"{self.api}.{operation_id}"
        ids = (operation_id, *operation.get("x-former-ids", ()))
        spellings = tuple(dict.fromkeys(spelling for one in ids for spelling in event_type_spellings(one)))
        documented = DOCUMENTED_EVENT_TYPES.get(key)
        success, failure = self._responses(operation)
        schemas = {
            "request": self._body(operation.get("requestBody")),
            "response": self._body(success),
            "error": self._body(failure),
        }
        path_params = re.findall(r"{(\w+)}", path)
        secret_params = SECRET_PATH_PARAMETERS.get(key, frozenset())
        paths_of_secrets = [f"uri.{name}" for name in path_params if name in secret_params]
        paths_of_personal_data: list[str] = []
        for body, schema in (("request_body", schemas["request"]), ("response_body", schemas["response"])):
            paths_of_secrets += field_paths(schema, body, names_of_secrets(self.api, operation_id))
            paths_of_personal_data += field_paths(schema, body, names_of_personal_data(self.api, operation_id))
        entry = {
            "api": self.api,
            "name": documented or spellings[0],
            "operation_id": operation_id,
            "method": method.upper(),
            "path": self.prefix + path,
            "path_params": path_params,
            "event_types": [documented] if documented else list(spellings),
            "documented": documented is not None,
            "success_status": self._success_status(operation),
            "request_fields": top_level_fields(schemas["request"]),
            "response_fields": top_level_fields(schemas["response"]),
            "error_fields": top_level_fields(schemas["error"]),
            "free_form_fields": sorted(
                free_form_paths(schemas["request"], "request_body")
                | free_form_paths(schemas["response"], "response_body")
            ),
            "secret_fields": sorted(set(paths_of_secrets)),
            "personal_fields": sorted(set(paths_of_personal_data)),
            "corroborated": CORROBORATED_EVENT_TYPES.get(key) in spellings,
            "retired": operation.get("deprecated", False),
        }
        return entry, {name: schema for name, schema in schemas.items() if schema is not None}

    @staticmethod
    def _success_status(operation: Json) -> int:
        return min(int(status) for status in operation["responses"] if str(status).startswith("2"))

    def _responses(self, operation: Json) -> tuple[Json, Json]:
        """Return the response to the first success, and to the last error, which all operations share."""
        by_status = {str(status): response for status, response in sorted(operation["responses"].items())}
        errors = [response for status, response in by_status.items() if not status.startswith("2")]
        return by_status[str(self._success_status(operation))], errors[-1] if errors else None

    def _body(self, part: Json) -> Json:
        """Return the reduced schema of a request's or response's JSON body; None if it has none."""
        content = self._follow(part or {}).get("content", {})
        schema = content.get("application/json", {}).get("schema")
        return None if schema is None else self._reduce(schema, ())

    def _follow(self, part: Json) -> Json:
        while "$ref" in part:
            target = self._document
            for step in part["$ref"].removeprefix("#/").split("/"):
                target = target[step]
            part = target
        return part

    def _reduce(self, schema: Json, seen: tuple[str, ...]) -> Json:
        """Return what makes a value valid: references followed, `allOf` merged, a recursive part as `{}`.

        An object keeps the name that the file has for it, as its title.
        """
        name = ""
        while "$ref" in schema:
            if schema["$ref"] in seen:
                return {}
            seen = (*seen, schema["$ref"])
            name = name or schema["$ref"].rpartition("/")[2]
            schema = self._follow({"$ref": schema["$ref"]})
        reduced: dict[str, Json] = {key: schema[key] for key in SCHEMA_KEYS if key in schema}
        properties = {name: self._reduce(part, seen) for name, part in schema.get("properties", {}).items()}
        if properties:
            reduced["properties"] = properties
        if "items" in schema:
            reduced["items"] = self._reduce(schema["items"], seen)
        extra = schema.get("additionalProperties")
        if extra is not None:
            reduced["additionalProperties"] = self._reduce(extra, seen) if isinstance(extra, dict) else extra
        choices = [self._reduce(part, seen) for part in (*schema.get("oneOf", ()), *schema.get("anyOf", ()))]
        if len(choices) > 1:
            reduced["oneOf"] = choices
        for part in (
            *(self._reduce(part, seen) for part in schema.get("allOf", ())),
            *choices[: len(choices) == 1],
        ):
            merge(reduced, part)
        if "properties" in reduced:
            reduced["type"] = "object"
        if name and reduced.get("type") == "object":
            reduced["title"] = name
        if "required" in reduced:
            reduced["required"] = sorted(set(reduced["required"]))
        return dict(sorted(reduced.items()))


def add(document: Json, addition: Json, place: str) -> None:
    """Add the content of an addition to a document, beside what a reference there leads to.

    Raises:
        SystemExit: The document has something else in the same place.
    """
    for key, value in addition.items():
        given = document.setdefault(key, value)
        if isinstance(given, dict) and "$ref" in given and given != value:
            document[key] = {"allOf": [given, value]}
        elif isinstance(given, dict) and isinstance(value, dict):
            add(given, value, f"{place} {key}")
        elif given != value:
            raise SystemExit(
                f"{place} {key}: SaaSus's file has {given!r}, the addition {value!r}. Remove from openapi_additions "
                "what SaaSus now publishes itself."
            )


def merge(schema: dict[str, Json], part: dict[str, Json]) -> None:
    """Add a part of an `allOf` to the schema around it."""
    for key, value in part.items():
        if key == "properties":
            schema["properties"] = {**value, **schema.get("properties", {})}
        elif key == "required":
            schema["required"] = [*schema.get("required", ()), *value]
        elif key != "title":  # the whole is not what the part is named
            schema.setdefault(key, value)


def top_level_fields(schema: Json) -> dict[str, str]:
    """Return the names of a body's top-level fields with their JSON types."""
    fields: dict[str, str] = {}
    for choice in (schema or {}).get("oneOf", ()):
        fields |= top_level_fields(choice)
    fields |= {name: json_type(part) for name, part in (schema or {}).get("properties", {}).items()}
    return dict(sorted(fields.items()))


def json_type(schema: Json) -> str:
    """Return the JSON type of a value of this schema."""
    return str(schema.get("type", "object"))


def field_paths(schema: Json, path: str, names: Iterable[str]) -> Iterator[str]:
    """Yield the paths, at any depth, of the fields whose name or path is one of the names."""
    for name, part, below in children(schema, path):
        if name in names or below in names:
            yield below
        else:
            yield from field_paths(part, below, names)


def free_form_paths(schema: Json, path: str) -> set[str]:
    """Return the paths, at any depth, of the objects that can have any field."""
    found = {path} if schema and schema.get("additionalProperties") else set()
    for _, part, below in children(schema, path):
        found |= free_form_paths(part, below)
    return found


def children(schema: Json, path: str) -> Iterator[tuple[str, Json, str]]:
    """Yield the name, schema and path of everything directly inside a value (`[]`: any item, `*`: any key)."""
    schema = schema or {}
    for choice in schema.get("oneOf", ()):
        yield from children(choice, path)
    for name, part in schema.get("properties", {}).items():
        yield name, part, f"{path}.{name}"
    if "items" in schema:
        yield "", schema["items"], f"{path}[]"
    if isinstance(schema.get("additionalProperties"), dict):
        yield "", schema["additionalProperties"], f"{path}.*"


def one_line_each(head: str, items: Iterable[str], tail: str) -> str:
    """Return JSON with one operation a line, so that a diff shows the operations that changed."""
    return f"{head}\n" + ",\n".join(items) + f"\n{tail}\n"


def compact(value: Json) -> str:
    """Return a value as compact JSON."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def typed_index(lines_by_api: Mapping[str, Iterable[str]]) -> str:
    """Return the source of the module that names all operations for editors and type checkers.

    Args:
        lines_by_api: The annotations of each API's operations.
    """
    lines = [
        '"""The catalog of SaaSus\'s operations, typed; written by scripts/generate_catalog.py."""',
        "",
        "from __future__ import annotations",
        "",
        "from typing import TYPE_CHECKING, Final",
        "",
        "from constructs_lib.events.operation import Operation, OperationGroup",
        "from constructs_lib.events.operation_catalog import OperationCatalog",
        "",
        "if TYPE_CHECKING:",
        "    from constructs_lib.body_types import (",
        *(f"        {api}," for api in lines_by_api),
        "    )",
        "",
        "",
    ]
    for api, operations in lines_by_api.items():
        lines += [
            f"class {class_name(api)}(OperationGroup):",
            f'    """The operations of SaaSus\'s {api} API that are not a GET."""',
            "",
            *operations,
            "",
            "",
        ]
    lines += [
        "class Operations(OperationCatalog):",
        '    """All of SaaSus\'s operations that are not a GET, by API."""',
        "",
        *(f"    {api}: {class_name(api)}" for api in lines_by_api),
        "",
        "",
        "operations: Final = Operations(",
        "    {",
        *(f'        "{api}": {class_name(api)},' for api in lines_by_api),
        "    }",
        ")",
        '"""The catalog; it is read from its file at the first use."""',
    ]
    return "\n".join(lines) + "\n"


def typed_operations(found: Iterable[tuple[Mapping[str, Json], Mapping[str, Json]]]) -> dict[str, list[str]]:
    """Return the lines with the operations in the typed index, by API."""
    lines: dict[str, list[str]] = {}
    for entry, schemas in found:
        lines.setdefault(entry["api"], []).append(body_types.annotated(entry, schemas))
    return lines


def class_name(api: str) -> str:
    """Return the name of the class with an API's operations."""
    return f"{api.capitalize()}Operations"


def read_additions(folder: Path) -> dict[str, Json]:
    """Return the documents of a folder by the API that they add to."""
    documents = [yaml.safe_load(file.read_text(encoding="utf-8")) for file in sorted(folder.glob("*.yml"))]
    return {document["servers"][0]["url"].rsplit("/", 1)[-1]: document for document in documents}


def key_of(entry: Mapping[str, Json]) -> str:
    """Return the name of an operation in the whole catalog, its `str()`."""
    return f"{entry['api']}.{entry['name']}{' (retired)' if entry['retired'] else ''}"


def generate(openapi: Path, project: Path, additions: Path = ADDITIONS) -> int:
    """Write the catalog's files below `project`; return the number of operations that are not retired."""
    more = read_additions(additions)
    documents = [Document(file, more) for file in sorted(openapi.glob("*.yml"))]
    found = [operation for document in documents for operation in document.operations()]
    if not found:
        raise SystemExit(f"{openapi} has no OpenAPI file (*.yml) with an operation. Pass the folder that does.")
    if missing := sorted(set(more) - {document.api for document in documents}):
        raise SystemExit(f"{openapi} has no OpenAPI file of the {missing[0]} API, to which {additions} adds.")
    found.sort(key=lambda operation: (operation[0]["retired"], operation[0]["api"], operation[0]["name"]))
    keys = [key_of(entry) for entry, _ in found]
    if doubled := sorted({key for key in keys if keys.count(key) > 1}):
        raise SystemExit(
            f"Two operations would have the same name: {', '.join(doubled)}. Distinguish them in COMPOUNDS."
        )
    listed = [operation for operation in found if not operation[0]["retired"]]
    schemas = (f"{compact(key)}:{compact(schema)}" for key, (_, schema) in zip(keys, found, strict=True))
    files = {
        "events/catalog.json": one_line_each("[", (compact(entry) for entry, _ in found), "]"),
        "events/operations.py": typed_index(typed_operations(listed)),
        "testing/schemas.json": one_line_each("{", schemas, "}"),
        **{f"body_types/{api}.py": text for api, text in body_types.modules(listed).items()},
    }
    for name, text in files.items():
        path = project / "constructs_lib" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="\n")
    return len(listed)


def main(arguments: list[str] | None = None) -> int:
    """Run the command."""
    parser = argparse.ArgumentParser(
        description="Write the catalog of SaaSus's operations from SaaSus's OpenAPI files: catalog.json and "
        "operations.py in constructs_lib/events, schemas.json in constructs_lib/testing, the types of the bodies in "
        "constructs_lib/body_types."
    )
    parser.add_argument("openapi", type=Path, metavar="OPENAPI_DIR", help="the folder with SaaSus's *.yml files")
    parser.add_argument(
        "--project", type=Path, default=PROJECT, help="the project to write into (default: this script's own)"
    )
    parser.add_argument(
        "--additions",
        type=Path,
        default=ADDITIONS,
        metavar="FOLDER",
        help="the folder with what SaaSus's files lack (default: openapi_additions beside this script)",
    )
    options = parser.parse_args(arguments)
    count = generate(options.openapi, options.project, options.additions)
    print(f"{count} operations written below {options.project / 'constructs_lib'}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
