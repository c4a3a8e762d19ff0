"""The wheel, as a user installs it: in an empty environment, with the lowest aws-cdk-lib that is supported."""

from __future__ import annotations

import email
import json
import os
import re
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path
from typing import NamedTuple

import pytest

from constructs_lib.events.operations import operations
from constructs_lib.local import HttpsEndpoint, LocalAws
from constructs_lib.local.cdk_cli import bootstrap, run_cdk
from tests.eventually import eventually
from tests.local.sent_events import created_tenant, new_event, put

REPOSITORY = Path(__file__).resolve().parents[2]
SOURCE = "aws.partner/saasus.io/736385ec-26ba-4567-941f-2affa11d919f-1/event"


class Built(NamedTuple):
    wheel: Path
    sdist: Path


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    folder = tmp_path_factory.mktemp("dist")
    # Without an environment of its own: the build backend is one of the development packages.
    run(sys.executable, "-m", "build", "--no-isolation", "--outdir", str(folder), str(REPOSITORY))
    return Built(next(folder.glob("*.whl")), next(folder.glob("*.tar.gz")))


@pytest.fixture(scope="module")
def python(built: Built) -> Path:
    """An environment with the wheel and the lowest versions of what it needs, and nothing else.

    It is kept in .venv between runs, for aws-cdk-lib takes long to install; the wheel is installed anew each time.
    """
    lowest = re.findall(r'"(aws-cdk-lib|constructs)>=([\d.]+),', (REPOSITORY / "pyproject.toml").read_text())
    wanted = [f"{name}=={version}" for name, version in lowest]
    folder = Path(sys.prefix) / "share" / "wheel-test"
    interpreter = folder / "bin" / "python"
    install = [str(interpreter), "-m", "pip", "install", "--quiet", "--no-compile", "--disable-pip-version-check"]
    marker = folder / "installed.json"
    if not marker.is_file() or json.loads(marker.read_text()) != wanted:
        run(sys.executable, "-m", "venv", "--clear", str(folder))
        run(*install, *wanted)
        marker.write_text(json.dumps(wanted))
    run(*install, "--force-reinstall", "--no-deps", str(built.wheel))
    return interpreter


def run(*command: str, cwd: Path | None = None) -> str:
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def readme_app() -> str:
    """Return the README's stack, as a user would paste it."""
    section = (REPOSITORY / "README.md").read_text().split("## A stack in ten lines")[1]
    return section.split("```python\n")[1].split("```")[0]


def example_files() -> set[str]:
    home = REPOSITORY / "examples"
    here_only = {"__pycache__", "cdk.out", "cdk.context.json"}
    paths = (path.relative_to(home) for path in home.rglob("*") if path.is_file())
    return {path.as_posix() for path in paths if not here_only & set(path.parts)}


def test_the_wheel_holds_the_library_its_data_and_the_reference_app(built: Built) -> None:
    names = set(zipfile.ZipFile(built.wheel).namelist())
    assert {
        "constructs_lib/py.typed",
        "constructs_lib/cli/deploy_permissions.json",
        "constructs_lib/events/catalog.json",
        "constructs_lib/reference_app/app.py",
        "constructs_lib/reference_app/cdk.json",
        "constructs_lib/reference_app/handlers/onboard_tenant.py",
    } <= names
    packed = {name.removeprefix("constructs_lib/") for name in names if name.startswith("constructs_lib/examples/")}
    assert packed == {f"examples/{file}" for file in example_files()} != set()
    assert not [name for name in names if name.startswith(("tests/", "scripts/", "benchmarks/"))]


def test_the_sdist_can_be_built_again(built: Built) -> None:
    with tarfile.open(built.sdist) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    assert {"pyproject.toml", "README.md", "LICENSE", "app.py", "cdk.json", "constructs_lib/bus.py"} <= names
    assert {f"docs/{page.name}" for page in (REPOSITORY / "docs").glob("*.md")} <= names
    assert {f"examples/{file}" for file in example_files()} <= names


def test_a_package_index_takes_both(built: Built) -> None:
    run(sys.executable, "-m", "twine", "check", "--strict", str(built.wheel), str(built.sdist))


def test_pages_that_the_package_names_are_in_it(built: Built) -> None:
    with zipfile.ZipFile(built.wheel) as wheel:
        names = set(wheel.namelist())
        named = {
            page
            for name in names
            if name.endswith(".py")
            for page in re.findall(r"docs/[\w-]+\.md", wheel.read(name).decode())
        }
    assert named
    assert {f"constructs_lib/{page}" for page in named} <= names


def test_a_package_index_gets_addresses_and_links_that_lead_there(built: Built) -> None:
    with zipfile.ZipFile(built.wheel) as wheel:
        [name] = [name for name in wheel.namelist() if name.endswith(".dist-info/METADATA")]
        metadata = email.message_from_bytes(wheel.read(name))
    urls = dict(url.split(", ", 1) for url in metadata.get_all("Project-URL", []))
    assert {"Repository", "Documentation", "Changelog", "Issues"} <= set(urls)
    readme = metadata.get_payload()
    assert isinstance(readme, str)
    links = re.findall(r"\]\(([^)\s]+)\)", readme)
    assert not [link for link in links if not link.startswith(("https://", "#"))]
    here = f"{urls['Repository']}/blob/main/"
    files = [link.removeprefix(here).partition("#")[0] for link in links if link.startswith(here)]
    assert "docs/masking.md" in files
    assert not [file for file in files if not (REPOSITORY / file).is_file()]


