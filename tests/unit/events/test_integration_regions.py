"""The regions are those of SaaSus's own API file, as the generated schemas have them."""

from __future__ import annotations

import json
from pathlib import Path

import constructs_lib
from constructs_lib.events.integration_regions import INTEGRATION_REGIONS


def test_the_regions_are_those_of_the_schema() -> None:
    schemas = (Path(constructs_lib.__file__).parent / "testing" / "schemas.json").read_text("utf-8")
    assert json.dumps(list(INTEGRATION_REGIONS), separators=(",", ":")) in schemas
