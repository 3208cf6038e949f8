"""What is kept of callers is bounded: nobody can fill the memory by knocking."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from aright.server.limits import Attempts
from aright.server.sessions import Sessions, safe_next
from tests.unit.server.client import Clock


def test_many_callers_are_forgotten_the_idle_ones_first():
    attempts = Attempts(each=1, all_together=10**9, seconds=60, clock=Clock(), callers=3)
    for caller in "abcd":
        assert attempts.wait(caller) == 0

    assert len(attempts._by_caller) == 3
    assert attempts.wait("d") == 60
    assert attempts.wait("a") == 0


@given(st.lists(st.tuples(st.sampled_from("abc"), st.floats(0, 30)), max_size=60))
@settings(deadline=None, max_examples=50)
def test_within_any_window_nobody_gets_more_than_allowed(knocks):
    clock = Clock()
    attempts = Attempts(each=3, all_together=5, seconds=60, clock=clock)
    let_in: list[tuple[float, str]] = []
    for caller, pause in knocks:
        clock.at += pause
        if attempts.wait(caller) == 0:
            let_in.append((clock.at, caller))
            recent = [who for at, who in let_in if at > clock.at - 60]
            assert len(recent) <= 5
            assert recent.count(caller) <= 3


def test_who_waits_as_long_as_told_is_let_in():
    clock = Clock()
    attempts = Attempts(each=1, all_together=5, seconds=60, clock=clock)
    attempts.wait("a")
    clock.at += 13.5
    clock.at += attempts.wait("a")

    assert attempts.wait("a") == 0


def test_sessions_and_codes_are_bounded():
    sessions = Sessions(clock=Clock())
    first = sessions.open("a", "t")
    cookies = [sessions.open("a", "t") for _ in range(1_000)]
    for _ in range(1_100):
        sessions.new_code("a", "t")

    assert sessions.find(first) is None
    assert sessions.find(cookies[-1]) is not None
    assert len(sessions._sessions) == len(sessions._codes) == 1_000


@given(st.text(max_size=60))
@settings(deadline=None, max_examples=200)
def test_what_comes_next_is_always_on_this_server(text):
    for path in (text, "/" + text):
        made = safe_next(path)
        assert made.startswith("/")
        assert not made.startswith("//")
        assert "\\" not in made
        assert made.isprintable()
