"""The types of the bodies: what SaaSus documents, for every operation, and no cost at run time."""

from __future__ import annotations

import importlib
import subprocess
import sys
from typing import TYPE_CHECKING, Any, Literal, get_args, get_origin, get_type_hints, is_typeddict

import pytest
import typing_extensions

from constructs_lib import Operation, SaasusEvent, operations
from constructs_lib.body_types import (
    ErrorBody,
    analysis,
    apigateway,
    auth,
    awsmarketplace,
    billing,
    communication,
    integration,
    pricing,
)
from constructs_lib.events.decoded_event import decode
from constructs_lib.testing.event_variants import variants
from constructs_lib.testing.samples import sample_event

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import ModuleType

MODULES: dict[str, ModuleType] = {
    module.__name__.rpartition(".")[2]: module
    for module in (analysis, apigateway, auth, awsmarketplace, billing, communication, integration, pricing)
}
NAMES: dict[str, Any] = {**MODULES, "Operation": Operation}
if sys.version_info < (3, 11):
    NAMES["NotRequired"] = typing_extensions.NotRequired


def body_types(operation: Operation) -> tuple[Any, Any]:
    """Return the types of the two bodies, as the typed index has them."""
    annotations = type(operations.group(operation.api)).__annotations__
    request, response = get_args(eval(annotations[operation.name], NAMES))  # noqa: S307
    return request, response


def misfit(value: object, expected: Any, *, exact: bool = True) -> str:
    """Return where a value is not of a type; empty if it is.

    Args:
        value: What an event has.
        expected: The type.
        exact: Whether an object may only have fields of its type.
    """
    if is_typeddict(expected):
        return _misfit_of_object(value, expected, exact=exact)
    origin, arguments = get_origin(expected), get_args(expected)
    if origin is list:
        items = value if isinstance(value, list) else [object()]
        return next((f"[]{found}" for item in items if (found := misfit(item, arguments[0], exact=exact))), "")
    if origin is dict:
        parts = list(value.values()) if isinstance(value, dict) else [object()]
        return next((f".*{found}" for part in parts if (found := misfit(part, arguments[1], exact=exact))), "")
    if origin is Literal:
        return "" if value in arguments else f" = {value!r}, not one of {arguments}"
    if arguments:
        kinds = [misfit(value, one, exact=exact) for one in arguments]
        return "" if "" in kinds else min(kinds)
    if expected is Any or (expected is None and value is None):
        return ""
    plain = (int, float) if expected is float else expected or type(None)
    right = isinstance(value, plain) and (expected is bool or not isinstance(value, bool))
    return "" if right else f" = {value!r}, not {expected}"


def _misfit_of_object(value: object, expected: Any, *, exact: bool) -> str:
    if not isinstance(value, dict):
        return f" = {value!r}, not a {expected.__name__}"
    hints = get_type_hints(expected, localns=NAMES, include_extras=True)
    optional = {name for name, hint in hints.items() if get_origin(hint) is typing_extensions.NotRequired}
    if missing := set(hints) - optional - set(value):
        return f" lacks {missing}"
    if exact and (more := set(value) - set(hints)):
        return f" has {more} besides"
    for name, hint in hints.items():
        kind = get_args(hint)[0] if name in optional else hint
        if name in value and (found := misfit(value[name], kind, exact=exact)):
            return f".{name}{found}"
    return ""


def test_the_check_itself_finds_a_misfit() -> None:
    event = SaasusEvent.from_dict(sample_event(operations.auth.create_tenant))
    _, response = body_types(operations.auth.create_tenant)
    assert misfit(event.response, response) == ""
    assert "lacks {'id'}" in misfit({name: v for name, v in event.response.items() if name != "id"}, response)
    assert ".id = 1" in misfit({**event.response, "id": 1}, response)
    assert "has {'new'}" in misfit({**event.response, "new": 1}, response)


@pytest.mark.parametrize("operation", operations, ids=str)
def test_the_bodies_of_an_event_have_the_types_of_its_operation(operation: Operation) -> None:
    request, response = body_types(operation)
    event = SaasusEvent.from_dict(sample_event(operation))
    assert misfit(event.request, request) == ""
    assert misfit(event.response, response) == ""


