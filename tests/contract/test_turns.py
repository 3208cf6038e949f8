"""The lock of a state: whoever has waited longest is next, and nobody is forgotten."""

from __future__ import annotations

import threading

import pytest

from aright.adapters.sql.turns import Turns


def test_turns_are_taken_in_the_order_they_were_asked_for():
    turns = Turns()
    order: list[int] = []

    def take(number: int) -> None:
        with turns:
            order.append(number)

    threads = [threading.Thread(target=take, args=(number,)) for number in range(9)]
    with turns:
        for number, thread in enumerate(threads):
            thread.start()
            while turns.waiting <= number:
                threading.Event().wait(0.001)
    for thread in threads:
        thread.join(5)
    assert order == list(range(9))
    assert not turns.taken


def test_a_thread_that_asks_again_at_once_lets_others_in_between():
    turns = Turns()
    let_in = threading.Event()

    def look() -> None:
        with turns:
            let_in.set()

    with turns:
        thread = threading.Thread(target=look)
        thread.start()
        while not turns.waiting:
            threading.Event().wait(0.001)
    with turns:
        assert let_in.is_set()
    thread.join(5)


def test_one_at_a_time_and_all_get_through():
    turns = Turns()
    within = [0]
    done = [0]

    def work() -> None:
        for _ in range(200):
            with turns:
                within[0] += 1
                assert within[0] == 1
                within[0] -= 1
                done[0] += 1

    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert done == [1_200]
    assert not turns.taken


def test_what_raises_within_lets_the_next_one_in():
    turns = Turns()
    with pytest.raises(ValueError, match="no"), turns:
        raise ValueError("no")
    assert not turns.taken
