"""Takes secrets out of free text: error messages and log lines, in which no field says what is secret.

By value, if the event is known whose secrets the text may repeat; and by name: everything after the name of a secret
is cut off, because where its value ends is unknown.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, Final

from constructs_lib.events.errors import InvalidEvent
from constructs_lib.events.json_values import read_json
from constructs_lib.events.redaction import REDACTED, redact_forms
from constructs_lib.events.saasus_event import SaasusEvent
from constructs_lib.events.sensitive_fields import (
    ENDS_OF_SECRET_NAMES,
    PERSONAL_EVENT_FIELDS,
    PERSONAL_NAMES,
    PERSONAL_NAMES_OF_OPERATIONS,
    SECRET_EVENT_FIELDS,
    SECRET_NAMES,
    SECRET_NAMES_OF_OPERATIONS,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

_CLEAR: Final = SECRET_NAMES | PERSONAL_NAMES | SECRET_EVENT_FIELDS | PERSONAL_EVENT_FIELDS
_UNCLEAR: Final = (
    frozenset().union(*SECRET_NAMES_OF_OPERATIONS.values(), *PERSONAL_NAMES_OF_OPERATIONS.values()) - _CLEAR
)
"""Words such as "code": secret as a field, ordinary in a sentence."""


def _any_of(names: Collection[str]) -> str:
    return "|".join(re.escape(name) for name in sorted(names, key=len, reverse=True))


_NAME: Final = re.compile(
    rf"(?<![A-Za-z0-9])(?:{_any_of(_CLEAR)}|[\w-]{{0,40}}(?:{'|'.join(ENDS_OF_SECRET_NAMES)})s?)[\"'\\]*\s{{0,3}}[:=]|[\"'](?:{_any_of(_UNCLEAR)})[\"'\\]+\s{{0,3}}[:=]",
    re.IGNORECASE,
)
_EMAIL: Final = re.compile(r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63})+")
_URL: Final = re.compile(
    r"(?P<scheme>https?:\\{0,2}/\\{0,2}/)(?:[^\s/?#\"'<>@]*@)?(?P<host>[\w.\[\]:-]+)(?P<rest>(?:\\{0,2}[/?#][^\s\"'<>]*)?)"
)
_PUBLIC_PATHS: Final = re.compile(r"(?:[\w.-]+\.)?(?:amazonaws\.com(?:\.cn)?|api\.aws|saasus\.io)(?::\d+)?", re.ASCII)
"""Hosts whose paths are not secret, except for those that `redact_forms` knows."""
_WITH_PORT: Final = re.compile(r"\[?([^\s\[\]]+)\]?:\d{1,5}")
_SHORT: Final = 4
_CUT: Final = "… (cut: a secret or personal data follows{})"


def redact_text(text: str, secrets: Collection[str] = (), *, otherwise: str = "; --raw shows all") -> str:
    """Return a text without secrets, as far as they can be recognized.

    It loses the given values, e-mail addresses, keys in paths, whatever follows the host in a URL (which can be a key
    of the API that is called), and everything from the first name of a secret on.

    Args:
        text: The text.
        secrets: Values that are secret. Default: none are known.
        otherwise: What is said, where the text is cut off, about how to see the rest. Default: with --raw.
    """
    for secret in sorted((secret for secret in secrets if len(secret) <= len(text)), key=len, reverse=True):
        for form in dict.fromkeys((secret, json.dumps(secret)[1:-1], json.dumps(secret, ensure_ascii=False)[1:-1])):
            if len(form) >= _SHORT:
                text = text.replace(form, REDACTED)
            elif form and form in text:
                text = re.sub(rf"(?<!\w){re.escape(form)}(?!\w)", REDACTED, text)
    text = _URL.sub(_host_alone, text)
    text = _EMAIL.sub(REDACTED, text)
    text = redact_forms(text)
    named = _NAME.search(text)
    return text if named is None else text[: named.start()] + _CUT.format(otherwise)


def _host_alone(url: re.Match[str]) -> str:
    before = url["scheme"] + url["host"]
    if _PUBLIC_PATHS.fullmatch(url["host"]):
        return before + url["rest"]
    return before + (url["rest"] if url["rest"] in ("", "/") else f"/{REDACTED}")


def secrets_of(event: object) -> frozenset[str]:
    """Return every text in an event that `redacted()` takes out; all of its texts if it is not a SaaSus event."""
    try:
        shown: Any = SaasusEvent.from_dict(event).redacted()  # type: ignore[arg-type]
    except InvalidEvent:
        shown = None
    return _texts(event) - _texts(shown)


def _texts(value: object) -> frozenset[str]:
    """Return every text in a value, at any depth, including JSON in a text."""
    found: set[str] = set()
    left = [value]
    while left:
        one = left.pop()
        if isinstance(one, dict):
            left += one.values()
        elif isinstance(one, list):
            left += one
        elif isinstance(one, str) and one:
            try:
                inside = read_json(one) if one.lstrip()[:1] in ("{", "[") else None
            except ValueError:
                inside = None
            if isinstance(inside, (dict, list)):
                left.append(inside)
            else:
                found.update(_parts(one))
    return frozenset(found)


def _parts(text: str) -> Iterator[str]:
    yield text
    if text.startswith("/"):
        yield from filter(None, text.split("/"))
    elif address := _WITH_PORT.fullmatch(text):
        yield address[1]
