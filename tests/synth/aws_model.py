"""Templates held against the AWS SDK's own models: lengths, characters, choices and numbers of every property.

A CloudFormation type is mapped to the calls that make it by its name (`AWS::Events::Archive` to `CreateArchive`), and
a property to the member of the same name, so that no list of properties has to be kept here.
"""

from __future__ import annotations

import json
import re
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from botocore.exceptions import UnknownServiceError
from botocore.loaders import Loader

from constructs_lib.testing.template_values import TemplateValues

if TYPE_CHECKING:
    from collections.abc import Iterator

_CALLS: Final = {
    "AWS::CloudWatch::Alarm": ("PutMetricAlarm",),
    "AWS::CloudWatch::Dashboard": ("PutDashboard",),
    "AWS::Events::Rule": ("PutRule", "PutTargets"),
    "AWS::IAM::Policy": ("PutRolePolicy",),
    "AWS::Lambda::EventInvokeConfig": ("PutFunctionEventInvokeConfig",),
    "AWS::Lambda::Permission": ("AddPermission",),
    "AWS::Lambda::Version": ("PublishVersion",),
    "AWS::Logs::LogGroup": ("CreateLogGroup", "PutRetentionPolicy", "PutDataProtectionPolicy"),
    "AWS::SNS::Subscription": ("Subscribe",),
}
"""The calls whose names do not follow from the type's."""
_MEMBERS: Final = {
    ("AWS::Events::Archive", "SourceArn"): "EventSourceArn",
    ("AWS::KMS::Key", "KeyPolicy"): "Policy",
    ("AWS::Logs::LogGroup", "DataProtectionPolicy"): "policyDocument",
    ("AWS::SNS::Topic", "TopicName"): "Name",
}
"""The members whose names are not the property's."""
_SHAPES: Final = {
    ("AWS::IAM::Policy", "Roles"): ("iam", "roleNameType"),
    ("AWS::IAM::Role", "ManagedPolicyArns"): ("iam", "arnType"),
    ("AWS::IAM::Role", "Policies"): ("iam", "PutRolePolicyRequest"),
    ("AWS::Logs::DeliveryDestination", "DestinationResourceArn"): ("logs", "Arn"),
}
"""The shapes of properties that are no members of a call that makes the resource; of a list, of each item."""
_SERVICES: Final = {"lambda": "lambda", "states": "stepfunctions"}
_TOKEN: Final = re.compile(r"\$\{[^}]*\}|\{\{resolve:[^}]*\}\}")
"""What only the deployment knows."""
_ARN: Final = "a" * 100
_PSEUDO: Final = {
    "AWS::AccountId": "111122223333",
    "AWS::Partition": "aws",
    "AWS::Region": "ap-northeast-1",
    # The longest that CloudFormation takes: where it is no text it is a nested stack's, which nobody chooses.
    "AWS::StackName": "S" * 128,
    "AWS::URLSuffix": "amazonaws.com",
}


def problems_of(template: dict[str, Any]) -> list[str]:
    """Return what of a template the APIs behind it would refuse."""
    values = TemplateValues(template, pseudo=_PSEUDO)
    return [
        f"{id} ({resource['Type']}): {problem}"
        for id, resource in (template.get("Resources") or {}).items()
        for problem in _problems_of_resource(resource, values)
    ]


def is_known(resource_type: str, name: str) -> bool:
    """Check whether a property of a type is mapped to a member of a call."""
    return _member(resource_type, name) is not None


def _problems_of_resource(resource: dict[str, Any], values: TemplateValues) -> Iterator[str]:
    kind = str(resource["Type"])
    properties = values.resolve(resource.get("Properties") or {})
    for name, value in properties.items():
        member = _member(kind, name)
        if member is not None:
            for item in value if (kind, name) in _SHAPES and isinstance(value, list) else [value]:
                yield from _problems(name, item, *member)


@cache
def _member(kind: str, name: str) -> tuple[str, str] | None:
    """Return the service's and the shape's name of a property."""
    if (kind, name) in _SHAPES:
        return _SHAPES[kind, name]
    parts = kind.split("::")
    if len(parts) != 3 or parts[0] != "AWS":
        return None
    service = _SERVICES.get(parts[1].lower(), parts[1].lower())
    model = _model(service)
    if model is None:
        return None
    wanted = _MEMBERS.get((kind, name), name).lower()
    for call in _CALLS.get(kind, (f"Create{parts[2]}", f"Put{parts[2]}")):
        operation = model["operations"].get(call)
        if operation is None or "input" not in operation:
            continue
        for member, described in model["shapes"][operation["input"]["shape"]]["members"].items():
            if member.lower() == wanted:
                return service, described["shape"]
    return None


