"""Burn rates against hand-computed and simulated series, and how often few failures page."""

from __future__ import annotations

from math import comb, exp, log
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aright.core.detect.slo import SloWatch, needed_evidence
from aright.core.detect.slo_alerts import alert_of
from aright.core.detect.slo_spans import Span, Sums
from aright.core.detect.slo_targets import burning
from aright.core.model.slo import RULES, Burning, BurnRule, Indicator, Slo, Tally
from aright.core.model.times import DAY, HOUR, MINUTE
from aright.core.stats.binomial_limit import upper_limit
from aright.core.stats.tail_bound import log_evidence

if TYPE_CHECKING:
    from aright.core.detect.slo import Held

WIDTH = 30_000_000
A_MONTH = 86_400
NEEDED = needed_evidence(looks=2 * A_MONTH, allowed=1)


def slo(objective: float = 0.99, **more: object) -> Slo:
    told = {"indicator": Indicator(signal="error_share"), **more}
    return Slo(key="fine", service="shop", objective=objective, **told)  # type: ignore[arg-type]  # of any field


def watch(promise: Slo, needed: float = NEEDED) -> SloWatch:
    return SloWatch(promise, WIDTH, page_evidence=needed, ticket_evidence=needed)


def test_burn_rates_by_hand() -> None:
    found = watch(slo(0.995))
    for window in range(12 * 60 * 2):  # twelve hours, 100 units a window
        bad = 10 if window >= 12 * 60 * 2 - 20 else 0.1  # ten in a hundred for the last ten minutes
        found.add(Tally(window * WIDTH, 100, bad), WIDTH)
    end = 12 * HOUR
    rates = {burn.span: (burn.n, burn.rate) for burn in found.burns(end)}
    expected = {
        5 * MINUTE: (1_000, 0.1 / 0.005),
        30 * MINUTE: (6_000, (20 * 10 + 40 * 0.1) / 6_000 / 0.005),
        HOUR: (12_000, (20 * 10 + 100 * 0.1) / 12_000 / 0.005),
        6 * HOUR: (72_000, (20 * 10 + 700 * 0.1) / 72_000 / 0.005),
    }
    for span, (n, rate) in expected.items():
        assert rates[span][0] == n
        assert rates[span][1] == pytest.approx(rate)
    assert rates[3 * DAY][0] == 144_000
    assert list(rates) == sorted(rates)
    standing = found.standing(end, Burning(key="fine", service="shop"))
    assert standing.n == 144_000
    assert standing.bad == pytest.approx(20 * 10 + 1_420 * 0.1)
    assert standing.budget_left == pytest.approx(1 - (342 / 144_000) / 0.005)
    assert standing.counted == 144_000


@pytest.mark.parametrize(
    ("share", "minutes", "page", "ticket"),
    [
        (0.15, 65, 14.4, None),
        (0.07, 60 * 7, 6, 3),
        (0.04, 60 * 30, None, 3),
        (0.012, 60 * 80, None, 1),
        (0.009, 60 * 80, None, None),
    ],
)
def test_each_rule_holds_from_its_rate_on(
    share: float, minutes: int, page: float | None, ticket: float | None
) -> None:
    found = watch(slo(0.99))
    for minute in range(minutes):
        found.add(Tally(minute * MINUTE, 1_000, 1_000 * share), MINUTE)

    def rate(held: Held | None) -> float | None:
        return held.rule.rate if held else None

    end = minutes * MINUTE
    assert rate(found.held(end, page=True)) == page
    assert rate(found.held(end, page=False)) == ticket


def test_both_windows_must_burn() -> None:
    found = watch(slo(0.99))
    for window in range(120):
        found.add(Tally(window * WIDTH, 100, 60 if window < 60 else 0), WIDTH)
    assert found.held(HOUR, page=True) is None, "it is over: the short window says so"
    sharp = watch(slo(0.99))
    for window in range(720):
        sharp.add(Tally(window * WIDTH, 100, 60 if window >= 715 else 0), WIDTH)
    assert sharp.held(6 * HOUR, page=True) is None, "it has just begun: the long window says so"


def test_an_alert_that_stands_falls_when_both_windows_cool_down() -> None:
    found = watch(slo(0.99))
    for window in range(240):
        found.add(Tally(window * WIDTH, 100, 30 if window >= 120 else 0), WIDTH)
    assert found.goes_on(page=True, burns=found.burns(2 * HOUR))
    for window in range(240, 300):
        found.add(Tally(window * WIDTH, 100, 0), WIDTH)
    assert not found.goes_on(page=True, burns=found.burns(150 * MINUTE))


