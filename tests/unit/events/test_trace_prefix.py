from __future__ import annotations

import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from constructs_lib.events.trace_prefix import is_guessable


@pytest.mark.parametrize(
    "prefix",
    [
        "x",
        "onboarding-",
        "onboarding2026handler-",
        "my-onboarding-handler-of-the-saas-",
        "onboarding-2026-11-25-v2-",
        "1234567890123456",
        "OnboardingHandlerProduction",
        "myVeryLongHandlerNameForOnboardingOfTenants",
        "a1a1a1a1a1a1a1a1a1a1",
        "9f3b0c7d1e5a482",
        "saasus_",
        "オンボーディング",
        "",
    ],
)
def test_words_numbers_and_short_texts_can_be_guessed(prefix: str) -> None:
    assert is_guessable(prefix)


@given(st.text(alphabet="abcdefghijklmnopqrstuvwxyz-", max_size=60))
def test_letters_alone_can_be_guessed(prefix: str) -> None:
    assert is_guessable(prefix)


@pytest.mark.parametrize("name", ["", "onboarding-", "loop_"])
def test_what_is_random_cannot_be_guessed(name: str) -> None:
    missed = [
        n
        for n in range(1_000)
        if is_guessable(f"{name}{uuid.UUID(int=n * 0x1F3D5B79_2468ACE1_9E3779B9_7F4A7C15 % 2**128)}-")
    ]

    assert len(missed) < 10
    assert not is_guessable(f"{name}9f3b0c7d1e5a4826-")
    assert not is_guessable(f"{name}4826109fbcadefe3-"), "64 bits, though its digits stand together"
    assert not is_guessable(f"{name}${{Token[TOKEN.7]}}")
    assert not is_guessable(f"{name}Zq3vB8xT1mK5wR2nY7cD-")
