"""The layer for users' functions: the template, and what a Python with nothing but the layer can do."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from aws_cdk import App, RemovalPolicy, Stack
from aws_cdk import aws_lambda as lambda_

from constructs_lib import SaasusRuntime
from constructs_lib import operations as op
from constructs_lib.testing import sample_event
from tests.synth.apps import new_app, only, properties, resources

EVENT = sample_event(op.auth.create_tenant, response={"id": "11111111-2222-4333-8444-555555555555"})

HANDLER = """
import json, pkgutil, importlib, sys
sys.path[:0] = [sys.argv[1]]
from constructs_lib import EventFilter, SaasusEvent, operations as op

created = EventFilter.of(op.auth.create_tenant).succeeded()

def handler(event, context):
    read = SaasusEvent.from_dict(event)
    return {"tenant": read.tenant_id, "matches": created.matches(event), "redacted": read.redacted()["detail"]}
"""


def with_layer(app: App, **options: Any) -> Stack:
    stack = Stack(app, "Functions")
    runtime = SaasusRuntime(stack, "SaasusRuntime", **options)
    lambda_.Function(
        stack,
        "Function",
        runtime=lambda_.Runtime.PYTHON_3_13,
        handler="index.handler",
        code=lambda_.Code.from_inline("def handler(event, context): pass"),
        layers=[runtime],
    )
    return stack


@pytest.fixture(scope="module")
def layer(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What Lambda unpacks to /opt."""
    folder = tmp_path_factory.mktemp("cdk.out")
    app = new_app(outdir=folder)
    with_layer(app)
    app.synth()
    [asset] = [found for found in folder.glob("asset.*") if (found / "python").is_dir()]
    return asset


def run_with(layer: Path, code: str) -> Any:
    """Run code in a Python that has the layer, and neither this environment's packages nor its settings."""
    command = [sys.executable, "-I", "-S", "-B", "-c", f"{HANDLER}\n{code}", str(layer / "python"), json.dumps(EVENT)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_every_python_and_architecture_can_use_it() -> None:
    stack = with_layer(new_app())
    described = properties(stack, "AWS::Lambda::LayerVersion")
    assert set(described["CompatibleRuntimes"]) >= {f"python3.{minor}" for minor in range(10, 14)}
    assert described["CompatibleArchitectures"] == ["x86_64", "arm64"]
    [id] = resources(stack, "AWS::Lambda::LayerVersion")
    assert properties(stack, "AWS::Lambda::Function")["Layers"] == [{"Ref": id}]


def test_what_is_chosen_is_deployed() -> None:
    stack = with_layer(new_app(), layer_version_name="saasus", description="Ours", removal_policy=RemovalPolicy.RETAIN)
    described = properties(stack, "AWS::Lambda::LayerVersion")
    assert (described["LayerName"], described["Description"]) == ("saasus", "Ours")
    assert only(stack, "AWS::Lambda::LayerVersion")["DeletionPolicy"] == "Retain"


def test_a_handler_needs_nothing_but_the_layer(layer: Path) -> None:
    answer = run_with(layer, "print(json.dumps(handler(json.loads(sys.argv[2]), None)))")
    assert answer["tenant"] == "11111111-2222-4333-8444-555555555555"
    assert answer["matches"] is True
    assert "[redacted]" in answer["redacted"]["event"]


EVERY_MODULE = """
import constructs_lib, constructs_lib.runtime
for module in pkgutil.walk_packages(constructs_lib.__path__, "constructs_lib."):
    importlib.import_module(module.name)
for name in constructs_lib.runtime.__all__:
    getattr(constructs_lib.runtime, name)
print(json.dumps(sorted({name.split(".")[1] for name in sys.modules if name.startswith("constructs_lib.")})))
"""


def test_each_of_its_modules_can_be_imported_without_other_packages(layer: Path) -> None:
    assert run_with(layer, EVERY_MODULE) == ["body_types", "events", "filters", "runtime"]


CONSTRUCTS = """
import constructs_lib
said = {}
for name in constructs_lib.__all__:
    try:
        getattr(constructs_lib, name)
    except constructs_lib.SaasusEventsError as error:
        said[name] = f"{type(error).__name__} {isinstance(error, ImportError)} {error}"
print(json.dumps(said))
"""


def test_who_asks_for_a_construct_is_told_where_it_belongs(layer: Path) -> None:
    said = run_with(layer, CONSTRUCTS)
    assert {"SaasusEventBus", "SaasusRuntime", "targets", "Route"} <= set(said)
    assert said.keys().isdisjoint(
        {"SaasusEvent", "EventFilter", "operations", "KnownEvents", "body_types", "filters", "runtime"}
    )
    for name, text in said.items():
        assert text.startswith(f"NotInstalled True constructs_lib.{name} cannot be imported here"), text
        assert f"Use {name} in the CDK app" in text


def test_a_redeployment_changes_nothing(layer: Path) -> None:
    """Whenever and wherever it is made, and whatever Python left beside the sources."""
    one, other = (properties(with_layer(new_app()), "AWS::Lambda::LayerVersion")["Content"] for _ in range(2))
    assert one == other
    assert not [file for file in layer.rglob("*") if file.is_file() and file.suffix not in {".py", ".json", ".typed"}]


def test_it_is_small(layer: Path, tmp_path: Path) -> None:
    archive = Path(shutil.make_archive(str(tmp_path / "layer"), "zip", layer))
    assert archive.stat().st_size < 400_000
