"""Quantiles from the bins of a profile."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from aright.core.profile.bins import edges

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aright.core.profile.bins import Floats
    from aright.core.profile.profile import Profile


def quantiles(profile: Profile, qs: Sequence[float]) -> Floats:
    """Return the quantiles ``qs`` (each in [0, 1]) in the column's unit; NaN where there is no number.

    Drawn straight through the bin in which each falls, so right to within that bin: 1/128 of the distance
    from the frame's centre (from zero where there is no frame). The extremes are exact.

    >>> import pyarrow as pa
    >>> from aright.core.profile import profile_column
    >>> [round(q) for q in quantiles(profile_column(pa.array(range(101))), [0, 0.5, 1])]
    [0, 50, 100]
    """
    wanted = np.asarray(qs, np.float64)
    if not (wanted >= 0).all() or not (wanted <= 1).all():
        raise ValueError(f"quantiles are asked for by shares from 0 to 1, not {list(qs)}")
    numbers = profile.numbers
    if numbers is None or not len(numbers.counts):
        return np.full(len(wanted), np.nan)
    low, high = edges(numbers.keys, numbers.frame)
    low, high = np.fmax(low, numbers.minimum), np.fmin(high, numbers.maximum)
    ends = np.cumsum(numbers.counts)
    at = wanted * ends[-1]
    place = np.minimum(np.searchsorted(ends, at, side="left"), len(ends) - 1)
    inside = 1 - (ends[place] - at) / numbers.counts[place]
    found: Floats = low[place] + np.clip(inside, 0, 1) * np.maximum(high[place] - low[place], 0)
    return found
