"""The code of the shipped functions: all that they need, and no more."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
from aws_cdk import App, Stack
from aws_cdk import aws_secretsmanager as secretsmanager

from constructs_lib import EventFilter, SaasusEventBus, SaasusIntegration
from constructs_lib import operations as op
from constructs_lib.testing import sample_event
from tests.synth.apps import SOURCE, new_app, properties, resources
from tests.unit.runtime.scripted_api import ScriptedApi

if TYPE_CHECKING:
    from pathlib import Path

# boto3 is Lambda's own. This one is enough to see what happens when AWS refuses everything.
BOTO3 = """
class ClientError(Exception):
    response = {"Error": {"Code": "ValidationError"}, "ResponseMetadata": {"HTTPStatusCode": 400}}
    operation_name = "ACall"

class Client:
    def __getattr__(self, name):
        raise ClientError

def client(service, **options):
    return Client()
"""
CONFIG = "class Config:\n    def __init__(self, **options): pass\n"
BOTOCORE = "class ConnectionError(Exception): pass\nclass HTTPClientError(Exception): pass\n"
INVOKE = """
import importlib, json, sys
sys.path[:0] = sys.argv[1:3]
module, _, name = sys.argv[3].rpartition(".")
handler = getattr(importlib.import_module(module), name)

class Context:
    def get_remaining_time_in_millis(self):
        return 25_000

handler(json.loads(sys.argv[4]), Context())
loaded = [module.__file__ for name, module in sys.modules.items() if name.partition(".")[0] == "constructs_lib"]
print(json.dumps(sorted(filter(None, loaded))))
"""


def integrate(app: App) -> Stack:
    stack = Stack(app, "Events")
    secret = secretsmanager.Secret.from_secret_name_v2(stack, "Credentials", "saasus")
    SaasusIntegration(stack, "Integration", credentials=secret)
    return stack


@pytest.fixture
def stack(tmp_path: Path) -> Stack:
    app = App(outdir=str(tmp_path / "cdk.out"))
    stack = integrate(app)
    app.synth()
    return stack


@pytest.fixture
def code(stack: Stack, tmp_path: Path) -> Path:
    """The folder that becomes the function's zip."""
    [asset] = [folder for folder in (tmp_path / "cdk.out").glob("asset.*") if (folder / "constructs_lib").is_dir()]
    return asset


@pytest.fixture
def boto3(tmp_path: Path) -> Path:
    folder = tmp_path / "boto3"
    (folder / "botocore").mkdir(parents=True)
    (folder / "boto3.py").write_text(BOTO3)
    (folder / "botocore" / "__init__.py").write_text("")
    (folder / "botocore" / "exceptions.py").write_text(BOTOCORE)
    (folder / "botocore" / "config.py").write_text(CONFIG)
    return folder


def invoke(stack: Stack, code: Path, boto3: Path, url: str, kind: str) -> set[Path]:
    """Invoke the handler in a Python that has nothing but these files, and return the files that it loaded."""
    event: dict[str, Any] = {
        "RequestType": kind,
        "RequestId": "r1",
        "StackId": "stack",
        "LogicalResourceId": "Setting",
        "PhysicalResourceId": "nothing-made",
        "ResourceType": "Custom::SaasusEventBridgeSetting",
        "ResourceProperties": {"SecretArn": "secret", "Account": "111122223333", "Region": "ap-northeast-1"},
        "ResponseURL": url,
    }
    handler = properties(stack, "AWS::Lambda::Function")["Handler"]
    # -I: neither this environment's paths nor its settings, -S: nor its packages.
    command = [sys.executable, "-I", "-S", "-c", INVOKE, str(code), str(boto3), handler, json.dumps(event)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env={"SAASUS_LOG_GROUP": "group"})
    assert done.returncode == 0, done.stderr
    return {code.__class__(file) for file in json.loads(done.stdout.splitlines()[-1])}


@pytest.mark.parametrize(("kind", "status"), [("Delete", "SUCCESS"), ("Create", "FAILED")])
def test_it_answers_with_its_own_files_and_has_no_others(
    stack: Stack, code: Path, boto3: Path, kind: str, status: str
) -> None:
    with ScriptedApi() as cloudformation:
        loaded = invoke(stack, code, boto3, cloudformation.base_url, kind)
    [answer] = cloudformation.requests
    assert json.loads(answer.body)["Status"] == status
    assert loaded == {file for file in code.rglob("*") if file.is_file() and "__pycache__" not in file.parts}


class TestDecoder:
    @pytest.fixture
    def stack(self, tmp_path: Path) -> Stack:
        app = App(outdir=str(tmp_path / "cdk.out"))
        stack = Stack(app, "Events")
        decoded = SaasusEventBus(stack, "Saasus", event_source_name=SOURCE).decoded()
        decoded.queue("PerTenant", EventFilter.of(op.auth), ordered_by="tenant")
        app.synth()
        return stack

    def test_it_decodes_with_its_own_files_and_has_hardly_others(self, stack: Stack, code: Path, boto3: Path) -> None:
        function = next(
            each["Properties"] for id, each in resources(stack, "AWS::Lambda::Function").items() if "Decoder" in id
        )
        record = {
            "messageId": "m1",
            "body": json.dumps(sample_event(op.auth.create_tenant)),
            "eventSourceARN": "arn",
            "attributes": {"ApproximateReceiveCount": "1"},
        }
        variables = {name: str(value) for name, value in function["Environment"]["Variables"].items()}
        queue = {"url": "https://sqs/1", "by": "tenant", "patterns": EventFilter.of(op.auth).to_decoded_patterns()}
        assert "SAASUS_ORDERED_QUEUE_1" in variables
        variables["SAASUS_ORDERED_QUEUE_1"] = json.dumps(queue)
        script = INVOKE.replace("handler(json", "answer = handler(json").replace(
            "print(json.dumps(sorted", "print(json.dumps(answer)); print(json.dumps(sorted"
        )
        command = [sys.executable, "-I", "-S", "-c", script, str(code), str(boto3), function["Handler"]]
        command.append(json.dumps({"Records": [record]}))
        done = subprocess.run(command, capture_output=True, text=True, check=False, env=variables)
        assert done.returncode == 0, done.stderr
        _, answer, loaded = done.stdout.splitlines()
        assert json.loads(answer) == {"batchItemFailures": [{"itemIdentifier": "m1"}]}  # this boto3 refuses everything
        files = {file for file in code.rglob("*") if file.is_file() and "__pycache__" not in file.parts}
        assert {code.__class__(file) for file in json.loads(loaded)} <= files
        assert sum(file.stat().st_size for file in files) < 400_000
        assert not {"cli", "local", "testing", "routes"} & {file.parent.name for file in files}


def test_it_has_the_same_hash_wherever_it_is_made() -> None:
    one, other = (properties(integrate(new_app()), "AWS::Lambda::Function")["Code"] for _ in range(2))
    assert one == other
