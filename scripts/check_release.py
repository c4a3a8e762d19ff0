"""Check that a tag, the version in pyproject.toml, and the newest section of CHANGELOG.md belong to one release.

    python scripts/check_release.py v1.2.3

It prints the section, which becomes the release notes.
"""

from __future__ import annotations

import re
import sys
from datetime import date
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[1]

_PROJECT = re.compile(r"^\[project\]\n(?P<table>(?:(?!\[).*\n)*)", re.MULTILINE)
_VERSION = re.compile(r'^version = "(?P<version>[^"]+)"$', re.MULTILINE)
_SECTION = re.compile(r"^## \[(?P<version>[^\]\n]+)\] - (?P<date>.+)\n(?P<notes>(?:(?!## ).*\n?)*)", re.MULTILINE)


class NotARelease(Exception):
    """The tag, the version, and the changelog disagree, or the changelog is not finished."""


def release_notes(tag: str, pyproject: str, changelog: str) -> str:
    """Return the changelog section of a release.

    Args:
        tag: The tag, such as `v1.2.3`.
        pyproject: The text of pyproject.toml.
        changelog: The text of CHANGELOG.md.

    Raises:
        NotARelease: The three disagree about the version, or the section has no date or no content.
    """
    project = _PROJECT.search(pyproject)
    version = _VERSION.search(project["table"]) if project else None
    if version is None:
        raise NotARelease("pyproject.toml has no version. Add a line such as 'version = \"1.2.3\"' to [project].")
    if tag != f"v{version['version']}":
        raise NotARelease(
            f"The tag {tag!r} does not match the version in pyproject.toml. Expected 'v{version['version']}'. "
            "Change the version and commit it, or delete the tag and create the right one."
        )
    newest = _SECTION.search(changelog)
    if newest is None or newest["version"] != version["version"]:
        heading = f"[{newest['version']}]" if newest else "missing"
        raise NotARelease(
            f"The newest section of CHANGELOG.md is {heading}. Expected '## [{version['version']}] - YYYY-MM-DD'. "
            "Describe what users will notice in this version."
        )
    if not _is_date(newest["date"]):
        raise NotARelease(
            f"The section of {version['version']} in CHANGELOG.md is dated {newest['date']!r}. Expected the date of "
            "the release as YYYY-MM-DD. Fill it in and commit it."
        )
    notes = newest["notes"].strip()
    if not re.search(r"^- ", notes, re.MULTILINE):
        raise NotARelease(
            f"The section of {version['version']} in CHANGELOG.md is empty. Expected at least one line "
            "that starts with '- '. Describe what users will notice in this version."
        )
    return notes


def _is_date(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def main(arguments: list[str]) -> int:
    """Check the tag on the command line against this repository."""
    if len(arguments) != 1:
        print("Expected one tag. For example: python scripts/check_release.py v1.2.3", file=sys.stderr)
        return 2
    pyproject, changelog = ((REPOSITORY / name).read_text("utf-8") for name in ("pyproject.toml", "CHANGELOG.md"))
    try:
        print(release_notes(arguments[0], pyproject, changelog))
    except NotARelease as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
