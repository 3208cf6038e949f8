"""When a window of an endpoint is over, and what is kept of history."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from aright.core.detect.contract_windows import (
    MOST,
    OLDEST,
    RECENT,
    chosen,
    is_due,
    is_ripe,
    superfluous,
)
from aright.core.model.times import DAY, HOUR, MINUTE


def test_windows_are_over_by_length_and_documents() -> None:
    assert [is_ripe(span, n) for span, n in ((MINUTE, 400), (2 * MINUTE, 99), (6 * HOUR, 10))] == [
        False,
        False,
        True,
    ]
    assert not is_due(3, latest=DAY, learnt=0, learnt_at=0, now=DAY)
    assert is_due(10, latest=0, learnt=8, learnt_at=0, now=0)
    assert not is_due(9, latest=0, learnt=8, learnt_at=0, now=HOUR)
    assert is_due(9, latest=0, learnt=8, learnt_at=0, now=6 * HOUR)


@given(st.integers(0, 300), st.integers(0, 1_000))
def test_windows_that_are_learnt_from_are_spread(windows: int, paths: int) -> None:
    places = chosen(windows, paths=paths)
    assert places == sorted(set(places))
    assert len(places) == min(windows, max(6_000 // max(paths, 1), RECENT))
    if places:
        assert (places[0], places[-1]) == (0, windows - 1)


def test_those_that_stand_closest_go_first() -> None:
    starts = [0, 10, 11, 20, *range(30, 30 + 10 * MOST, 10)]
    gone = superfluous(starts, starts[-1])
    assert len(gone) == 4
    assert 10 in gone or 11 in gone


@given(st.lists(st.integers(0, 30 * 24 * 60), unique=True, max_size=300))
def test_history_that_is_kept_is_recent_and_spread(minutes: list[int]) -> None:
    starts = sorted(minute * MINUTE for minute in minutes)
    now = 30 * DAY
    gone = superfluous(starts, now)
    kept = [start for start in starts if start not in set(gone)]
    assert len(gone) == len(set(gone))
    assert len(kept) <= MOST
    assert all(now - start <= OLDEST for start in kept)
    fresh = [start for start in starts if now - start <= OLDEST]
    assert kept[-RECENT:] == fresh[-RECENT:]
    if fresh:
        assert kept[0] == fresh[0]
