r"""How a field of a body appears in an event's text, in every form in which SaaSus might write it.

A body is JSON text inside a string of the event's JSON text, so it is escaped twice: `{"name":"a"}` is
`{\"name\":\"a\"}` in the text. A quote inside a value has three backslashes before it, and a field's own quotes have
one, so nothing that somebody writes into a value can look like another field.
"""

from __future__ import annotations

import itertools
import json
from typing import TYPE_CHECKING, Final

from constructs_lib.events.known_events import BODY_FORMS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

Scalar = str | int | float | bool | None
"""What a field of a body can be compared with."""

_GO_ESCAPES: Final = {ord(letter): f"\\u{ord(letter):04x}" for letter in "<>&\u2028\u2029"}
_MOST_MIXED: Final = 12
_NUMBER_ENDS: Final = {"compact": (",", "}"), "spaced": (",", "}", "\n", "\r")}


def as_text(text: str, letters: str) -> str:
    """Return a text as the inside of a JSON string, as an encoder of `BODY_FORMS` writes it."""
    escaped = json.dumps(text, ensure_ascii=letters == "ascii")[1:-1]
    return escaped.translate(_GO_ESCAPES) if letters == "go" else escaped


def field_texts(name: str, value: Scalar, form: str, *, is_known: bool, is_last: bool) -> Iterator[str]:
    """Yield the ways in which `"name": value` can appear in the event's text if the body has one form.

    The text around the bodies is SaaSus's own, which Go writes; as long as nothing is known of the bodies, it might
    also escape everything beyond ASCII. A number ends with what follows it: a comma, if another field does.
    """
    spacing, letters = form.split("-")
    colon = ":" if spacing == "compact" else ": "
    head = f'"{as_text(name, letters)}"{colon}'
    if isinstance(value, str):
        inner = [f'{head}"{as_text(value, letters)}"']
    else:
        ends = _NUMBER_ENDS[spacing] if is_last else (",",)
        inner = [f"{head}{written}{end}" for written in _literals(value) for end in ends]
    for text in inner:
        for outer_letters in ("go", "plain") if is_known else ("go", "plain", "ascii"):
            yield as_text(text, outer_letters)


def _literals(value: float | None) -> tuple[str, ...]:
    """Return how JSON writes a value other than a string; Go writes the float 10.0 as 10."""
    written = json.dumps(value)
    return (written, written.removesuffix(".0")) if written.endswith(".0") else (written,)


def body_texts(fields: Iterable[tuple[str, Scalar]], forms: Iterable[str] | None) -> tuple[tuple[str, ...], ...]:
    """Return the sequences of pieces by which a body's text shows that all fields have their values.

    Bodies that are compact at one field and spaced at another are included as long as there are at most 12 sequences,
    because each can cost one of the 30 rules with a wildcard that a bus can have.

    Args:
        fields: Names and values of the body's top-level fields.
        forms: The forms of `BODY_FORMS` that bodies have; None if unknown.
    """
    given = tuple(fields)
    possible = tuple(BODY_FORMS if forms is None else forms)
    uniform = _written(given, ((form,) * len(given) for form in possible), is_known=forms is not None)
    mixed = uniform | _written(given, _mixed(possible, len(given)), is_known=forms is not None)
    return tuple(mixed if len(mixed) <= _MOST_MIXED else uniform)


def _mixed(forms: tuple[str, ...], count: int) -> Iterator[tuple[str, ...]]:
    """Yield a form for each field; the spacing may differ, but one writer escapes letters in one way."""
    for letters in dict.fromkeys(form.partition("-")[2] for form in forms):
        yield from itertools.product([form for form in forms if form.partition("-")[2] == letters], repeat=count)


def _written(
    fields: tuple[tuple[str, Scalar], ...], forms: Iterable[tuple[str, ...]], *, is_known: bool
) -> dict[tuple[str, ...], None]:
    found: dict[tuple[str, ...], None] = {}
    for form_of_each in forms:
        for order in itertools.permutations(zip(fields, form_of_each, strict=True)):
            last = order[-1][0]
            choices = [
                tuple(field_texts(*field, form, is_known=is_known, is_last=field is last)) for field, form in order
            ]
            found |= dict.fromkeys(itertools.product(*choices))
    return found
