"""What `LocalAws` sets for the behaviours of the adapter, once, before the first request."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass
class Settings:
    """The settings of this process.

    Args:
        retry_scale: How long a second of waiting between two attempts takes here.
        function_environment: A JSON file with environment variables for all functions; it need not exist.
    """

    retry_scale: float = 1.0
    function_environment: Path = Path("function-environment.json")


SETTINGS = Settings()
