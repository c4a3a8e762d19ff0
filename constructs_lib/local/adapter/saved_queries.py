"""Saved queries of CloudWatch Logs Insights and Athena: `AWS::Logs::QueryDefinition`, `AWS::Athena::NamedQuery`.

AWS: CloudFormation, AWS::Logs::QueryDefinition, AWS::Athena::NamedQuery.
"""

from __future__ import annotations

import uuid
from typing import Any

from constructs_lib.local.adapter.emulator import ATHENA, LOGS, checked
from constructs_lib.local.adapter.replacements import REPLACING_PROPERTIES, adds
from constructs_lib.local.adapter.request_validation import require_valid

_TYPE = "AWS::Logs::QueryDefinition"
_CHARACTERS = 10_000

_saved: dict[str, dict[str, Any]] = {}


@adds(_TYPE, "create")
def _create_query(_logical_id: str, props: dict[str, Any], _stack_name: str) -> tuple[str, dict[str, str]]:
    id = str(uuid.uuid4())
    _save(id, props)
    return id, {"QueryDefinitionId": id}


@adds(_TYPE, "update")
def _change_query(
    physical_id: str, _old_props: dict[str, Any], new_props: dict[str, Any], _stack_name: str
) -> tuple[str, dict[str, str]]:
    _save(physical_id, new_props)
    return physical_id, {"QueryDefinitionId": physical_id}


@adds(_TYPE, "delete")
def _remove_query(physical_id: str, _props: dict[str, Any]) -> None:
    _saved.pop(physical_id, None)


def _save(id: str, properties: dict[str, Any]) -> None:
    text = str(properties.get("QueryString") or "")
    if not 1 <= len(text) <= _CHARACTERS or not properties.get("Name"):
        msg = f"{_TYPE}: a query needs a name, and a text of 1 to {_CHARACTERS:,} characters."
        raise ValueError(msg)
    missing = [name for name in properties.get("LogGroupNames") or [] if name not in LOGS.log_groups]
    if missing:
        msg = f"{_TYPE}: The log group {missing[0]} does not exist. (ResourceNotFoundException)"
        raise ValueError(msg)
    _saved[id] = properties


# ------------------------------------------------------------------ Athena

_NAMED_QUERY = "AWS::Athena::NamedQuery"

REPLACING_PROPERTIES[_NAMED_QUERY] = ("Database", "Description", "Name", "QueryString", "WorkGroup")


@adds(_NAMED_QUERY, "create")
def _create_named_query(logical_id: str, props: dict[str, Any], stack_name: str) -> tuple[str, dict[str, str]]:
    data = {"Name": f"{stack_name}-{logical_id}", **props}
    require_valid(_NAMED_QUERY, "CreateNamedQuery", data, service="athena")
    id = str(checked(_NAMED_QUERY, ATHENA.create_named_query(data))["NamedQueryId"])
    return id, {"NamedQueryId": id}


@adds(_NAMED_QUERY, "delete")
def _remove_named_query(physical_id: str, _props: dict[str, Any]) -> None:
    ATHENA.delete_named_query({"NamedQueryId": physical_id})
