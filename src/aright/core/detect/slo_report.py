"""What an SLO attained, period by period of the calendar (UTC)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from aright.core.detect.slo_spans import Sums
from aright.core.model.slo import Attainment
from aright.core.model.times import from_datetime, to_datetime
from aright.core.stats.wilson import wilson

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from aright.core.model.slo import Slo, Tally
    from aright.core.model.times import Micros

Period: TypeAlias = Literal["day", "week", "month", "quarter"]

PERIODS: Final[tuple[Period, ...]] = ("day", "week", "month", "quarter")
MOST_PERIODS: Final = 400


def edges(period: Period, *, now: Micros, count: int) -> tuple[Micros, ...]:
    """Return the starts of the last ``count`` periods, the one that ``now`` is in last, and that one's end.

    >>> from aright.core.model.times import iso
    >>> [iso(at)[:10] for at in edges("month", now=1_767_225_600_000_000, count=2)]
    ['2025-12-01', '2026-01-01', '2026-02-01']
    """
    day = to_datetime(now).replace(hour=0, minute=0, second=0, microsecond=0)
    first = {
        "day": day,
        "week": day - timedelta(days=day.weekday()),
        "month": day.replace(day=1),
        "quarter": _month(day.year, (day.month - 1) // 3 * 3 + 1),
    }[period]
    starts = [first]
    for _ in range(count - 1):
        starts.append(_before(starts[-1], period))
    return tuple(from_datetime(at) for at in (*reversed(starts), _after(first, period)))


def attainments(slo: Slo, tallies: Iterable[Tally], limits: Sequence[Micros]) -> tuple[Attainment, ...]:
    """Return what was attained between each two limits.

    Args:
        slo: which.
        tallies: its series in steps that lie within one period each: of hours, or of its slices of time.
        limits: as ``edges`` returns them.

    >>> from aright.core.model.slo import Indicator, Slo, Tally
    >>> slo = Slo(key="fine", service="shop", indicator=Indicator(signal="error_share"), objective=0.99)
    >>> first, _ = attainments(slo, [Tally(0, 900, 3), Tally(50, 100, 2)], (0, 100, 200))
    >>> first.n, first.good, first.met, round(first.spent, 3)
    (1000.0, 0.995, True, 0.5)
    """
    sums = [Sums()] * (len(limits) - 1)
    at = 0
    for tally in sorted(tallies, key=lambda each: each.start):
        while at < len(sums) and tally.start >= limits[at + 1]:
            at += 1
        if at == len(sums):
            break
        if tally.start >= limits[at]:
            sums[at] += counted(slo, tally)
    return tuple(_attained(slo, limits[place], limits[place + 1], found) for place, found in enumerate(sums))


def counted(slo: Slo, tally: Tally) -> Sums:
    """Return a tally as good and bad units; a slice of time is one of them, or none with too few units."""
    indicator = slo.indicator
    if not indicator.slice:
        bad = tally.n - tally.total if indicator.counts_good else tally.total
        return Sums(float(tally.n), min(max(bad, 0.0), tally.n), float(tally.n), float(tally.total))
    if tally.n < max(slo.min_events, 1):
        return Sums()
    mean = tally.total / tally.n
    low = indicator.at_least is not None and mean < indicator.at_least
    high = indicator.at_most is not None and mean > indicator.at_most
    return Sums(1.0, float(low or high), float(tally.n), float(tally.total))


def _attained(slo: Slo, start: Micros, end: Micros, sums: Sums) -> Attainment:
    interval = wilson(sums.n, sums.n - sums.bad)
    good = 1 - sums.bad / sums.n if sums.n else None
    return Attainment(
        start=start,
        end=end,
        n=sums.n,
        bad=sums.bad,
        good=good,
        low=interval.low,
        high=interval.high,
        met=None if good is None else good >= slo.objective,
        spent=None if good is None else (1 - good) / slo.budget,
    )


def _before(start: datetime, period: Period) -> datetime:
    if period in {"day", "week"}:
        return start - timedelta(days=1 if period == "day" else 7)
    months = 1 if period == "month" else 3
    index = start.year * 12 + start.month - 1 - months
    return _month(index // 12, index % 12 + 1)


def _after(start: datetime, period: Period) -> datetime:
    if period in {"day", "week"}:
        return start + timedelta(days=1 if period == "day" else 7)
    index = start.year * 12 + start.month - 1 + (1 if period == "month" else 3)
    return _month(index // 12, index % 12 + 1)


def _month(year: int, month: int) -> datetime:
    return datetime(year, month, 1, tzinfo=UTC)