def test_three_lines_synthesize_outside_the_repository(python: Path, tmp_path: Path) -> None:
    lines = (
        "from aws_cdk import App, Stack; from constructs_lib import SaasusEventBus",
        "app = App(outdir='out'); stack = Stack(app, 'Three')",
        f"SaasusEventBus(stack, 'Saasus', event_source_name='{SOURCE}').log('Everything'); app.synth()",
    )
    run(str(python), "-c", "\n".join(lines), cwd=tmp_path)
    assert "AWS::Events::EventBus" in (tmp_path / "out" / "Three.template.json").read_text()


HANDLER = """
import json, sys
sys.path.insert(0, sys.argv[1])
from constructs_lib import EventFilter, SaasusEvent, SaasusEventsError, operations as op
from constructs_lib import runtime

created = EventFilter.of(op.auth.create_tenant).succeeded()
event = json.loads(sys.stdin.read())
read = SaasusEvent.from_dict(event)
for name in runtime.__all__:
    getattr(runtime, name)
try:
    from constructs_lib import SaasusEventBus
except SaasusEventsError as error:
    print(read.operation, read.tenant_id, created.matches(event), str(error).partition(",")[0], sep="\\n")
"""


def test_a_function_that_is_built_without_dependencies_reads_an_event(built: Built, tmp_path: Path) -> None:
    """As docs/functions.md builds a zip or a container."""
    install = ["-m", "pip", "install", "--quiet", "--no-index", "--disable-pip-version-check"]
    run(sys.executable, *install, "--no-deps", "--target", str(tmp_path), str(built.wheel))
    event = (REPOSITORY / "tests/fixtures/events/create_tenant.json").read_text("utf-8")
    # -I and -S: a Python without this environment's packages and settings.
    command = [sys.executable, "-I", "-S", "-c", HANDLER, str(tmp_path)]
    done = subprocess.run(command, input=event, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [
        "auth.create_tenant",
        "fc84307d-e285-4854-8c16-21a6871a2a13",
        "True",
        "constructs_lib.SaasusEventBus cannot be imported here",
    ]


def test_the_command_is_installed_and_says_what_else_it_needs(python: Path, tmp_path: Path) -> None:
    command = python.with_name("saasus-events")
    assert "demo" in run(str(command), "--help")
    done = subprocess.run([str(command), "demo"], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "pip install 'saasus-eventbridge-constructs[local]'" in done.stderr


def test_the_readmes_stack_deploys_and_works(python: Path, tmp_path: Path) -> None:
    """Pasted into a new CDK project that installs the wheel."""
    (tmp_path / "app.py").write_text(readme_app())
    (tmp_path / "cdk.json").write_text(json.dumps({"app": f"{python} app.py"}))
    with HttpsEndpoint() as crm, LocalAws(ca_file=crm.ca_file) as aws:
        # The example's endpoint is a name that does not exist; only its address is changed.
        endpoint = crm.url("/hooks")
        (tmp_path / "app.py").write_text(readme_app().replace("https://crm.example.com/hooks", endpoint))
        bootstrap(aws)
        aws.client("events").create_partner_event_source(Name=SOURCE, Account=aws.account)
        aws.client("secretsmanager").create_secret(Name="crm-api-key", SecretString="only-in-this-test")
        run_cdk(["deploy", "--require-approval", "never"], cwd=tmp_path, environment=aws.environment())
        created, deleted = put(aws, SOURCE, [created_tenant(), new_event(operations.auth.delete_saas_user)])
        [request] = crm.wait_for(1)
        assert request.json()["trace_id"] == deleted
        [log] = [
            group["logGroupName"]
            for group in aws.client("logs").describe_log_groups(logGroupNamePrefix="/aws/lambda/")["logGroups"]
        ]
        eventually(lambda: created in str(aws.client("logs").filter_log_events(logGroupName=log)["events"]))


@pytest.mark.parametrize(
    ("example", "conclusion"),
    [((), "Every event arrived where it should"), (("crm_webhook",), "Everything arrived where it should")],
)
def test_the_demo_runs_from_the_installed_package(
    built: Built, tmp_path: Path, example: tuple[str, ...], conclusion: str
) -> None:
    """With this environment's packages, but the wheel's own files in place of the checkout's."""
    folder = tmp_path / "installed"
    run(sys.executable, "-m", "zipfile", "-e", str(built.wheel), str(folder))
    environment = os.environ | {"PYTHONPATH": str(folder)}
    done = subprocess.run(
        [sys.executable, "-m", "constructs_lib.cli", "demo", *example],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert conclusion in " ".join(done.stdout.split())
    assert not list(folder.rglob("cdk.out"))
