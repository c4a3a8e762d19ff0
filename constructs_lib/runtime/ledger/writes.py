"""What a turn writes in one transaction with its mark: DynamoDB's transact items, of plain Python values."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, Final

from constructs_lib.events.json_values import in_short
from constructs_lib.runtime.ledger.errors import InvalidLedger

ITEMS_MAXIMUM: Final = 99
"""What fits into a transaction beside the mark: TransactWriteItems takes 100 items."""

_ACTIONS: Final = ("Put", "Update", "Delete", "ConditionCheck")
_WITH_VALUES: Final = ("Item", "Key", "ExpressionAttributeValues")


def transact_item(item: object) -> dict[str, Any]:
    """Return an item of TransactWriteItems with DynamoDB's types in the place of plain values.

    Raises:
        InvalidLedger: It is not one, or it has a value that DynamoDB has no type for.
    """
    action = next(iter(item)) if isinstance(item, Mapping) and len(item) == 1 else None
    request = item[action] if isinstance(item, Mapping) and action in _ACTIONS else None
    if not isinstance(request, Mapping) or not request.get("TableName"):
        raise InvalidLedger(
            f"{in_short(item)} is not an item of a transaction. Expected one of {', '.join(_ACTIONS)} with what "
            "TransactWriteItems takes, in plain values: {'Put': {'TableName': 'users', 'Item': {'id': '1'}}}. Pass "
            "that, or call turn.put('users', {'id': '1'})."
        )
    return {
        str(action): {
            name: {key: _typed(inner, key) for key, inner in value.items()} if name in _WITH_VALUES else value
            for name, value in request.items()
        }
    }


def _typed(value: Any, name: str) -> dict[str, Any]:
    from boto3.dynamodb.types import TypeSerializer  # slow to load

    try:
        typed = TypeSerializer().serialize(_without_floats(value))
    except (TypeError, ValueError, ArithmeticError) as error:
        raise InvalidLedger(
            f"{in_short(value)} of {name!r} cannot be stored in DynamoDB ({error}). Expected text, numbers of up to 38 "
            "digits, booleans, None, bytes, sets, lists and dictionaries. Convert the value first."
        ) from None
    return dict(typed)


def _without_floats(value: Any) -> Any:
    """Return a value with decimal numbers, as boto3 asks for; of a float, what Python prints of it."""
    if isinstance(value, float):
        from decimal import Decimal

        if not math.isfinite(value):
            msg = "not a finite number"
            raise ValueError(msg)
        return Decimal(repr(value))
    if isinstance(value, Mapping):
        return {key: _without_floats(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [_without_floats(inner) for inner in value]
    return value
