"""Events with a canary in every secret that the catalog knows of, for the tests of all that hides or deletes them."""

from __future__ import annotations

import itertools
import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from constructs_lib import operations
from constructs_lib.testing import variants
from constructs_lib.testing.event_variants import BODY_WRITERS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from constructs_lib.events.operation import Operation

# {0} is the canary, distinct for each secret; it is in every piece of a value, so that none may survive.
WITHOUT_QUOTES = (
    "{0}",
    "{0}\\{0}\\\\{0}\\",
    "{0}\\\\",
    "nt{0}\\n{0}",
    "{0},{0}",
    "{0}日本語{0}\U0001f600",
    "<{0}>&{0}",
    "{0}\n{0}\t{0}\r\n",
    "{0}}}{{{0}",
    "{0}x" * 250,
)
WITH_QUOTES = (
    '{0}"{0}"{0}',
    '"{0}',
    '{0}"',
    '\\"{0}',
    '{0}\\"{0}\\\\"{0}',
    '{0}","x":"{0}',
    '{0}", "x": "{0}',
    '{0}",{0}"}}{0}',
    '{{"password":"{0}","k":["{0}"]}}',
    '日"本<{0}"\\\n,{0}"}}' * 60,
)
ANY = WITHOUT_QUOTES + WITH_QUOTES
WITHOUT_BRACES = tuple(shape for shape in ANY if "}" not in shape.format(""))
# What SaaSus makes itself: no quote in it, and the key of every event does not end in backslashes.
MADE_BY_SAASUS = {"response_body.id", "response_body.invitation_url"}
KEYS = tuple(shape for shape in WITHOUT_QUOTES if not shape.endswith("\\"))

LETTERS = ("go", "plain", "ascii")
CHALLENGE = ("PASSWORD", "NEW_PASSWORD", "SRP_A", "SMS_MFA_CODE", "SECRET_HASH", "PASSWORD_CLAIM_SIGNATURE")


def write_json(value: Any, like: str, letters: str) -> str:
    """Write JSON with the spacing that a text has, and letters escaped as asked."""
    if like.startswith(("{\n", "{\r\n")):
        text = json.dumps(value, ensure_ascii=letters == "ascii", indent=2)
        text = text.replace("\n", "\r\n") if like.startswith("{\r") else text
    elif re.match(r'{"[^"]*":[^ ]', like) and '": ' in like:
        text = BODY_WRITERS["bodies that mix spacing"](value)
    else:
        spaced = re.match(r'{"[^"]*": ', like) is not None
        separators = (", ", ": ") if spaced else (",", ":")
        text = json.dumps(value, ensure_ascii=letters == "ascii", separators=separators)
    return re.sub("[<>&]", lambda letter: f"\\u{ord(letter[0]):04x}", text) if letters == "go" else text


@dataclass(frozen=True)
class Line:
    """An event, the line of it in CloudWatch Logs, what SaaSus logged, and what must not be seen of it."""

    event: dict[str, Any]
    text: str
    record: dict[str, Any]
    canaries: list[str]
    is_text: bool


class Planter:
    """Puts a canary into every secret of an event."""

    def __init__(self) -> None:
        self._numbers = itertools.count(0x10000)

    def plant(self, operation: Operation, event: dict[str, Any], turn: int, allowed: tuple[str, ...] = ANY) -> Line:
        canaries: list[str] = []

        def secret(shapes: tuple[str, ...]) -> str:
            canaries.append(f"c{next(self._numbers):x}z")
            chosen = [shape for shape in shapes if shape in allowed]
            return chosen[(turn + len(canaries)) % len(chosen)].format(canaries[-1])

        def put(value: Any, names: list[str], path: str) -> None:
            name = names[0].removesuffix("[]")
            if isinstance(value, list):
                for item in value:
                    put(item, names, path)
            elif isinstance(value, dict) and name in value:
                if len(names) > 1:
                    put(value[name], names[1:], path)
                elif path not in operation.free_form_fields:
                    value[name] = secret(WITHOUT_QUOTES if path in MADE_BY_SAASUS else ANY)
                elif turn % 2:
                    value[name] = {key: secret(ANY) for key in CHALLENGE}
                else:
                    value[name] = {key: secret(WITHOUT_BRACES) for key in ("aKey", "a_key")}

        letters = [LETTERS[(turn // 3**level) % 3] for level in range(3)]
        given = event["detail"]["event"]
        record = json.loads(given) if isinstance(given, str) else given
        for side in ("request_body", "response_body"):
            text = record[side]
            body = json.loads(text) if isinstance(text, str) and text else text
            for path in operation.secret_fields:
                if path.startswith(side):
                    put(body, path.split(".")[1:], path)
            record[side] = write_json(body, text, letters[0]) if isinstance(text, str) and text else body
        record["api_key"] = secret(KEYS)
        for path in operation.secret_fields:
            before, parameter, after = operation.path.partition(f"{{{path.removeprefix('uri.')}}}")
            if parameter and path.startswith("uri."):
                start = re.match(re.sub(r"{\w+}", "[^/]+", before), record["uri"])
                assert start is not None
                record["uri"] = start[0] + quote(secret(ANY), safe="") + after
        event["detail"]["event"] = write_json(record, given, letters[1]) if isinstance(given, str) else record
        return Line(event, write_json(event, "", letters[2]), record, canaries, isinstance(given, str))


def lines(*, is_text: bool, allowed: tuple[str, ...] = ANY) -> Iterator[tuple[str, Operation, Line]]:
    planter = Planter()
    for operation in operations:
        for number, variant in enumerate(variants(operation)):
            if isinstance(variant.event["detail"]["event"], str) is not is_text:
                continue
            for turn in (number, number + 1) if operation.secret_fields else (number,):
                yield (
                    f"{operation}, {variant.name}, {turn}",
                    operation,
                    planter.plant(operation, json.loads(json.dumps(variant.event)), turn, allowed),
                )
