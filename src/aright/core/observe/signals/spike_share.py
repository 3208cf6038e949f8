"""Spikes: the share of values that are exactly one number, which was not frequent at first.

A new default, a cap, an exact length at which texts are cut: each makes one number come again and again. The
number is looked for among half of a sample of units and counted among the other half, so that what is found
by chance counts for nothing, however few units there are; a share that is looked for and counted among the
same rows grows as traffic falls.

Source: sample splitting, D. R. Cox, A note on data-splitting for the evaluation of significance levels,
Biometrika 62 (1975), on the "top value" of data profiling, Z. Abedjan et al., Profiling relational data, VLDB
Journal 24 (2015).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from aright.core.model.columns import FEATURE

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from aright.core.observe.signals.values import FloatArray

NAME: Final = "spike_share"
SCORE: Final = "spike_score"
LENGTH: Final = "length_spike"
TEXT: Final = "text"
"""The column whose values are lengths of texts (characters)."""

UNITS: Final = 1_024
"""Units of a window among which spikes are looked for."""


def name_of(column: str) -> str:
    """Return the signal of a column.

    >>> name_of("feat.profiles.norm"), name_of("score"), name_of("text")
    ('spike_share:profiles.norm', 'spike_score', 'length_spike')
    """
    if column == TEXT:
        return LENGTH
    return f"{NAME}:{column[len(FEATURE) :]}" if column.startswith(FEATURE) else SCORE


def count(values: FloatArray, seeking: npt.NDArray[np.bool_], usual: Sequence[float]) -> tuple[float, float]:
    """Return (units counted, those of them with the number found).

    Args:
        values: one of each unit, NaN where it has none, shape (units,).
        seeking: which units the number is looked for among; the others are counted, shape (units,).
        usual: numbers that were frequent at first.

    >>> values = np.array([7.0, 7.0, 7.0, 7.0, 0.1, 0.2])
    >>> count(values, np.array([True, False] * 3), [])
    (3.0, 2.0)
    """
    counted = values[~seeking]
    units = float(np.count_nonzero(np.isfinite(counted)))
    sought = np.sort(values[seeking])
    again = sought[1:][sought[1:] == sought[:-1]]
    if not again.size or not units:
        return units, 0.0
    found, times = np.unique(again, return_counts=True)
    fresh = np.isfinite(found) & ~np.isin(found, np.asarray(usual, dtype=np.float64))
    if not fresh.any():
        return units, 0.0
    most = found[fresh][np.argmax(times[fresh])]
    return units, float(np.count_nonzero(counted == most))
