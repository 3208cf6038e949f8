"""How often 20 features that have not changed raise an alarm, and how often a change is found."""

from __future__ import annotations

from statistics import NormalDist
from typing import TYPE_CHECKING, Final

import numpy as np

from aright.core.detect.columns import compare
from aright.core.stats.holm import holm
from bench.profile_data import NUMBERS, rows
from bench.report import Figure, at_least, at_most

if TYPE_CHECKING:
    import pyarrow as pa

WINDOWS: Final = 500
ALPHA: Final = 0.05
CURRENT: Final = 1_000
MOST_ALARMS: Final = 35
"""Of 500 windows at 5 %: 25 are due, and more than 35 come in 2 % of runs of an exact test."""

MOVED: Final = NUMBERS[0]


def alarm_figures() -> list[Figure]:
    """Return windows with a false alarm, and the power beside that of a z-test on the same windows.

    Every window has a reference of its own: one reference for all of them would decide on all at once.
    """
    random = np.random.default_rng(23)
    figures = []
    for reference in (1_000, 10_000):
        alarms = sum(_found(random, reference, 0.0)[0] for _ in range(WINDOWS))
        name = f"false alarms, {CURRENT:,} against {reference:,} (of {WINDOWS} windows)"
        figures.append(at_most(name, alarms, MOST_ALARMS))
    for shift in (0.1, 0.15):
        ours, z_test = 0, 0
        for _ in range(WINDOWS):
            _, found, z_found = _found(random, 10_000, shift)
            ours, z_test = ours + found, z_test + z_found
        figures += [
            Figure(f"power, one feature moved by {shift:g} sd", ours / WINDOWS),
            Figure(f"power of a Bonferroni z-test, {shift:g} sd", z_test / WINDOWS),
            at_least(f"power, share of the z-test's, {shift:g} sd", ours / max(z_test, 1), 0.85),
        ]
    return figures


def _found(random: np.random.Generator, reference_rows: int, shift: float) -> tuple[bool, bool, bool]:
    """Return for one window: any alarm; an alarm of the moved feature; the z-test's alarm of it."""
    reference, current = rows(random, reference_rows), rows(random, CURRENT, shift=shift)
    names = reference.column_names
    tested = [compare(name, "feature", reference[name], current[name]).result.p_value for name in names]
    corrected = dict(zip(names, holm(tested), strict=True))
    z_alarm = _z_test(reference[MOVED], current[MOVED]) <= ALPHA / len(names)
    return min(corrected.values()) <= ALPHA, corrected[MOVED] <= ALPHA, z_alarm


def _z_test(reference: pa.ChunkedArray, current: pa.ChunkedArray) -> float:
    """Return the p-value of equal means, by the samples' own variances."""
    one, two = (np.asarray(column, np.float64) for column in (reference, current))
    error = float(np.sqrt(one.var(ddof=1) / len(one) + two.var(ddof=1) / len(two)))
    return 2 * NormalDist().cdf(-abs(float(two.mean() - one.mean())) / error)
