r"""The mask of log groups: which text of a SaaSus event CloudWatch Logs shows as asterisks.

A data protection policy masks by regular expressions, so it is best effort; `SaasusEvent.redacted()` goes by field and
is exact. `docs/masking.md` says what the policy cannot catch.

AWS documents the limits (user guide, `CWL-custom-data-identifiers`), but not the dialect. The expressions use only
what the documentation of the service's filter patterns has (`FilterAndPatternSyntax`): classes, `\d`, `\w`, `{m,n}`,
`|`, and `\xhh` for a character that is not allowed: `\x22` is a quote, `\x3a` a colon. They have no group, no lazy
quantifier, no look-around, and nothing unbounded at the start, which would be slow on hostile text.

In a line, a quote of the event's text has 1 backslash before it, a quote of a body 3, and a quote inside a value of a
body 7 or more. A mask that takes a quote takes its backslashes too, and one that ends before a quote leaves them, so
the JSON around the mask stays whole.
"""

from __future__ import annotations

import json
import re
from functools import cache
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any, Final

from constructs_lib.events.errors import InvalidLogMask
from constructs_lib.events.operations import operations
from constructs_lib.events.sensitive_fields import SECRET_EVENT_FIELDS, SECRET_NAMES, SECRET_SEGMENTS, SECRET_SHAPES

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from constructs_lib.events.operation import Operation

POLICY_NAME: Final = "SaasusEvents"
"""A dimension of CloudWatch's metric `LogEventsWithFindings`."""

MANAGED_IDENTIFIERS: Final = ("EmailAddress", "IpAddress")
"""AWS's own identifiers that the policy uses; both find their data without a keyword beside it."""

MAX_IDENTIFIERS: Final = 10
MAX_REGEX_CHARACTERS: Final = 200
MAX_NAME_CHARACTERS: Final = 128
MAX_POLICY_CHARACTERS: Final = 30_720
NAME_ALPHABET: Final = re.compile(r"[A-Za-z0-9_-]+")
REGEX_ALPHABET: Final = re.compile(r"[A-Za-z0-9_#=@/;,\- ^$?\[\]{}|\\*+.]+")

_MASKED_ENDS: Final = ("password", "secret", "token", "verifier")
"""A field whose name ends with one of these, or its plural, is masked even if the catalog does not list it.

Fewer than `ENDS_OF_SECRET_NAMES`, because the policy has little room; "verifier" stands for the catalog's
`code_verifier` and `password_verifier`.
"""

_SECRET_LISTS: Final = ("keys", "tokens")
"""A list whose name ends with one of these contains secrets."""

_ONLY_IN_BODIES: Final = frozenset({"saas_id"})
"""Names that every event also has outside the bodies, where they stay: hiding one would break the JSON around it."""

_FIELD_AFTER_API_KEY: Final = "date"
"""The event's field after `api_key` if somebody sorted the fields; then there is no value before `api_key`."""

_COLON: Final = r"\\*\x22 *\x3a[ \\nrt]*"
_VALUE: Final = rf"{_COLON}[\x22\d-][^\x22]*[^\x22\\]"
_OBJECT: Final = rf"{_COLON}[{{][^}}]*[^}}\x22\\]"
_LIST: Final = rf"{_COLON}\[[^\]]*[^\]\x22\\]"
_TEXT: Final = r"\x22[^\x22]*\x22"
_COMMA: Final = r",[ \\nrt]*"
_ENOUGH_OF_A_NAME: Final = 10

_AFTER_EMBEDDED_QUOTE: Final = r"\\{7}\x22[^\x22]*[^\x22\\]"
_QUERIES: Final = (r"\?[#-Z_-z][^\x22]*[^\x22\\]", r"\?\\{1,7}u0026[^\x22]*[^\x22\\]")
"""A question mark and what can begin a query: not a space, a letter beyond ASCII, or an escape other than `&`."""

_IN_URIS: Final = tuple(rf"{segment[-7:]}/[^\x22?]*[^\x22\\?]" for segment in sorted(SECRET_SEGMENTS))
_KEY_OF_CHALLENGE: Final = "[A-Z_]{4}"
"""The end of keys in Cognito's challenges (`PASSWORD`, `SMS_MFA_CODE`); SaaSus's own keys are lower case."""


