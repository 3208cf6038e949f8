"""Targets proposed from history: what was met, and what the next nine would cost."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeAlias

import numpy as np
import numpy.typing as npt
from msgspec.structs import replace

from aright.core.detect.slo import needed_evidence
from aright.core.model.probability import percent
from aright.core.model.slo import RULES, Proposal, Rung, span_text
from aright.core.model.times import DAY, HOUR, MINUTE
from aright.core.stats.wilson import Z_95

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aright.core.model.slo import BurnRule, Indicator, Tally
    from aright.core.model.times import Micros

FloatArray: TypeAlias = npt.NDArray[np.float64]
BoolArray: TypeAlias = npt.NDArray[np.bool_]

STEP: Final = 5 * MINUTE
"""The step of the tallies that a proposal is made from: the shortest window of the rules."""

LADDER: Final = (0.5, 0.8, 0.9, 0.95, 0.98, 0.99, 0.995, 0.998, 0.999, 0.9995, 0.9999, 0.99999)
_WINDOWS: Final = (30 * DAY, 7 * DAY, DAY)
_STRIDE: Final = HOUR // STEP
_LOOKS_A_MONTH: Final = 2 * 86_400
_FEWEST: Final = 10


def propose(service: str, indicator: Indicator, tallies: Sequence[Tally]) -> Proposal:
    """Return the tightest target that history bears out.

    A target is proposed where the lower 95 % limit of every rolling window was at or above it. The windows
    are of 30 days where there are two of them, else of 7 days or of one; with less nothing is proposed.

    Args:
        service: whose.
        indicator: what is good; of units, not of slices of time.
        tallies: its series, in steps of ``STEP``.

    >>> from aright.core.model.slo import Indicator, Tally
    >>> day = [Tally(STEP * step, 200, 2) for step in range(3 * 288)]
    >>> found = propose("shop", Indicator(signal="error_share"), day)
    >>> found.proposed
    0.98
    >>> found.text.partition(". ")[0]
    '98 % was met in every 1 d of 3 days'
    """
    counts, bad = _grid(tallies, counts_good=indicator.counts_good)
    days = len(counts) * STEP / DAY
    window = next((length for length in _WINDOWS if days * DAY >= 2 * length), 0)
    total = float(counts.sum())
    good = 1 - float(bad.sum()) / total if total else 0.0
    nothing = Proposal(
        service=service,
        signal=indicator.signal,
        window=0,
        days=days,
        n=total,
        good=good,
        proposed=None,
        text="",
        ladder=(),
    )
    if not window or not total:
        text = f"{days:.1f} days of history are too few: ask again after two days."
        return replace(nothing, text=text)
    low = _lower_limits(counts, bad, window)
    ladder = tuple(_rung(objective, counts, bad, low, days) for objective in LADDER)
    met = [rung.objective for rung in ladder if rung.met == 1]
    proposed = max(met, default=None)
    text = _told(proposed, ladder, window, days)
    return replace(nothing, window=window, proposed=proposed, text=text, ladder=ladder)


def burning(
    counts: FloatArray, bad: FloatArray, rule: BurnRule, budget: float, *, needed: float
) -> BoolArray:
    """Return at the end of which steps a rule held: the arithmetic of ``SloWatch.held`` for whole arrays.

    Args:
        counts: units of each step of ``STEP``, shape (k,).
        bad: bad ones of them.
        rule: which.
        budget: the share that may be bad.
        needed: the log evidence it takes.
    """
    held = np.ones(len(counts), dtype=np.bool_)
    for length in (rule.long, rule.short):
        n, wrong = _rolling(counts, length), _rolling(bad, length)
        held &= wrong >= rule.rate * budget * n
    n, wrong = _rolling(counts, rule.long), _rolling(bad, rule.long)
    return held & (n >= _FEWEST) & (wrong >= 2) & (_evidence(n, wrong, budget) >= needed)


def _rung(objective: float, counts: FloatArray, bad: FloatArray, low: FloatArray, days: float) -> Rung:
    needed = needed_evidence(looks=_LOOKS_A_MONTH, allowed=1)
    budget = 1 - objective
    held = np.zeros(len(counts), dtype=np.bool_)
    for rule in RULES:
        if rule.page:
            held |= burning(counts, bad, rule, budget, needed=needed)
    return Rung(
        objective=objective,
        met=float((low >= objective).mean()),
        bad_per_day=float(bad.sum()) / days,
        allowed_per_day=budget * float(counts.sum()) / days,
        pages_per_month=_risings(held) * 30 / days,
    )


def _risings(held: BoolArray) -> int:
    """Return how many times a rule began to hold; within an hour of the last time it is the same incident."""
    (at,) = np.nonzero(held)
    return int(at.size > 0) + int((np.diff(at) > _STRIDE).sum())


def _lower_limits(counts: FloatArray, bad: FloatArray, window: Micros) -> FloatArray:
    """Return Wilson's lower limit of the good share of each rolling window, an hour apart."""
    first = window // STEP - 1
    n, wrong = _rolling(counts, window)[first::_STRIDE], _rolling(bad, window)[first::_STRIDE]
    seen = n > 0
    n, share = n[seen], 1 - wrong[seen] / n[seen]
    square = Z_95 * Z_95
    spread = Z_95 * np.sqrt(share * (1 - share) / n + square / (4 * n * n))
    limits: FloatArray = (share + square / (2 * n) - spread) / (1 + square / n)
    return limits


