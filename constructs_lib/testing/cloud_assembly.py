"""The templates of a synthesized CDK app: `cdk.out`, with its stages and nested stacks."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from constructs_lib.testing.template_rules import StackTemplate, read_template, refuse_other_forms
from constructs_lib.testing.template_values import TemplateValues

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_MANIFEST: Final = "manifest.json"
_NESTED_STACK: Final = "AWS::CloudFormation::Stack"


def pseudo_parameters(account: str | None, region: str | None) -> dict[str, str]:
    """Return the pseudo parameters of an environment, as far as it is known."""
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
    """Read the templates of all stacks, including those of stages and nested stacks.

    Raises:
        InvalidTemplate: The folder is not a cloud assembly, or a file that it names cannot be read.
    """
    reader = _Reader()
    with refuse_other_forms(f"The cloud assembly {folder}"):
        reader.read(Path(folder))
    return tuple(reader.found)


@dataclass(frozen=True)
class _App:
    """What the template of a stack shares with those of the stacks nested in it."""

    folder: Path
    pseudo: Mapping[str, str]
    construct_paths: Mapping[str, list[str]]
    """By logical id; several if nested stacks have the same one."""
    assets: Mapping[str, str]
    """Files, by the hash under which they are uploaded."""


class _Reader:
    """Reads stack after stack; each sees the outputs of all others."""

    def __init__(self) -> None:
        self.found: list[StackTemplate] = []

    def read(self, folder: Path) -> None:
        for id, artifact in (read_template(folder / _MANIFEST).get("artifacts") or {}).items():
            properties = artifact.get("properties") or {}
            if artifact.get("type") == "cdk:cloud-assembly":
                self.read(folder / properties["directoryName"])
            elif artifact.get("type") == "aws:cloudformation:stack":
                account, _, region = str(artifact.get("environment", "")).removeprefix("aws://").partition("/")
                metadata = dict(artifact.get("metadata") or {})
                if additional := artifact.get("additionalMetadataFile"):
                    metadata |= read_template(folder / additional)
                app = _App(
                    folder,
                    pseudo_parameters(
                        None if account == "unknown-account" else account,
                        None if region == "unknown-region" else region,
                    ),
                    _paths(metadata),
                    _assets(folder, artifact.get("dependencies") or ()),
                )
                content = read_template(folder / properties["templateFile"])
                self._add(app, content, str(properties.get("stackName") or id), {}, "")

    def _add(
        self, app: _App, content: dict[str, Any], name: str, parameters: Mapping[str, Any], prefix: str
    ) -> StackTemplate:
        nested: dict[str, StackTemplate] = {}
        values = TemplateValues(
            content,
            parameters=parameters,
            pseudo={**app.pseudo, "AWS::StackName": name},
            output_of=lambda id, output: _output(nested.get(id), output),
            exported=self._exported,
            stack_output=self._stack_output,
        )
        inner = {
            id: path for id in _nested_ids(content) if (path := _nested_prefix(app.construct_paths.get(id), prefix))
        }
        paths = {id: _own(found, prefix, inner.values()) for id, found in app.construct_paths.items()}
        template = StackTemplate(values, name, paths)
        self.found.append(template)
        for id in _nested_ids(content):
            properties = content["Resources"][id].get("Properties") or {}
            file = _file_of(content["Resources"][id], values.text(properties.get("TemplateURL", "")), app.assets)
            if file:
                given = values.resolve(properties.get("Parameters") or {})
                nested[id] = self._add(app, read_template(app.folder / file), f"{name}/{id}", given, inner.get(id, ""))
        return template

    def _exported(self, name: str) -> Any:
        for stack in self.found:
            for output in (stack.values.template.get("Outputs") or {}).values():
                if "Export" in output and stack.values.text(output["Export"].get("Name")) == name:
                    return stack.values.resolve(output.get("Value"))
        return None

    def _stack_output(self, stack: str, output: str) -> Any:
        return _output(next((found for found in self.found if found.name == stack), None), output)


def _assets(folder: Path, manifests: Iterable[str]) -> dict[str, str]:
    files: dict[str, str] = {}
    for name in manifests:
        if (folder / f"{name}.json").is_file():
            for upload, file in (read_template(folder / f"{name}.json").get("files") or {}).items():
                files[upload] = str((file.get("source") or {}).get("path", ""))
    return files


def _paths(metadata: Mapping[str, Any]) -> dict[str, list[str]]:
    paths: dict[str, list[str]] = {}
    for path, entries in metadata.items():
        for entry in entries:
            if entry.get("type") == "aws:cdk:logicalId":
                paths.setdefault(entry["data"], []).append(path.strip("/"))
    return paths


def _nested_ids(content: Mapping[str, Any]) -> list[str]:
    return [id for id, r in (content.get("Resources") or {}).items() if r.get("Type") == _NESTED_STACK]


def _nested_prefix(paths: list[str] | None, prefix: str) -> str:
    """Return the path of a nested stack's constructs: `App/Nested` for `App/Nested.NestedStack/Nested.…Resource`."""
    path = _own(paths or [], prefix, ())
    return path.rpartition("/")[0].removesuffix(".NestedStack")


def _own(paths: list[str], prefix: str, inner: Iterable[str]) -> str:
    """Return the path that is in a stack and not in one nested in it."""
    for path in paths:
        if path.startswith(prefix) and not any(path.startswith(f"{nested}/") for nested in inner):
            return path
    return ""


def _file_of(resource: Mapping[str, Any], url: str, assets: Mapping[str, str]) -> str:
    """Find a nested stack's template: by the asset in the metadata, or by the hash in its URL."""
    in_metadata = (resource.get("Metadata") or {}).get("aws:asset:path")
    return str(in_metadata or assets.get(url.rpartition("/")[2].removesuffix(".json"), ""))


def _output(stack: StackTemplate | None, output: str) -> Any:
    if stack is None:
        return None
    found = (stack.values.template.get("Outputs") or {}).get(output)
    return None if found is None else stack.values.resolve(found.get("Value"))
