"""What GitHub does with this repository: its workflows, forms and releases."""

from __future__ import annotations

import re
from itertools import chain
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
import yaml
from packaging.requirements import Requirement

from tests.documents import REPOSITORY
from tests.project_script import load_script

if TYPE_CHECKING:
    from types import ModuleType

GITHUB = REPOSITORY / ".github"
WORKFLOWS = sorted(path.name for path in (GITHUB / "workflows").iterdir())
FORMS = sorted(path.name for path in (GITHUB / "ISSUE_TEMPLATE").iterdir() if path.name != "config.yml")
PROJECT = (REPOSITORY / "pyproject.toml").read_text("utf-8")
ACTION = re.compile(r"^(?P<action>[\w.-]+/[\w./-]+)@(?P<commit>[0-9a-f]{40}) # v(?P<version>\d+\.\d+\.\d+)$")


class Job(NamedTuple):
    workflow: str
    name: str
    content: dict[str, Any]

    @property
    def steps(self) -> list[dict[str, Any]]:
        steps: list[dict[str, Any]] = self.content.get("steps", [])
        return steps


def text(workflow: str) -> str:
    return (GITHUB / "workflows" / workflow).read_text("utf-8")


def load(path: str) -> dict[str, Any]:
    content: dict[str, Any] = yaml.safe_load((GITHUB / path).read_text("utf-8"))
    return content


def jobs() -> list[Job]:
    return [
        Job(workflow, name, content)
        for workflow in WORKFLOWS
        for name, content in load(f"workflows/{workflow}")["jobs"].items()
    ]


def matrix(job: str) -> list[str]:
    versions: list[str] = load("workflows/test.yml")["jobs"][job]["strategy"]["matrix"]["python"]
    return versions


def test_workflows_may_only_read_but_where_a_release_has_to_write() -> None:
    assert {name: load(f"workflows/{name}")["permissions"] for name in WORKFLOWS} == {
        name: {"contents": "read"} for name in WORKFLOWS
    }
    assert {
        f"{job.workflow} {job.name}": job.content["permissions"] for job in jobs() if "permissions" in job.content
    } == {
        "release.yml publish": {"id-token": "write", "attestations": "write"},
        "release.yml announce": {"contents": "write"},
    }


def test_actions_are_named_by_commit_and_each_by_one() -> None:
    used = [line.split("uses: ", 1)[1] for name in WORKFLOWS for line in text(name).splitlines() if "uses: " in line]
    foreign = [action for action in used if not action.startswith("./")]
    assert [action for action in foreign if not ACTION.match(action)] == []
    assert len({action.partition("@")[0] for action in foreign}) == len(set(foreign)) > 0


def test_a_checkout_leaves_no_token_behind() -> None:
    checkouts = [step for job in jobs() for step in job.steps if step.get("uses", "").startswith("actions/checkout@")]
    assert [step.get("with", {}).get("persist-credentials") for step in checkouts] == [False] * len(checkouts) != []


def test_every_job_ends() -> None:
    """A job that calls a workflow ends with the jobs of that."""
    assert [job[:2] for job in jobs() if "uses" not in job.content and "timeout-minutes" not in job.content] == []


def test_the_files_that_workflows_name_exist() -> None:
    commands = " ".join(step["run"] for job in jobs() for step in job.steps if "run" in step)
    named = set(re.findall(r"(?:tests|scripts)/[\w./]*\w", commands))
    assert {"tests/unit", "tests/synth", "scripts/check_release.py"} <= named
    assert [path for path in sorted(named) if not (REPOSITORY / path).exists()] == []
    for path, test in re.findall(r"(tests/[\w./]+)::(\w+)", commands):
        assert f"def {test}(" in (REPOSITORY / path).read_text("utf-8")


def test_what_the_package_says_it_runs_on_is_what_is_tested() -> None:
    said = re.findall(r'"Programming Language :: Python :: (3\.\d+)"', PROJECT)
    [lowest] = re.findall(r'requires-python = ">=([\d.]+)"', PROJECT)
    assert matrix("everything") == said
    assert said[0] == lowest
    assert matrix("elsewhere") == [said[0], said[-1]]


def test_the_lowest_versions_that_are_tested_are_those_of_the_package() -> None:
    wanted = re.findall(r'"(aws-cdk-lib|constructs)>=([\d.]+),', PROJECT)
    installs = [
        step["run"] for job in jobs() if job.name == "lowest" for step in job.steps if "==" in step.get("run", "")
    ]
    assert installs == ["python -m pip install " + " ".join(f"{name}=={version}" for name, version in wanted)]


def test_a_release_is_published_when_all_tests_passed() -> None:
    release = load("workflows/release.yml")["jobs"]
    assert release["test"]["uses"] == "./.github/workflows/test.yml"
    assert set(release["publish"]["needs"]) == {"test", "build"}
    assert release["publish"]["environment"]["name"] == "pypi"
    assert release["announce"]["needs"] == "publish"


def test_a_release_is_built_after_its_tag_was_checked() -> None:
    build = load("workflows/release.yml")["jobs"]["build"]
    commands = [step["run"] for step in build["steps"] if "run" in step]
    assert build["env"]["TAG"] == "${{ github.ref_name }}"
    assert 'scripts/check_release.py "$TAG"' in commands[0]
    assert commands.index("python -m build") < commands.index("twine check --strict dist/*")


