"""`LocalSaasus`: starts the local SaaSus, controls what it does and what goes wrong, and shows what arrived."""

from __future__ import annotations

import json
import secrets
import uuid
from datetime import datetime, timezone
from typing import TYPE_CHECKING

from constructs_lib.events.source_name import PREFIX, PartnerEventSource
from constructs_lib.local.errors import LocalSaasusError
from constructs_lib.local.http_server import HOST, LocalHttpServer
from constructs_lib.local.saasus.event_queue import EventQueue
from constructs_lib.local.saasus.partner_source import PartnerSource
from constructs_lib.local.saasus.saas import Saas
from constructs_lib.local.saasus.schedule import Schedule
from constructs_lib.runtime.saasus_address import BASE_URL_VARIABLE
from constructs_lib.runtime.saasus_credentials import VARIABLES, SaasusCredentials

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager
    from types import TracebackType

    from typing_extensions import Self

    from constructs_lib.events.operation import Operation
    from constructs_lib.local.local_aws import LocalAws
    from constructs_lib.local.saasus.fault import Fault
    from constructs_lib.local.saasus.records import ReceivedCall, SentEvent
    from constructs_lib.local.saasus.saas import NothingSaved
    from constructs_lib.local.saasus.sending import Sending
    from constructs_lib.runtime.saasus_api import EventBridgeSettings


