"""Where the reference app is: at the top of a checkout, or packed into the installed package."""

from __future__ import annotations

from pathlib import Path

from constructs_lib.local.errors import LocalAwsError

STACK_NAME = "SaasusEvents"

_PACKAGE = Path(__file__).resolve().parents[1]


def reference_app_directory() -> Path:
    """Return the folder of the reference app's `app.py` and `cdk.json`.

    Raises:
        LocalAwsError: It is in neither place, so the package is incomplete.
    """
    for folder in (_PACKAGE / "reference_app", _PACKAGE.parent):
        if (folder / "app.py").is_file() and (folder / "cdk.json").is_file():
            return folder
    raise LocalAwsError(
        f"The reference app (app.py, cdk.json) is neither in {_PACKAGE / 'reference_app'} nor in {_PACKAGE.parent}. "
        "Install the package again: pip install --force-reinstall saasus-eventbridge-constructs"
    )