def test_an_alert_says_how_much_since_when_and_why() -> None:
    found = watch(slo(0.99))
    for window in range(960):
        found.add(Tally(window * WIDTH, 100, 40 if window >= 900 else 0.2), WIDTH)
    held = found.held(8 * HOUR, page=True)
    assert held is not None
    alert = alert_of(found, held, end=8 * HOUR, now=8 * HOUR + 5)
    assert (alert.key, alert.signal, alert.harm) == ("shop/slo/fine/page", "error_share", True)
    assert (alert.since, alert.at, alert.units) == (900 * WIDTH, 8 * HOUR + 5, 6_000)
    assert alert.before == pytest.approx(0.002)
    assert alert.now == pytest.approx(0.4)
    assert alert.low < 0.4 < alert.high
    assert alert.log_e > alert.threshold == NEEDED
    assert "2,400 of 6,000 users' windows are bad since 07:30:00" in alert.rule
    assert "pages from 14.4" in alert.rule


# Little traffic


def exact_tail(n: int, bad: int, share: float) -> float:
    return sum(comb(n, k) * share**k * (1 - share) ** (n - k) for k in range(bad, n + 1))


@settings(deadline=None, max_examples=200)
@given(st.integers(1, 200), st.data(), st.floats(1e-6, 0.5))
def test_the_evidence_never_overstates_the_binomial_tail(n: int, data: st.DataObject, limit: float) -> None:
    bad = data.draw(st.integers(0, n))
    assert exp(-log_evidence(n, bad, limit)) >= exact_tail(n, bad, limit) * (1 - 1e-9)


@pytest.mark.parametrize("objective", [0.9, 0.99, 0.999, 0.9999, 0.999999])
@pytest.mark.parametrize(("n", "bad"), [(3, 1), (10, 1), (30, 1), (9, 2), (9, 9)])
def test_few_failures_never_alert(objective: float, n: int, bad: int) -> None:
    found = watch(slo(objective))
    found.add(Tally(0, 0.5, 0), WIDTH)
    found.add(Tally(20 * MINUTE, n - 0.5, bad), WIDTH)
    for page in (True, False):
        assert found.held(21 * MINUTE, page=page) is None


def test_little_traffic_pages_no_more_often_than_promised() -> None:
    """Users fail just as often as the budget allows: 24 users an hour, a year of it."""
    rng, pages, naive = np.random.default_rng(8), 0, 0
    for _ in range(12):
        counts = rng.poisson(2, 12 * 24 * 30).astype(float)
        bad = rng.binomial(counts.astype(int), 0.001).astype(float)
        held = [burning(counts, bad, rule, 0.001, needed=NEEDED) for rule in RULES[:2]]
        pages += risings(held[0] | held[1])
        hour, hours_bad = (
            np.convolve(values, np.ones(12), "full")[: len(values)] for values in (counts, bad)
        )
        naive += risings((hours_bad >= 14.4e-3 * hour) & (bad >= 14.4e-3 * counts) & (bad > 0))
    assert pages <= 12, "one a month is accepted"
    assert naive > 150, "the bare rule pages for each user who fails"


def test_little_traffic_that_is_really_broken_pages_within_the_hour() -> None:
    rng = np.random.default_rng(8)
    counts = np.maximum(rng.poisson(2, 12 * 24), 1).astype(float)
    bad = np.where(np.arange(len(counts)) >= 200, counts, 0.0)
    (at,) = np.nonzero(burning(counts, bad, RULES[0], 0.001, needed=NEEDED))
    assert 200 <= at[0] < 212


def risings(held: np.ndarray[tuple[int, ...], np.dtype[np.bool_]]) -> int:
    return int(held[0]) + int((held[1:] & ~held[:-1]).sum())