class LocalSaasus:
    """A SaaSus on this machine, for as long as the `with` block lasts. `stop()` and `start()` make an outage.

    ```python
    with LocalAws() as aws, LocalSaasus(aws) as saasus:
        api = IntegrationApi(saasus.credentials, base_url=saasus.base_url)
        api.save_settings(EventBridgeSettings(aws.account, aws.region))  # the source appears, PENDING
        saasus.fail(Fault(status=500))                                   # the next call gets a 500
        saasus.send_events(Sending(copies=2))                            # events from now on come twice
    ```

    Args:
        aws: Where the partner event source is created, in the account and region of the setting.
        credentials: Those of the SaaS. Default: generated.
        port: The port on 127.0.0.1; 0 takes a free one, and keeps it.
        event_source_name: The name of the source. Default: made from the SaaS's id.
        source_delay: Seconds from saving the setting until the source appears; None for never. Can be changed later.
        settings: The setting that is saved from the start, which may be somebody else's. Default: none.
        nothing_saved: How GET answers when there is no setting. SaaSus itself answers with empty fields.
        checks_requests: Whether a body that is not valid according to SaaSus's API files gets a 400.
        custom_events: Whether the SaaS can send custom events. SaaSus itself answers 501 to that so far.
        clock: Returns SaaSus's time. Default: the system clock.
        tolerance: How many minutes a signature may be older or newer than that.
    """

    def __init__(
        self,
        aws: LocalAws,
        credentials: SaasusCredentials | None = None,
        *,
        port: int = 0,
        event_source_name: str | None = None,
        source_delay: float | None = 0.0,
        settings: EventBridgeSettings | None = None,
        nothing_saved: NothingSaved = "empty fields",
        checks_requests: bool = True,
        custom_events: bool = False,
        clock: Callable[[], datetime] | None = None,
        tolerance: int = 1,
    ) -> None:
        made = f"local-{secrets.token_hex(8)}"
        self.credentials = credentials or SaasusCredentials(made, f"{made}-key", secrets.token_hex(32))
        saas_uuid = uuid.uuid5(uuid.NAMESPACE_URL, self.credentials.saas_id)
        name = PartnerEventSource(event_source_name or f"{PREFIX}/{saas_uuid}-1/event").name
        self._aws = aws
        self._port = port
        self._clock = clock or (lambda: datetime.now(timezone.utc))
        self._schedule = Schedule()
        self._source = PartnerSource(aws, name, source_delay, self._schedule)
        self._events = EventQueue(self._source, self._schedule)
        self._saas = Saas(
            self.credentials,
            self._source,
            self._events,
            settings=settings,
            nothing_saved=nothing_saved,
            checks_requests=checks_requests,
            custom_events=custom_events,
            clock=self._clock,
            tolerance=tolerance,
        )
        self._server: LocalHttpServer | None = None

    def __repr__(self) -> str:
        """Show where it is, and nothing secret."""
        return f"LocalSaasus({f'port {self._port}' if self._server else 'stopped'}, {len(self.calls)} calls)"

    # ------------------------------------------------------------------ life

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(self) -> Self:
        """Listen on the same port as before, and be the SaaSus of all functions that start from now on."""
        if self._server is not None:
            raise LocalSaasusError(f"This LocalSaasus is already running at {self.base_url}. Use it, or stop it first.")
        self._saas.stopping.clear()
        self._server = self._listen()
        self._port = self._server.port
        try:
            self._aws.give_functions({**self._aws.given_to_functions, BASE_URL_VARIABLE: self.base_url})
            self._source.move(self._saas.settings)
        except BaseException:
            self.stop()
            raise
        return self

    def _listen(self) -> LocalHttpServer:
        try:
            return LocalHttpServer(
                self._saas.respond, port=self._port, name="local-saasus", clock=lambda: self._clock().timestamp()
            )
        except OSError as error:
            raise LocalSaasusError(
                f"The local SaaSus cannot use port {self._port} on {HOST} ({error.strerror}). "
                "Choose another port, or port 0 for any free one."
            ) from error

    def stop(self) -> None:
        """Stop listening, and cancel what was to happen later. The setting and the source stay."""
        self._saas.stopping.set()
        self._schedule.cancel_all()
        server, self._server = self._server, None
        if server is not None:
            server.stop()

    # ------------------------------------------------------------------ where it is

    @property
    def base_url(self) -> str:
        """The address for SaaSus's SDKs, as in SAASUS_BASE_URL."""
        if self._server is None:
            raise LocalSaasusError("This LocalSaasus is not running. Use it in a `with` block, or call start() first.")
        return f"http://{HOST}:{self._port}/v1"

    @property
    def event_source_name(self) -> str:
        """The name of the SaaS's partner event source."""
        return self._source.name

    def environment(self) -> dict[str, str]:
        """Return the environment variables that point SaaSus's SDKs and the CLI here."""
        given = {variable: str(getattr(self.credentials, name)) for name, variable in VARIABLES.items()}
        return {**given, BASE_URL_VARIABLE: self.base_url}

    def secret_string(self) -> str:
        """Return the credentials as the text of a Secrets Manager secret."""
        return json.dumps({name: getattr(self.credentials, name) for name in VARIABLES})

    # ------------------------------------------------------------------ what it does

    @property
    def settings(self) -> EventBridgeSettings | None:
        """The saved setting; None if there is none."""
        return self._saas.settings

    @property
    def source_delay(self) -> float | None:
        """Seconds from saving the setting until the source appears; None for never."""
        return self._source.delay

    @source_delay.setter
    def source_delay(self, seconds: float | None) -> None:
        self._source.delay = seconds

    def fail(self, fault: Fault) -> None:
        """Make something go wrong with the next calls, after the faults that were added before."""
        self._saas.faults.add(fault)

    def clear_faults(self) -> None:
        """Make nothing go wrong any more."""
        self._saas.faults.clear()

    def send_events(self, sending: Sending, *of: Operation) -> None:
        """Choose how events are sent from now on: those of these operations, or of all others if there are none."""
        for operation in of or (None,):
            self._saas.sending[operation] = sending

    def out_of_order(self) -> AbstractContextManager[None]:
        """Hold back the events of the calls in a `with` block, and send them at its end in reverse order."""
        return self._events.reversed()

    # ------------------------------------------------------------------ what it remembers

    @property
    def calls(self) -> tuple[ReceivedCall, ...]:
        """The calls so far, in the order of their answers."""
        return self._saas.calls

    @property
    def events(self) -> tuple[SentEvent, ...]:
        """The events so far, in the order in which they were sent."""
        return self._events.sent

    def count(self, method: str, path: str) -> int:
        """Return how many calls had this method and this path, including `/v1`."""
        return sum((call.method, call.path) == (method.upper(), path) for call in self.calls)

    def wait_for_events(self, count: int, timeout: float = 10.0) -> tuple[SentEvent, ...]:
        """Wait until so many events were sent, and return them.

        Raises:
            LocalSaasusError: They were not sent in time.
        """
        if not self._events.wait_for(count, timeout):
            raise LocalSaasusError(
                f"{len(self.events)} of {count} events were sent within {timeout} s. Each call sends one unless "
                "send_events() changed that. Wait longer, or make more calls."
            )
        return self.events
