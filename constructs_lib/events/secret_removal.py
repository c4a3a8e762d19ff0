"""Takes the secrets out of what the decoded bus carries, by name at any depth; personal data stays."""

from __future__ import annotations

import json
import re
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from constructs_lib.events.json_values import read_json, scanner, write_json
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

_SIGN_IN_TEXT: Final = re.compile(r'[=:/%{\["]|eyJ|_(?:live|test)_|whsec_|(?i:bearer|basic)\s')
"""What is in every text of which a part can be a secret: of a URL, of a header, of JSON, or `name: value`."""

_IN_HEADER: Final = re.compile(r"(?:bearer|basic)\s", re.IGNORECASE | re.ASCII)

_LONGEST_NAME: Final = 64
_MOST_NAMES: Final = 10_000
"""The most names to remember, because anybody can make up new ones."""

_NESTED: Final = ("{", "[", '"')
_CONTAINERS: Final = frozenset({dict, list})
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
        in_texts = "|".join(re.escape(name) for name in sorted(given) if "." not in name)
        ends = "|".join(ENDS_OF_SECRET_NAMES)
        self._in_text = re.compile(
            rf"((?:(?<![A-Za-z])(?:{in_texts})|(?:{ends})s?)[\"'\\]*\s{{0,3}}[:=]\s{{0,3}}[\"'\\]*)[^\s\"'\\].*",
            re.IGNORECASE | re.DOTALL | re.ASCII,
        )
        self._in_query = re.compile(rf"([?&#;](?:{in_texts})=)[^\s\"'\\&#;]+", re.IGNORECASE | re.ASCII)
        self._harmless: set[str] = set()
        self._are_harmless: Final = self._harmless.issuperset
        self._scan: Final = scanner(object_hook=self._without_secrets)
        self._listed: dict[str, bool] = {}
        """The names of secrets that came, and whether they are listed, or only end like one."""

    def deletes(self, side: str, name: str, value: Any) -> bool:
        """Check whether a top-level field is deleted.

        Args:
            side: `request_body` or `response_body`.
            name: The field's name.
            value: The field's value.
        """
        if self._at_top and _at_top(side, name) in self._at_top:
            return True
        return self._is_secret(name, value)

    def of(self, value: Any, side: str = "") -> Any:
        """Return a copy of a value, however deeply nested, without the fields that are secrets.

        Args:
            value: A JSON value.
            side: `request_body` or `response_body` if it is a body. Default: neither.
        """
        return self.from_own(copied(value), side)

    def from_own(self, value: Any, side: str = "") -> Any:
        """Return a value without the fields that are secrets, like `of`, but delete them from the value itself."""
        self._delete_from(value, side)
        return self._clean_texts([value])[0][0]

    def from_json(self, text: str, side: str = "") -> Any:
        """Return the value of a JSON text, without the fields that are secrets.

        Raises:
            ValueError: The text is not JSON.
        """
        try:
            value, end = self._scan(text, 0)
        except (StopIteration, ValueError, RecursionError):
            end = -1
        if end != len(text) or self._at_top:
            value = read_json(text)
            self._delete_from(value, side)
        return self._clean_texts([value])[0][0] if _has_form_of_secret(text) else value

    def _without_secrets(self, members: dict[str, Any]) -> dict[str, Any]:
        """Delete the secrets of an object while the JSON around it is still being read."""
        if not self._are_harmless(members):
            self._delete_secrets(members)
        return members

    def _delete_from(self, value: Any, side: str) -> bool:
        """Delete the secrets from a value itself, and return whether there were any."""
        differs = False
        if self._at_top and type(value) is dict:
            for name in [name for name in value if _at_top(side, name) in self._at_top]:
                del value[name]
                differs = True
        waiting = [value] if type(value) in _CONTAINERS else []
        while waiting:
            container = waiting.pop()
            values = container
            if type(container) is dict:
                if not self._are_harmless(container):
                    differs = self._delete_secrets(container) or differs
                values = container.values()
            if not _CONTAINERS.isdisjoint(map(type, values)):
                waiting += [inner for inner in values if type(inner) in _CONTAINERS]
        return differs

    def _clean_texts(self, holder: list[Any]) -> tuple[list[Any], bool]:
        """Hide what is secret in the texts inside a list itself, and return it, and whether it differs."""
        differs = False
        waiting: list[Any] = [holder]
        while waiting:
            container = waiting.pop()
            for place, inner in container.items() if type(container) is dict else enumerate(container):
                if type(inner) in _CONTAINERS:
                    waiting.append(inner)
                elif type(inner) is str and _SIGN_IN_TEXT.search(inner):
                    container[place] = self.of_text(inner)
                    differs = differs or container[place] != inner
        return holder, differs

    def _delete_secrets(self, members: dict[str, Any]) -> bool:
        """Delete the secrets of one object, and return whether there were any."""
        harmless = self._harmless
        secret = [name for name, inner in members.items() if name not in harmless and self._is_secret(name, inner)]
        secret += [hidden for name, hidden in SECRETS_BESIDE.items() if name in members and hidden in members]
        for name in secret:
            del members[name]
        return bool(secret)

    def _is_secret(self, name: str, value: Any) -> bool:
        """Check whether a field is deleted.

        An object or a boolean whose name only ends like that of a secret (`forgot_password`) is not one.
        """
        if name in self._harmless:
            return False
        listed = self._listed.get(name)
        if listed is None:
            plain = plain_name(name[-_LONGEST_NAME:])
            listed = plain in self._anywhere
            is_harmless = not listed and not ends_like_a_secret(plain)
            if len(name) <= _LONGEST_NAME and len(self._harmless) + len(self._listed) < _MOST_NAMES:
                if is_harmless:
                    self._harmless.add(name)
                else:
                    self._listed[name] = listed
            if is_harmless:
                return False
        return listed or not isinstance(value, (dict, bool))

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
                pass  # it only looks like JSON
            else:
                is_less = self._delete_from(value, "")
                [cleaned], differs = self._clean_texts([value])
                return write_json(cleaned) if is_less or differs or _repeats_a_key(text) else text
        if has_queries:
            text = redact_forms_outside_queries(self._in_query.sub(rf"\1{REDACTED}", text))
        else:
            text = redact_forms(text)
        return self._in_text.sub(rf"\1{REDACTED}", text)


def copied(value: Any) -> Any:
    """Return a copy of a value, however deeply nested."""
    if not isinstance(value, (dict, list)):
        return value
    holder = [value]
    waiting: list[Any] = [holder]
    while waiting:
        container = waiting.pop()
        for place, inner in container.items() if isinstance(container, dict) else enumerate(container):
            if isinstance(inner, (dict, list)):
                container[place] = inner.copy()
                waiting.append(container[place])
    return holder[0]


def _at_top(side: str, name: str) -> str:
    return f"{side}.{plain_name(name)}"


def _has_form_of_secret(text: str) -> bool:
    """Check quickly whether a compact JSON text may have what `_SIGN_IN_TEXT` finds."""
    # One letter is found far faster than several.
    return (
        "/" in text
        or "\\" in text
        or "=" in text
        or "%" in text
        # After a quotation mark it follows a name or begins a value, and so has no name of a secret before it.
        or text.count(":") != text.count('":')
        or ("J" in text and "eyJ" in text)
        or (" " in text and _IN_HEADER.search(text) is not None)
        or "_live_" in text
        or "_test_" in text
        or "whsec_" in text
    )


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
