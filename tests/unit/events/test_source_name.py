from __future__ import annotations

import pytest

from constructs_lib.events.errors import InvalidEventSource
from constructs_lib.events.source_name import EXAMPLE, PartnerEventSource

UUID = "736385ec-26ba-4567-941f-2affa11d919f"


def test_gives_the_parts_of_a_name() -> None:
    source = PartnerEventSource(f"aws.partner/saasus.io/{UUID}-12/event")

    assert (source.saas_uuid, source.number, str(source)) == (UUID, 12, f"aws.partner/saasus.io/{UUID}-12/event")


def test_parse_drops_the_white_space_of_a_pasted_name() -> None:
    assert PartnerEventSource.parse(f"  {EXAMPLE}\n") == PartnerEventSource(EXAMPLE)


def test_the_constructor_takes_no_white_space_and_says_so() -> None:
    with pytest.raises(InvalidEventSource, match=r"white space around it.*parse"):
        PartnerEventSource(f"{EXAMPLE} ")


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        (f"arn:aws:events:ap-northeast-1::event-source/{EXAMPLE}", "without the ARN"),
        (f"aws.partner/example.com/{UUID}-1/event", "another partner"),
        (f"aws.partner/saasus.io/{UUID}/event", "Expected"),
        (f"aws.partner/saasus.io/{UUID}-1/events", "Expected"),
        (f"aws.partner/saasus.io/{UUID}-1/event/x", "without the ARN"),
        (f"aws.partner/saasus.io/{UUID[1:]}-1/event", "Expected"),
        (f"aws.partner/saasus.io/{UUID}-\u0661/event", "Expected"),
        (f"awsXpartner/saasus.io/{UUID}-1/event", "Expected"),
        ("", "Expected"),
    ],
)
def test_refuses_what_is_not_such_a_name(text: str, hint: str) -> None:
    with pytest.raises(InvalidEventSource) as error:
        PartnerEventSource.parse(text)

    assert repr(text) in str(error.value)
    assert hint in str(error.value)
    assert EXAMPLE in str(error.value)
    assert "Partner event sources" in str(error.value)


def test_is_a_value() -> None:
    assert len({PartnerEventSource(EXAMPLE), PartnerEventSource.parse(EXAMPLE)}) == 1
