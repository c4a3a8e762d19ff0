"""The generator, on a small API file of the test's own."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.project_script import load_script

if TYPE_CHECKING:
    from types import ModuleType

PROJECT = Path(__file__).parents[3]

SPEC = """
openapi: 3.0.0
servers: [{url: https://api.example.com/v1/things}]
paths:
  /boxes/{box_id}:
    parameters: [{$ref: '#/components/parameters/BoxId'}]
    get: {operationId: GetBox, responses: {'200': {description: prose}}}
    patch:
      operationId: UpdateEventBridgeBoxByID
      requestBody: {content: {application/json: {schema: {$ref: '#/components/schemas/BoxParam'}}}}
      responses:
        '200': {description: prose, content: {application/json: {schema: {$ref: '#/components/schemas/Box'}}}}
        '500': {content: {application/json: {schema: {type: object, properties: {message: {type: string}}}}}}
  /boxes:
    post: {operationId: CreateSaaSBox, responses: {'201': {description: prose}, '200': {description: prose}}}
components:
  parameters: {BoxId: {name: box_id, in: path}}
  schemas:
    BoxParam:
      description: prose
      type: object
      properties:
        password: {type: string, description: prose, example: prose, format: uuid}
        metadata: {type: object, additionalProperties: true}
        owners: {type: array, items: {type: object, properties: {email: {type: string}}}}
      required: [password]
    Box:
      allOf:
        - $ref: '#/components/schemas/BoxParam'
        - properties: {kind: {type: string, enum: [big, small]}, inner: {$ref: '#/components/schemas/Box'}}
          required: [kind]
"""


@pytest.fixture(scope="module")
def generator() -> ModuleType:
    return load_script("generate_catalog")


ADDITION = """
# Source: somewhere
servers: [{url: https://api.example.com/v1/things}]
paths:
  /boxes/{box_id}:
    patch:
      x-former-ids: [UpdateCrate]
      requestBody: {content: {application/json: {schema: {properties: {lid_token: {type: string}}}}}}
  /boxes/{box_id}/open: {post: {operationId: OpenBox, responses: {'200': {}}}}
  /boxes/{box_id}/close: {post: {operationId: CreateSaaSBox, deprecated: true, responses: {'200': {}}}}
"""


@pytest.fixture
def additions(tmp_path: Path) -> Path:
    folder = tmp_path / "none"
    folder.mkdir()
    return folder


@pytest.fixture
def openapi(tmp_path: Path) -> Path:
    folder = tmp_path / "openapi"
    folder.mkdir()
    (folder / "things.yml").write_text(SPEC, encoding="utf-8")
    return folder


def written(project: Path) -> dict[str, bytes]:
    return {p.relative_to(project).as_posix(): p.read_bytes() for p in sorted(project.rglob("*")) if p.is_file()}


def test_two_runs_give_the_same_bytes(generator: ModuleType, openapi: Path, additions: Path, tmp_path: Path) -> None:
    for name in ("one", "two"):
        generator.main([str(openapi), "--project", str(tmp_path / name), "--additions", str(additions)])

    assert written(tmp_path / "one") == written(tmp_path / "two")
    assert set(written(tmp_path / "one")) == {
        "constructs_lib/body_types/things.py",
        "constructs_lib/events/catalog.json",
        "constructs_lib/events/operations.py",
        "constructs_lib/testing/schemas.json",
    }


def test_gives_what_the_file_says(generator: ModuleType, openapi: Path, additions: Path, tmp_path: Path) -> None:
    generator.generate(openapi, tmp_path, additions)
    create, update = json.loads((tmp_path / "constructs_lib/events/catalog.json").read_text(encoding="utf-8"))

    assert (create["name"], create["success_status"], create["request_fields"]) == ("create_saas_box", 200, {})
    assert update == {
        "api": "things",
        "name": "update_eventbridge_box_by_id",
        "operation_id": "UpdateEventBridgeBoxByID",
        "method": "PATCH",
        "path": "/v1/things/boxes/{box_id}",
        "path_params": ["box_id"],
        "event_types": [
            "update_eventbridge_box_by_id",
            "update_eventbridge_box_by_i_d",
            "update_event_bridge_box_by_id",
            "update_event_bridge_box_by_i_d",
        ],
        "documented": False,
        "success_status": 200,
        "request_fields": {"metadata": "object", "owners": "array", "password": "string"},
        "response_fields": {
            "inner": "object",
            "kind": "string",
            "metadata": "object",
            "owners": "array",
            "password": "string",
        },
        "error_fields": {"message": "string"},
        "free_form_fields": ["request_body.metadata", "response_body.metadata"],
        "secret_fields": ["request_body.password", "response_body.password"],
        "personal_fields": ["request_body.owners[].email", "response_body.owners[].email"],
        "corroborated": False,
        "retired": False,
    }


def test_an_addition_is_merged_with_what_the_file_says(
    generator: ModuleType, openapi: Path, additions: Path, tmp_path: Path
) -> None:
    (additions / "things.yml").write_text(ADDITION, encoding="utf-8")

    assert generator.generate(openapi, tmp_path, additions) == 3
    entries = json.loads((tmp_path / "constructs_lib/events/catalog.json").read_text(encoding="utf-8"))
    update = next(entry for entry in entries if entry["method"] == "PATCH")

    assert [(entry["name"], entry["path"], entry["retired"]) for entry in entries] == [
        ("create_saas_box", "/v1/things/boxes", False),
        ("open_box", "/v1/things/boxes/{box_id}/open", False),
        ("update_eventbridge_box_by_id", "/v1/things/boxes/{box_id}", False),
        ("create_saas_box", "/v1/things/boxes/{box_id}/close", True),
    ]
    assert update["request_fields"] == {
        "lid_token": "string",
        "metadata": "object",
        "owners": "array",
        "password": "string",
    }
    assert update["event_types"][-1] == "update_crate"
    index = (tmp_path / "constructs_lib/events/operations.py").read_text(encoding="utf-8")
    assert index.count("create_saas_box") == 1, "nobody is offered a retired operation"


@pytest.mark.parametrize(
    ("instead", "words"),
    [
        ("CreateSaasBox2", "SaaSus's file has 'CreateSaaSBox', the addition 'CreateSaasBox2'. Remove"),
        ("CreateSaaSBox", ""),
    ],
)
def test_an_addition_that_contradicts_the_file_is_refused(
    generator: ModuleType, openapi: Path, additions: Path, tmp_path: Path, instead: str, words: str
) -> None:
    text = f"servers: [{{url: 'https://x/v1/things'}}]\npaths: {{/boxes: {{post: {{operationId: {instead}}}}}}}"
    (additions / "things.yml").write_text(text, encoding="utf-8")

    if words:
        with pytest.raises(SystemExit, match=words):
            generator.generate(openapi, tmp_path, additions)
    else:
        assert generator.generate(openapi, tmp_path, additions) == 2


def test_an_addition_to_an_api_that_is_not_there_is_refused(
    generator: ModuleType, openapi: Path, tmp_path: Path
) -> None:
    with pytest.raises(SystemExit, match="no OpenAPI file of the apigateway API"):
        generator.generate(openapi, tmp_path)


def test_every_addition_names_its_source_and_is_in_the_committed_data(generator: ModuleType) -> None:
    catalog = {
        (entry["method"], entry["path"]): entry
        for entry in json.loads((PROJECT / "constructs_lib/events/catalog.json").read_text(encoding="utf-8"))
    }
    added = []
    for file in sorted((PROJECT / "scripts/openapi_additions").glob("*.yml")):
        assert re.search(r"^# .*Sources?\b.*:", file.read_text(encoding="utf-8"), re.M), file
    for api, document in generator.read_additions(generator.ADDITIONS).items():
        for path, item in document["paths"].items():
            for method, operation in item.items():
                entry = catalog[method.upper(), f"/v1/{api}{path}"]
                added.append(entry)
                assert entry["operation_id"] == operation.get("operationId", entry["operation_id"])
                assert entry["retired"] == operation.get("deprecated", False)
                for former in operation.get("x-former-ids", ()):
                    assert set(generator.event_type_spellings(former)) <= set(entry["event_types"])
    assert len(added) == 14
    assert {entry["operation_id"] for entry in added} >= {"ExchangeAuthCredentials", "RevokeToken"}


def test_schemas_keep_what_makes_a_value_valid_and_no_prose(
    generator: ModuleType, openapi: Path, additions: Path, tmp_path: Path
) -> None:
    generator.generate(openapi, tmp_path, additions)
    text = (tmp_path / "constructs_lib/testing/schemas.json").read_text(encoding="utf-8")
    schemas: dict[str, Any] = json.loads(text)["things.update_eventbridge_box_by_id"]

    assert "prose" not in text
    assert schemas["response"]["required"] == ["kind", "password"]
    assert (schemas["request"]["title"], schemas["response"]["title"]) == ("BoxParam", "Box")
    assert schemas["response"]["properties"]["kind"] == {"enum": ["big", "small"], "type": "string"}
    assert schemas["response"]["properties"]["inner"] == {}, "a recursive part ends"
    assert schemas["request"]["properties"]["password"] == {"format": "uuid", "type": "string"}


def test_refuses_a_folder_without_api_files(generator: ModuleType, tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match=r"no OpenAPI file.*Pass the folder"):
        generator.generate(tmp_path, tmp_path)


def test_the_committed_data_agrees_with_the_lists_of_sensitive_fields(generator: ModuleType) -> None:
    from constructs_lib.events.sensitive_fields import names_of_personal_data, names_of_secrets

    schemas = json.loads((PROJECT / "constructs_lib/testing/schemas.json").read_text(encoding="utf-8"))
    catalog = json.loads((PROJECT / "constructs_lib/events/catalog.json").read_text(encoding="utf-8"))
    for entry in catalog:
        bodies = schemas[generator.key_of(entry)]
        for paths, names in (
            ("secret_fields", names_of_secrets(entry["api"], entry["operation_id"])),
            ("personal_fields", names_of_personal_data(entry["api"], entry["operation_id"])),
        ):
            found = {
                path
                for side in ("request", "response")
                for path in generator.field_paths(bodies.get(side), f"{side}_body", names)
            }
            assert found == {path for path in entry[paths] if not path.startswith("uri.")}, entry["name"]
        assert entry["request_fields"] == generator.top_level_fields(bodies.get("request"))
        assert entry["response_fields"] == generator.top_level_fields(bodies.get("response"))


def test_the_committed_index_and_types_are_what_the_generator_writes(generator: ModuleType) -> None:
    catalog = json.loads((PROJECT / "constructs_lib/events/catalog.json").read_text(encoding="utf-8"))
    schemas = json.loads((PROJECT / "constructs_lib/testing/schemas.json").read_text(encoding="utf-8"))
    listed = [(entry, schemas[generator.key_of(entry)]) for entry in catalog if not entry["retired"]]

    index = (PROJECT / "constructs_lib/events/operations.py").read_text(encoding="utf-8")
    assert generator.typed_index(generator.typed_operations(listed)) == index
    folder = PROJECT / "constructs_lib/body_types"
    written = {file.stem: file.read_text(encoding="utf-8") for file in folder.glob("*.py")}
    del written["__init__"], written["error_body"]
    assert generator.body_types.modules(listed) == written


def test_the_committed_names_are_what_the_operation_ids_give(generator: ModuleType) -> None:
    for entry in json.loads((PROJECT / "constructs_lib/events/catalog.json").read_text(encoding="utf-8")):
        if not entry["documented"]:
            spellings = list(generator.event_type_spellings(entry["operation_id"]))
            assert entry["event_types"][: len(spellings)] == spellings
        assert re.fullmatch(r"[a-z]+(_[a-z0-9]+)*", entry["name"])
