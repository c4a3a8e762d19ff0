"""What EventBridge would refuse, never fill in or never deliver is said at synth, whichever way it is given."""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING, Any

import jsii
import pytest
from aws_cdk import CfnParameter, SecretValue, Stack
from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as cdk_targets
from aws_cdk import aws_secretsmanager as secretsmanager
from aws_cdk import aws_sqs as sqs

from constructs_lib import EventFilter, InvalidConfiguration, InvalidRoute, SaasusEventBus, SaasusIntegration, targets
from tests.synth.apps import SOURCE, new_app

if TYPE_CHECKING:
    from collections.abc import Callable

    from aws_cdk.interfaces.aws_events import IRuleRef
    from constructs import IConstruct

    from constructs_lib import Route

HOST = "https://crm.example.com"
EVERYTHING = EventFilter.all()
NUMBERS = count()
field = events.EventField.from_path
given = events.RuleTargetInput


@pytest.fixture(scope="module")
def bus() -> SaasusEventBus:
    """One bus for all, since nothing here is synthesized."""
    return SaasusEventBus(Stack(new_app(), "Events"), "Saasus", event_source_name=SOURCE)


def key() -> events.Authorization:
    return events.Authorization.api_key("x-api-key", SecretValue.secrets_manager("crm"))


def call(bus: SaasusEventBus, **options: Any) -> Route:
    id = f"Tell{next(NUMBERS)}"
    return bus.call(id, EVERYTHING, **{"endpoint": f"{HOST}/hooks", "authorization": key(), **options})


def by_cdk_target(bus: SaasusEventBus, *, endpoint: str = f"{HOST}/hooks", **options: Any) -> Route:
    id = f"Tell{next(NUMBERS)}"
    connection = events.Connection(bus, f"{id}Connection", authorization=key())
    destination = events.ApiDestination(bus, f"{id}Destination", connection=connection, endpoint=endpoint)
    return bus.route(id, EVERYTHING, cdk_targets.ApiDestination(destination, **options))


def warned(construct: IConstruct) -> list[str]:
    """Return the ids and texts of the warnings on a construct and what is in it."""
    return [
        str(entry.data) for part in construct.node.find_all() for entry in part.node.metadata if "warning" in entry.type
    ]


BOTH_WAYS = pytest.mark.parametrize("make", [call, by_cdk_target], ids=["call", "aws-cdk-lib's target"])


ENDPOINTS = [
    (f"{HOST}/users/{{id}}", r"path_parameter_values"),
    (f"{HOST}/users/{field('$.detail.trace_id')}", r"path_parameter_values"),
    (f"{HOST}/#top", "'#'.*remove what follows a #"),
    (f"{HOST}/a b", "' '.*Percent-encode"),
    (f"{HOST}/利用者", "'利'.*Percent-encode"),
    (f"{HOST}/100%", "'%'"),
    (f"{HOST}/" + "a" * 2048, "2,072 characters; AWS accepts 2,048"),
    ("https:///path", "names no host"),
    (f"{HOST}/*", "one value for each `\\*`"),
]


# Ids without the CDK's tokens, whose numbers differ from one process to another.
@BOTH_WAYS
@pytest.mark.parametrize(("endpoint", "why"), ENDPOINTS, ids=range(len(ENDPOINTS)))
def test_an_endpoint(make: Callable[..., Route], bus: SaasusEventBus, endpoint: str, why: str) -> None:
    with pytest.raises(InvalidRoute, match=why):
        make(bus, endpoint=endpoint)


