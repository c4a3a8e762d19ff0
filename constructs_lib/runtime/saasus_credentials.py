"""The credentials of SaaSus's API, and the signature that each of its calls carries."""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import re
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Final
from urllib.parse import urlparse

from constructs_lib.runtime.saasus_errors import InvalidCredentials

if TYPE_CHECKING:
    from collections.abc import Mapping

VARIABLES: Final = {
    "saas_id": "SAASUS_SAAS_ID",
    "api_key": "SAASUS_API_KEY",
    "secret_key": "SAASUS_SECRET_KEY",
}
"""The environment variables in which SaaSus's own SDKs look for the credentials."""

_IN_A_HEADER: Final = re.compile(r"[!-+\--~]+")
_IN_A_HEADER_WORDS: Final = "printable ASCII without spaces and commas, because it is sent in a header"
_ON_A_LINE: Final = re.compile(r"(?!\s)[^\x00-\x1f\x7f]+(?<!\s)")
_ON_A_LINE_WORDS: Final = "text on one line without white space around it"


@dataclass(frozen=True, slots=True)
class SaasusCredentials:
    """The three values that the SaaSus console shows for calls of its API; its text form shows no secret.

    >>> SaasusCredentials("my-saas", api_key="key", secret_key="secret")
    SaasusCredentials(saas_id='my-saas')

    Args:
        saas_id: The id of the SaaS.
        api_key: The API key. It is in every call, and SaaSus writes it into every event: treat it as a secret.
        secret_key: The key that signs calls; it never leaves this object.

    Raises:
        InvalidCredentials: A value is empty, or contains a character that is not allowed.
    """

    saas_id: str
    api_key: str = field(repr=False)
    secret_key: str = field(repr=False)

    def __post_init__(self) -> None:
        for name in VARIABLES:
            value = getattr(self, name)
            is_sent = name != "secret_key"
            form, words = (_IN_A_HEADER, _IN_A_HEADER_WORDS) if is_sent else (_ON_A_LINE, _ON_A_LINE_WORDS)
            if not isinstance(value, str) or not form.fullmatch(value):
                raise InvalidCredentials(
                    f"The {name} of SaaSus's credentials {_complaint(value)}. Expected {words}. "
                    "Copy the value again from the API keys page of the SaaSus console."
                )

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] | None = None) -> SaasusCredentials:
        """Read the credentials from SAASUS_SAAS_ID, SAASUS_API_KEY and SAASUS_SECRET_KEY, as SaaSus's SDKs do.

        White space around a value, which no credential has, is removed.

        Raises:
            InvalidCredentials: One of them is not set or not valid.
        """
        given = os.environ if environment is None else environment
        values = {name: given.get(variable, "").strip() for name, variable in VARIABLES.items()}
        if missing := [VARIABLES[name] for name, value in values.items() if not value]:
            raise InvalidCredentials(
                f"The environment has no {' and no '.join(missing)}. Expected {', '.join(VARIABLES.values())}. "
                "Set them to the values on the API keys page of the SaaSus console."
            )
        return cls(**values)

    @classmethod
    def from_secret_string(cls, text: str) -> SaasusCredentials:
        """Read the credentials from the text of a Secrets Manager secret: JSON with these three names.

        White space around a value, which no credential has, is removed: pasting, or `$(cat key.txt)` in a script,
        leaves a newline. So is the byte order mark of a file from Windows.

        Raises:
            InvalidCredentials: It is not such JSON. The error repeats nothing from the text.
        """
        try:
            values = json.loads(text.removeprefix("\ufeff"))
        except (AttributeError, TypeError, ValueError, RecursionError):
            values = None
        if not isinstance(values, dict):
            raise InvalidCredentials(f"The secret's text is not a JSON object. {_EXPECTED}") from None
        values = {name: value.strip() if isinstance(value, str) else value for name, value in values.items()}
        if missing := [name for name in VARIABLES if not values.get(name)]:
            raise InvalidCredentials(f"The secret's JSON has no {' and no '.join(missing)}. {_EXPECTED}")
        return cls(**{name: values[name] for name in VARIABLES})

    def authorization(self, method: str, url: str, body: bytes | str = b"", *, now: datetime | None = None) -> str:
        """Return the `Authorization` header of one call. It is valid for the UTC minute in which it was made.

        It is the same as the official SDK's: a fragment, an empty query and the `;parameters` of the last segment of
        the path are not signed.

        Args:
            method: The HTTP method, in any case.
            url: The whole URL, exactly as it is sent, with its query.
            body: The body, exactly as it is sent.
            now: Another time than the clock's; one without a time zone is UTC.
        """
        moment = datetime.now(timezone.utc) if now is None else now
        if moment.tzinfo is not None:
            moment = moment.astimezone(timezone.utc)
        parts = urlparse(url)
        where = parts.netloc + parts.path + (f"?{parts.query}" if parts.query else "")
        head = f"{moment:%Y%m%d%H%M}{self.api_key}{method.upper()}{where}"
        content = body.encode() if isinstance(body, str) else body
        signature = hmac.new(self.secret_key.encode(), head.encode() + content, hashlib.sha256).hexdigest()
        return f"SAASUSSIGV1 Sig={signature}, SaaSID={self.saas_id}, APIKey={self.api_key}"


_EXPECTED: Final = (
    'Expected {"saas_id": "…", "api_key": "…", "secret_key": "…"}, each a text. '
    "Write the secret again with the values on the API keys page of the SaaSus console."
)


def _complaint(value: object) -> str:
    if not isinstance(value, str):
        return f"is of type {type(value).__name__}, not text"
    if not value:
        return "is empty"
    if value != value.strip():
        return "has white space around it"
    return "contains a character that is not allowed"
