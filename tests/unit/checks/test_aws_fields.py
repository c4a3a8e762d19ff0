"""The fields' limits are those of the AWS SDK's own model, and the patterns say the same in linear time."""

from __future__ import annotations

import re
import time
from typing import Any

import pytest
from botocore.loaders import Loader
from hypothesis import given
from hypothesis import strategies as st

from constructs_lib.checks import aws_fields
from constructs_lib.checks.aws_fields import Field, KnownText, known_text

MODEL: dict[str, Any] = Loader().load_service_model("events", "service-2")["shapes"]
FIELDS = [value for value in vars(aws_fields).values() if isinstance(value, Field)]
# SQS refuses at each delivery what EventBridge's model lets pass in a message group.
STRICTER = {"MessageGroupId"}
# Short texts of what the patterns tell apart; Java's dot, which AWS means, stops at more line ends than Python's.
TEXTS = st.text(st.sampled_from("aZ9 \t:#{%@/*,$_日é\x00\x07\x0b\n<\"'~.20"), max_size=6)


def plain(text: str) -> KnownText:
    return KnownText((text,), whole=True)


@pytest.mark.parametrize("field", FIELDS, ids=lambda field: field.shape)
def test_lengths_are_the_model_s(field: Field) -> None:
    shape = MODEL[field.shape]
    assert field.longest == shape.get("max", 100 if field.shape in STRICTER else None)
    if field.shape not in STRICTER and "pattern" not in shape:
        assert field.shortest == shape.get("min", 0)


@pytest.mark.parametrize("field", [each for each in FIELDS if each.shape not in STRICTER], ids=lambda each: each.shape)
@given(text=TEXTS)
def test_characters_are_the_model_s(field: Field, text: str) -> None:
    shape = MODEL[field.shape]
    taken = re.fullmatch(shape.get("pattern", ".*"), text, 0 if "pattern" in shape else re.DOTALL) is not None
    assert (field.problem(plain(text)) is None) == (taken and len(text) >= shape.get("min", 0))


@pytest.mark.parametrize("field", [each for each in FIELDS if each.longest], ids=lambda each: each.shape)
def test_the_longest_text_is_taken_and_one_more_is_not(field: Field) -> None:
    assert field.longest is not None
    assert field.problem(plain("a" * field.longest)) is None
    problem = field.problem(plain("a" * (field.longest + 1)))
    assert problem == f"has {field.longest + 1:,} characters; AWS accepts {field.longest:,}"


def test_the_numbers_of_parameters_are_the_model_s() -> None:
    assert MODEL["TransformerPaths"]["max"] == aws_fields.INPUT_PATHS
    for what in ("Header", "QueryString", "Body"):
        assert MODEL[f"Connection{what}ParametersList"]["max"] == aws_fields.CONNECTION_PARAMETERS


def test_a_hostile_text_takes_no_time() -> None:
    started = time.perf_counter()
    for field in FIELDS:
        field.problem(plain("a " * 100 + "\x01"))
        field.problem(plain("\t " * 100 + "\x01"))
    assert time.perf_counter() - started < 1


@pytest.mark.parametrize(
    ("resolved", "pieces"),
    [
        ("text", ("text",)),
        ({"Ref": "Parameter"}, ("", "")),
        ({"Fn::Join": ["", ["https://", {"Ref": "Host"}, "/x"]]}, ("https://", "/x")),
        ("Bearer {{resolve:secretsmanager:crm:SecretString:::}}", ("Bearer ", "")),
        ({"Fn::Join": ["", ["{{resolve:secretsmanager:", {"Ref": "S"}, ":SecretString:::}}"]]}, ("", "")),
        ({"Fn::Join": ["-", ["a", {"Fn::Join": ["/", ["b", {"Ref": "C"}]]}]]}, ("a-b/", "")),
        ({"Fn::Join": ["", {"Ref": "List"}]}, ("", "")),
        (5, ("", "")),
    ],
)  # fmt: skip
def test_what_is_known_of_a_text(resolved: Any, pieces: tuple[str, ...]) -> None:
    known = known_text(resolved)
    assert known.pieces == pieces
    assert known.whole == (len(pieces) == 1)


def test_the_known_pieces_of_a_text_are_looked_at() -> None:
    known = known_text({"Fn::Join": ["", ["https://", {"Ref": "Host"}, "/{id}"]]})
    assert aws_fields.HTTPS_ENDPOINT.problem(known) is not None
    known = known_text({"Fn::Join": ["", ["https://", {"Ref": "Host"}, "a" * 2048]]})
    assert aws_fields.HTTPS_ENDPOINT.problem(known) is not None
    assert aws_fields.HTTPS_ENDPOINT.problem(known_text({"Ref": "Endpoint"})) is None
