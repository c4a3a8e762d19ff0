"""What looks like a secret in a text that would be in a template, where all who may read the stack can read it.

This judges by names and shapes. It is only for warnings, which can be acknowledged, and never repeats the text.
"""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import parse_qsl, urlsplit

_WORD: Final = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|\d+")
_WORDS_OF_PARAMETERS: Final = frozenset(
    {
        "apikey",
        "assertion",
        "auth",
        "authorization",
        "bearer",
        "cookie",
        "credential",
        "credentials",
        "jwt",
        "key",
        "passphrase",
        "passwd",
        "password",
        "pwd",
        "sas",
        "secret",
        "session",
        "sig",
        "signature",
        "token",
    }
)
"""Whole words in the parameters of any API; more than `ENDS_OF_SECRET_NAMES` of SaaSus's fields, as they only warn."""
_SECRET_PARAMETERS: Final = frozenset(
    {"accesscode", "authcode", "code", "functionskey", "passcode", "verificationcode"}
)
_HARMLESS_PARAMETERS: Final = frozenset({"idempotencykey", "keyid", "partitionkey", "routingkey", "sortkey"})
_BEFORE_SECRETS: Final = frozenset({"apikey", "api-key", "api_key", "key", "secret", "token"})
_SCHEMES: Final = re.compile(r"(?i)(basic|bearer|bot|token|apikey|digest|hmac|aws4-hmac-sha256)\s+\S{6,}")
_SHAPES: Final = re.compile(
    r"eyJ[\w-]{8,}\.|(sk|pk|rk)_(live|test)_\w+|whsec_\w+|xox[abeprs]-\S+|gh[opsur]_\w+|github_pat_\w+|glpat-\S+"
    r"|AKIA\w{12,}|SG\.\S{16,}|AIza[\w-]{20,}|-----BEGIN "
)
_WEBHOOKS: Final = re.compile(
    r"(?i)//(hooks\.slack\.com/(services|workflows|triggers)/.|discord(app)?\.com/api/(v\d+/)?webhooks/."
    r"|[^/]*\.webhook\.office\.com/.|outlook\.office(365)?\.com/webhook/.|hooks\.zapier\.com/hooks/catch/."
    r"|hook\.[^/]*make\.com/.|maker\.ifttt\.com/.*with/key/.|api\.telegram\.org/(file/)?bot.|webhook\.site/."
    r"|open\.(feishu\.cn|larksuite\.com)/open-apis/bot/.|events\.pagerduty\.com/integration/.)"
)
_UUID: Final = re.compile(r"(?i)[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def secret_in_url(url: str) -> str | None:
    """Return where a URL has what looks like a secret, such as "its path"; None if it has nothing of the kind.

    >>> secret_in_url("https://hooks.slack.com/services/T0/B0/abc")
    'its path'
    >>> secret_in_url("https://crm.example.com/hooks/saasus")
    """
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    if "@" in parts.netloc:
        return "the user name or password before its host"
    for name, value in parse_qsl(parts.query):
        if value and secret_in_parameter(name, value):
            return f"its query parameter {name!r}"
    segments = [segment for segment in parts.path.split("/") if segment]
    if _WEBHOOKS.search(url) or any(map(_is_unguessable, segments)):
        return "its path"
    hooked = "hook" in parts.netloc.lower()
    for before, segment in zip(["", *segments], segments, strict=False):
        hooked = hooked or "hook" in before.lower()
        if (hooked or before.lower() in _BEFORE_SECRETS) and _looks_generated(segment):
            return "its path"
    return None


def secret_in_parameter(name: str, value: str) -> bool:
    """Check whether a header, query or body parameter looks like a secret, by its name or its value.

    >>> secret_in_parameter("x-api-key", "k-1"), secret_in_parameter("x-source", "saasus")
    (True, False)
    """
    words = [word.lower() for word in _WORD.findall(name)]
    compact = "".join(words)
    named = not _HARMLESS_PARAMETERS.intersection({compact, compact.removeprefix("x")}) and (
        compact in _SECRET_PARAMETERS
        or not _WORDS_OF_PARAMETERS.isdisjoint(words)
        or compact.endswith(("apikey", "password", "secret", "token"))
    )
    return bool(value.strip()) and (named or _is_secret_value(value))


def _is_secret_value(value: str) -> bool:
    return bool(_SCHEMES.match(value.strip()) or _SHAPES.search(value) or _is_unguessable(value.strip()))


def _is_unguessable(text: str) -> bool:
    """Check whether it looks like a random token: long, in one piece, with letters and digits in turns."""
    if len(text) < 16 or _UUID.fullmatch(text) or not re.fullmatch(r"[\w\-+/=~]+", text, re.ASCII):
        return False
    turns = len(re.findall(r"[A-Za-z](?=\d)|\d(?=[A-Za-z])|[a-z](?=[A-Z])", text))
    return turns >= 4 and turns * 12 >= len(text)


def _looks_generated(segment: str) -> bool:
    """Check whether the part after a webhook's name is more than a word that a person chose."""
    return len(segment) >= 6 and bool(_UUID.fullmatch(segment) or re.search(r"[A-Z].*\d|\d.*[A-Z]|(\d.*){4}", segment))
