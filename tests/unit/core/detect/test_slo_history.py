"""Forecasts that hold as often as they say, reports by calendar, targets that history bears out."""

from __future__ import annotations

import numpy as np
import pytest
from msgspec import structs

from aright.core.detect.slo import SloWatch
from aright.core.detect.slo_alerts import forecast_text
from aright.core.detect.slo_forecast import forecast
from aright.core.detect.slo_report import Period, attainments, edges
from aright.core.detect.slo_spans import Span, Sums
from aright.core.detect.slo_targets import STEP, propose
from aright.core.model.slo import Attainment, Forecast, Indicator, Slo, Tally
from aright.core.model.times import DAY, HOUR, MINUTE, from_datetime, iso, to_datetime

SLO = Slo(key="fine", service="shop", indicator=Indicator(signal="error_share"), objective=0.99)
SHARE = Indicator(signal="error_share")


# Forecasts


def burned(
    rng: np.random.Generator, *, share: float, per_step: float, before: float, hours: int = 3
) -> tuple[SloWatch, int, float]:
    """Return a watch with a month of history and a burn of some hours; now, and when its budget is empty."""
    watch = SloWatch(SLO, 30_000_000, page_evidence=12, ticket_evidence=12)
    start = 40 * DAY
    for step in range(720):
        n = int(rng.poisson(per_step * 120))
        watch.window.add(start + step * HOUR, Sums(n, float(rng.binomial(n, before)), n, 0))
    now = start + 720 * HOUR
    for window in range(hours * 120):
        watch.add(_window(rng, now + window * 30_000_000, share, per_step), 30_000_000)
    now += hours * HOUR
    (counted, bad), limit = _ahead(rng, watch, now, share, per_step), SLO.budget
    gone = np.flatnonzero(bad >= limit * counted)
    return watch, now, float(gone[0] + 1) * 30_000_000 if gone.size else np.inf


def _window(rng: np.random.Generator, start: int, share: float, per_step: float) -> Tally:
    n = int(rng.poisson(per_step))
    return Tally(start, n, float(rng.binomial(n, share)))


def _ahead(
    rng: np.random.Generator, watch: SloWatch, now: int, share: float, per_step: float
) -> tuple[np.ndarray, np.ndarray]:
    size = 30_000  # ten days and a half
    come = rng.poisson(per_step, size)
    wrong = rng.binomial(come, share)
    steps = dict(watch.window.steps(now))
    gone, gone_bad = np.zeros(size), np.zeros(size)
    for at, sums in steps.items():
        first = (at + watch.slo.window - now) // 30_000_000
        if 0 <= first < size:
            gone[first] += sums.n
            gone_bad[first] += sums.bad
    whole = watch.window.sums(now)
    return whole.n + np.cumsum(come) - np.cumsum(gone), whole.bad + np.cumsum(wrong) - np.cumsum(gone_bad)


@pytest.mark.parametrize(
    ("share", "per_step", "hours"),
    [(0.2, 20.0, 1), (0.06, 4.0, 3)],
    ids=["fast, busy", "slow, little traffic"],
)
def test_a_forecast_holds_as_often_as_it_says(share: float, per_step: float, hours: int) -> None:
    covered, seeds, widths = 0, 30, []
    for seed in range(seeds):
        rng = np.random.default_rng(seed)
        watch, now, empty = burned(rng, share=share, per_step=per_step, before=0.002, hours=hours)
        found = watch.forecast(now)
        assert found is not None
        assert found.low <= found.after
        high = np.inf if found.high is None else found.high
        covered += found.low <= empty <= high
        widths.append((min(high, 30 * DAY) - found.low) / empty)
    assert covered >= 25, "95 % of 30 is 28; fewer than 25 has a chance below 1 %"
    assert np.median(widths) < 0.9, "and it says something"


def test_a_healthy_budget_does_not_end() -> None:
    watch, now, _ = burned(np.random.default_rng(1), share=0.004, per_step=50, before=0.004)
    assert watch.forecast(now) is None
    assert forecast_text(None) == "not empty within its window"


def test_a_spent_budget_is_empty_now() -> None:
    watch, now, _ = burned(np.random.default_rng(1), share=0.5, per_step=20, before=0.011)
    assert watch.forecast(now) == Forecast(after=0, low=0, high=0)


def test_without_enough_units_nothing_is_forecast() -> None:
    watch = SloWatch(SLO, 30_000_000, page_evidence=12, ticket_evidence=12)
    assert watch.forecast(HOUR) is None
    watch.add(Tally(0, 9, 3), 30_000_000)
    assert watch.forecast(HOUR) is None
    assert forecast(watch.window, end=HOUR, budget=0.01, recent=Sums()) is None


def test_the_traffic_of_last_week_comes_again() -> None:
    """At night nobody is there to be hurt: a budget that would end at night lasts until the morning."""
    history, week = Span(30 * DAY, HOUR), 7 * DAY
    for hour in range(720):
        busy = 8 <= hour % 24 < 20
        n = 1_000.0 if busy else 1.0
        history.add(hour * HOUR, Sums(n, 0.0035 * n, n, 0))
    end = 720 * HOUR  # midnight
    found = forecast(history, end=end, budget=0.0036, recent=Sums(n=10_000, bad=1_000))
    assert found is not None
    assert 8 * HOUR < found.after < 9 * HOUR
    assert found.high is not None
    assert found.high < week


