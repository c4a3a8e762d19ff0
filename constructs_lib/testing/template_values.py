"""The values of a CloudFormation template before it is deployed, as far as they are known.

What is known only at deployment becomes readable text: `${QueueA1B2C3.Arn}`, `${AWS::AccountId}`.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_TOKEN: Final = re.compile(r"\$\{[^}]*\}")
_IN_SUB: Final = re.compile(r"\$\{(!?)([^}]+)\}")
_NO_VALUE: Final = object()
_NAME_IN: Final = {
    "AWS::Events::EventBus": "Name",
    "AWS::Events::Rule": "Name",
    "AWS::Lambda::Function": "FunctionName",
    "AWS::Logs::LogGroup": "LogGroupName",
}
"""The property that a `Ref` to the resource returns, if it is set."""


def is_literal(text: str) -> bool:
    """Return whether a resolved text contains nothing that is known only at deployment."""
    return _TOKEN.search(text) is None


@dataclass(frozen=True)
class TemplateValues:
    """Resolves the intrinsic functions of one template.

    Attributes:
        template: The template.
        parameters: Values of its parameters; the others have their defaults.
        pseudo: The known values of pseudo parameters, such as `AWS::Region`.
        output_of: Returns an output of a nested stack (its logical id, the output's name); None if it is unknown.
        exported: Returns an export of another stack by its name; None if it is unknown.
        stack_output: Returns an output of another stack (its name, the output's name); None if it is unknown.
    """

    template: Mapping[str, Any]
    parameters: Mapping[str, Any] = field(default_factory=dict)
    pseudo: Mapping[str, str] = field(default_factory=dict)
    output_of: Callable[[str, str], Any] = lambda _id, _name: None
    exported: Callable[[str], Any] = lambda _name: None
    stack_output: Callable[[str, str], Any] = lambda _stack, _name: None

    @property
    def resources(self) -> Mapping[str, Any]:
        """The template's resources by logical id."""
        resources: Mapping[str, Any] = self.template.get("Resources") or {}
        return resources

    def resolve(self, value: Any) -> Any:
        """Return a value with all intrinsic functions replaced by their results, or by readable text."""
        resolved = self._resolve(value)
        return None if resolved is _NO_VALUE else resolved

    def text(self, value: Any) -> str:
        """Return a value as text."""
        resolved = self.resolve(value)
        return resolved if isinstance(resolved, str) else json.dumps(resolved, ensure_ascii=False)

    def referred(self, value: Any) -> str | None:
        """Return the logical id of the first resource that a value refers to; None if there is none."""
        if isinstance(value, dict):
            if isinstance(ref := value.get("Ref"), str) and ref in self.resources:
                return ref
            if (get := value.get("Fn::GetAtt")) is not None:
                id = get.split(".")[0] if isinstance(get, str) else get[0]
                return id if id in self.resources else None
            value = list(value.values())
        if isinstance(value, list):
            return next((id for item in value if (id := self.referred(item)) is not None), None)
        return None

    def _resolve(self, value: Any) -> Any:
        if isinstance(value, list):
            return [resolved for item in value if (resolved := self._resolve(item)) is not _NO_VALUE]
        if not isinstance(value, dict):
            return value
        if len(value) == 1:
            [(name, argument)] = value.items()
            if name == "Ref" and isinstance(argument, str):
                return self._ref(argument)
            if name.startswith("Fn::"):
                return self._function(name.removeprefix("Fn::"), argument)
        items = ((key, self._resolve(inner)) for key, inner in value.items())
        return {key: resolved for key, resolved in items if resolved is not _NO_VALUE}

    def _function(self, name: str, argument: Any) -> Any:
        functions: dict[str, Callable[[Any], Any]] = {
            "FindInMap": self._find_in_map,
            "GetAtt": self._get_att,
            "GetStackOutput": self._get_stack_output,
            "ImportValue": self._import_value,
            "Join": self._join,
            "Select": self._select,
            "Split": self._split,
            "Sub": self._sub,
        }
        function = functions.get(name)
        try:
            found = function(argument) if function is not None else None
        except (AttributeError, LookupError, TypeError, ValueError):
            found = None  # CloudFormation would refuse the argument
        if found is not None:
            return found
        shown = self._resolve(argument)
        said = shown if isinstance(shown, str) else json.dumps(shown, ensure_ascii=False)
        return f"${{{name} {_TOKEN.sub(lambda token: token[0][2:-1], said).replace('{', '(').replace('}', ')')}}}"

    def _ref(self, name: str) -> Any:
        if name == "AWS::NoValue":
            return _NO_VALUE
        if name in self.parameters:
            return self.parameters[name]
        if name in self.pseudo:
            return self.pseudo[name]
        parameter = (self.template.get("Parameters") or {}).get(name)
        if parameter is not None and "Default" in parameter and not str(parameter.get("Type")).startswith("AWS::SSM::"):
            return parameter["Default"]
        resource = self.resources.get(name) or {}
        own_name = (resource.get("Properties") or {}).get(_NAME_IN.get(str(resource.get("Type")), ""))
        return f"${{{name}}}" if own_name is None else self.text(own_name)

    def _get_att(self, argument: Any) -> Any:
        id, _, attribute = argument.partition(".") if isinstance(argument, str) else (argument[0], "", argument[1])
        attribute = self.text(attribute)
        if attribute.startswith("Outputs."):
            output = self.output_of(id, attribute.removeprefix("Outputs."))
            if output is not None:
                return output
        if attribute == "Name" and (self.resources.get(id) or {}).get("Type") == "AWS::Events::EventBus":
            return self._ref(id)
        return f"${{{id}.{attribute}}}"

    def _get_stack_output(self, argument: Any) -> Any:
        return self.stack_output(self.text(argument.get("StackName")), self.text(argument.get("OutputName")))

    def _import_value(self, argument: Any) -> Any:
        return self.exported(self.text(argument))

    def _find_in_map(self, argument: Any) -> Any:
        found: Any = self.template.get("Mappings") or {}
        for key in argument[:3]:
            found = found.get(self.text(key)) if isinstance(found, dict) else None
        return found

    def _join(self, argument: Any) -> Any:
        separator, parts = argument
        resolved = self._resolve(parts)
        if not isinstance(resolved, list):
            return None
        return str(separator).join(part if isinstance(part, str) else json.dumps(part) for part in resolved)

    def _split(self, argument: Any) -> Any:
        separator, given = argument
        text = self.text(given)
        tokens = _TOKEN.findall(text)
        # A separator inside a token is not one: ${AWS::Region} has two colons.
        parts = _TOKEN.sub("\0", text).split(str(separator))
        unused = iter(tokens)
        return [re.sub("\0", lambda _: next(unused), part) for part in parts]

    def _select(self, argument: Any) -> Any:
        index, given = argument
        parts = self._resolve(given)
        position = int(self.text(index))
        if not isinstance(parts, list) or position >= len(parts):
            return None
        return parts[position]

    def _sub(self, argument: Any) -> Any:
        text, own = (argument, {}) if isinstance(argument, str) else argument

        def fill(variable: re.Match[str]) -> str:
            literal, name = variable[1], variable[2].strip()
            if literal:
                return f"${{{name}}}"
            if name in own:
                return self.text(own[name])
            return str(self._get_att(name)) if "." in name else self.text({"Ref": name})

        return _IN_SUB.sub(fill, text)
