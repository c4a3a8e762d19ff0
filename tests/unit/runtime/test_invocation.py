"""The invocation that is running, and how much time it has left."""

from __future__ import annotations

import threading

from constructs_lib.runtime.invocation import invocation, remaining_time


class Context:
    """What Lambda passes to a function, as far as time goes."""

    def __init__(self, milliseconds: int) -> None:
        self.milliseconds = milliseconds

    def get_remaining_time_in_millis(self) -> int:
        return self.milliseconds


def test_outside_an_invocation_no_time_is_known() -> None:
    assert remaining_time() is None
    with invocation(None):
        assert remaining_time() is None
    with invocation(object()):
        assert remaining_time() is None


def test_the_time_is_asked_for_anew_each_time() -> None:
    context = Context(3500)
    with invocation(context):
        assert remaining_time() == 3.5
        context.milliseconds = 20
        assert remaining_time() == 0.02
        context.milliseconds = -5
        assert remaining_time() == 0
    assert remaining_time() is None


def test_the_inner_of_two_counts_and_ends_alone() -> None:
    with invocation(Context(9000)):
        with invocation(Context(1000)):
            assert remaining_time() == 1
        assert remaining_time() == 9


def test_it_ends_with_an_error_too() -> None:
    try:
        with invocation(Context(9000)):
            raise KeyError
    except KeyError:
        assert remaining_time() is None


def test_another_thread_has_an_invocation_of_its_own() -> None:
    found: list[float | None] = []
    with invocation(Context(9000)):
        thread = threading.Thread(target=lambda: found.append(remaining_time()))
        thread.start()
        thread.join()
    assert found == [None]