def test_the_development_packages_are_pinned_within_their_ranges() -> None:
    lines = (REPOSITORY / "constraints.txt").read_text("utf-8").splitlines()
    pins = dict(line.lower().replace("_", "-").split("==") for line in lines if not line.startswith("#"))
    extras = PROJECT.partition("[project.optional-dependencies]")[2].partition("\n[")[0]
    listed = chain.from_iterable(re.findall(r'^ *"([^"]+)"|"([^"]+)"[,\]]', extras, re.MULTILINE))
    wanted = {Requirement(line) for line in listed if line and not line.startswith("saasus-eventbridge")}
    assert len(wanted) > 15
    wrong = [
        str(each) for each in wanted if not each.specifier.contains(pins.get(each.name.lower(), "0"), prereleases=True)
    ]
    assert wrong == []


@pytest.mark.parametrize("form", FORMS)
def test_a_form_asks_for_no_key(form: str) -> None:
    body = load(f"ISSUE_TEMPLATE/{form}")["body"]
    [warning] = [part["attributes"]["value"] for part in body if part["type"] == "markdown"]
    assert "**Never paste a key.**" in warning
    [box] = [option for part in body if part["type"] == "checkboxes" for option in part["attributes"]["options"]]
    assert box["required"]


def test_a_form_asks_for_what_the_command_says() -> None:
    asked = {part.get("id"): str(part["attributes"]) for part in load("ISSUE_TEMPLATE/bug.yml")["body"]}
    assert "saasus-events status --stack" in asked["status"]
    assert "saasus-events --version" in asked["versions"]


def test_vulnerabilities_are_reported_in_private() -> None:
    form = "https://github.com/saasus-platform/saasus-eventbridge-constructs/security/advisories/new"
    assert form in [link["url"] for link in load("ISSUE_TEMPLATE/config.yml")["contact_links"]]
    assert f"({form})" in (REPOSITORY / "SECURITY.md").read_text("utf-8")


@pytest.fixture(scope="module")
def check_release() -> ModuleType:
    return load_script("check_release")


PYPROJECT = '[build-system]\nversion = "9"\n\n[project]\nname = "x"\nversion = "1.2.3"\n\n[tool.x]\nversion = "8"\n'
CHANGELOG = "# Changelog\n\n## [1.2.3] - 2027-01-31\n\n### Added\n\n- `a`.\n\n## [1.2.2] - 2026-12-01\n\n- `b`.\n"


def test_a_release_has_the_notes_of_its_section(check_release: ModuleType) -> None:
    assert check_release.release_notes("v1.2.3", PYPROJECT, CHANGELOG) == "### Added\n\n- `a`."


@pytest.mark.parametrize(
    ("tag", "pyproject", "changelog", "said"),
    [
        ("1.2.3", PYPROJECT, CHANGELOG, "Expected 'v1.2.3'"),
        ("v1.2.2", PYPROJECT, CHANGELOG, "Expected 'v1.2.3'"),
        ("v1.2.3rc1", PYPROJECT, CHANGELOG, "Expected 'v1.2.3'"),
        ("v1.2.3 ", PYPROJECT, CHANGELOG, "'v1.2.3 '"),
        ("", PYPROJECT, CHANGELOG, "The tag ''"),
        ("v9", '[build-system]\nversion = "9"\n\n[project]\nname = "x"\n', CHANGELOG, "has no version"),
        ("v1.2.3", PYPROJECT, CHANGELOG.partition("## [1.2.3]")[0], "missing"),
        ("v1.2.3", PYPROJECT, CHANGELOG.replace("[1.2.3]", "[1.2.4]"), "is [1.2.4]"),
        (
            "v1.2.3",
            PYPROJECT,
            CHANGELOG.replace("## [1.2.3]", "## [1.3.0] - 2027-02-01\n\n- c\n\n## [1.2.3]"),
            "[1.3.0]",
        ),
        ("v1.2.3", PYPROJECT, CHANGELOG.replace("2027-01-31", "unreleased"), "dated 'unreleased'"),
        ("v1.2.3", PYPROJECT, CHANGELOG.replace("2027-01-31", "2027-02-31"), "dated '2027-02-31'"),
        ("v1.2.3", PYPROJECT, CHANGELOG.replace("2027-01-31", "20270131"), "YYYY-MM-DD"),
        ("v1.2.3", PYPROJECT, CHANGELOG.replace("- `a`.", ""), "is empty"),
    ],
)
def test_what_does_not_agree_is_not_released(
    check_release: ModuleType, tag: str, pyproject: str, changelog: str, said: str
) -> None:
    with pytest.raises(check_release.NotARelease, match=re.escape(said)):
        check_release.release_notes(tag, pyproject, changelog)


def test_the_repository_is_checked_itself(check_release: ModuleType, capsys: pytest.CaptureFixture[str]) -> None:
    assert check_release.main(["v0.0.0"]) == 1
    assert "The tag 'v0.0.0' does not match" in capsys.readouterr().err
    assert check_release.main([]) == 2
    assert "python scripts/check_release.py v1.2.3" in capsys.readouterr().err
