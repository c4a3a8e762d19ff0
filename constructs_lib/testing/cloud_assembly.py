"""The templates of a synthesized CDK app: `cdk.out`, with its stages and nested stacks."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from .template_rules import InvalidTemplate, StackTemplate, read_template
from .template_values import TemplateValues

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_MANIFEST: Final = "manifest.json"
_NESTED_STACK: Final = "AWS::CloudFormation::Stack"


def pseudo_parameters(account: str | None, region: str | None) -> dict[str, str]:
    """Give the pseudo parameters of an environment, as far as it is known."""
    known: dict[str, str] = {}
    if account:
        known["AWS::AccountId"] = account
    if region:
        is_china = region.startswith("cn-")
        known["AWS::Region"] = region
        known["AWS::Partition"] = "aws-cn" if is_china else "aws-us-gov" if region.startswith("us-gov-") else "aws"
        known["AWS::URLSuffix"] = "amazonaws.com.cn" if is_china else "amazonaws.com"
    return known


def read_assembly(folder: str | Path) -> tuple[StackTemplate, ...]:
    """Read the templates of all stacks, those of stages and nested stacks too.

    Raises:
        InvalidTemplate: the folder is no cloud assembly, or a file that it names cannot be read.
    """
    stacks: dict[str, StackTemplate] = {}
    return tuple(_Assembly(Path(folder), stacks).read())


@dataclass
class _Assembly:
    """One folder with a manifest; stacks see each other's outputs by name, also across stages."""

    folder: Path
    stacks: dict[str, StackTemplate]

    def read(self) -> Iterator[StackTemplate]:
        manifest = self._json(_MANIFEST)
        for artifact_id, artifact in (manifest.get("artifacts") or {}).items():
            properties = artifact.get("properties") or {}
            if artifact.get("type") == "cdk:cloud-assembly":
                yield from _Assembly(self.folder / properties["directoryName"], self.stacks).read()
            elif artifact.get("type") == "aws:cloudformation:stack":
                yield from self._stack(artifact_id, artifact, properties)

    def _stack(
        self, artifact_id: str, artifact: Mapping[str, Any], properties: Mapping[str, Any]
    ) -> Iterator[StackTemplate]:
        account, _, region = str(artifact.get("environment", "")).removeprefix("aws://").partition("/")
        pseudo = pseudo_parameters(
            None if account == "unknown-account" else account, None if region == "unknown-region" else region
        )
        metadata = dict(artifact.get("metadata") or {})
        if additional := artifact.get("additionalMetadataFile"):
            metadata |= self._json(additional)
        name = str(properties.get("stackName") or artifact_id)
        stack = _Stack(self, name, self._json(properties["templateFile"]), pseudo, _paths(metadata), self._assets(artifact))
        top = stack.template({})
        self.stacks[name] = top
        yield from stack.with_nested(top)

    def _assets(self, artifact: Mapping[str, Any]) -> dict[str, str]:
        """Give the files by the hash under which they are uploaded."""
        files: dict[str, str] = {}
        for name in artifact.get("dependencies") or ():
            path = self.folder / f"{name}.json"
            if path.is_file():
                for hash, file in (self._json(path.name).get("files") or {}).items():
                    files[hash] = str((file.get("source") or {}).get("path", ""))
        return files

    def _json(self, name: str) -> dict[str, Any]:
        path = self.folder / name
        try:
            text = path.read_text(encoding="utf-8")
        except OSError as error:
            raise InvalidTemplate(
                f"{self.folder} is no synthesized CDK app: {name} cannot be read ({error.strerror}). Allowed is the "
                "folder that `cdk synth` writes, cdk.out. Run `cdk synth` first, or give its folder."
            ) from error
        return read_template(text, str(path))


@dataclass
class _Stack:
    """One stack of the app with the stacks nested in it."""

    assembly: _Assembly
    name: str
    content: dict[str, Any]
    pseudo: dict[str, str]
    paths: dict[str, list[str]]
    assets: dict[str, str]
    prefix: str = ""
    nested: dict[str, tuple[_Stack, StackTemplate]] = field(default_factory=dict)

    def template(self, parameters: Mapping[str, Any]) -> StackTemplate:
        values = TemplateValues(
            self.content,
            parameters=parameters,
            pseudo={**self.pseudo, "AWS::StackName": self.name},
            output_of=self._output_of_nested,
            exported=self._exported,
            stack_output=self._stack_output,
        )
        prefixes = [self._prefix_of(id) for id in self._nested_ids()]
        return StackTemplate(values, self.name, {id: self._own(paths, prefixes) for id, paths in self.paths.items()})

    def with_nested(self, own: StackTemplate) -> Iterator[StackTemplate]:
        """Give the stack's own template and those nested in it, at any depth."""
        yield own
        for id in self._nested_ids():
            properties = self.content["Resources"][id].get("Properties") or {}
            file = self._file_of(id, own.values.text(properties.get("TemplateURL", "")))
            if file:
                content = self.assembly._json(file)
                inner = _Stack(
                    self.assembly,
                    f"{self.name}/{id}",
                    content,
                    self.pseudo,
                    self.paths,
                    self.assets,
                    prefix=self._prefix_of(id),
                )
                template = inner.template(own.values.resolve(properties.get("Parameters") or {}))
                self.nested[id] = (inner, template)
                yield from inner.with_nested(template)
