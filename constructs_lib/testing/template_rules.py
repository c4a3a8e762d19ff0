"""The EventBridge rules of a CloudFormation template, with their buses and targets in readable text."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from constructs_lib.events.errors import SaasusEventsError
from constructs_lib.events.input_transformer import Payload, payload_of
from constructs_lib.events.json_values import in_short, read_json
from constructs_lib.testing.http_call import HttpCall, http_call

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from constructs_lib.testing.template_values import TemplateValues

RULE: Final = "AWS::Events::Rule"
DEFAULT_BUS: Final = "default"
_API_DESTINATION: Final = "AWS::Events::ApiDestination"
_TYPES_BY_SERVICE: Final = {
    "events": "AWS::Events::EventBus",
    "firehose": "AWS::KinesisFirehose::DeliveryStream",
    "lambda": "AWS::Lambda::Function",
    "logs": "AWS::Logs::LogGroup",
    "sns": "AWS::SNS::Topic",
    "sqs": "AWS::SQS::Queue",
    "states": "AWS::StepFunctions::StateMachine",
}


_DECODED_BUS: Final = "SAASUS_DECODED_BUS"
_DECODERS_RULE: Final = "SAASUS_RULE_ARN"
"""What the environment of a decoder names (functions/decoder.py): its bus, and the rule that brings events to it."""

_IN_TARGET: Final = {"InputTransformer": dict, "HttpParameters": dict, "InputPath": str}


class InvalidTemplate(SaasusEventsError, ValueError):
    """Something is not a synthesized CloudFormation template or cloud assembly."""


@contextmanager
def refuse_other_forms(what: str) -> Iterator[None]:
    """Refuse what does not have the form that CloudFormation and the CDK use, wherever that is noticed."""
    try:
        yield
    except RecursionError as error:
        raise InvalidTemplate(
            f"{what} is nested too deeply to be read, or refers to itself. Expected what `cdk synth` writes and "
            "CloudFormation accepts. Synthesize again."
        ) from error
    except (AttributeError, LookupError, TypeError) as error:
        raise InvalidTemplate(
            f"{what} does not have the form of a CloudFormation template ({error}). Expected what `cdk synth` writes. "
            "Synthesize again."
        ) from error


@dataclass(frozen=True, slots=True)
class Delivery:
    """What a target of a rule gets for an event."""

    target: TemplateTarget
    """The target."""
    payload: Payload
    """What it gets."""
    http: HttpCall | None = None
    """The HTTP call, if the target is an API."""

    @property
    def problems(self) -> tuple[str, ...]:
        """What prevents EventBridge from delivering this, or is likely to be a mistake."""
        return (*self.payload.problems, *(self.http.problems if self.http else ()))


@dataclass(frozen=True, slots=True)
class TemplateTarget:
    """A target of a rule in a template."""

    id: str
    """The target's id in its rule."""
    arn: str
    """Its ARN; what is known only at deployment is written as `${LogicalId.Arn}`."""
    type: str
    """Its CloudFormation type, such as `AWS::Lambda::Function`; empty if the ARN does not contain it."""
    construct_path: str
    """The construct's path, or the logical id if the template has no paths; empty if it is imported."""
    definition: Mapping[str, Any] = field(repr=False, hash=False)
    """The target as in the rule, with its intrinsic functions resolved."""
    destination: Mapping[str, Any] = field(repr=False, hash=False, default_factory=dict)
    """The properties of the API destination, if it is one."""

    def deliver(self, event: Mapping[str, Any], rule: TemplateRule) -> Delivery:
        """Return what the target gets when the rule fires for an event."""
        payload = payload_of(self.definition, event, rule_name=rule.name, rule_arn=rule.arn)
        parameters = self.definition.get("HttpParameters") or {}
        is_api = bool(self.destination or parameters or ":api-destination/" in self.arn)
        return Delivery(self, payload, http_call(self.destination, parameters, event) if is_api else None)


@dataclass(frozen=True, slots=True)
class TemplateRule:
    """A rule in a template."""

    stack: str
    """The stack's name; empty for a single template."""
    logical_id: str
    """The rule's logical id."""
    construct_path: str
    """The construct's path, `Stack/Saasus/Route/Rule`; the logical id if the template has no paths."""
    name: str
    """The rule's name; `${LogicalId}` if CloudFormation generates one."""
    arn: str
    """The rule's ARN."""
    bus: str
    """The name of its event bus."""
    description: str
    """Its description; that of a route is its filter."""
    pattern: Mapping[str, Any] | str | None = field(hash=False)
    """Its event pattern; None for a schedule."""
    enabled: bool
    """Whether it is enabled."""
    targets: tuple[TemplateTarget, ...]
    """Its targets."""
    decodes_to: str = ""
    """The name of the decoded bus that gets, as plain JSON, what the rule takes; empty for other rules."""

    def deliveries(self, event: Mapping[str, Any]) -> tuple[Delivery, ...]:
        """Return what the targets get for an event, whether or not the rule fires for it."""
        return tuple(target.deliver(event, self) for target in self.targets)


