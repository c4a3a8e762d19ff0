"""The request and response bodies of SaaSus's calls as types: one module for each API, and the body of an error.

>>> from constructs_lib.body_types.auth import CreateTenantEvent, CreateTenantRequest, CreateTenantResponse
"""

from __future__ import annotations

from constructs_lib.body_types.error_body import ErrorBody

__all__ = ["ErrorBody"]
