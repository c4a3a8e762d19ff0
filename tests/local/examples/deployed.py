"""An example on a local AWS, beside a SaaSus whose events it gets."""

from __future__ import annotations

import contextlib
import io
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console

from constructs_lib.cli.demo import show
from constructs_lib.cli.local_environment import LocalEnvironment
from constructs_lib.local.demo import Call
from constructs_lib.local.examples import example_demo, example_directory
from constructs_lib.runtime.saasus_http import SignedHttp
from tests.eventually import eventually
from tests.local.examples.crashing import Crashes

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from constructs_lib.events.operation import Operation
    from constructs_lib.local.arrived import Find
    from constructs_lib.local.demo import DemoEnvironment


class Example:
    def __init__(self, environment: LocalEnvironment, screen: io.StringIO, crashes: Crashes | None) -> None:
        self._environment = environment
        self._screen = screen
        self._crashes = crashes

    @property
    def here(self) -> DemoEnvironment:
        return self._environment.here

    def demo(self) -> str:
        """Run the demo, and return what it showed; fail with that if anything is wrong."""
        problems = show(self._environment)
        assert problems == [], self._screen.getvalue()
        return self._screen.getvalue()

    def call(
        self,
        operation: Operation,
        body: Mapping[str, Any] | None = None,
        *,
        refused_with: int | None = None,
        **path: str,
    ) -> str:
        """Call SaaSus, and return the trace id of the event."""
        saasus = self.here.saasus
        call = Call(operation, body, path, refused_with=refused_with)
        call.make(SignedHttp(saasus.credentials, base_url=saasus.base_url))
        return call.trace_id

    def wait_for(self, find: Find, count: int, timeout: float = 20) -> None:
        eventually(lambda: len(find(self.here)) >= count, timeout)

    def crash(self, after_steps: int) -> Crashes:
        """Let the function that was prepared for it die once, in the next invocation that gets so far."""
        assert self._crashes is not None
        # Messages should come back after a second, and not after minutes, when the function dies with them.
        sqs = self.here.aws.client("sqs")
        for url in sqs.list_queues().get("QueueUrls", []):
            sqs.set_queue_attributes(QueueUrl=url, Attributes={"VisibilityTimeout": "1"})
        self._crashes.arm(after_steps)
        return self._crashes

    def settle(self) -> None:
        """Wait for what should not come."""
        time.sleep(1)


@contextlib.contextmanager
def deployed(name: str, *, dies: str = "") -> Iterator[Example]:
    """Deploy an example.

    Args:
        name: Its name.
        dies: A part of the logical id of the function that a test lets die. It is prepared before it runs, for a
            process that runs already keeps its code.
    """
    screen = io.StringIO()
    console = Console(file=screen, highlight=False, soft_wrap=True)
    with (
        tempfile.TemporaryDirectory(prefix="saasus-example-") as folder,
        LocalEnvironment.start(example_directory(name), example_demo(name), console=console) as environment,
    ):
        environment.connect()
        environment.deploy()
        crashes = Crashes(environment.here, dies, Path(folder, "dies-after")) if dies else None
        yield Example(environment, screen, crashes)