@dataclass(frozen=True)
class StackTemplate:
    """One template, and what is known about its surroundings."""

    values: TemplateValues
    name: str = ""
    construct_paths: Mapping[str, str] = field(default_factory=dict)

    def rules(self) -> Iterator[TemplateRule]:
        """Yield the template's rules in their order.

        Raises:
            InvalidTemplate: It is not a CloudFormation template.
        """
        template = self.values.template
        if not isinstance(template, dict) or not isinstance(template.get("Resources"), dict):
            keys = ", ".join(map(repr, sorted(map(str, template))[:5])) if isinstance(template, dict) else ""
            shown = f"an object with {keys}" if keys else in_short(template)
            raise InvalidTemplate(
                f"{self.name or 'The template'} ({shown}) is not a CloudFormation template: it has no 'Resources'. "
                "Expected a template as the CDK synthesizes it, in JSON. Pass cdk.out/<stack>.template.json, "
                "or Template.from_stack(stack).to_json()."
            )
        with refuse_other_forms(f"{self.name or 'The template'}: a function"):
            decoded = dict(self._decoders())
        for id, resource in self.values.resources.items():
            if isinstance(resource, dict) and resource.get("Type") == RULE:
                with refuse_other_forms(f"{self.name or 'The template'}: the rule {id!r}"):
                    rule = self._rule(id, resource.get("Properties") or {}, decoded.get(id, ""))
                yield rule

    def _decoders(self) -> Iterator[tuple[str, str]]:
        """Yield for each decoder the rule that brings events to it, and the name of the bus that it puts them on."""
        for resource in self.values.resources.values():
            if isinstance(resource, dict) and resource.get("Type") == "AWS::Lambda::Function":
                variables = ((resource.get("Properties") or {}).get("Environment") or {}).get("Variables") or {}
                if _DECODED_BUS in variables and _DECODERS_RULE in variables:
                    rule = self.values.referred(variables[_DECODERS_RULE])
                    if rule is not None:
                        yield rule, self._bus_name(variables[_DECODED_BUS])

    def _bus_name(self, given: Any) -> str:
        # It can also be an ARN. The name of a partner bus contains slashes itself.
        bus = self.values.text(given)
        return bus.partition(":event-bus/")[2] if ":event-bus/" in bus else bus

    def _rule(self, id: str, properties: Mapping[str, Any], decodes_to: str) -> TemplateRule:
        bus = self._bus_name(properties.get("EventBusName", DEFAULT_BUS))
        name = self.values.text(properties.get("Name", f"${{{id}}}"))
        pattern = self.values.resolve(properties.get("EventPattern"))
        return TemplateRule(
            stack=self.name,
            logical_id=id,
            construct_path=self._path(id),
            name=name,
            arn=self._rule_arn(name, bus),
            bus=bus,
            description=self.values.text(properties.get("Description", "")),
            pattern=pattern,
            enabled=self.values.text(properties.get("State", "ENABLED")) != "DISABLED",
            targets=tuple(self._target(target) for target in self._targets(properties)),
            decodes_to=decodes_to,
        )

    def _rule_arn(self, name: str, bus: str) -> str:
        in_bus = name if bus == DEFAULT_BUS else f"{bus}/{name}"
        return (
            self.values.text({"Fn::Sub": "arn:${AWS::Partition}:events:${AWS::Region}:${AWS::AccountId}:rule/"})
            + in_bus
        )

    def _targets(self, properties: Mapping[str, Any]) -> list[Mapping[str, Any]]:
        """Return the definitions of a rule's targets; none if they depend on a condition known only at deployment."""
        given = properties.get("Targets") or []
        return [] if isinstance(given, dict) and len(given) == 1 else list(given)

    def _target(self, target: Mapping[str, Any]) -> TemplateTarget:
        definition = self.values.resolve(target)
        for name, form in _IN_TARGET.items():
            if not isinstance(definition.get(name, form()), form):
                raise TypeError(name)
        arn = str(definition.get("Arn", ""))
        id = self.values.referred(target.get("Arn"))
        resource = self.values.resources.get(id, {}) if id is not None else {}
        service = arn.split(":")[2] if arn.startswith("arn:") and arn.count(":") > 4 else ""
        kind = str(resource.get("Type") or _TYPES_BY_SERVICE.get(service, ""))
        is_api = kind == _API_DESTINATION
        return TemplateTarget(
            id=str(definition.get("Id", "")),
            arn=arn,
            type=kind,
            construct_path="" if id is None else self._path(id),
            definition=definition,
            destination=self.values.resolve(resource.get("Properties") or {}) if is_api else {},
        )

    def _path(self, id: str) -> str:
        in_template = (self.values.resources[id].get("Metadata") or {}).get("aws:cdk:path")
        path = str(in_template or self.construct_paths.get(id) or id)
        return path.strip("/").removesuffix("/Resource")


def read_template(path: Path) -> dict[str, Any]:
    """Read a template file.

    Raises:
        InvalidTemplate: It cannot be read, or is not a JSON object.
    """
    try:
        template = read_json(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InvalidTemplate(
            f"{path} cannot be read ({error.strerror}). Expected the folder that `cdk synth` writes, cdk.out, or a "
            "<stack>.template.json in it. Run `cdk synth` first, or correct the path."
        ) from error
    except ValueError as error:
        raise InvalidTemplate(
            f"{path} is not JSON ({error}). Expected a template as the CDK synthesizes it. Run `cdk synth` and pass "
            "cdk.out, or a <stack>.template.json in it."
        ) from error
    if not isinstance(template, dict):
        raise InvalidTemplate(
            f"{path} is not a JSON object. Expected a template as the CDK synthesizes it. Pass a <stack>.template.json."
        )
    return template
