"""Fixtures for pytest: sample events of SaaSus, and the router of your synthesized app.

Turn them on in the top-level `conftest.py`:

```python
pytest_plugins = ["constructs_lib.testing.pytest_plugin"]


@pytest.fixture(scope="session")
def saasus_app():
    app = aws_cdk.App()
    stack = EventsStack(app, "Events")
    return Template.from_stack(stack).to_json()  # or app.synth().directory
```

and ask your app where it sends an event:

```python
def test_a_created_tenant_is_onboarded(saasus_event, saasus_router):
    event = saasus_event(op.auth.create_tenant, response={"id": "t-1"})
    [logged, onboarded] = saasus_router.firings(event)
    assert onboarded.targets[0].payload.body["detail"]["event_type"] == "create_tenant"
```

Without your own fixture `saasus_app`, the app is the one that `pytest --saasus-app=cdk.out`, or `saasus_app = cdk.out`
in pytest's settings, names: a folder that `cdk synth` wrote, or a template file.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from constructs_lib.testing.router import Router
from constructs_lib.testing.samples import sample_event

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_OPTION = "saasus_app"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option and the setting that name the app."""
    said = "the synthesized app for the fixture saasus_router: a folder such as cdk.out, or a template file"
    parser.getgroup("saasus-events").addoption("--saasus-app", metavar="PATH", help=said)
    parser.addini(_OPTION, said)


@pytest.fixture(scope="session")
def saasus_app(pytestconfig: pytest.Config) -> Mapping[str, Any] | str | Path | None:
    """Your app, synthesized: a template as a dict, or the path of a template or of a folder such as cdk.out.

    Override it in your `conftest.py`. By default it is the path in `--saasus-app`, or the one in `saasus_app` of
    pytest's settings, relative to the settings' folder; None without either.
    """
    if given := pytestconfig.getoption("--saasus-app"):
        return pytestconfig.invocation_params.dir / str(given)
    named = pytestconfig.getini(_OPTION)
    return pytestconfig.rootpath / str(named) if named else None


@pytest.fixture
def saasus_router(saasus_app: Mapping[str, Any] | str | Path | None) -> Router:
    """The router of your app; see `constructs_lib.testing.Router`."""
    router = _router(saasus_app)
    if router is None:
        pytest.fail(
            "The fixture saasus_router has no app. Expected a template, the path of one, or the path of a folder that "
            "`cdk synth` wrote. Return it from a fixture named saasus_app, or run `pytest --saasus-app=cdk.out`.",
            pytrace=False,
        )
    return router


@pytest.fixture
def saasus_event(saasus_app: Mapping[str, Any] | str | Path | None) -> Callable[..., dict[str, Any]]:
    """Make sample events: a function with the arguments of `constructs_lib.testing.sample_event`.

    Their `source` is that of your app's partner bus, if there is an app with exactly one such bus that has rules.
    """
    router = _router(saasus_app)
    sources = router.partner_sources if router is not None else ()

    def event(*arguments: Any, **options: Any) -> dict[str, Any]:
        if len(sources) == 1:
            options.setdefault("source", sources[0])
        return sample_event(*arguments, **options)

    return event


def _router(app: Mapping[str, Any] | str | Path | None) -> Router | None:
    if app is None:
        return None
    if isinstance(app, (str, Path)) and Path(app).is_dir():
        return Router.from_assembly(app)
    return Router.from_template(app)
