"""Partner event sources: their states, and how a partner's event gets to the customer's bus.

AWS: API reference, CreatePartnerEventSource, DescribeEventSource, PutPartnerEvents, CreateEventBus; user guide,
"Receiving events from a SaaS partner". A source is PENDING while it has no bus or is deactivated, ACTIVE with one,
and DELETED when the partner has deleted it and the bus still exists.
"""

from __future__ import annotations

import re
import time
from dataclasses import dataclass
from typing import Any

from constructs_lib.local.adapter.emulator import EVENTS, RESPONSES, Response, account, answer, refuse, region
from constructs_lib.local.adapter.event_metrics import count
from constructs_lib.local.adapter.put_events import answered, publish, refused_entry, refused_request
from constructs_lib.local.adapter.replacements import replaces

NAME = re.compile(r"aws\.partner(/[.\-_A-Za-z0-9]+){2,}")

_TWO_WEEKS = 14 * 24 * 3600
_MAXIMUM_NAME = 256
_MAXIMUM_ENTRIES = 20
_SOURCES_PER_PAGE = 2
"""AWS does not publish its page size, so it is small here: callers that read only one page notice."""


@dataclass
class Source:
    """A partner event source, as seen by one account in one region."""

    name: str
    account: str
    region: str
    created: float
    pending_since: float
    active: bool = False
    deleted: bool = False

    @property
    def state(self) -> str:
        """PENDING, ACTIVE or DELETED."""
        if self.deleted:
            return "DELETED"
        return "ACTIVE" if self.active else "PENDING"

    def described(self) -> dict[str, Any]:
        """Return the description that the customer gets."""
        data = {
            "Arn": f"arn:aws:events:{self.region}::event-source/{self.name}",
            "CreatedBy": "/".join(self.name.split("/")[:2]),
            "CreationTime": self.created,
            "Name": self.name,
            "State": self.state,
        }
        if self.state == "PENDING":
            data["ExpirationTime"] = self.pending_since + _TWO_WEEKS
        return data


_sources: dict[tuple[str, str, str], Source] = {}


def _here(name: str) -> Source | None:
    return _sources.get((account(), region(), name))


def _unknown(name: str) -> Response:
    return refuse("ResourceNotFoundException", f"Event source {name} does not exist.")


# ------------------------------------------------------------------ the partner's side


@replaces("services.eventbridge._create_partner_event_source")
def _create_partner_event_source(data: dict[str, Any]) -> Response:
    name, owner = str(data.get("Name", "")), str(data.get("Account", ""))
    if not NAME.fullmatch(name) or len(name) > _MAXIMUM_NAME:
        return refuse(
            "ValidationException",
            f"Value '{name}' at 'name' failed to satisfy constraint: Member must satisfy regular expression "
            f"pattern: {NAME.pattern}, and have at most {_MAXIMUM_NAME} characters",
        )
    if not re.fullmatch(r"\d{12}", owner):
        return refuse("ValidationException", f"Value '{owner}' at 'account' failed: Member must have 12 digits")
    key = (owner, region(), name)
    known = _sources.get(key)
    if known is not None and not known.deleted:
        return refuse("ResourceAlreadyExistsException", f"Event source {name} already exists.")
    # The bus of a deleted source still exists, and becomes active again with the source.
    has_bus = EVENTS.event_buses.get_scoped(owner, region(), name) is not None
    now = time.time()
    _sources[key] = Source(name, owner, region(), now, now, active=has_bus)
    return answer({"EventSourceArn": f"arn:aws:events:{region()}::event-source/{name}"})


@replaces("services.eventbridge._delete_partner_event_source")
def _delete_partner_event_source(data: dict[str, Any]) -> Response:
    key = (str(data.get("Account", "")), region(), str(data.get("Name", "")))
    source = _sources.get(key)
    if source is not None:
        if EVENTS.event_buses.get_scoped(*key) is None:
            del _sources[key]
        else:
            source.deleted, source.active = True, False
    return answer({})


def _by_name(name: str) -> list[Source]:
    return [source for source in _sources.values() if source.name == name and source.region == region()]


@replaces("services.eventbridge._describe_partner_event_source")
def _describe_partner_event_source(data: dict[str, Any]) -> Response:
    name = str(data.get("Name", ""))
    if not _by_name(name):
        return _unknown(name)
    return answer({"Arn": f"arn:aws:events:{region()}::event-source/{name}", "Name": name})


@replaces("services.eventbridge._list_partner_event_sources")
def _list_partner_event_sources(data: dict[str, Any]) -> Response:
    prefix = str(data.get("NamePrefix", ""))
    names = sorted({s.name for s in _sources.values() if s.region == region() and s.name.startswith(prefix)})
    return answer(
        {"PartnerEventSources": [{"Arn": f"arn:aws:events:{region()}::event-source/{n}", "Name": n} for n in names]}
    )


