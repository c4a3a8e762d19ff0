"""The names of the files by which `LocalAws` and its server share something, in the folder of its state."""

from __future__ import annotations

from typing import Final

FUNCTION_ENVIRONMENT: Final = "function-environment.json"
"""Environment variables that all functions are started with, as a JSON object."""
