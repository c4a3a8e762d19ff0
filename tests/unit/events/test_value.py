"""Values: what a frozen dataclass does, for whoever relied on one."""

from __future__ import annotations

import copy
import dataclasses
import pickle
from typing import Any

import pytest

from constructs_lib import Operation, SaasusEvent
from constructs_lib import operations as op
from constructs_lib.events.value import Value
from constructs_lib.testing.samples import sample_event


class Point(Value, uncompared=("label",), unhashed=("tags",), unshown=("tags",)):
    x: int
    y: int = 2
    label: str = ""
    tags: Any = ()


def test_fields_are_set_by_place_name_or_default() -> None:
    assert (Point(1).x, Point(1).y, Point(1, 3).y, Point(y=4, x=1).y) == (1, 2, 3, 4)


@pytest.mark.parametrize(
    ("positional", "named", "words"),
    [
        ((), {}, "Point lacks x"),
        ((1, 2, "", (), 5), {}, "takes 4 values, not 5"),
        ((1,), {"x": 2}, "two values for 'x'"),
        ((1,), {"z": 2}, "no field 'z'"),
    ],
)
def test_wrong_fields_are_refused(positional: tuple[int, ...], named: dict[str, int], words: str) -> None:
    make: Any = Point
    with pytest.raises(TypeError, match=words):
        make(*positional, **named)


def test_compares_by_its_fields_as_said() -> None:
    assert Point(1, tags=[1]) == Point(1, label="other", tags=[1])
    assert hash(Point(1, tags=[1])) == hash(Point(1, label="other", tags=[2]))
    assert Point(1) != Point(2)
    assert Point(1, tags=[1]) != Point(1, tags=[2])
    assert Point(1) != (1, 2)
    assert repr(Point(1, tags=[1])) == "Point(x=1, y=2, label='')"


def test_cannot_be_changed() -> None:
    point: Any = Point(1)
    with pytest.raises(dataclasses.FrozenInstanceError):
        point.x = 2
    with pytest.raises(dataclasses.FrozenInstanceError):
        point.new = 2
    with pytest.raises(dataclasses.FrozenInstanceError):
        del point.x
    assert point == Point(1)


EVENT = SaasusEvent.from_dict(sample_event(op.auth.create_tenant))


@pytest.mark.parametrize(
    "value", [Point(1, tags=(2,)), op.auth.create_tenant, EVENT], ids=["point", "operation", "event"]
)
def test_takes_copies_and_what_takes_dataclasses(value: Any) -> None:
    assert copy.deepcopy(value) == copy.copy(value) == pickle.loads(pickle.dumps(value)) == value  # noqa: S301
    assert dataclasses.replace(value) == value
    assert list(dataclasses.asdict(value)) == [field.name for field in dataclasses.fields(value)]
    assert bool(dataclasses.is_dataclass(value))


def test_a_copy_of_an_event_names_the_operation_of_the_catalog() -> None:
    assert EVENT.operation is op.auth.create_tenant
    for event in (pickle.loads(pickle.dumps(EVENT)), copy.deepcopy(EVENT), dataclasses.replace(EVENT)):  # noqa: S301
        assert event.operation is op.auth.create_tenant
        assert event.tenant_id == EVENT.tenant_id


def test_a_field_can_be_matched_and_replaced() -> None:
    match Point(1, 7):
        case Point(x, y):
            assert (x, y) == (1, 7)
    assert dataclasses.replace(op.auth.create_tenant, method="PUT").method == "PUT"
    assert dataclasses.replace(op.auth.create_tenant, method="PUT") != op.auth.create_tenant
    assert [f.name for f in dataclasses.fields(Operation)][:3] == ["api", "name", "operation_id"]
    assert {f.name: f.compare for f in dataclasses.fields(SaasusEvent)}["request"] is False
