"""Whether a call is signed with the credentials of the SaaS."""

from __future__ import annotations

import hmac
import re
from datetime import timedelta
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from datetime import datetime

    from constructs_lib.runtime.saasus_credentials import SaasusCredentials

_HEADER: Final = re.compile(r"SAASUSSIGV1 Sig=(?P<sig>[0-9a-f]{64}), SaaSID=(?P<saas_id>\S+), APIKey=(?P<api_key>\S+)")


def refusal(
    credentials: SaasusCredentials,
    *,
    header: str,
    method: str,
    url: str,
    body: bytes,
    now: datetime,
    tolerance: int,
) -> str:
    """Return why the signature is wrong, or an empty text if it is right.

    Args:
        credentials: Those of the SaaS.
        header: The call's `Authorization` header.
        method: The call's method.
        url: The call's URL, as it was sent.
        body: The call's body, as it was sent.
        now: SaaSus's time.
        tolerance: How many minutes the signature may be older or newer than that.
    """
    given = _HEADER.fullmatch(header)
    if given is None:
        return "Authorization is not 'SAASUSSIGV1 Sig=<hex>, SaaSID=<saas id>, APIKey=<api key>'"
    if given["saas_id"] != credentials.saas_id:
        return "no SaaS has this SaaSID"
    for minutes in range(-tolerance, tolerance + 1):
        expected = credentials.authorization(method, url, body, now=now + timedelta(minutes=minutes))
        if hmac.compare_digest(expected.encode(), header.encode()):
            return ""
    return "the signature is not that of this call, this minute and this API key"
