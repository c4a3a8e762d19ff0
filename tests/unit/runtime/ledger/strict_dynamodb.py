"""DynamoDB's items and expressions in memory, as far as the ledger uses them, and stricter than DynamoDB."""

from __future__ import annotations

import re
from decimal import Decimal
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from collections.abc import Callable

    Item = dict[str, dict[str, Any]]
    Values = dict[str, dict[str, Any]]
    Condition = Callable[[Item, Values], bool]
    Operand = Callable[[Item, Values], dict[str, Any] | None]

_TOKEN = re.compile(r"\s*([#:]?\w+|<=|>=|<>|[(),=<>+-])")
_COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "=": lambda one, other: bool(one == other),
    "<": lambda one, other: bool(one < other),
    "<=": lambda one, other: bool(one <= other),
    ">": lambda one, other: bool(one > other),
    ">=": lambda one, other: bool(one >= other),
}


class StrictDynamoDb:
    """A client of DynamoDB with tables in memory.

    It takes names and values only as `#name` and `:value`, refuses those that an expression does not use, and returns
    an item after a failed condition only if it was asked for.
    """

    def __init__(self, **keys: str) -> None:
        self.keys = keys
        self.tables: dict[str, dict[Any, Item]] = {name: {} for name in keys}

    def get_item(self, *, TableName: str, Key: Item, ConsistentRead: bool) -> dict[str, Any]:  # noqa: N803
        assert ConsistentRead, "an item that was read late says nothing"
        item = self.tables[TableName].get(self._key(TableName, Key))
        return {} if item is None else {"Item": dict(item)}

    def update_item(self, *, ReturnValues: str = "NONE", **request: Any) -> dict[str, Any]:  # noqa: N803
        before = self._item(request)
        if not self._holds(request, before):
            response = {
                "Error": {"Code": "ConditionalCheckFailedException", "Message": "The conditional request failed"}
            }
            raise ClientError({**response, **self._shown(request, before)}, "UpdateItem")  # type: ignore[typeddict-item]
        after = self._store(request, self._updated(request, before))
        return {"Attributes": after} if ReturnValues == "ALL_NEW" else {}

    def transact_write_items(self, *, TransactItems: list[dict[str, Any]]) -> dict[str, Any]:  # noqa: N803
        _require(0 < len(TransactItems) <= 100, "a transaction has 1 to 100 items")
        requests = [next(iter(each.items())) for each in TransactItems]
        places = [(r["TableName"], self._key(r["TableName"], r.get("Key") or r["Item"])) for _, r in requests]
        _require(len(set(places)) == len(places), "a transaction has each item once")
        reasons = []
        for _, request in requests:
            before = self._item(request)
            holds = self._holds(request, before)
            failed = {"Code": "ConditionalCheckFailed", **self._shown(request, before)}
            reasons.append({"Code": "None"} if holds else failed)
        if any(reason["Code"] != "None" for reason in reasons):
            response = {"Error": {"Code": "TransactionCanceledException", "Message": "Transaction cancelled"}}
            response["CancellationReasons"] = reasons  # type: ignore[assignment]
            raise ClientError(response, "TransactWriteItems")  # type: ignore[arg-type]
        for (action, request), (table, key) in zip(requests, places, strict=True):
            if action == "Put":
                self._store(request, request["Item"])
            elif action == "Update":
                self._store(request, self._updated(request, self._item(request)))
            elif action == "Delete":
                self.tables[table].pop(key, None)
            else:
                _require(action == "ConditionCheck", f"{action} is not an action")
        return {}

    def _key(self, table: str, item: Item) -> Any:
        [(_, value)] = item[self.keys[table]].items()
        return value

    def _item(self, request: dict[str, Any]) -> Item:
        key = request.get("Key") or request["Item"]
        return self.tables[request["TableName"]].get(self._key(request["TableName"], key), {})

    def _store(self, request: dict[str, Any], item: Item) -> Item:
        whole = {**item, **request.get("Key", {})}
        self.tables[request["TableName"]][self._key(request["TableName"], whole)] = whole
        return whole

    def _holds(self, request: dict[str, Any], item: Item) -> bool:
        names, values = request.get("ExpressionAttributeNames", {}), request.get("ExpressionAttributeValues", {})
        update, condition = request.get("UpdateExpression", ""), request.get("ConditionExpression", "")
        used = set(re.findall(r"[#:]\w+", f"{update} {condition}"))
        _require(used == {*names, *values}, f"used {sorted(used)}, defined {sorted([*names, *values])}")
        for value in values.values():
            [(kind, content)] = value.items()
            _require(kind != "SS" or len(content) > 0, "a set cannot be empty")
        return not condition or _condition(condition, tuple(names.items()))(item, values)

    def _shown(self, request: dict[str, Any], item: Item) -> dict[str, Any]:
        asked = request.get("ReturnValuesOnConditionCheckFailure") == "ALL_OLD"
        return {"Item": dict(item)} if asked and item else {}

    def _updated(self, request: dict[str, Any], item: Item) -> Item:
        names, values = request.get("ExpressionAttributeNames", {}), request.get("ExpressionAttributeValues", {})
        changes = _update(request["UpdateExpression"], tuple(names.items()))
        after = dict(item)
        for name, change in changes.items():
            value = change(item, values)
            if value is None:
                after.pop(name, None)
            else:
                after[name] = value
        return after