def _rolling(values: FloatArray, length: Micros) -> FloatArray:
    whole = np.concatenate(([0.0], np.cumsum(values)))
    steps = max(1, length // STEP)
    ends = np.arange(1, len(values) + 1)
    sums: FloatArray = whole[ends] - whole[np.maximum(ends - steps, 0)]
    return sums


def _evidence(n: FloatArray, wrong: FloatArray, limit: float) -> FloatArray:
    share = np.divide(wrong, n, out=np.zeros_like(n), where=n > 0)
    with np.errstate(divide="ignore", invalid="ignore"):
        above = np.where(share > 0, share * np.log(share / limit), 0.0)
        below = np.where(share < 1, (1 - share) * np.log((1 - share) / (1 - limit)), 0.0)
    return np.where(share > limit, n * (above + below), 0.0)


def _grid(tallies: Sequence[Tally], *, counts_good: bool) -> tuple[FloatArray, FloatArray]:
    if not tallies:
        return np.zeros(0), np.zeros(0)
    starts = np.array([tally.start for tally in tallies], dtype=np.int64) // STEP
    first = int(starts.min())
    size = int(starts.max()) - first + 1
    n = np.array([tally.n for tally in tallies])
    total = np.array([tally.total for tally in tallies])
    wrong = np.clip(n - total if counts_good else total, 0.0, n)
    units: FloatArray = np.bincount(starts - first, n, size).astype(np.float64)
    return units, np.bincount(starts - first, wrong, size).astype(np.float64)


def _told(proposed: float | None, ladder: tuple[Rung, ...], window: Micros, days: float) -> str:
    above = [rung for rung in ladder if proposed is None or rung.objective > proposed]
    every = f"every {span_text(window)} of {days:.0f} days"
    said = (
        f"{_nines(proposed)} was met in {every}."
        if proposed is not None
        else f"No target was met in {every}."
    )
    if not above:
        return said
    rung = above[0]
    said += (
        f" {_nines(rung.objective)}: met in {percent(rung.met)} of them with 95 % confidence;"
        f" the bad ones must fall from {rung.bad_per_day:,.0f} to {rung.allowed_per_day:,.0f} a day"
    )
    if rung.pages_per_month >= 0.1:
        said += f", and it would have paged {rung.pages_per_month:.1f} times a month"
    return said


def _nines(objective: float) -> str:
    return f"{100 * objective:.7g} %"
