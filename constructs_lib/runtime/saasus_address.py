"""The address of SaaSus's API: SaaSus's own, and which others calls may be sent to."""

from __future__ import annotations

import ipaddress
import re
from typing import Final
from urllib.parse import SplitResult, urlsplit

from constructs_lib.runtime.saasus_errors import InvalidSaasusUrl

BASE_URL: Final = "https://api.saasus.io/v1"
BASE_URL_VARIABLE: Final = "SAASUS_BASE_URL"


def is_address(base_url: str) -> bool:
    """Return whether an address can be that of SaaSus's API: host and path, with HTTPS except on this machine.

    >>> is_address("https://api.saasus.io/v1"), is_address("http://api.saasus.io/v1")
    (True, False)
    """
    parts = _parts(base_url)
    is_complete = parts.hostname and not (parts.username or parts.password or parts.query or parts.fragment)
    is_plain = re.fullmatch(r"[!-~]+", base_url) is not None
    return bool(is_complete and is_plain) and (
        parts.scheme == "https" or (parts.scheme == "http" and is_on_this_machine(base_url))
    )


def require_address(base_url: str) -> None:
    """Check that an address can be that of SaaSus's API.

    Raises:
        InvalidSaasusUrl: It cannot.
    """
    if not is_address(base_url):
        parts = _parts(base_url)
        raise InvalidSaasusUrl(
            f"{parts.scheme or 'no scheme'}://{parts.hostname or ''}{parts.path} is not an address of SaaSus's "
            "API. Expected https://<host>/v1 without user, query and fragment; http:// only to this machine, for the "
            f"local SaaSus. SaaSus's own is {BASE_URL}: unset {BASE_URL_VARIABLE} to use it."
        )


def is_on_this_machine(base_url: str) -> bool:
    """Check whether an address leads to this machine."""
    host = _parts(base_url).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _parts(base_url: str) -> SplitResult:
    try:
        return urlsplit(base_url)
    except ValueError:
        return urlsplit("")
