from __future__ import annotations

import threading

from aright.engine.bell import Bell


def test_a_ring_before_the_wait_is_heard_once():
    bell = Bell()
    bell.ring()
    bell.ring()
    assert bell.wait(0)
    assert not bell.wait(0)


def test_every_thread_hears_the_same_ring():
    bell = Bell()
    ready = threading.Barrier(4)
    heard: list[bool] = []

    def listen() -> None:
        ready.wait(5)
        heard.append(bell.wait(5))

    threads = [threading.Thread(target=listen) for _ in range(3)]
    for thread in threads:
        thread.start()
    ready.wait(5)
    bell.ring()
    for thread in threads:
        thread.join(5)
    assert heard == [True] * 3


def test_nobody_waits_for_ever():
    assert not Bell().wait(0.001)
