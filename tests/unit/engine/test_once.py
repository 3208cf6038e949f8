"""What several threads may want is read once."""

from __future__ import annotations

import threading

import pytest

from aright.engine.once import Once


def test_it_is_read_once_and_by_the_first_who_asks() -> None:
    numbers = iter([1, 2, 3])
    asked = Once(lambda: next(numbers))
    assert next(numbers) == 1, "nothing is read before it is asked for"
    assert (asked.get(), asked.get(), asked.at_hand()) == (2, 2, 2)
    assert Once(lambda: 7).at_hand() == 7


def test_nobody_waits_for_another_thread_who_asks_for_what_is_at_hand() -> None:
    begun, go_on = threading.Event(), threading.Event()

    def read() -> int:
        begun.set()
        go_on.wait(10)
        return 7

    asked = Once(read)
    thread = threading.Thread(target=asked.get)
    thread.start()
    begun.wait(10)
    assert asked.at_hand() is None
    go_on.set()
    thread.join(10)
    assert asked.at_hand() == 7


def test_what_broke_is_read_again() -> None:
    numbers = iter([0, 2])
    asked = Once(lambda: 14 // next(numbers))
    with pytest.raises(ZeroDivisionError):
        asked.get()
    assert asked.get() == 7