def custom_identifiers(catalog: Iterable[Operation] = operations) -> dict[str, str]:
    """Return the regular expressions that find the secrets of a catalog's operations, by identifier name.

    Raises:
        InvalidLogMask: They exceed a limit of CloudWatch Logs, or no expression can find a secret.
    """
    secrets = _Secrets(tuple(catalog))
    groups = {
        **{f"saasus-event-{name.replace('_', '-')}": [_event_field(name)] for name in sorted(SECRET_EVENT_FIELDS)},
        # Objects are apart from fields: a match that ends inside a value must not hide the match of the value itself.
        "saasus-secret-fields": [f"{ending}{_VALUE}" for ending in secrets.endings()],
        "saasus-secret-objects": [f"{name}{_OBJECT}" for name in secrets.objects()],
        "saasus-secret-neighbours": list(secrets.neighbours()),
        "saasus-secret-texts": [_AFTER_EMBEDDED_QUOTE, *SECRET_SHAPES, *_IN_URIS],
        "saasus-secret-lists-and-queries": [*(f"{_either_case(name)}{_LIST}" for name in _SECRET_LISTS), *_QUERIES],
    }
    identifiers: dict[str, str] = {}
    for name, alternatives in groups.items():
        packed = _pack(alternatives)
        identifiers |= {name if len(packed) == 1 else f"{name}-{n}": regex for n, regex in enumerate(packed, start=1)}
    for name, regex in identifiers.items():
        _require_limits(name, regex)
    if len(identifiers) > MAX_IDENTIFIERS:
        raise InvalidLogMask(
            f"The catalog's secrets need {len(identifiers)} custom data identifiers. CloudWatch Logs allows "
            f"{MAX_IDENTIFIERS} in a policy. Shorten the expressions in events/log_mask.py, or list fewer names in "
            "events/sensitive_fields.py."
        )
    return identifiers


def data_protection_policy(name: str = POLICY_NAME, *, partition: str = "aws") -> dict[str, Any]:
    """Return the data protection policy, JSON-ready, for a log group that SaaSus events are written to.

    Args:
        name: The policy's name, a dimension of the metrics that CloudWatch Logs makes of findings.
        partition: The AWS partition in the ARNs of AWS's own identifiers.

    Raises:
        InvalidLogMask: The policy exceeds a limit of CloudWatch Logs.
    """
    custom = custom_identifiers()
    managed = [f"arn:{partition}:dataprotection::aws:data-identifier/{managed}" for managed in MANAGED_IDENTIFIERS]
    identifiers = [*managed, *custom]
    policy = {
        "Name": name,
        "Version": "2021-06-01",
        "Statement": [
            {"Sid": "audit", "DataIdentifier": identifiers, "Operation": {"Audit": {"FindingsDestination": {}}}},
            {"Sid": "mask", "DataIdentifier": identifiers, "Operation": {"Deidentify": {"MaskConfig": {}}}},
        ],
        "Configuration": {"CustomDataIdentifier": [{"Name": n, "Regex": regex} for n, regex in custom.items()]},
    }
    size = len(json.dumps(policy))
    if size > MAX_POLICY_CHARACTERS:
        raise InvalidLogMask(
            f"The data protection policy {name[:50]!r} has {size:,} characters. CloudWatch Logs allows "
            f"{MAX_POLICY_CHARACTERS:,}. Give it a shorter name."
        )
    return policy


def mask(line: str, custom: Iterable[str] | None = None, managed: Iterable[str] = MANAGED_IDENTIFIERS) -> str:
    """Return a line as CloudWatch Logs shows it: an asterisk for each character that an identifier found.

    AWS does not publish its own identifiers, so expressions of this library find e-mail and IP addresses here.

    >>> mask('{"password":"sesame","name":"x"}')
    '{"*****************","name":"x"}'

    Args:
        line: One log event.
        custom: Regular expressions. Default: those of `custom_identifiers()`.
        managed: Names of AWS's identifiers; any other than `MANAGED_IDENTIFIERS` finds nothing.
    """
    regexes = _own_regexes() if custom is None else tuple(custom)
    shown = list(line)
    for start, end in _found(line, regexes, managed):
        shown[start:end] = "*" * (end - start)
    return "".join(shown)


