"""Data protection policies of log groups: which are valid, and what they show as asterisks.

AWS: CloudWatch Logs API reference, PutDataProtectionPolicy, and user guide, `CWL-custom-data-identifiers`. A policy
applies to log events that are written after it was put, wherever they are read. `unmask` of GetLogEvents,
FilterLogEvents and GetLogRecord shows what was written, to anybody: `logs:Unmask` is not required here. Of AWS's
managed identifiers only EmailAddress and IpAddress find anything, and the lines of Lambda functions, which ministack
writes itself, are not masked.
"""

from __future__ import annotations

import json
import re
import time
from typing import Any, Final

from constructs_lib.events.log_mask import (
    MANAGED_IDENTIFIERS,
    MAX_IDENTIFIERS,
    MAX_NAME_CHARACTERS,
    MAX_POLICY_CHARACTERS,
    MAX_REGEX_CHARACTERS,
    NAME_ALPHABET,
    REGEX_ALPHABET,
    mask,
)
from constructs_lib.local.adapter.emulator import LOGS, RESPONSES, Response, answer, checked, refuse
from constructs_lib.local.adapter.replacements import extends

_TYPE: Final = "AWS::Logs::LogGroup"
_STATE: Final = "dataProtection"
_MANAGED: Final = re.compile(r"arn:aws[a-z-]*:dataprotection::aws:data-identifier/([A-Za-z0-9-]+)")


class _MaskedMessage(str):
    """A message with its secrets masked; `written` is the original."""

    written: str


# ------------------------------------------------------------------ the API


@extends("services.cloudwatch_logs.handle_request")
async def _handle_request(
    original: Any, method: str, path: str, headers: dict[str, str], body: bytes, query_params: dict[str, Any]
) -> Response:
    action = _ACTIONS.get(headers.get("x-amz-target", "").rpartition(".")[2])
    if action is None:
        response: Response = await original(method, path, headers, body, query_params)
        return response
    data: dict[str, Any] = json.loads(body)
    name = LOGS.resolve_log_group_name(data)
    if name not in LOGS.log_groups:
        return refuse("ResourceNotFoundException", "The specified log group does not exist.")
    return action(LOGS.log_groups[name], data)


def _put_policy(group: dict[str, Any], data: dict[str, Any]) -> Response:
    document = str(data.get("policyDocument") or "")
    problem = _problem(document)
    if problem is not None:
        return refuse("InvalidParameterException", f"The data protection policy is not valid: {problem}.")
    group[_STATE] = {"policyDocument": document, "lastUpdatedTime": int(time.time() * 1000)}
    return answer({"logGroupIdentifier": data.get("logGroupIdentifier"), **group[_STATE]})


def _get_policy(group: dict[str, Any], data: dict[str, Any]) -> Response:
    return answer({"logGroupIdentifier": data.get("logGroupIdentifier"), **(group.get(_STATE) or {})})


def _delete_policy(group: dict[str, Any], _data: dict[str, Any]) -> Response:
    if group.get(_STATE):
        group[_STATE] = {}
    return answer({})


_ACTIONS: Final = {
    "PutDataProtectionPolicy": _put_policy,
    "GetDataProtectionPolicy": _get_policy,
    "DeleteDataProtectionPolicy": _delete_policy,
}


@extends("services.cloudwatch_logs._put_log_events")
def _write(original: Any, data: dict[str, Any]) -> Response:
    """Keep each message as written beside its masked form, which is what every reader gets by default."""
    policy = (LOGS.log_groups.get(data.get("logGroupName")) or {}).get(_STATE)
    if policy:
        events = [
            {**event, "message": _shown(str(event.get("message", "")), policy["policyDocument"])}
            for event in data.get("logEvents", [])
        ]
        data = {**data, "logEvents": events}
    response: Response = original(data)
    return response


@extends("services.cloudwatch_logs._get_log_record")
def _record(original: Any, data: dict[str, Any]) -> Response:
    response: Response = original(data)
    message = (LOGS.log_records.get(data.get("logRecordPointer")) or {}).get("@message")
    if data.get("unmask") and isinstance(message, _MaskedMessage):
        found = json.loads(response[2])["logRecord"]
        return answer({"logRecord": {**found, "@message": message.written}})
    return response


@extends("services.cloudwatch_logs._describe_log_groups")
def _describe(original: Any, data: dict[str, Any]) -> Response:
    status, headers, body = original(data)
    if status != 200:
        return status, headers, body
    described: dict[str, Any] = json.loads(body)
    for group in described["logGroups"]:
        state = LOGS.log_groups[group["logGroupName"]].get(_STATE)
        if state is not None:
            group["dataProtectionStatus"] = "ACTIVATED" if state else "DELETED"
    return answer(described)


@extends("services.cloudwatch_logs._get_log_events")
@extends("services.cloudwatch_logs._filter_log_events")
def _read(original: Any, data: dict[str, Any]) -> Response:
    """Read a group; with `unmask`, a copy of it that has the messages as they were written."""
    name = LOGS.resolve_log_group_name(data)
    group = LOGS.log_groups.get(name)
    if not data.get("unmask") or group is None:
        shown: Response = original(data)
        return shown
    streams = {
        key: {**stream, "events": [{**event, "message": _written(event["message"])} for event in stream["events"]]}
        for key, stream in group["streams"].items()
    }
    copy = f"unmasked/{RESPONSES.new_uuid()}"
    LOGS.log_groups[copy] = {**group, "streams": streams}
    try:
        response: Response = original({**data, "logGroupName": copy})
    finally:
        del LOGS.log_groups[copy]
    return response


