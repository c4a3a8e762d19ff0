"""Takes the secrets out of what the decoded bus carries, by name at any depth; personal data stays."""

from __future__ import annotations

import json
import re
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any, Final

from constructs_lib.events.json_values import read_json, write_json
from constructs_lib.events.redaction import (
    REDACTED,
    ends_like_a_secret,
    plain_name,
    redact_forms,
    redact_forms_outside_queries,
)
from constructs_lib.events.sensitive_fields import (
    ENDS_OF_SECRET_NAMES,
    SECRET_EVENT_FIELDS,
    SECRET_NAMES,
    SECRET_NAMES_OF_OPERATIONS,
    SECRETS_BESIDE,
    names_of_secrets,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from constructs_lib.events.operation import Operation

_SECRET_EVERYWHERE: Final = SECRET_NAMES | SECRET_EVENT_FIELDS | SECRETS_BESIDE.keys()
_SECRET_SOMEWHERE: Final = _SECRET_EVERYWHERE.union(*SECRET_NAMES_OF_OPERATIONS.values())
"""What is deleted while the operation is unknown."""

WORDS: Final = ("key", "token", "secret", "pass", "code", "saas", "authoriz", "cookie")
"""Every name that is a secret in all operations has one of these, in any spelling."""

_FORMS: Final = ("eyj", "_live_", "_test_", "whsec_", "bearer", "basic", "//", "invit", "\\u00")
"""What is in every text that is a secret by its form or place, and in every name that is written with escapes."""

_LONGEST_NAME: Final = 64
_NESTED: Final = ("{", "[", '"')
_WHITE_SPACE: Final = " \t\r\n"


class SecretRemoval:
    """Removes the secrets from the bodies of one operation, from those of an unknown one, or from other values.

    Args:
        names: Names whose values are secrets at any depth, or `response_body.id` for the top level of one side.
    """

    def __init__(self, names: Iterable[str]) -> None:
        given = frozenset(names)
        self._anywhere = frozenset(plain_name(name) for name in given if "." not in name)
        self._at_top = frozenset(_at_top(*name.split(".")) for name in given if "." in name)
        self._signs = (*_FORMS, *WORDS, *(sign for name in sorted(given) if (sign := _sign(name))))
        in_texts = "|".join(re.escape(name) for name in sorted(given) if "." not in name)
        ends = "|".join(ENDS_OF_SECRET_NAMES)
        self._in_text = re.compile(
            rf"((?:(?<![A-Za-z])(?:{in_texts})|(?:{ends})s?)[\"'\\]*\s{{0,3}}[:=]\s{{0,3}}[\"'\\]*)[^\s\"'\\].*",
            re.IGNORECASE | re.DOTALL | re.ASCII,
        )
        self._in_query = re.compile(rf"([?&#;](?:{in_texts})=)[^\s\"'\\&#;]+", re.IGNORECASE | re.ASCII)
        self._is_secret = lru_cache(maxsize=4096)(self._has_name_of_secret)

    def is_needed(self, text: str) -> bool:
        """Check quickly whether a secret can be inside a JSON text; if not, its value can stay as it is."""
        lower = text.lower()
        return any(sign in lower for sign in self._signs)

    def deletes(self, side: str, name: str, value: Any) -> bool:
        """Check whether a top-level field is deleted.

        Args:
            side: `request_body` or `response_body`.
            name: The field's name.
            value: The field's value.
        """
        return _at_top(side, name) in self._at_top or not self._kept({name: value})

    def of(self, value: Any, side: str = "") -> Any:
        """Return a copy of a value, however deeply nested, without the fields that are secrets.

        Args:
            value: A JSON value.
            side: `request_body` or `response_body` if it is a body. Default: neither.
        """
        return self._cleaned(value, side)[0]

    def _cleaned(self, value: Any, side: str) -> tuple[Any, bool]:
        """Return the copy, and whether it differs: Python compares no values that are nested 1,000 times."""
        differs = False
        if isinstance(value, dict) and self._at_top:
            kept = {name: inner for name, inner in value.items() if _at_top(side, name) not in self._at_top}
            differs, value = len(kept) < len(value), kept
        holder: list[Any] = [value]
        waiting: list[Any] = [holder]
        while waiting:
            container = waiting.pop()
            for place, inner in list(container.items() if isinstance(container, dict) else enumerate(container)):
                if isinstance(inner, str):
                    container[place] = self.of_text(inner)
                    differs = differs or container[place] != inner
                elif isinstance(inner, dict):
                    container[place] = self._kept(inner)
                    differs = differs or len(container[place]) < len(inner)
                    waiting.append(container[place])
                elif isinstance(inner, list):
                    container[place] = list(inner)
                    waiting.append(container[place])
        return holder[0], differs

    def _kept(self, members: dict[str, Any]) -> dict[str, Any]:
        beside = {hidden for name, hidden in SECRETS_BESIDE.items() if name in members}
        return {
            name: value
            for name, value in members.items()
            if name not in beside
            and not (self._is_secret(name) and (self._is_listed(name) or not isinstance(value, (dict, bool))))
        }

    def _is_listed(self, name: str) -> bool:
        return plain_name(name) in self._anywhere

    def _has_name_of_secret(self, name: str) -> bool:
        plain = plain_name(name[-_LONGEST_NAME:])
        return plain in self._anywhere or ends_like_a_secret(plain)

    def of_text(self, text: str, *, has_queries: bool = True) -> str:
        """Return a text without secrets: JSON by its fields, anything else by what has the form of a secret.

        What follows the name of a secret in a text that is not JSON is hidden as a whole, because nobody knows where
        the secret ends.

        Args:
            text: The text.
            has_queries: Whether the queries of URLs stay, but for what has the name of a secret.
        """
        if text.lstrip(_WHITE_SPACE)[:1] in _NESTED:
            try:
                value = read_json(text)
            except ValueError:
                pass
            else:
                cleaned, differs = self._cleaned(value, "")
                return write_json(cleaned) if differs or _repeats_a_key(text) else text
        if has_queries:
            text = redact_forms_outside_queries(self._in_query.sub(rf"\1{REDACTED}", text))
        else:
            text = redact_forms(text)
        return self._in_text.sub(rf"\1{REDACTED}", text)


def _at_top(side: str, name: str) -> str:
    return f"{side}.{plain_name(name)}"


def _sign(name: str) -> str:
    """Return what every spelling of an operation's own secret name has, unless one of `WORDS` is that already."""
    first = re.split(r"[._-]", name.rpartition(".")[2])[0]
    return "" if any(word in name for word in WORDS) else first


def _repeats_a_key(text: str) -> bool:
    """Check whether an object in a JSON text has a key twice: the value of the first is in the text only."""
    found = False

    def note(members: list[tuple[str, Any]]) -> dict[str, Any]:
        nonlocal found
        value = dict(members)
        found = found or len(value) < len(members)
        return value

    try:
        json.loads(text, object_pairs_hook=note)
    except (RecursionError, ValueError):
        return True  # too deep, or a number too long, to find out
    return found


@cache
def removal_for(operation: Operation | None) -> SecretRemoval:
    """Return the removal for the bodies of an operation; None if it is unknown."""
    if operation is None or operation.retired:
        return SecretRemoval(_SECRET_SOMEWHERE)
    own = names_of_secrets(operation.api, operation.operation_id)
    return IN_ANY_VALUE if own == SECRET_NAMES else SecretRemoval(own | _SECRET_EVERYWHERE)


IN_ANY_VALUE: Final = SecretRemoval(_SECRET_EVERYWHERE)
"""For what is not a body."""