def test_bursts_widen_the_interval() -> None:
    history = Span(30 * DAY, HOUR)
    for hour in range(720):
        history.add(hour * HOUR, Sums(1_000, 1, 1_000, 0))
    recent = Sums(n=1_200, bad=60)
    even = [Sums(100, 5)] * 12
    bursts = [Sums(100, 30), Sums(100, 30), *[Sums(100, 0)] * 10]
    steady = forecast(history, end=720 * HOUR, budget=0.01, recent=recent, parts=even)
    ragged = forecast(history, end=720 * HOUR, budget=0.01, recent=recent, parts=bursts)
    assert steady is not None
    assert ragged is not None
    assert ragged.after == steady.after
    assert ragged.low < steady.low


# Reports


@pytest.mark.parametrize(
    ("period", "told"),
    [
        ("day", ["2026-02-28", "2026-03-01", "2026-03-02"]),
        ("week", ["2026-02-16", "2026-02-23", "2026-03-02"]),
        ("month", ["2026-01-01", "2026-02-01", "2026-03-01"]),
        ("quarter", ["2025-07-01", "2025-10-01", "2026-01-01"]),
    ],
)
def test_periods_are_those_of_the_calendar(period: Period, told: list[str]) -> None:
    now = from_datetime(to_datetime(0).replace(year=2026, month=3, day=2, hour=15))
    found = edges(period, now=now, count=3)
    assert [iso(at)[:10] for at in found[:-1]] == told
    assert found[-2] <= now < found[-1]


def test_a_report_by_hand() -> None:
    tallies = [
        Tally(-HOUR, 5, 5),
        Tally(0, 600, 3),
        Tally(HOUR, 400, 1),
        Tally(DAY, 100, 2),
        Tally(3 * DAY, 9, 9),
    ]
    first, second, third = attainments(SLO, reversed(tallies), (0, DAY, 2 * DAY, 3 * DAY))
    assert (first.n, first.bad, first.good, first.met) == (1_000, 4, 0.996, True)
    assert first.spent == pytest.approx(0.4)
    assert first.low < 0.996 < first.high
    assert second == Attainment(
        start=DAY,
        end=2 * DAY,
        n=100,
        bad=2,
        good=0.98,
        low=second.low,
        high=second.high,
        met=False,
        spent=second.spent,
    )
    assert second.spent == pytest.approx(2)
    assert (third.good, third.met, third.spent) == (None, None, None)


def test_a_report_of_a_series_that_counts_what_is_good() -> None:
    good = structs.replace(SLO, indicator=Indicator(signal="quality:up", counts_good=True))
    (found,) = attainments(good, [Tally(0, 100, 99.5)], (0, DAY))
    assert found.bad == 0.5
    slices = structs.replace(SLO, indicator=Indicator(signal="quality:up", at_least=0.5, slice=5 * MINUTE))
    (found,) = attainments(slices, [Tally(0, 100, 60), Tally(300, 100, 40), Tally(600, 3, 0)], (0, DAY))
    assert (found.n, found.bad) == (2, 1)


# Targets


def history(days: int, share: float, *, per_step: int = 200, outage: float = 0.0) -> list[Tally]:
    rng = np.random.default_rng(days)
    steps = days * 288
    shares = np.full(steps, share)
    if outage:
        shares[steps // 2 : steps // 2 + 12] = outage
    counts = rng.poisson(per_step, steps)
    bad = rng.binomial(counts, shares)
    return [Tally(step * STEP, float(counts[step]), float(bad[step])) for step in range(steps)]


def test_the_tightest_target_that_every_window_met() -> None:
    found = propose("shop", SHARE, history(20, 0.0008))
    assert (found.window, found.proposed) == (7 * DAY, 0.999)
    ladder = {rung.objective: rung for rung in found.ladder}
    assert ladder[0.998].met == 1
    assert ladder[0.9995].met == 0
    assert ladder[0.9995].bad_per_day == pytest.approx(46, rel=0.1)
    assert ladder[0.9995].allowed_per_day == pytest.approx(28.8, rel=0.1)
    assert found.text.startswith("99.9 % was met in every 7 d of 20 days. 99.95 %: met in 0")
    assert "must fall from 4" in found.text


def test_what_the_next_nine_costs_in_pages() -> None:
    found = propose("shop", SHARE, history(61, 0.0002, outage=0.5))
    assert found.window == 30 * DAY
    ladder = {rung.objective: rung for rung in found.ladder}
    assert ladder[0.999].pages_per_month == pytest.approx(30 / 61)
    assert ladder[0.5].pages_per_month == 0
    assert found.proposed == 0.999
    assert "it would have paged 0.5 times a month" in found.text


def test_a_series_that_counts_what_is_good() -> None:
    bad = history(3, 0.05)
    good = [Tally(tally.start, tally.n, tally.n - tally.total) for tally in bad]
    kept = propose("shop", Indicator(signal="quality:up", counts_good=True), good)
    assert kept.ladder == propose("shop", SHARE, bad).ladder
    assert kept.proposed == 0.9


@pytest.mark.parametrize("tallies", [[], history(1, 0.01)], ids=["none", "a day"])
def test_too_little_history(tallies: list[Tally]) -> None:
    found = propose("shop", SHARE, tallies)
    assert (found.proposed, found.ladder) == (None, ())
    assert "too few" in found.text


def test_nothing_met_and_everything_met() -> None:
    assert "No target was met" in propose("shop", SHARE, history(3, 0.7)).text
    perfect = propose("shop", SHARE, history(3, 0.0, per_step=10_000))
    assert perfect.proposed == perfect.ladder[-1].objective
    assert perfect.text == "99.999 % was met in every 1 d of 3 days."
