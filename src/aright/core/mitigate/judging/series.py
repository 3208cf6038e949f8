"""Two time series of one metric: does the experiment differ from the control? For Kayenta's remote judge.

All that is known are values per interval, without how many requests each stands for. So intervals are
paired, and what is asked is on which side the larger value is: where both versions answer the same kind of
requests, each is the larger one as often (sign test, as a bet). It needs no distribution, holds when base
rate and load drift, and may be looked at after every interval. A change that is small but steady is seen
after some ten intervals; how large it is does not matter.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from aright.core.stats.paired_bets import PairedBets

if TYPE_CHECKING:
    from collections.abc import Sequence

FEWEST: Final = 5
"""Intervals that both sides must have."""


class Compared(NamedTuple):
    """What two series come to.

    Attributes:
        classification: ``Pass`` | ``High`` | ``Low`` | ``Nodata``, as Kayenta names them.
        reason: why, in one sentence.
        pairs: intervals in which both have a value.
        ratio: of the medians, experiment to control; 1 where that is not known.
        e_value: against "neither is the larger one more often".
    """

    classification: str
    reason: str
    pairs: int = 0
    ratio: float = 1.0
    e_value: float = 1.0


def compare(
    control: Sequence[float | None],
    experiment: Sequence[float | None],
    *,
    direction: str = "either",
    alpha: float = 0.01,
) -> Compared:
    """Return whether the experiment is higher or lower than the control.

    Args:
        control: values by interval; NaN or ``None`` where there is none.
        experiment: likewise, of the same intervals.
        direction: which change is a failure: ``increase`` | ``decrease`` | ``either``.
        alpha: probability that series that do not differ are told to; halved where either way counts.

    >>> compare([1.0] * 20, [2.0] * 20, direction="increase").classification
    'High'
    >>> compare([1.0] * 20, [2.0] * 20, direction="decrease").classification
    'Pass'
    """
    n = min(len(control), len(experiment))
    old, new = (
        np.array([_value(each) for each in side[:n]], dtype=np.float64) for side in (control, experiment)
    )
    there = np.isfinite(old) & np.isfinite(new)
    if int(there.sum()) < FEWEST:
        return Compared("Nodata", f"Both have values in {int(there.sum())} intervals; {FEWEST} are needed.")
    old, new = old[there], new[there]
    level = alpha / 2 if direction == "either" else alpha
    higher, lower = _larger(new, old), _larger(old, new)
    pairs, ratio = len(old), _ratio(old, new)
    for name, log_e, asked in (("High", higher, "increase"), ("Low", lower, "decrease")):
        if direction in {asked, "either"} and log_e >= -math.log(level):
            side = int((new > old).sum() if name == "High" else (new < old).sum())
            return Compared(
                name,
                f"{'Higher' if name == 'High' else 'Lower'} than the control in {side} of {pairs} intervals.",
                pairs,
                ratio,
                math.exp(min(log_e, 700.0)),
            )
    worst = max(higher if direction != "decrease" else lower, lower if direction == "either" else -math.inf)
    return Compared(
        "Pass", f"No difference is proven in {pairs} intervals.", pairs, ratio, math.exp(min(worst, 700.0))
    )


def _larger(one: np.ndarray, other: np.ndarray) -> float:
    """Return log e against "one is the larger of the two at most as often as the other"."""
    bets = PairedBets(1)
    bets.add(0, (one > other).astype(np.float64), (other > one).astype(np.float64))
    return float(bets.harm()[0])


def _ratio(old: np.ndarray, new: np.ndarray) -> float:
    before, after = float(np.median(old)), float(np.median(new))
    return after / before if before and math.isfinite(after / before) else 1.0


def _value(each: float | None) -> float:
    return math.nan if each is None else float(each)
