"""What events show about SaaSus: which operation has which event type, and how bodies are written."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from constructs_lib.cli.screen.events import without_ids
from constructs_lib.events.errors import InvalidEvent
from constructs_lib.events.json_values import read_json
from constructs_lib.events.known_events import KnownEvents
from constructs_lib.events.operations import operations
from constructs_lib.events.record import is_decoded
from constructs_lib.events.redaction import redact_uri
from constructs_lib.events.saasus_event import SaasusEvent

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from constructs_lib.events.operation import Operation

_NAMED_LEVELS: Final = 5
_BODIES: Final = ("request_body", "response_body")
_IN_TEXT: Final = {
    "uri": re.compile(r'"uri": ?"([^"\\]*)"'),
    "request_method": re.compile(r'"request_method": ?"([A-Z]+)"'),
}
_LETTERS: Final = frozenset({"go", "plain", "ascii"})
_STRING: Final = re.compile(r'"((?:[^"\\]|\\.)*)"(\s*:)?(\s*)', re.DOTALL)
_ESCAPE: Final = re.compile(r"\\(?:u([0-9a-fA-F]{4})|(.))", re.DOTALL)
_AGREES: Final = ("as documented", "as the catalog derived it", "known already")


@dataclass(frozen=True, slots=True)
class Sighting:
    """One kind of event, as `learn` distinguishes them."""

    event_type: str
    operation: Operation | None
    call: str
    """The method and the path without ids; empty for an event without a call."""


@dataclass
class Observed:
    """Collects what events show, one event after another."""

    sightings: Counter[Sighting] = field(default_factory=Counter)
    malformed: list[str] = field(default_factory=list)
    """Where something else than an event of SaaSus was found, and why it is not one."""
    decoded_copies: int = 0
    """How many events were left out because the event that was decoded, or its decoded form, was there before."""
    unknown_forms: int = 0
    """How many bodies have a form that no filter can ask for."""
    _forms: set[frozenset[str]] = field(default_factory=set)
    _decoded_by_id: dict[str, bool] = field(default_factory=dict)

    def add_text(self, text: str, place: str) -> None:
        """Add the events of a text: JSON Lines, or one JSON value with one or many events.

        Lines may have a time before the JSON, as in the output of `aws logs tail` and in exports.
        """
        try:
            self._add_value(read_json(text), place)
        except ValueError:
            for number, line in enumerate(text.splitlines(), start=1):
                if line.strip():
                    self.add_line(line, f"{place}:{number}")

    def add_line(self, line: str, place: str) -> None:
        """Add the event of one line."""
        try:
            value = read_json(line[max(line.find("{"), 0) :])
        except ValueError as error:
            self.malformed.append(f"{place}: not JSON ({error})")
        else:
            self._add_value(value, place)

    def _add_value(self, value: Any, place: str) -> None:
        # A stack of what is left to look at, because lists can be nested more deeply than calls can.
        left = [(value, place)]
        while left:
            item, where = left.pop()
            if isinstance(item, dict) and isinstance(item.get("events"), list):
                item = item["events"]
            if isinstance(item, list):
                # A place's name grows with its depth, so only the first levels are named.
                named = where.count("[") < _NAMED_LEVELS
                left += [(inner, f"{where}[{n}]" if named else where) for n, inner in enumerate(item, start=1)][::-1]
            else:
                self._add_item(item, where)

    def _add_item(self, value: Any, place: str) -> None:
        if isinstance(value, dict) and "detail" not in value and isinstance(value.get("message"), str):
            self.add_line(value["message"], place)
        else:
            try:
                self._add_event(value)
            except InvalidEvent as error:
                self.malformed.append(f"{place}: {str(error).partition('. ')[0]}")

    def _add_event(self, value: Any) -> None:
        event = SaasusEvent.from_dict(value)
        decoded = is_decoded(value)
        is_copy = event.id != "" and self._decoded_by_id.setdefault(event.id, decoded) is not decoded
        for body in () if decoded else _body_texts(value["detail"].get("event")):
            forms = forms_of(body)
            if forms:
                self._forms.add(forms)
            elif forms is not None:
                self.unknown_forms += 1
        if is_copy:
            self.decoded_copies += 1
            return
        method, uri = event.method, event.uri
        if event.message and not uri and not decoded:
            # Text that a mask has broken still shows the call.
            found = {name: look.search(event.message) for name, look in _IN_TEXT.items()}
            uri = found["uri"][1] if found["uri"] else ""
            method = found["request_method"][1] if found["request_method"] else ""
        operation = operations.identify(event.event_type, method, uri) if uri else None
        call = f"{operation.method} {operation.path}" if operation is not None else _shape(method, uri)
        self.sightings[Sighting(event.event_type, operation, call)] += 1

    @property
    def body_forms(self) -> tuple[str, ...]:
        """The forms of the bodies; empty if no body showed one, or if one has a form that no filter can ask for."""
        return () if self.unknown_forms else forms_seen(self._forms)

    def verdicts(self, known: KnownEvents) -> list[tuple[int, Sighting, str]]:
        """Return each kind of event with how often it was seen, and how it compares with the catalog."""
        kinds = sorted(self.sightings.items(), key=lambda kind: (str(kind[0].operation or "~"), kind[0].event_type))
        return [(count, sighting, _verdict(sighting, known)) for sighting, count in kinds]

    def known_with(self, known: KnownEvents) -> KnownEvents:
        """Return what is known now: everything that was known, and what was seen."""
        names: dict[str, set[str]] = {key: set(found) for key, found in known.event_types}
        for sighting in self.sightings:
            if sighting.operation is not None and not sighting.operation.retired:
                names.setdefault(str(sighting.operation), set()).add(sighting.event_type)
        forms = {*(known.body_forms or ()), *self.body_forms}
        return KnownEvents.of({key: sorted(found) for key, found in names.items()}, sorted(forms) or None)


def agrees(verdict: str) -> bool:
    """Return whether a verdict says that the catalog, or the file, already has it."""
    return verdict in _AGREES


def _verdict(sighting: Sighting, known: KnownEvents) -> str:
    operation = sighting.operation
    if operation is None:
        if not sighting.call:
            is_saasus = bool(operations.by_event_type(sighting.event_type))
            return "UNREADABLE: its text does not show the call" if is_saasus else "sent by your SaaS itself"
        is_get = sighting.call.startswith("GET ")
        return "a GET: the catalog has none" if is_get else "NEW: no operation of the catalog has this method and path"
    if operation.retired:
        return "RETIRED: SaaSus removed it from its API files, so filters on operations do not match it"
    if operation.documented and sighting.event_type in operation.event_types:
        return _AGREES[0]
    if sighting.event_type in dict(known.event_types).get(str(operation), ()):
        return _AGREES[2]
    if operation.documented:
        return f"DIFFERENT: SaaSus documents {' or '.join(operation.event_types)}"
    if sighting.event_type in operation.event_types:
        return _AGREES[1]
    return f"DIFFERENT: the catalog derived {' or '.join(operation.event_types)}"


def _shape(method: str, uri: str) -> str:
    """Return a call without the ids in its path, because some of them are secrets."""
    if not uri:
        return ""
    return f"{method} {without_ids(redact_uri(uri, None).partition('?')[0])}"


def _body_texts(given: object) -> Iterator[str]:
    if isinstance(given, str):
        try:
            given = read_json(given)
        except ValueError:
            return
        if isinstance(given, dict):
            yield from (given[side] for side in _BODIES if isinstance(given.get(side), str))


def forms_of(body: str) -> frozenset[str] | None:
    r"""Return the forms that a body's JSON text can have; empty if no form fits, None if the text shows nothing.

    A form is the spacing, and which letters are escaped. Most bodies show their spacing but not their letters:
    `{"name":"a"}` looks the same in Go, plain, and ASCII JSON. Such a body leaves the letters open; one with `\u003c`,
    `日`, or `\u65e5` settles them.
    """
    spacings: set[str] = set()
    letters = set(_LETTERS)
    for text, colon, space in _STRING.findall(body):
        if colon:
            spacings.add({"": "compact", " ": "spaced"}.get(space, "other") if colon == ":" else "other")
        letters &= _letters_of(text)
    if not spacings:
        return None
    if len(spacings) > 1 or "other" in spacings:
        return frozenset()
    return frozenset(f"{spacings.copy().pop()}-{letter}" for letter in letters)


def _letters_of(text: str) -> frozenset[str]:
    possible = set(_LETTERS)
    for code, letter in _ESCAPE.findall(text):
        if letter == "/":
            return frozenset()
        if code:
            number = int(code, 16)
            if code != code.lower() and number > 0x7F:
                return frozenset()
            if chr(number) in "<>&":
                possible &= {"go"}
            elif number in (0x2028, 0x2029):
                possible -= {"plain"}
            elif number > 0x7F:
                possible &= {"ascii"}
    raw = _ESCAPE.sub("", text)
    if not raw.isascii():
        possible -= {"ascii"}
    if any(letter in raw for letter in "<>&\u2028\u2029"):
        possible -= {"go"}
    return frozenset(possible)


def forms_seen(bodies: Iterable[frozenset[str]]) -> tuple[str, ...]:
    """Return the fewest forms that explain the bodies; what a body leaves open stays open unless another settles it."""
    seen: set[str] = set()
    for forms in sorted(set(bodies), key=lambda forms: (len(forms), sorted(forms))):
        if not forms & seen:
            seen |= forms
    return tuple(sorted(seen))
