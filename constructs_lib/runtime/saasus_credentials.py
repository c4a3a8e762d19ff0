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
"""Where SaaSus's own SDKs look for each of the credentials."""

_IN_A_HEADER: Final = re.compile(r"[!-+\--~]+")
_IN_A_HEADER_WORDS: Final = "printable ASCII without spaces and commas, for it stands in a header"
_ON_A_LINE: Final = re.compile(r"(?!\s)[^\x00-\x1f\x7f]+(?<!\s)")
_ON_A_LINE_WORDS: Final = "text on one line without white space around it"


@dataclass(frozen=True, slots=True)
class SaasusCredentials:
    """The three values that the SaaSus console shows for calls of its API; its text form shows no secret.

    >>> SaasusCredentials("my-saas", api_key="key", secret_key="secret")
    SaasusCredentials(saas_id='my-saas')

    Args:
        saas_id: the id of the SaaS.
        api_key: the API key. It stands in every call, and SaaSus writes it into every event: treat it as a secret.
        secret_key: the key that signs; it never leaves this object.

    Raises:
        InvalidCredentials: a value is empty, or has a character that it cannot have.
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
                    f"The {name} of SaaSus's credentials {_complaint(value)}. Allowed is {words}. "
                    "Copy the value again from the SaaSus console, page API keys."
                )

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] | None = None) -> SaasusCredentials:
        """Take the credentials from SAASUS_SAAS_ID, SAASUS_API_KEY and SAASUS_SECRET_KEY, as SaaSus's SDKs do.

        White space around a value, which no credential has, is dropped.

        Raises:
            InvalidCredentials: one of them is not set, or not usable.
        """
        given = os.environ if environment is None else environment
        values = {name: given.get(variable, "").strip() for name, variable in VARIABLES.items()}
        if missing := [VARIABLES[name] for name, value in values.items() if not value]:
            raise InvalidCredentials(
                f"The environment has no {' and no '.join(missing)}. Needed are {', '.join(VARIABLES.values())}. "
                "Set them to what the SaaSus console shows, page API keys."
            )
        return cls(**values)

    @classmethod
    def from_secret_string(cls, text: str) -> SaasusCredentials:
        """Take the credentials from the text of a Secrets Manager secret: JSON with these three names.

        White space around a value, which no credential has, is dropped: pasting, and `$(cat key.txt)` in a script,
        leave a newline. So is the byte order mark of a file that Windows wrote.

        Raises:
            InvalidCredentials: it is no such JSON. Neither the text nor anything in it is repeated.
        """
        try:
            values = json.loads(text.removeprefix("\ufeff"))
        except (AttributeError, TypeError, ValueError, RecursionError):
            values = None
        if not isinstance(values, dict):
            raise InvalidCredentials(f"The secret's text is no JSON object. {_ALLOWED}") from None
        values = {name: value.strip() if isinstance(value, str) else value for name, value in values.items()}
        if missing := [name for name in VARIABLES if not values.get(name)]:
            raise InvalidCredentials(f"The secret's JSON has no {' and no '.join(missing)}. {_ALLOWED}")
        return cls(**{name: values[name] for name in VARIABLES})

    def authorization(self, method: str, url: str, body: bytes | str = b"", *, now: datetime | None = None) -> str:
        """Give the `Authorization` header of one call; it holds for the UTC minute in which it was made.

        The same as the official SDK's: a fragment, an empty query and the `;parameters` of the last segment of the
        path are no part of what is signed.

        Args:
            method: the HTTP method, in any case.
            url: the whole URL, exactly as it is sent, with its query.
            body: the body, exactly as it is sent.
            now: another time than the clock's; one without a time zone is UTC.
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


_ALLOWED: Final = (
    'Allowed is {"saas_id": "…", "api_key": "…", "secret_key": "…"}, each a text. '
    "Write the secret anew with what the SaaSus console shows, page API keys."
)


def _complaint(value: object) -> str:
    if not isinstance(value, str):
        return f"is no text but {type(value).__name__}"
    if not value:
        return "is empty"
    if value != value.strip():
        return "has white space around it"
    return "holds a character that is not allowed"
