"""What AWS's APIs accept in the fields that hold a user's text: its length and its characters.

The numbers and characters are those in the AWS SDK's model of each API. The patterns match the same as the model's, but
in linear time.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

_DYNAMIC_REFERENCE: Final = re.compile(r"\{\{resolve:[^}]*\}\}")
_UNKNOWN: Final = "\udcff"
"""Represents what only the deployment knows: half a character, which no text contains."""


class KnownText(NamedTuple):
    """What is known about a text at synth: all of it, or the pieces between what only the deployment knows."""

    pieces: tuple[str, ...]
    whole: bool

    @property
    def text(self) -> str:
        """The pieces joined, with half a character where the deployment inserts something."""
        return _UNKNOWN.join(self.pieces)

    @property
    def length(self) -> int:
        """The number of characters that are known."""
        return sum(map(len, self.pieces))


def known_text(resolved: object) -> KnownText:
    """Return what is known of a text that the CDK resolved; intrinsic functions and dynamic references are not."""
    pieces = tuple(_DYNAMIC_REFERENCE.sub(_UNKNOWN, _joined(resolved)).split(_UNKNOWN))
    return KnownText(pieces, whole=len(pieces) == 1)


def _joined(resolved: Any) -> str:
    if isinstance(resolved, str):
        return resolved
    if isinstance(resolved, dict) and isinstance(join := resolved.get("Fn::Join"), list):
        separator, parts = join
        if isinstance(parts, list):
            return str(separator).join(_joined(part) for part in parts)
    return _UNKNOWN


@dataclass(frozen=True)
class Field:
    """One field of an AWS API.

    Attributes:
        shape: The name of its shape in the SDK's model of the API.
        takes: Its characters in words; empty if any will do.
        one: One of its characters; None if any will do.
        all: The whole text, if there is more to it than single characters.
        shortest: The smallest number of characters.
        longest: The largest number of characters; None if any length will do.
    """

    shape: str
    takes: str = ""
    one: re.Pattern[str] | None = None
    all: re.Pattern[str] | None = None
    shortest: int = 0
    longest: int | None = None

    def problem(self, text: KnownText) -> str | None:
        """Return what AWS would refuse about the text, as the end of a sentence that begins with its name."""
        if self.longest is not None and text.length > self.longest:
            return f"has {text.length:,} characters; AWS accepts {self.longest:,}"
        if text.whole and text.length < self.shortest:
            return "is empty"
        if self.one is not None:
            for piece in text.pieces:
                rest = self.one.sub("", piece)
                if rest:
                    return f"has {rest[0]!r}; AWS accepts {self.takes}"
        if text.whole and self.all is not None and self.all.fullmatch(text.text) is None:
            return f"is blank; AWS accepts {self.takes}"
        return None


def _characters(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.DOTALL)


HTTPS_ENDPOINT: Final = Field(
    "HttpsEndpoint",
    "letters, digits, percent-encoded bytes (%20) and - ( ) _ . ! ~ * ' ; / ? : @ & = + $ ,",
    _characters(r"%[0-9A-Fa-f]{2}|[-()_.!~*';/?:@&=+$,A-Za-z0-9]"),
    shortest=1,
    longest=2048,
)
HEADER_NAME: Final = Field(
    "HeaderKey",
    "letters, digits and the punctuation of HTTP header names (RFC 9110, token)",
    _characters(r"[!#$%&'*+,\-.^_`|~0-9a-zA-Z]"),
    shortest=1,
    longest=512,
)
HEADER_VALUE: Final = Field(
    "HeaderValue",
    "printable ASCII characters, spaces and tabs",
    _characters(r"[\t\x20-\x7E]"),
    re.compile(r"\t*[\x20-\x7E][\t\x20-\x7E]*"),
    shortest=1,
    longest=512,
)
QUERY_NAME: Final = Field(
    "QueryStringKey",
    "anything except control characters",
    _characters(r"[^\x00-\x1F\x7F]"),
    shortest=1,
    longest=512,
)
QUERY_VALUE: Final = Field(
    "QueryStringValue",
    "anything except control characters",
    _characters(r"[^\x00-\x09\x0B\x0C\x0E-\x1F\x7F]"),
    shortest=1,
    longest=512,
)
PATH_VALUE: Final = Field(
    "PathParameter",
    "one line that is not only spaces",
    _characters(r"[^\n\r\x85\u2028\u2029]"),
    re.compile(r"(?!\s*$).+"),
    shortest=1,
)
AUTHORIZATION_NAME: Final = Field(
    "AuthHeaderParameters",
    "anything except colons and control characters",
    _characters(r"[^\x00-\x08\x0A-\x1F:\x7F]"),
    re.compile(r"\t*[^\x00-\x1F:\x7F][^\x00-\x08\x0A-\x1F:\x7F]*"),
    shortest=1,
    longest=512,
)
CONNECTION_DESCRIPTION: Final = Field(
    "ConnectionDescription", "one line", _characters(r"[^\n\r\x85\u2028\u2029]"), longest=512
)
INPUT: Final = Field("TargetInput", longest=8192)
INPUT_PATH: Final = Field("TargetInputPath", longest=256)
INPUT_TEMPLATE: Final = Field("TransformerInput", shortest=1, longest=8192)
VARIABLE_NAME: Final = Field(
    "InputTransformerPathKey",
    "letters, digits, - and _",
    _characters(r"[A-Za-z0-9_\-]"),
    shortest=1,
    longest=256,
)
MESSAGE_GROUP_ID: Final = Field(
    "MessageGroupId",
    "ASCII letters, digits and punctuation (SQS API reference, SendMessage)",
    _characters(r"[!-~]"),
    shortest=1,
    longest=100,
)
RULE_DESCRIPTION: Final = Field("RuleDescription", longest=512)
BUS_DESCRIPTION: Final = Field("EventBusDescription", longest=512)

INPUT_PATHS: Final = 100
"""Variables of an input template (shape `TransformerPaths`)."""
CONNECTION_PARAMETERS: Final = 100
"""Headers of a connection, and query and body parameters (shapes such as `ConnectionHeaderParametersList`)."""