# ------------------------------------------------------------------ CloudFormation


@extends("services.cloudformation.provisioners._cwlogs_create")
def _provision(original: Any, logical_id: str, props: dict[str, Any], stack_name: str) -> tuple[str, dict[str, str]]:
    _require_valid(props)
    created: tuple[str, dict[str, str]] = original(logical_id, props, stack_name)
    _set(created[0], props)
    return created


@extends("services.cloudformation.provisioners._cwlogs_update")
def _change(
    original: Any,
    physical_id: str,
    old_props: dict[str, Any],
    new_props: dict[str, Any],
    stack_name: str,
    logical_id: str | None = None,
) -> tuple[str, dict[str, str]]:
    _require_valid(new_props)
    updated: tuple[str, dict[str, str]] = original(physical_id, old_props, new_props, stack_name, logical_id)
    _set(updated[0], new_props)
    return updated


def _set(name: str, properties: dict[str, Any]) -> None:
    document, group = _document(properties), LOGS.log_groups[name]
    if document is None:
        _delete_policy(group, {})
    else:
        checked(_TYPE, _put_policy(group, {"policyDocument": document}))


# ------------------------------------------------------------------ the policy


def _written(message: str) -> str:
    return message.written if isinstance(message, _MaskedMessage) else message


def _shown(message: str, document: str) -> _MaskedMessage:
    policy = json.loads(document)
    custom = [identifier["Regex"] for identifier in _custom(policy)]
    managed = [found[1] for name in policy["Statement"][0]["DataIdentifier"] if (found := _MANAGED.fullmatch(name))]
    shown = _MaskedMessage(mask(message, custom, managed))
    shown.written = message
    return shown


def _document(properties: dict[str, Any]) -> str | None:
    given = properties.get("DataProtectionPolicy")
    return given if given is None or isinstance(given, str) else json.dumps(given, separators=(",", ":"))


def _require_valid(properties: dict[str, Any]) -> None:
    document = _document(properties)
    problem = None if document is None else _problem(document)
    if problem is not None:
        msg = f"{_TYPE}: The data protection policy is not valid: {problem} (InvalidParameterException)"
        raise ValueError(msg)


def _custom(policy: dict[str, Any]) -> list[dict[str, Any]]:
    listed: list[dict[str, Any]] = (policy.get("Configuration") or {}).get("CustomDataIdentifier") or []
    return listed


def _problem(document: str) -> str | None:
    """Return what AWS would refuse in a policy, or None when it is valid."""
    if len(document) > MAX_POLICY_CHARACTERS:
        return f"{len(document)} characters, more than {MAX_POLICY_CHARACTERS}"
    try:
        policy = json.loads(document)
        return _wrong_identifiers(_custom(policy)) or _wrong_statements(policy)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        return f"it does not have the documented form, {type(error).__name__} {error}"


def _wrong_identifiers(custom: list[dict[str, Any]]) -> str | None:
    names = [identifier["Name"] for identifier in custom]
    if len(custom) > MAX_IDENTIFIERS:
        return f"{len(custom)} custom data identifiers, more than {MAX_IDENTIFIERS}"
    if len(set(names)) != len(names):
        return "two custom data identifiers have the same name"
    for name, regex in ((identifier["Name"], identifier["Regex"]) for identifier in custom):
        if name in MANAGED_IDENTIFIERS or len(name) > MAX_NAME_CHARACTERS or NAME_ALPHABET.fullmatch(name) is None:
            return f"{name!r} is not a valid name for a custom data identifier"
        if len(regex) > MAX_REGEX_CHARACTERS:
            return f"the regex of {name} has {len(regex)} characters, more than {MAX_REGEX_CHARACTERS}"
        if REGEX_ALPHABET.fullmatch(regex) is None:
            return f"the regex of {name} has characters that are not allowed"
        try:
            re.compile(regex)
        except re.error as error:
            return f"the regex of {name} is not valid, {error}"
    return None


def _wrong_statements(policy: dict[str, Any]) -> str | None:
    statements = policy["Statement"]
    operations = [statement["Operation"] for statement in statements]
    if [list(operation) for operation in operations] != [["Audit"], ["Deidentify"]]:
        return "it needs one statement that audits, and after it one that de-identifies"
    if "FindingsDestination" not in operations[0]["Audit"]:
        return "the audit needs a FindingsDestination"
    if operations[1]["Deidentify"] != {"MaskConfig": {}}:
        return "the de-identification needs an empty MaskConfig"
    if statements[0]["DataIdentifier"] != statements[1]["DataIdentifier"]:
        return "the statements name different data identifiers"
    if not statements[0]["DataIdentifier"]:
        return "it names no data identifier"
    known = {identifier["Name"] for identifier in _custom(policy)}
    unknown = [n for n in statements[0]["DataIdentifier"] if n not in known and _MANAGED.fullmatch(n) is None]
    return f"no data identifier is named {unknown[0]!r}" if unknown else None