def test_the_stream_and_the_arrays_agree() -> None:
    rng = np.random.default_rng(4)
    size = 12 * 24
    counts = rng.poisson(60, size).astype(float)
    bad = rng.binomial(counts.astype(int), np.where(np.arange(size) % 100 > 70, 0.3, 0.005)).astype(float)
    rule = BurnRule(long=HOUR, short=5 * MINUTE, rate=14.4, page=True)
    found, held = SloWatch(slo(rules=(rule,)), 5 * MINUTE, page_evidence=NEEDED, ticket_evidence=0), []
    for at in range(size):
        found.add(Tally(at * 5 * MINUTE, counts[at], bad[at]), 5 * MINUTE)
        held.append(found.held((at + 1) * 5 * MINUTE, page=True) is not None)
    arrays = burning(counts, bad, rule, 0.01, needed=NEEDED)
    assert sum(held) > 20
    assert held == arrays.tolist()


# Slices of time


def test_slices_of_time() -> None:
    indicator = Indicator(signal="quality:click", counts_good=True, at_least=0.2, slice=5 * MINUTE)
    promise = slo(0.9, indicator=indicator, rules=(BurnRule(long=HOUR, short=5 * MINUTE, rate=5, page=True),))
    found = watch(promise)
    for window in range(240):
        mean = 0.3 if window < 180 else 0.02
        found.add(Tally(window * WIDTH, 50, 50 * mean), WIDTH)
    standing = found.standing(2 * HOUR, Burning(key="fine", service="shop"))
    assert (standing.n, standing.bad) == (24, 6)
    held = found.held(2 * HOUR, page=True)
    assert held is not None
    assert held.long.units == 6_000
    share = (0.3 + 0.02) / 2  # of the last hour's users, where a fifth was promised
    bound = 6_000 * ((1 - share) * log((1 - share) / 0.8) + share * log(share / 0.2))
    assert held.evidence == pytest.approx(bound)


def test_a_slice_with_few_units_says_nothing_and_noise_is_no_evidence() -> None:
    indicator = Indicator(signal="quality:click", counts_good=True, at_least=0.2, slice=MINUTE)
    rule = BurnRule(long=10 * MINUTE, short=MINUTE, rate=2, page=True)
    found = watch(slo(0.9, indicator=indicator, rules=(rule,)))
    for minute in range(30):
        found.add(Tally(minute * MINUTE, 4, 0), MINUTE)
    assert found.standing(HOUR, Burning(key="fine", service="shop")).good is None
    for minute in range(30, 45):
        found.add(Tally(minute * MINUTE, 12, 2), MINUTE)  # a sixth, of a few: a fifth may well be true
    assert found.burns(45 * MINUTE)[0].rate == pytest.approx(10)
    assert found.held(45 * MINUTE, page=True) is None
    high = watch(
        slo(0.9, indicator=Indicator(signal="error_share", at_most=0.1, slice=MINUTE), rules=(rule,))
    )
    for minute in range(20):
        high.add(Tally(minute * MINUTE, 40, 20), MINUTE)
    assert high.held(20 * MINUTE, page=True) is not None


def test_a_slice_is_closed_by_the_next_one_after_a_silence() -> None:
    indicator = Indicator(signal="error_share", at_most=0.1, slice=5 * MINUTE)
    found = watch(slo(0.9, indicator=indicator))
    found.add(Tally(0, 40, 20), WIDTH)
    assert found.window.sums(DAY).n == 0
    found.add(Tally(HOUR, 40, 0), WIDTH)
    assert found.window.sums(DAY) == Sums(1, 1, 40, 20)


# Spans


@settings(deadline=None, max_examples=60)
@given(
    st.lists(st.tuples(st.integers(0, 400), st.integers(1, 50)), min_size=1, max_size=60),
    st.sampled_from([(100, 10), (60, 30), (10, 10)]),
)
def test_a_span_is_the_sum_of_its_steps(gaps: list[tuple[int, int]], shape: tuple[int, int]) -> None:
    length, step = shape
    span, kept, at = Span(length, step), [], 0
    for gap, n in gaps:
        at += gap
        span.add(at, Sums(n=n))
        kept.append((at // step * step, n))
        end = at + 1
        assert span.sums(end).n == sum(count for start, count in kept if start >= end - length)
    assert len(span) <= length // step + 1


def test_sums_add_to_sums_only() -> None:
    with pytest.raises(TypeError):
        Sums() + (1.0,)  # noqa: RUF005  the addition itself is under test


def test_the_bound_is_not_far_from_the_exact_limit() -> None:
    exact = upper_limit(np.array([2000.0]), np.array([6.0]), delta=1e-3)[0]
    assert log_evidence(2000, 2000 - 6, 1 - exact) == pytest.approx(log(1_000), rel=0.25)
