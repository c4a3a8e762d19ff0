"""Ctrl-C does not come between two steps that belong together."""

from __future__ import annotations

import os
import signal
import threading

import pytest

from constructs_lib.local.interruption import uninterrupted


def two_steps(*signals: signal.Signals) -> list[str]:
    """Take two steps, between which the signals come; return what was done."""
    done = []
    try:
        with uninterrupted():
            done.append("first")
            for number in signals:
                os.kill(os.getpid(), number)
            done.append("second")
    except KeyboardInterrupt:
        done.append("stopped")
    return done


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_second_step_is_taken_before_it_stops(number: signal.Signals) -> None:
    before = signal.getsignal(number)
    assert two_steps(number) == ["first", "second", "stopped"]
    assert signal.getsignal(number) is before


def test_pressed_twice_it_stops_at_once() -> None:
    assert two_steps(signal.SIGINT, signal.SIGINT) == ["first", "stopped"]


def test_nothing_pressed_nothing_stops() -> None:
    assert two_steps() == ["first", "second"]


def test_a_thread_can_use_it_too() -> None:
    done: list[str] = []
    thread = threading.Thread(target=lambda: done.extend(two_steps()))
    thread.start()
    thread.join()
    assert done == ["first", "second"]
