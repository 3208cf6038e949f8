"""When an endpoint's window is over, which windows are kept, and when a contract is learnt anew."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from aright.core.model.times import DAY, HOUR, MINUTE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aright.core.model.times import Micros

ENOUGH: Final = 500
"""Documents with which a window is over whatever its length."""

RIPE: Final = ((2 * MINUTE, 100), (15 * MINUTE, 40), (HOUR, 20), (6 * HOUR, 10))
"""A window is over once it is so long and holds so many documents."""

LONGEST: Final = DAY
"""A window with fewer documents than any rule asks for is let go after that."""

RECENT: Final = 24
"""The latest windows, which are all kept."""

MOST: Final = 160
"""Windows that a contract is learnt from at most."""

OLDEST: Final = 14 * DAY
"""How far back they go."""

FEWEST: Final = 4
"""Windows that a first contract takes."""

_WORK: Final = 6_000
_GROWTH: Final = 1.25
_EVERY: Final = 6 * HOUR


def is_ripe(length: Micros, documents: int) -> bool:
    """Return whether a window of so many sampled documents is over.

    >>> is_ripe(30_000_000, 500), is_ripe(30_000_000, 499), is_ripe(120_000_000, 100), is_ripe(HOUR, 19)
    (True, False, True, False)
    """
    return documents >= ENOUGH or any(length >= span and documents >= least for span, least in RIPE)


def superfluous(starts: Sequence[Micros], now: Micros, most: int = MOST) -> list[Micros]:
    """Return the windows that need not be kept: those that are old, and those that stand closest.

    Whatever is left is spread over all the history there is, so that it knows the hours of the day.

    Args:
        starts: of the windows kept, ascending (µs, UTC).
        now: (µs, UTC).
        most: how many may stay.

    >>> superfluous([0, 10, 11, 12, 30, 40], 50, most=4)
    [11, 10]
    """
    recent = min(RECENT, most // 2)
    kept = [start for start in starts if now - start <= OLDEST]
    gone = starts[: len(starts) - len(kept)]
    dropped = list(gone)
    while len(kept) > max(most, 2):
        inner = range(1, len(kept) - recent)
        place = min(inner, key=lambda at: (kept[at + 1] - kept[at - 1], at))
        dropped.append(kept.pop(place))
    return dropped


def is_due(windows: int, *, latest: Micros, learnt: int, learnt_at: Micros, now: Micros) -> bool:
    """Return whether a contract is to be learnt from so many windows, the latest of which began then.

    At once when there are enough, again whenever history has grown by a quarter, and every six hours in which
    a window came.

    >>> [is_due(n, latest=0, learnt=4, learnt_at=0, now=HOUR) for n in (4, 5)]
    [False, True]
    >>> [is_due(160, latest=at * HOUR, learnt=160, learnt_at=2 * HOUR, now=8 * HOUR) for at in (0, 2)]
    [False, True]
    """
    if windows < FEWEST:
        return False
    return windows >= _GROWTH * learnt or (now - learnt_at >= _EVERY and latest > learnt_at - HOUR)


def chosen(windows: int, *, paths: int) -> list[int]:
    """Return which windows, by place, a contract of so many paths is learnt from: all, or enough of them.

    Learning takes as long as there are paths times windows, and the engine waits for it.

    >>> chosen(5, paths=20), [len(chosen(160, paths=paths)) for paths in (20, 120, 500)]
    ([0, 1, 2, 3, 4], [160, 50, 24])
    """
    most = max(_WORK // max(paths, 1), RECENT)
    if windows <= most:
        return list(range(windows))
    return sorted({round(place * (windows - 1) / (most - 1)) for place in range(most)})