PARAMETERS = [
    ({"header_parameters": {"a b": "x"}}, "header name 'a b' has ' '"),
    ({"header_parameters": {"x:": "x"}}, "header name"),
    ({"header_parameters": {"x": "a\r\nb: c"}}, r"'x' has '\\r'"),
    ({"header_parameters": {"x": "日"}}, "printable ASCII"),
    ({"header_parameters": {"x": ""}}, "'x' is empty"),
    ({"header_parameters": {"x": "y" * 513}}, "AWS accepts 512"),
    ({"header_parameters": {"Host": "x"}}, "sets itself or does not send"),
    ({"header_parameters": {"CONTENT-LENGTH": "1"}}, "sets itself or does not send"),
    ({"header_parameters": {"User-Agent": "x"}}, "sets itself or does not send"),
    ({"header_parameters": {"x": "Bearer $.detail.trace_id"}}, "only if it is the whole value"),
    ({"header_parameters": {"x": f"at {events.EventField.time}"}}, "only if it is the whole value"),
    ({"header_parameters": {"x": "$.detail[?(@.id)]"}}, "Expected \\$ for the whole event"),
    ({"query_string_parameters": {"a\n": "x"}}, "query parameter has"),
    ({"query_string_parameters": {"a": "x\x00"}}, "'a' has"),
    ({"query_string_parameters": {"a": "x" * 513}}, "AWS accepts 512"),
    ({"query_string_parameters": {"a": "since $.time"}}, "only if it is the whole value"),
    ({"path_parameter_values": [" "], "endpoint": f"{HOST}/*"}, "path parameter 1 is blank"),
    ({"path_parameter_values": ["a\nb"], "endpoint": f"{HOST}/*"}, "path parameter 1 has"),
    ({"path_parameter_values": ["$.." + "a"], "endpoint": f"{HOST}/*"}, "Expected \\$ for the whole event"),
]


@BOTH_WAYS
@pytest.mark.parametrize(("parameters", "why"), PARAMETERS, ids=range(len(PARAMETERS)))
def test_a_header_a_query_or_a_path(
    make: Callable[..., Route], bus: SaasusEventBus, parameters: dict[str, Any], why: str
) -> None:
    with pytest.raises(InvalidRoute, match=why):
        make(bus, **parameters)


@pytest.mark.parametrize("keyword", ["header_parameters", "query_string_parameters"])
def test_a_parameter_that_is_no_text_says_which(bus: SaasusEventBus, keyword: str) -> None:
    with pytest.raises(InvalidRoute, match=rf"{keyword} has a int for 'limit'.*str\("):
        call(bus, **{keyword: {"limit": 5}})


def test_headers_that_api_gateway_does_not_take(bus: SaasusEventBus) -> None:
    api = apigateway.RestApi(bus, "Api")
    api.root.add_method("POST")
    for name in ("Authorization", "x-amz-target", "Via"):
        target = cdk_targets.ApiGateway(api, header_parameters={name: "x"})
        with pytest.raises(InvalidRoute, match="sets itself or does not send"):
            bus.route(f"Gateway{name}", EVERYTHING, target)
    bus.route("Gateway", EVERYTHING, cdk_targets.ApiGateway(api, header_parameters={"Date": "x"}))


