"""Which handler an event goes to."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from constructs_lib import EventFilter, SaasusEvent, SaasusEventsError
from constructs_lib import operations as op
from constructs_lib.events.decoded_event import decode
from constructs_lib.runtime import EventHandlers, InvalidHandler, UnhandledEvent
from constructs_lib.runtime.invocation import remaining_time
from constructs_lib.testing import sample_event, variants

if TYPE_CHECKING:
    from collections.abc import Callable

CREATED = EventFilter.of(op.auth.create_tenant)


def says(text: str) -> Callable[[SaasusEvent], str]:
    def handler(event: SaasusEvent) -> str:
        return f"{text} {event.event_type}"

    handler.__name__ = text
    return handler


def of(*declared: tuple[str, EventFilter], fallback: bool = False) -> EventHandlers:
    handlers = EventHandlers()
    for name, event_filter in declared:
        handlers.on(event_filter)(says(name))
    if fallback:
        handlers.fallback(says("other"))
    return handlers


def test_the_first_handler_that_matches_runs_and_no_other() -> None:
    failed = ("failed", EventFilter.all().failed())
    created = ("created", CREATED)
    event = sample_event(op.auth.create_tenant, status=500)

    assert of(failed, created)(event) == "failed create_tenant"
    assert of(created, failed)(event) == "created create_tenant"
    assert of(created, failed)(sample_event(op.auth.delete_tenant, status=500)) == "failed delete_tenant"


def test_what_no_filter_matches_goes_to_the_fallback_wherever_it_is_declared() -> None:
    handlers = EventHandlers()
    handlers.fallback(says("other"))
    handlers.on(CREATED)(says("created"))

    assert handlers(sample_event(op.auth.create_tenant)) == "created create_tenant"
    assert handlers(sample_event(op.auth.delete_tenant)) == "other delete_tenant"


def test_without_a_fallback_an_event_that_nobody_takes_is_an_error_and_so_comes_back() -> None:
    event = sample_event(op.auth.delete_tenant)
    with pytest.raises(UnhandledEvent) as error:
        of(("created", CREATED), ("priced", EventFilter.of(op.pricing)))(event)

    text = str(error.value)
    assert "'delete_tenant'" in text
    assert "auth.delete_tenant" in text
    assert SaasusEvent.from_dict(event).log_id in text
    assert "'created', 'priced'" in text
    assert "@handlers.fallback" in text
    assert isinstance(error.value, SaasusEventsError)
    with pytest.raises(UnhandledEvent, match="No handler is declared"):
        EventHandlers()(event)


def test_each_operation_goes_to_its_own_handler() -> None:
    handlers = of(*((str(o).replace(".", "-"), EventFilter.of(o)) for o in op), fallback=True)

    for operation in op:
        said = handlers(sample_event(operation))
        assert said.split()[0] == str(operation).replace(".", "-")


class TestExactness:
    """Rules bring more than filters mean: patterns see text, and trust names."""

    def test_every_variant_goes_to_the_handler_of_its_operation(self) -> None:
        handlers = of(*((str(o).replace(".", "-"), EventFilter.of(o)) for o in op))
        chosen = [*op][::4]
        wrong = [
            (str(operation), variant.name)
            for operation in chosen
            for variant in variants(operation)
            if handlers(variant.event).split()[0] != str(operation).replace(".", "-")
        ]
        assert wrong == []

    def test_what_only_a_pattern_takes_is_skipped_with_a_line_in_the_log(
        self, caplog: pytest.LogCaptureFixture
    ) -> None:
        named_alike = sample_event(op.auth.delete_env, event_type="create_tenant")
        deep = sample_event(op.auth.create_tenant, request={"attributes": {"plan": "x"}})
        for event, event_filter in ((named_alike, CREATED), (deep, EventFilter.all().request(plan="x"))):
            assert event_filter.matches(event)
            with caplog.at_level("INFO", "constructs_lib.runtime"):
                assert of(("it", event_filter))(event) is None
            assert of(("it", event_filter), fallback=True)(event).startswith("other")
        assert [record.levelname for record in caplog.records] == ["INFO", "INFO"]
        assert "skipped" in caplog.text

    def test_an_event_that_does_not_say_what_it_is_about_is_what_its_rule_took_it_for(self) -> None:
        event = sample_event(op.auth.create_tenant)
        for text in ("", "{}", '{"http_status":"201"}', '{"request_method":"POST"}'):
            unclear = {**event, "detail": {**event["detail"], "event": text}}
            assert of(("it", CREATED))(unclear) == "it create_tenant"
            with pytest.raises(UnhandledEvent):
                of(("it", EventFilter.of(op.auth.delete_env)))(unclear)

    def test_an_event_with_a_known_name_and_a_new_path_is_what_its_rule_took_it_for(self) -> None:
        for operation in (op.auth.create_tenant, op.auth.delete_tenant_user):
            moved = sample_event(operation)
            moved["detail"]["event"] = moved["detail"]["event"].replace("/v1/auth/", "/v2/people/")
            its_own, another = ("it", EventFilter.of(operation)), ("env", EventFilter.of(op.auth.delete_env))
            assert of(another, its_own)(moved).startswith("it ")
            with pytest.raises(UnhandledEvent):
                of(another)(moved)
            moved["detail"]["event_type"] = "unheard_of"
            with pytest.raises(UnhandledEvent):
                of(another, its_own)(moved)

    def test_decoded_events_go_where_the_originals_go(self) -> None:
        handlers = of(
            ("created", CREATED.succeeded()),
            ("tenant", EventFilter.all().tenant("fc84307d-e285-4854-8c16-21a6871a2a13")),
            ("body", EventFilter.of(op.auth.create_env).request(name="x")),
            ("priced", EventFilter.of(op.pricing).failed()),
            fallback=True,
        )
        for operation in op:
            for status in (None, 404):
                event = sample_event(operation, status=status)
                assert handlers(decode(event)) == handlers(event)


class TestInclude:
    def test_handlers_of_other_modules_come_where_they_are_included(self) -> None:
        tenants, users = of(("created", CREATED)), of(("any", EventFilter.of(op.auth)))
        both = EventHandlers()
        both.include(tenants)
        both.on(EventFilter.of(op.auth.delete_tenant))(says("deleted"))
        both.include(users)
        both.fallback(says("other"))

        assert [handler.name for handler in both.declared] == ["created", "deleted", "any"]
        told = [both(sample_event(o)).split()[0] for o in (op.auth.create_tenant, op.auth.delete_tenant)]
        assert told == ["created", "deleted"]
        assert both(sample_event(op.auth.create_env)) == "any create_env"
        assert both(sample_event(op.pricing.create_tax_rate)) == "other create_tax_rate"

    def test_what_is_declared_later_counts_too(self) -> None:
        tenants, both = EventHandlers(), EventHandlers()
        both.include(tenants)
        tenants.on(CREATED)(says("created"))

        assert both(sample_event(op.auth.create_tenant)) == "created create_tenant"

    def test_the_fallback_of_an_included_module_is_that_of_all(self) -> None:
        both = EventHandlers()
        both.include(of(fallback=True))
        both.on(CREATED)(says("created"))

        assert both(sample_event(op.auth.create_tenant)) == "created create_tenant"
        assert both(sample_event(op.auth.create_env)) == "other create_env"
        with pytest.raises(InvalidHandler, match="both the fallback"):
            both.fallback(says("another"))

    def test_it_refuses_what_is_not_handlers_and_circles(self) -> None:
        one, other, third = EventHandlers(), EventHandlers(), EventHandlers()
        one.include(other)
        other.include(third)
        for handlers in (one, other, third):
            with pytest.raises(InvalidHandler, match="would include themselves"):
                third.include(handlers)
        for wrong in (says("created"), CREATED, None):
            with pytest.raises(InvalidHandler, match=r"not an EventHandlers\. Expected"):
                one.include(wrong)  # type: ignore[arg-type]

    def test_a_name_is_taken_once_in_all_modules(self) -> None:
        both = of(("created", CREATED))
        for declare in (
            lambda: both.include(of(("created", EventFilter.all()))),
            lambda: both.on(EventFilter.all())(says("created")),
            lambda: both.on(EventFilter.all(), name="created")(says("x")),
        ):
            with pytest.raises(InvalidHandler, match="Two handlers have the name 'created'"):
                declare()
        assert len(both.declared) == 1
        late = EventHandlers()
        both.include(late)
        late.on(CREATED)(says("created"))
        with pytest.raises(InvalidHandler, match="Two handlers have the name 'created'"):
            both(sample_event(op.auth.create_tenant))


def test_the_time_that_the_invocation_has_left_is_known_to_what_a_handler_calls() -> None:
    class Context:
        def get_remaining_time_in_millis(self) -> int:
            return 2500

    handlers = EventHandlers()
    handlers.fallback(lambda _: remaining_time())

    assert handlers(sample_event(op.auth.create_env), Context()) == 2.5
    assert handlers(sample_event(op.auth.create_env)) is None
    assert remaining_time() is None


LOADED_LATE = ("aws_cdk", "boto3", "logging", "aws_lambda_powertools", "constructs_lib.testing")


def test_declaring_handlers_loads_little() -> None:
    program = """
import sys
from constructs_lib import EventFilter, operations as op
from constructs_lib.runtime import EventHandlers
handlers = EventHandlers()
@handlers.on(EventFilter.of(op.auth.create_tenant).succeeded())
def onboard(event, context):
    return event.response["id"]
print(*sys.modules)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert [name for name in LOADED_LATE if name in done.stdout.split()] == []
