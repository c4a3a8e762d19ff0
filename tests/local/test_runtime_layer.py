"""A function with the layer of SaasusRuntime, on the local AWS: it reads an event of SaaSus's."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aws_cdk import App, Stack

from constructs_lib import SaasusRuntime
from constructs_lib import operations as op
from constructs_lib.testing import sample_event
from tests.local.resources import new_function, unique

if TYPE_CHECKING:
    from constructs_lib.local import LocalAws

BODY = """
import constructs_lib
from constructs_lib import EventFilter, SaasusEvent, operations as op
read = SaasusEvent.from_dict(event)
matches = EventFilter.of(op.auth.create_tenant).succeeded().matches(event)
return {"file": constructs_lib.__file__, "operation": str(read.operation), "tenant": read.tenant_id, "matches": matches}
"""


def published(aws: LocalAws, folder: Path) -> str:
    """Publish the layer that the construct makes, and return the version's ARN."""
    app = App(outdir=str(folder))
    SaasusRuntime(Stack(app, "Functions"), "SaasusRuntime")
    app.synth()
    [asset] = [found for found in folder.glob("asset.*") if (found / "python").is_dir()]
    content = Path(shutil.make_archive(str(folder / "layer"), "zip", asset)).read_bytes()
    version = aws.client("lambda").publish_layer_version(
        LayerName=unique("saasus"), Content={"ZipFile": content}, CompatibleRuntimes=["python3.12"]
    )
    return version["LayerVersionArn"]


def test_a_function_with_the_layer_reads_an_event(aws: LocalAws, tmp_path: Path) -> None:
    function = new_function(aws, BODY)
    aws.client("lambda").update_function_configuration(FunctionName=function.name, Layers=[published(aws, tmp_path)])
    event = sample_event(op.auth.create_tenant, response={"id": "11111111-2222-4333-8444-555555555555"})
    answer: Any = aws.client("lambda").invoke(FunctionName=function.name, Payload=json.dumps(event))
    read = json.loads(answer["Payload"].read())
    assert "FunctionError" not in answer, read
    assert Path(read.pop("file")).parts[-3:] == ("python", "constructs_lib", "__init__.py")
    assert read == {
        "operation": "auth.create_tenant",
        "tenant": "11111111-2222-4333-8444-555555555555",
        "matches": True,
    }
