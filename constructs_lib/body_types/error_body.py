"""The response body of a call that SaaSus refused, whichever it was."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, TypedDict

if sys.version_info >= (3, 11):
    from typing import NotRequired
elif TYPE_CHECKING:
    from typing_extensions import NotRequired


class ErrorBody(TypedDict):
    """The response body of a failed call."""

    type: str
    """SaaSus's code of the error, such as `permission_denied`."""
    message: str
    """The reason in words."""
    data: NotRequired[dict[str, Any]]
    """More about the error, which only the auth API can have."""