@replaces("services.eventbridge._list_partner_event_source_accounts")
def _list_partner_event_source_accounts(data: dict[str, Any]) -> Response:
    name = str(data.get("EventSourceName", ""))
    sources = _by_name(name)
    if not sources:
        return _unknown(name)
    return answer({"PartnerEventSourceAccounts": [_account_of(source) for source in sources]})


def _account_of(source: Source) -> dict[str, Any]:
    data = source.described()
    kept: dict[str, Any] = {key: data[key] for key in ("CreationTime", "ExpirationTime", "State") if key in data}
    return {"Account": source.account, **kept}


@replaces("services.eventbridge._put_partner_events")
def _put_partner_events(data: dict[str, Any]) -> Response:
    entries = data.get("Entries") or []
    refused = refused_request(entries, _MAXIMUM_ENTRIES)
    return answered([_put_partner_event(entry) for entry in entries]) if refused is None else refused


def _put_partner_event(entry: dict[str, Any]) -> dict[str, str]:
    refused = refused_entry(entry)
    if refused is not None:
        return refused
    sources = _by_name(entry["Source"])
    if not sources:
        message = f"Event source {entry['Source']} does not exist."
        return {"ErrorCode": "ResourceNotFoundException", "ErrorMessage": message}
    event_id = str(RESPONSES.new_uuid())
    for source in sources:
        with RESPONSES.request_scope(source.account, source.region):
            count("Events", {"EventSourceName": source.name})
            if source.active:
                publish(entry, source.name, event_id)
    return {"EventId": event_id}


# ------------------------------------------------------------------ the customer's side


@replaces("services.eventbridge._describe_event_source")
def _describe_event_source(data: dict[str, Any]) -> Response:
    name = str(data.get("Name", ""))
    source = _here(name)
    return _unknown(name) if source is None else answer(source.described())


@replaces("services.eventbridge._list_event_sources")
def _list_event_sources(data: dict[str, Any]) -> Response:
    prefix, limit = str(data.get("NamePrefix") or ""), int(data.get("Limit") or _SOURCES_PER_PAGE)
    here = (account(), region())
    found = sorted(
        (s.described() for s in _sources.values() if (s.account, s.region) == here and s.name.startswith(prefix)),
        key=lambda described: str(described["Name"]),
    )
    start = int(EVENTS.opaque_offset_decode(data.get("NextToken") or ""))
    page: dict[str, Any] = {"EventSources": found[start : start + limit]}
    if start + limit < len(found):
        page["NextToken"] = EVENTS.opaque_offset_encode(start + limit)
    return answer(page)


@replaces("services.eventbridge._activate_event_source")
def _activate_event_source(data: dict[str, Any]) -> Response:
    name = str(data.get("Name", ""))
    source = _here(name)
    if source is None:
        return _unknown(name)
    if source.deleted:
        return refuse("InvalidStateException", f"Event source {name} was deleted by its partner.")
    if name not in EVENTS.event_buses:
        return refuse("InvalidStateException", f"Event source {name} has no event bus: create one of the same name.")
    source.active = True
    return answer({})


@replaces("services.eventbridge._deactivate_event_source")
def _deactivate_event_source(data: dict[str, Any]) -> Response:
    name = str(data.get("Name", ""))
    source = _here(name)
    if source is None:
        return _unknown(name)
    if not source.active:
        return refuse("InvalidStateException", f"Event source {name} is {source.state}, not ACTIVE.")
    source.active, source.pending_since = False, time.time()
    return answer({})


def refused_bus(name: str, source_name: str | None) -> Response | None:
    """Return the refusal of a new bus by the rules for partner event sources; None if there is none."""
    if source_name is None:
        if "/" in name:
            return refuse(
                "ValidationException",
                f"Event bus name {name} is not valid: only a partner event bus, with EventSourceName, has '/' in it.",
            )
        return None
    if name != source_name:
        return refuse(
            "ValidationException",
            f"Event bus name {name} is not valid: it must be the event source's name {source_name}.",
        )
    source = _here(source_name)
    if source is None:
        return _unknown(source_name)
    if source.deleted:
        return refuse("InvalidStateException", f"Event source {source_name} was deleted by its partner.")
    return None


def bus_created(name: str) -> None:
    """Make the source of a new bus ACTIVE."""
    source = _here(name)
    if source is not None and not source.deleted:
        source.active = True


def bus_deleted(name: str) -> None:
    """Make the source of a deleted bus PENDING again, or remove it if its partner deleted it."""
    source = _here(name)
    if source is None:
        return
    if source.deleted:
        del _sources[source.account, source.region, name]
    else:
        source.active, source.pending_since = False, time.time()