@cache
def _model(service: str) -> dict[str, Any] | None:
    try:
        model: dict[str, Any] = Loader().load_service_model(service, "service-2")
    except UnknownServiceError:
        return None
    return model


def _problems(where: str, value: Any, service: str, shape_name: str) -> Iterator[str]:
    model = _model(service)
    assert model is not None
    shape = model["shapes"][shape_name]
    kind = shape["type"]
    if kind == "string":
        yield from _text_problems(where, value, shape)
    elif kind in ("integer", "long", "float", "double"):
        yield from _number_problems(where, value, shape)
    elif kind == "list" and isinstance(value, list):
        if len(value) > shape.get("max", len(value)):
            yield f"{where} has {len(value)} items; AWS takes {shape['max']}"
        for number, item in enumerate(value):
            yield from _problems(f"{where}[{number}]", item, service, shape["member"]["shape"])
    elif kind == "map" and isinstance(value, dict):
        if len(value) > shape.get("max", len(value)):
            yield f"{where} has {len(value)} keys; AWS takes {shape['max']}"
        for key, item in value.items():
            yield from _problems(f"the name {key!r} in {where}", key, service, shape["key"]["shape"])
            yield from _problems(f"{where}.{key}", item, service, shape["value"]["shape"])
    elif kind == "structure" and isinstance(value, dict):
        members = {member.lower(): described["shape"] for member, described in shape["members"].items()}
        for name, item in value.items():
            if name.lower() in members:
                yield from _problems(f"{where}.{name}", item, service, members[name.lower()])


def _text_problems(where: str, value: Any, shape: dict[str, Any]) -> Iterator[str]:
    if isinstance(value, bool):
        value = str(value).lower()
    is_json = isinstance(value, (dict, list))
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":")) if is_json else str(value)
    if is_json or not _TOKEN.search(text):
        full = _TOKEN.sub(_ARN, text)
        if len(full) > shape.get("max", len(full)):
            yield f"{where} has {len(full)} characters; AWS takes {shape['max']}"
        if len(full) < shape.get("min", 0):
            yield f"{where} has {len(full)} characters; AWS wants {shape['min']}"
        pattern = shape.get("pattern")
        if pattern is not None and re.fullmatch(_for_python(pattern), full, re.DOTALL if is_json else 0) is None:
            yield f"{where} {full[:80]!r} does not match {pattern}"
        if full not in shape.get("enum", [full]):
            yield f"{where} {full!r} is none of {', '.join(shape['enum'])}"
    else:
        known = _TOKEN.sub("", text)
        if len(known) > shape.get("max", len(known)):
            yield f"{where} has more than {len(known)} characters; AWS takes {shape['max']}"


def _number_problems(where: str, value: Any, shape: dict[str, Any]) -> Iterator[str]:
    if isinstance(value, str) and _TOKEN.search(value):
        return
    number = float(value)
    if not shape.get("min", number) <= number <= shape.get("max", number):
        yield f"{where} is {number:g}; AWS takes {shape.get('min', '')} to {shape.get('max', '')}"
    if shape["type"] in ("integer", "long") and number != int(number):
        yield f"{where} is {number:g}, which is no whole number"


@cache
def _for_python(pattern: str) -> str:
    r"""Write a Java pattern so that Python reads it: `\p{L}` and its like, and characters beyond 16 bits."""
    classes = {"L": r"^\W\d_", "N": r"\d", "Z": r"\s", "M": "", "P": r"!-/:-@\[-`{-~", "S": ""}
    inside = re.sub(r"\\p\{(\w)\w*\}", lambda found: {"L": r"\w"}.get(found[1], classes.get(found[1], "")), pattern)
    beyond = r"\uD800\uDC00-\uDBFF\uDFFF"
    return inside.replace(r"[\w\W]", r"[\s\S]").replace(beyond, r"\U00010000-\U0010FFFF")