UNTYPED = ("bodies empty", "bodies with hostile values")
"""What SaaSus's documents do not allow: no body where one is required, other values than those listed."""


@pytest.mark.parametrize("operation", operations, ids=str)
def test_whatever_the_form_of_an_event_its_bodies_have_the_types(operation: Operation) -> None:
    request, response = body_types(operation)
    first = [each for each in variants(operation) if each.name.startswith(f"{operation.event_types[0]}, ")]
    assert len(first) > 20
    for variant in first:
        if not any(words in variant.name for words in UNTYPED):
            event = SaasusEvent.from_dict(variant.event)
            assert misfit(event.request, request, exact=False) == "", variant
            answer = response if event.http_status < 300 else ErrorBody
            assert misfit(event.response, answer, exact=False) == "", variant


@pytest.mark.parametrize("operation", operations, ids=str)
def test_a_decoded_event_lacks_what_is_marked_as_secret_and_keeps_its_types(operation: Operation) -> None:
    decoded = decode(sample_event(operation))["detail"]
    for side, kind in zip(("request", "response"), body_types(operation), strict=True):
        assert misfit(decoded.get(side), kind) == ""
        for path in operation.secret_fields:
            name = path.removeprefix(f"{side}_body.")
            assert name == path or "." in name or name not in decoded[side]


NEWER_THAN_THE_SDK = {"is_sign_in_id_enabled", "last_login_at", "sign_in_id", "temporary"}
"""Fields of the API files that the pinned release of SaaSus's SDK does not have."""
OPTIONAL_SINCE = {"email"}
"""What a sign-in id can stand in for since then."""


def models_of_the_sdk() -> Iterator[tuple[str, Any, Any]]:
    """Yield the names of the SDK's models that a type has, with the type and the model's fields."""
    for api, module in MODULES.items():
        if api in ("analysis", "apigateway"):  # which the SDK does not have
            continue
        models = vars(importlib.import_module(f"saasus_sdk_python.src.{api}.models"))
        for name, model in models.items():
            kind = getattr(module, name.replace("Param", "Request"), None)
            if is_typeddict(kind) and hasattr(model, "model_fields") and "actual_instance" not in model.model_fields:
                yield f"{api}.{name}", kind, {each.alias or own: each for own, each in model.model_fields.items()}


def test_the_types_agree_with_the_models_of_saasus_own_sdk() -> None:
    secrets = {path.rpartition(".")[2] for operation in operations for path in operation.secret_fields}
    compared = 0
    for name, kind, fields in models_of_the_sdk():
        hints = get_type_hints(kind, localns=NAMES, include_extras=True)
        assert set(hints) - NEWER_THAN_THE_SDK == set(fields), name
        required = {field for field, hint in hints.items() if get_origin(hint) is not typing_extensions.NotRequired}
        differing = required ^ {field for field, each in fields.items() if each.is_required()}
        assert differing <= secrets | NEWER_THAN_THE_SDK | OPTIONAL_SINCE, name
        compared += 1
    assert compared > 70


@pytest.mark.parametrize("operation", operations, ids=str)
def test_the_types_have_the_fields_that_the_catalog_lists(operation: Operation) -> None:
    for fields, kind in zip((operation.request_fields, operation.response_fields), body_types(operation), strict=True):
        kinds = [one for one in (get_args(kind) or [kind]) if is_typeddict(one)]
        assert {name for one in kinds for name in get_type_hints(one, localns=NAMES)} == set(fields)


def test_no_body_type_is_loaded_by_using_what_is_public() -> None:
    code = (
        "import sys, constructs_lib\n"
        "for name in {*constructs_lib.__all__} - {'body_types'}: getattr(constructs_lib, name)\n"
        "op = constructs_lib.operations\n"
        "event = constructs_lib.testing.sample_event(op.auth.create_tenant)\n"
        "assert constructs_lib.EventFilter.of(op.auth.create_tenant).succeeded().matches(event)\n"
        "constructs_lib.SaasusEvent.of(op.auth.create_tenant, event).redacted()\n"
        "constructs_lib.testing.Router\n"
        "print(*[name for name in sys.modules if 'body_types' in name])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""
