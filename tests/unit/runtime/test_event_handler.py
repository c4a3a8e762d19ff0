"""What can be a handler, and how it is called."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any
from unittest.mock import MagicMock, Mock

import pytest

from constructs_lib import EventFilter, SaasusEvent, SaasusEventsError
from constructs_lib import operations as op
from constructs_lib.runtime import EventHandlers, InvalidHandler
from constructs_lib.testing import sample_event

if TYPE_CHECKING:
    from collections.abc import Callable

CREATED = EventFilter.of(op.auth.create_tenant)
EVENT = sample_event(op.auth.create_tenant)
CONTEXT = object()


def passing_on(function: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(function)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        return function(*args, **kwargs)

    return wrapper


class Service:
    def one(self, event: SaasusEvent) -> tuple[Any, ...]:
        return (event.id,)

    def two(self, event: SaasusEvent, context: object) -> tuple[Any, ...]:
        return event.id, context

    @passing_on
    def decorated(self, event: SaasusEvent, context: object) -> tuple[Any, ...]:
        return event.id, context

    @staticmethod
    def static(event: SaasusEvent, context: object) -> tuple[Any, ...]:
        return event.id, context

    @classmethod
    def of_class(cls, event: SaasusEvent) -> tuple[Any, ...]:
        return (event.id,)

    def __call__(self, event: SaasusEvent, context: object = None) -> tuple[Any, ...]:
        return event.id, context


def with_both(function: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(function)
    def wrapper(event: SaasusEvent, context: object) -> Any:
        return (*function(event), context)

    return wrapper


def with_table(event: SaasusEvent, context: object, table: str) -> tuple[Any, ...]:
    assert table == "t"
    return event.id, context


def table_first(table: str, event: SaasusEvent) -> tuple[Any, ...]:
    assert table == "t"
    return (event.id,)


def keyword_only(event: SaasusEvent, *, retries: int = 3) -> tuple[Any, ...]:
    assert retries == 3
    return (event.id,)


def second_has_default(event: SaasusEvent, retries: int = 3) -> tuple[Any, ...]:
    assert retries == 3
    return (event.id,)


@pytest.mark.parametrize(
    ("function", "gets_context"),
    [
        (lambda event: (event.id,), False),
        (lambda event, context: (event.id, context), True),
        (lambda event, _: (event.id, _), True),
        (lambda event, context=None: (event.id, context), True),
        (lambda *given: (given[0].id, *given[1:]), True),
        (lambda event, *rest: (event.id, *rest), True),
        (second_has_default, False),
        (keyword_only, False),
        (Service().one, False),
        (Service().two, True),
        (Service().decorated, True),
        (Service.static, True),
        (vars(Service)["static"], True),
        (Service.of_class, False),
        (Service(), True),
        (functools.partial(with_table, table="t"), True),
        (functools.partial(table_first, "t"), False),
        (functools.partial(passing_on(table_first), "t"), False),
        (functools.partial(functools.partial(with_table), table="t"), True),
        (passing_on(Service().one), False),
        (passing_on(Service().two), True),
        (passing_on(functools.partial(with_table, table="t")), True),
        (with_both(Service().one), True),
    ],
)
def test_a_handler_gets_the_event_and_the_context_if_it_takes_it(
    function: Callable[..., Any], gets_context: bool
) -> None:
    handlers = EventHandlers()
    assert handlers.on(CREATED, name="it")(function) is function

    assert handlers(EVENT, CONTEXT) == ((EVENT["id"], CONTEXT) if gets_context else (EVENT["id"],))


async def asynchronous(event: SaasusEvent) -> None: ...


async def yields_later(event: SaasusEvent) -> Any:
    yield event


def yields(event: SaasusEvent) -> Any:
    yield event


REFUSED: list[tuple[Any, str]] = [
    (asynchronous, "asyncio.run"),
    (passing_on(asynchronous), "asyncio.run"),
    (functools.partial(asynchronous), "asyncio.run"),
    (yields_later, "yield"),
    (yields, "yield"),
    (lambda: None, "(event) or (event, context)"),
    (lambda _a, _b, _c: None, "takes (_a, _b, _c)"),
    (with_table, "functools.partial"),
    (lambda _, *, _table: None, "*, _table"),
    (functools.partial(passing_on(table_first), "t", None), "(event) or (event, context)"),
    (EventHandlers, "not a function"),
    ("onboard", "not a function"),
    (None, "@handlers.fallback"),
]


@pytest.mark.parametrize(("function", "words"), REFUSED)
def test_what_could_never_handle_an_event_is_refused_where_it_is_declared(function: Any, words: str) -> None:
    for declare in (EventHandlers().on(CREATED, name="it"), EventHandlers().fallback):
        with pytest.raises(InvalidHandler) as error:
            declare(function)
        assert "Expected" in str(error.value)
    with pytest.raises(InvalidHandler) as error:
        EventHandlers().on(CREATED, name="it")(function)
    assert words in str(error.value)
    assert isinstance(error.value, SaasusEventsError)


@pytest.mark.parametrize("mock", [Mock(return_value="done"), MagicMock(return_value="done")])
def test_a_mock_in_the_place_of_a_handler_gets_the_event(mock: Mock) -> None:
    handlers = EventHandlers()
    handlers.on(EventFilter.all(), name="mocked")(mock)
    assert handlers(EVENT) == "done"
    mock.assert_called_once_with(SaasusEvent.from_dict(EVENT), None)


def test_an_awaitable_that_a_function_returns_is_an_error_and_not_lost() -> None:
    handlers = EventHandlers()
    handlers.on(CREATED, name="it")(lambda event: asynchronous(event))

    with pytest.raises(InvalidHandler, match="'it' is asynchronous"):
        handlers(EVENT)


@pytest.mark.parametrize("name", ["", "a/b", "a b", "é", 7, "<lambda>", "a${Token[x.1]}"])
def test_a_name_that_cannot_be_an_id_is_refused(name: Any) -> None:
    with pytest.raises(InvalidHandler, match="name='onboard'"):
        EventHandlers().on(CREATED, name=name)(Service().one)


def test_a_function_without_a_usable_name_asks_for_one() -> None:
    for function in (lambda _: None, functools.partial(table_first, "t"), Service()):
        with pytest.raises(InvalidHandler, match=r"Pass one that stays the same"):
            EventHandlers().on(CREATED)(function)


@pytest.mark.parametrize("given", [op.auth.create_tenant, "create_tenant", None, CREATED.to_pattern(), asynchronous])
def test_a_filter_is_asked_for(given: Any) -> None:
    with pytest.raises(InvalidHandler, match=r"not an EventFilter\. Expected one such as"):
        EventHandlers().on(given)