def _require(holds: bool, message: str) -> None:
    if not holds:
        raise ClientError({"Error": {"Code": "ValidationException", "Message": message}}, "Request")


class _Reader:
    """Reads an expression by its grammar."""

    def __init__(self, text: str, names: tuple[tuple[str, str], ...]) -> None:
        self._tokens = _TOKEN.findall(text)
        _require("".join(self._tokens) == re.sub(r"\s", "", text), f"{text!r} has signs that are not known")
        self._names = dict(names)
        self._at = 0

    def peek(self) -> str:
        return self._tokens[self._at] if self._at < len(self._tokens) else ""

    def take(self, expected: str = "") -> str:
        token = self.peek()
        _require(bool(token) and expected in ("", token), f"{token!r} is not {expected!r}")
        self._at += 1
        return token

    def name(self) -> str:
        token = self.take()
        _require(token in self._names, f"{token!r} is not a #name that is defined")
        return self._names[token]

    def either(self) -> Condition:
        parts = [self._both()]
        while self.peek() == "OR":
            self.take()
            parts.append(self._both())
        return parts[0] if len(parts) == 1 else lambda item, values: any(part(item, values) for part in parts)

    def _both(self) -> Condition:
        parts = [self._one()]
        while self.peek() == "AND":
            self.take()
            parts.append(self._one())
        return parts[0] if len(parts) == 1 else lambda item, values: all(part(item, values) for part in parts)

    def _one(self) -> Condition:
        token = self.peek()
        if token == "NOT":
            self.take()
            inner = self._one()
            return lambda item, values: not inner(item, values)
        if token == "(":
            self.take()
            inner = self.either()
            self.take(")")
            return inner
        if token in {"attribute_exists", "attribute_not_exists"}:
            self.take()
            self.take("(")
            name = self.name()
            self.take(")")
            there = token == "attribute_exists"
            return lambda item, _: (name in item) == there
        if token == "contains":
            self.take()
            self.take("(")
            name = self.name()
            self.take(",")
            operand = self.operand()
            self.take(")")
            return lambda item, values: _contains(item.get(name), operand(item, values))
        left, sign, right = self.operand(), self.take(), self.operand()
        compare = _COMPARISONS[sign]
        return lambda item, values: _compares(compare, left(item, values), right(item, values))

    def operand(self) -> Operand:
        if self.peek().startswith(":"):
            token = self.take()
            return lambda _, values: values[token]
        if self.peek() == "if_not_exists":
            self.take()
            self.take("(")
            name = self.name()
            self.take(",")
            otherwise = self.operand()
            self.take(")")
            return lambda item, values: item[name] if name in item else otherwise(item, values)
        name = self.name()
        return lambda item, _: item.get(name)

    def value(self) -> Operand:
        left = self.operand()
        if self.peek() != "+":
            return left
        self.take()
        right = self.operand()
        return lambda item, values: _sum(left(item, values), right(item, values))


def _compares(compare: Callable[[Any, Any], bool], one: dict[str, Any] | None, other: dict[str, Any] | None) -> bool:
    if one is None or other is None or one.keys() != other.keys():
        return False
    [(kind, left)], [(_, right)] = one.items(), other.items()
    if kind == "N":
        return compare(Decimal(left), Decimal(right))
    return compare(left.encode(), right.encode()) if kind == "S" else compare(left, right)


def _contains(container: dict[str, Any] | None, operand: dict[str, Any] | None) -> bool:
    if container is None or operand is None:
        return False
    _require("SS" in container and "S" in operand, "only sets of text are used")
    return operand["S"] in container["SS"]


def _sum(one: dict[str, Any] | None, other: dict[str, Any] | None) -> dict[str, Any]:
    _require(one is not None and other is not None and "N" in one and "N" in other, "only numbers have a sum")
    assert one is not None
    assert other is not None
    return {"N": str(Decimal(one["N"]) + Decimal(other["N"]))}


@lru_cache(maxsize=200)
def _condition(text: str, names: tuple[tuple[str, str], ...]) -> Condition:
    reader = _Reader(text, names)
    condition = reader.either()
    _require(reader.peek() == "", f"{reader.peek()!r} is too much")
    return condition


@lru_cache(maxsize=200)
def _update(text: str, names: tuple[tuple[str, str], ...]) -> dict[str, Operand]:
    """Return what each attribute becomes; None for removed."""
    reader = _Reader(text, names)
    changes: dict[str, Operand] = {}
    clauses: list[str] = []
    while reader.peek():
        clause = reader.take()
        _require(
            clause in {"SET", "REMOVE", "ADD"} and clause not in clauses, f"{clause!r} is not a clause or is twice"
        )
        clauses.append(clause)
        while True:
            name = reader.name()
            _require(name not in changes, f"{name} is changed twice")
            if clause == "SET":
                reader.take("=")
                changes[name] = reader.value()
            elif clause == "REMOVE":
                changes[name] = lambda _, __: None
            else:
                changes[name] = _added(name, reader.take())
            if reader.peek() != ",":
                break
            reader.take()
    return changes


def _added(name: str, token: str) -> Operand:
    def add(item: Item, values: Values) -> dict[str, Any]:
        [(kind, more)] = values[token].items()
        before = item.get(name, {}).get(kind)
        if kind == "N":
            return {"N": str(Decimal(before or 0) + Decimal(more))}
        _require(kind == "SS", f"{kind} cannot be added")
        return {"SS": sorted({*(before or ()), *more})}

    return add
