"""The reference app: `app.py` as `cdk synth` runs it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from tests.synth.apps import REPOSITORY, SOURCE

CONTEXT = {
    "saasus:eventSourceName": SOURCE,
    "saasus:endpoint": "https://crm.example.com/hooks",
    "saasus:secretName": "crm-api-key",
}
TEMPLATE = Path(__file__).with_name("reference_app.template.json")


def synthesize(folder: Path, **changes: str | None) -> subprocess.CompletedProcess[str]:
    context = json.loads((REPOSITORY / "cdk.json").read_text())["context"]
    context |= {name: value for name, value in {**CONTEXT, **changes}.items() if value is not None}
    return subprocess.run(
        [sys.executable, str(REPOSITORY / "app.py")],
        env={"PATH": os.environ["PATH"], "CDK_OUTDIR": str(folder), "CDK_CONTEXT_JSON": json.dumps(context)},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    folder = tmp_path_factory.mktemp("cdk.out")
    done = synthesize(folder)
    assert done.returncode == 0, done.stderr
    made: dict[str, Any] = json.loads((folder / "SaasusEvents.template.json").read_text())
    return made


def test_it_routes_to_a_log_a_function_and_an_api(template: dict[str, Any]) -> None:
    kinds = Counter(resource["Type"] for resource in template["Resources"].values())
    # The last route's event type is not documented by SaaSus, so its filter takes two rules.
    assert kinds["AWS::Events::Rule"] == 4
    assert kinds["AWS::Lambda::Function"] == 1
    assert kinds["AWS::Events::ApiDestination"] == 1
    assert kinds["AWS::Logs::ResourcePolicy"] == 1
    assert not [kind for kind in kinds if kind.startswith("Custom::")]


def test_its_logical_ids_stay_as_they_are(template: dict[str, Any]) -> None:
    """A changed id replaces a resource in every account that has the app deployed.

    After a change that is meant: `python -m tests.synth.test_reference_app` writes the ids anew.
    """
    assert _types(template) == json.loads(TEMPLATE.read_text())


@pytest.mark.parametrize("missing", sorted(CONTEXT))
def test_what_is_missing_is_named_with_the_way_to_give_it(tmp_path: Path, missing: str) -> None:
    done = synthesize(tmp_path, **{missing: None})
    assert done.returncode != 0
    assert f"-c {missing}=" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("saasus:eventSourceName", "aws.partner/saasus.io/mine", "aws.partner/saasus.io/"),
        ("saasus:endpoint", "http://crm.example.com", "https://"),
        ("saasus:retention", "FOREVER", "ONE_MONTH"),
    ],
)
def test_what_is_wrong_is_said_with_what_is_right(tmp_path: Path, name: str, value: str, said: str) -> None:
    done = synthesize(tmp_path, **{name: value})
    assert done.returncode != 0
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_no_secret_is_in_the_template(template: dict[str, Any]) -> None:
    text = json.dumps(template)
    assert "{{resolve:secretsmanager:crm-api-key" in text


def _types(template: dict[str, Any]) -> dict[str, str]:
    """Return the type of each resource, without the asset's hash, which changes with the function's code."""
    return {id: resource["Type"] for id, resource in sorted(template["Resources"].items())}


if __name__ == "__main__":
    import tempfile

    with tempfile.TemporaryDirectory() as out:
        done = synthesize(Path(out))
        written = json.loads((Path(out) / "SaasusEvents.template.json").read_text())
    TEMPLATE.write_text(json.dumps(_types(written), indent=2) + "\n")