class _Secrets:
    """The secrets of a catalog, by what distinguishes them from other text."""

    def __init__(self, catalog: tuple[Operation, ...]) -> None:
        paths = [(operation, path) for operation in catalog for path in operation.secret_fields]
        self._in_bodies = [(operation, path) for operation, path in paths if not path.startswith("uri.")]
        self._harmless = {name for operation in catalog for name in _harmless_names(operation)}

    def endings(self) -> list[str]:
        """Return expressions for the ends of all names whose values are secrets everywhere."""
        names = {_name(path) for operation, path in self._in_bodies if path not in operation.free_form_fields}
        listed = sorted((names | SECRET_NAMES) - self._harmless - SECRET_EVENT_FIELDS)
        words = [f"{_either_case(word)}s?" for word in _MASKED_ENDS]
        others = [self._ending(name) for name in listed if not name.endswith((*_MASKED_ENDS, *_SECRET_LISTS))]
        return [*words, *others, *([_KEY_OF_CHALLENGE] if self.objects() else [])]

    def _ending(self, name: str) -> str:
        if name in _ONLY_IN_BODIES:
            return rf"\\{{3}}\x22{name}"
        is_ambiguous = any(other.endswith(name) for other in self._harmless)
        return rf"\\{{0,7}}\x22{name}" if is_ambiguous else name

    def objects(self) -> list[str]:
        """Return the names of objects that can have any field, and are secret as a whole."""
        return sorted({_name(path) for operation, path in self._in_bodies if path in operation.free_form_fields})

    def neighbours(self) -> Iterator[str]:
        """Yield expressions for secrets whose name is harmless elsewhere (`id`), found by the secret beside them."""
        for operation, path in self._in_bodies:
            name = _name(path)
            if name not in self._harmless or path in operation.free_form_fields:
                continue
            side = operation.request_fields if path.startswith("request_body.") else operation.response_fields
            fields = sorted(side)
            beside = fields[fields.index(name) + 1] if name in fields[:-1] else ""
            if f"{path.rpartition('.')[0]}.{beside}" not in operation.secret_fields or beside in self._harmless:
                raise InvalidLogMask(
                    f"The secret {path!r} of {operation!r} has a name that is harmless in other operations, and no "
                    "secret beside it. Expected a name of its own, or a neighbor by which it is found. Remove it from "
                    "events/sensitive_fields.py, and list it in docs/masking.md as not masked."
                )
            yield rf"\\{{0,7}}\x22{name}{_COLON}{_TEXT}{_COMMA}\\*\x22{beside[:_ENOUGH_OF_A_NAME]}"
            yield rf"{beside}{_COLON}{_TEXT}{_COMMA}\\*\x22{name}{_VALUE}"


def _harmless_names(operation: Operation) -> Iterator[str]:
    for side, fields in (
        ("request_body", operation.request_fields),
        ("response_body", operation.response_fields),
        ("response_body", operation.error_fields),
    ):
        for name in fields:
            if f"{side}.{name}" not in operation.secret_fields:
                yield name


def _name(path: str) -> str:
    return path.rpartition(".")[2].removesuffix("[]")


def _event_field(name: str) -> str:
    """Return the expression for a secret beside the bodies, where the event's JSON must stay whole, or in a body.

    The mask starts inside the previous string, so that it covers the name with its value. If the fields are sorted,
    and there is no previous string, it takes the next name instead.
    """
    return (
        rf"\\{{0,7}}\x22, *\\*\x22\w*{name}{_VALUE}"
        rf"|{name}\\*\x22 *\x3a *\\*{_TEXT}, *\\*\x22{_FIELD_AFTER_API_KEY}"
        rf"|{name}{_VALUE}"
    )


def _either_case(word: str) -> str:
    return f"[{word[0]}{word[0].upper()}]{word[1:]}"


def _pack(alternatives: Iterable[str]) -> list[str]:
    """Join alternatives into few expressions; each goes into the first that has room."""
    packed: list[str] = []
    for alternative in alternatives:
        for index, regex in enumerate(packed):
            if len(regex) + 1 + len(alternative) <= MAX_REGEX_CHARACTERS:
                packed[index] = f"{regex}|{alternative}"
                break
        else:
            packed.append(alternative)
    return packed


def _require_limits(name: str, regex: str) -> None:
    if len(regex) > MAX_REGEX_CHARACTERS or REGEX_ALPHABET.fullmatch(regex) is None:
        raise InvalidLogMask(
            f"The expression of the custom data identifier {name!r} is {regex!r}, {len(regex)} characters. CloudWatch "
            f"Logs allows {MAX_REGEX_CHARACTERS} characters, all of them letters, digits or _#=@/;,- ^$?[]{{}}|\\*+. "
            "Shorten the name of the field, or write the character as \\xhh, in events/log_mask.py."
        )


@cache
def _own_regexes() -> tuple[str, ...]:
    return tuple(custom_identifiers().values())


_EMAIL: Final = re.compile(r"(?<![\w.%+-])[\w.%+-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){1,8}", re.ASCII)
_IP: Final = re.compile(
    r"(?<![\w.])\d{1,3}(?:\.\d{1,3}){3}(?![\w.])|(?<![\w:.])(?:[0-9A-Fa-f]{0,4}:){2,7}[0-9A-Fa-f]{0,4}(?![\w:])",
    re.ASCII,
)


def _found(line: str, regexes: Iterable[str], managed: Iterable[str]) -> Iterator[tuple[int, int]]:
    for regex in regexes:
        yield from (match.span() for match in re.finditer(regex, line, re.ASCII))
    if "EmailAddress" in managed:
        yield from (match.span() for match in _EMAIL.finditer(line))
    if "IpAddress" in managed:
        yield from (match.span() for match in _IP.finditer(line) if _is_ip(match[0]))


def _is_ip(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True