LONG = "x" * 8192
INPUTS = [
    (given.from_text(LONG), "input has 8,194 characters; AWS accepts 8,192"),
    (given.from_object({"id": field("$.id"), "a": LONG}), "template has .* AWS accepts 8,192"),
    (given.from_object({str(n): field(f"$.detail.f{n}") for n in range(101)}), "101 fields.*accepts 100"),
    (given.from_event_path("$.detail." + "a" * 256), "AWS accepts 256"),
    (given.from_event_path("detail"), "Expected \\$ for the whole event"),
    (given.from_object({"a": field("$.detail['event_type']")}), "Expected \\$ for the whole event"),
    (given.from_object({"a": f"got {field('$.detail')}"}), "<detail> inside a text"),
    (given.from_object({"a": [f"got {field('$.resources')}"]}), "<resources> inside a text"),
    (given.from_object({"a": field("$.id"), "b": "got <aws.events.event>"}), "inside a text"),
    (given.from_object({"a": field("$.id"), "b": "<channel> got it"}), "<channel>, which is not a field"),
    (given.from_object({"a": events.EventField.from_path("$.aws.x")}), "aws-x.*reserved"),
]
WAYS: dict[str, Callable[[SaasusEventBus, events.RuleTargetInput], object]] = {
    "call": lambda bus, sent: call(bus, event=sent),
    "own queue": lambda bus, sent: bus.route(
        f"Queue{next(NUMBERS)}", EVERYTHING, targets.SqsQueue(bus.dead_letter_queue, message=sent)
    ),
    "aws-cdk-lib's queue": lambda bus, sent: bus.route(
        f"Queue{next(NUMBERS)}", EVERYTHING, cdk_targets.SqsQueue(bus.dead_letter_queue, message=sent)
    ),
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(("sent", "why"), INPUTS, ids=[why for _, why in INPUTS])
def test_an_input(bus: SaasusEventBus, way: str, sent: events.RuleTargetInput, why: str) -> None:
    with pytest.raises(InvalidRoute, match=why):
        WAYS[way](bus, sent)


@pytest.mark.parametrize(
    "sent",
    [
        given.from_text("x" * 8190),
        given.from_object({"a": f"{events.EventField.time}: {field('$.detail.event_type')}", "b": field("$.detail")}),
        given.from_text(f"got {field('$.detail')}"),
        given.from_event_path("$['detail']"),
        given.from_event_path("$.detail.event_type"),
        given.from_object({"html": "<b>no field, so no template</b>"}),
    ],
)
def test_an_input_that_eventbridge_takes(bus: SaasusEventBus, sent: events.RuleTargetInput) -> None:
    route = bus.route(f"Queue{next(NUMBERS)}", EVERYTHING, targets.SqsQueue(bus.dead_letter_queue, message=sent))
    assert warned(route) == []


def test_a_hundred_fields_are_taken(bus: SaasusEventBus) -> None:
    fields = {str(n): field(f"$.detail.f{n}") for n in range(100)}
    assert call(bus, event=given.from_object(fields)).rules


@pytest.mark.parametrize(
    ("sent", "id"),
    [
        (given.from_event_path("$.detail.event.uri"), "emptyPath"),
        (given.from_object({"a": field("$.detail.event.request_body.name")}), "emptyPath"),
        (given.from_object({"a": field("$.detail.tenant_id")}), "emptyPath"),
        (given.from_object({"a": field("$.resources[0]")}), "emptyPath"),
        (given.from_object({"a": f"got {field('$.detail.event')}"}), "inputNotEscaped"),
        (given.from_object({"a": field("$.id"), "text": "<!here> look"}), "angleBrackets"),
        (given.from_object({"trace": "$.detail.trace_id"}), "pathInText"),
        (given.from_object({"a": field("$.id"), "trace": "$.detail.trace_id"}), "pathInText"),
    ],
)
def test_an_input_that_is_likely_to_be_empty_or_broken(
    bus: SaasusEventBus, sent: events.RuleTargetInput, id: str
) -> None:
    route = bus.route(f"Queue{next(NUMBERS)}", EVERYTHING, targets.SqsQueue(bus.dead_letter_queue, message=sent))
    [warning] = warned(route)
    assert f"@saasus/events:{id}" in warning


@BOTH_WAYS
@pytest.mark.parametrize("keyword", ["header_parameters", "query_string_parameters", "path_parameter_values"])
@pytest.mark.parametrize("path", ["$", "$.detail", "$.detail.event", "$.detail.*"])
def test_the_raw_event_by_a_parameter(make: Callable[..., Route], bus: SaasusEventBus, keyword: str, path: str) -> None:
    is_path = keyword == "path_parameter_values"
    parameter = {keyword: [path] if is_path else {"x": path}, "endpoint": f"{HOST}/*" if is_path else HOST}
    route = make(bus, event=given.from_text("x"), **parameter)
    assert any("@saasus/events:rawEvent" in warning for warning in warned(route))


def test_a_path_into_the_call_is_nowhere_by_a_parameter_either(bus: SaasusEventBus) -> None:
    route = call(bus, header_parameters={"x-uri": "$.detail.event.uri"})
    [warning] = warned(route)
    assert "emptyPath" in warning
    assert "cannot look into" in warning


def test_targets_of_rules_that_are_no_route_s_are_looked_at_too() -> None:
    app = new_app()
    stack = Stack(app, "Events")
    bus = SaasusEventBus(stack, "Saasus", event_source_name=SOURCE)
    connection = events.Connection(stack, "Connection", authorization=key())
    destination = events.ApiDestination(
        stack, "Destination", connection=connection, endpoint="https://example.com/{id}"
    )

    def rule(id: str, target: events.IRuleTarget) -> None:
        pattern = events.EventPattern(detail_type=["api_call"])
        events.Rule(stack, id, event_bus=bus.event_bus, event_pattern=pattern, targets=[target])

    rule("Api", cdk_targets.ApiDestination(destination))
    rule("Text", cdk_targets.SqsQueue(bus.dead_letter_queue, message=INPUTS[6][0]))
    rule("Empty", cdk_targets.SqsQueue(bus.dead_letter_queue, message=given.from_event_path("$.detail.event.uri")))
    rule("Whole", cdk_targets.SqsQueue(bus.dead_letter_queue))
    with pytest.raises(RuntimeError) as refused:
        app.synth()
    assert "path_parameter_values" in str(refused.value)
    assert "<detail> inside a text" in str(refused.value)
    [empty] = [text for text in warned(stack) if "@saasus/events:emptyPath" in text]
    assert "Events/Empty" in empty


@jsii.implements(events.IRuleTarget)
class BusWithInput:
    """A target for a bus that a user wrote; aws-cdk-lib's own takes no input."""

    def __init__(self, arn: str, sent: events.RuleTargetInput) -> None:
        self._config = events.RuleTargetConfig(arn=arn, input=sent)

    def bind(self, rule: IRuleRef, id: str | None = None) -> events.RuleTargetConfig:
        return self._config


BUSES: list[Callable[[Stack], str]] = [
    lambda stack: events.EventBus(stack, f"Bus{next(NUMBERS)}").event_bus_arn,
    lambda _: "arn:aws:events:us-east-1:111122223333:event-bus/theirs",
    lambda stack: stack.format_arn(service="events", resource="event-bus", resource_name="ours"),
]


@pytest.mark.parametrize("arn_of", BUSES, ids=["of the app", "of another account", "with tokens"])
@pytest.mark.parametrize(
    "sent", [given.from_object({"a": field("$.id")}), given.from_event_path("$.detail"), given.from_text("x")]
)
def test_an_input_for_an_event_bus(
    bus: SaasusEventBus, arn_of: Callable[[Stack], str], sent: events.RuleTargetInput
) -> None:
    with pytest.raises(InvalidRoute, match=r"event bus and has an input.*Remove the input"):
        bus.route(f"Bus{next(NUMBERS)}", EVERYTHING, BusWithInput(arn_of(Stack.of(bus)), sent))


@pytest.mark.parametrize(
    "field_of_rule",
    [{"input": "{}"}, {"input_path": "$.detail"}, {"input_transformer": {"inputTemplate": "{}"}}],
)
def test_an_input_for_an_event_bus_in_a_rule_that_a_user_wrote(field_of_rule: dict[str, Any]) -> None:
    app = new_app()
    stack = Stack(app, "Events")
    bus = SaasusEventBus(stack, "Saasus", event_source_name=SOURCE)
    for number, arn_of in enumerate(BUSES):
        target: dict[str, Any] = {"id": "1", "arn": arn_of(stack)}
        for id, extra in ((f"With{number}", field_of_rule), (f"Without{number}", {})):
            events.CfnRule(
                stack,
                id,
                event_bus_name=bus.event_bus.event_bus_name,
                event_pattern={"detail-type": ["api_call"]},
                targets=[events.CfnRule.TargetProperty(**target, **extra)],
            )
    with pytest.raises(RuntimeError) as refused:
        app.synth()
    for number in range(len(BUSES)):
        assert f"'Events/With{number}' is an event bus and has an input" in str(refused.value)
        assert f"Events/Without{number}" not in str(refused.value)


@pytest.mark.parametrize("group", ["g" * 101, "two words", "日"])
@pytest.mark.parametrize("kind", [targets.SqsQueue, cdk_targets.SqsQueue])
def test_a_message_group(bus: SaasusEventBus, kind: Any, group: str) -> None:
    id = f"Group{next(NUMBERS)}"
    queue = sqs.Queue(bus, f"{id}Queue", fifo=True, content_based_deduplication=True)
    with pytest.raises(InvalidRoute, match="message_group_id"):
        bus.route(id, EVERYTHING, kind(queue, message_group_id=group))


def test_a_message_group_is_no_path(bus: SaasusEventBus) -> None:
    queue = sqs.Queue(bus, "Fifo", fifo=True, content_based_deduplication=True)
    route = bus.route("Fifo1", EVERYTHING, targets.SqsQueue(queue, message_group_id="$.detail.trace_id"))
    [warning] = warned(route)
    assert "@saasus/events:messageGroupIsText" in warning
    assert warned(bus.route("Fifo2", EVERYTHING, targets.SqsQueue(queue, message_group_id="g" * 100))) == []


@pytest.mark.parametrize("rate", [0, -5, 2.5])
def test_a_rate(bus: SaasusEventBus, rate: float) -> None:
    with pytest.raises(InvalidRoute, match="invocations per second, 1 or more"):
        call(bus, rate_limit_per_second=rate)


@pytest.mark.parametrize("text", ["d" * 513, "利" * 513])
def test_a_description(bus: SaasusEventBus, text: str) -> None:
    with pytest.raises(InvalidRoute, match=r"description=.*513 characters; AWS accepts 512"):
        bus.log(f"Log{next(NUMBERS)}", description=text)
    with pytest.raises(InvalidRoute, match=r"description=.*513 characters; AWS accepts 512"):
        SaasusEventBus(Stack(new_app(), "Events"), "Bus", event_source_name=SOURCE, description=text)
    assert bus.log(f"Log{next(NUMBERS)}", description=text[:512]).rules


@pytest.mark.parametrize(
    "address",
    [
        "http://api.saasus.io/v1",
        "api.saasus.io/v1",
        "https://",
        "https://a:b@api.saasus.io",
        "https://a/?b=c",
        "https://a b/",
    ],
)
def test_an_address_of_saasus(address: str) -> None:
    stack = Stack(new_app(), "Events")
    secret = secretsmanager.Secret.from_secret_name_v2(stack, "Secret", "saasus")
    with pytest.raises(InvalidConfiguration, match="base_url= of 'Events/Refused' is not the address"):
        SaasusIntegration(stack, "Refused", credentials=secret, base_url=address)
    for number, fine in enumerate(
        ("https://api.saasus.io/v1", "http://127.0.0.1:8000", CfnParameter(stack, "Url").value_as_string)
    ):
        SaasusIntegration(stack, f"Fine{number}", credentials=secret, base_url=fine)


def test_what_is_known_at_deploy_only_is_accepted(bus: SaasusEventBus) -> None:
    stack = Stack.of(bus)
    text = CfnParameter(stack, "Text").value_as_string
    number = CfnParameter(stack, "Number", type="Number").value_as_number
    many = CfnParameter(stack, "Many", type="CommaDelimitedList").value_as_list
    route = call(
        bus,
        endpoint=f"{HOST}/{text}/*",
        rate_limit_per_second=number,
        header_parameters={"x": text, "y": f"a {text}"},
        query_string_parameters={"x": text},
        path_parameter_values=many,
        event=given.from_object({"a": text, "b": f"{text} {field('$.id')}"}),
        description=text,
        secret_version=text,
        authorization=events.Authorization.basic(text, SecretValue.secrets_manager("crm")),
    )
    assert warned(route) == []
    with pytest.raises(InvalidRoute, match="has ' '"):
        call(bus, endpoint=f"https://{text}/a b")
