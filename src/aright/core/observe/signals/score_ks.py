"""Scores against the first: the Kolmogorov–Smirnov distance, and the shares below each edge it is made of.

The distance is the largest difference between the shares of scores up to an edge, now and at first, over the
edges of the bins. It is shown and not judged, because it grows as traffic falls; what is judged is the share
up to each edge, either way, all edges together, which is the same question without that flaw.

Source: N. V. Smirnov, Table for estimating the goodness of fit of empirical distributions, Annals of
Mathematical Statistics 19 (1948).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from aright.core.observe.bins import names_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aright.core.model.cuts import Cut
    from aright.core.observe.signals.values import FloatArray

NAME: Final = "score_ks"
BELOW: Final = "score_below"
COLUMN: Final = "score"


def shares(counts: FloatArray) -> tuple[float, ...]:
    """Return the share of scores in each bin, from counts of which the last is of rows without a score.

    >>> shares(np.array([1.0, 3.0, 2.0]))
    (0.25, 0.75)
    """
    there = counts[:-1]
    return tuple((there / max(float(there.sum()), 1.0)).tolist())


def below(counts: FloatArray, cut: Cut) -> dict[str, tuple[float, float]]:
    """Return by signal (units with a score, those up to an edge).

    >>> from aright.core.model.cuts import Cut
    >>> below(np.array([1.0, 3.0, 2.0]), Cut(edges=(0.5,)))
    {'score_below:0.5': (4.0, 1.0)}
    """
    there = counts[:-1]
    sums = np.cumsum(there)
    texts = [name.rpartition("…")[2].removeprefix("≤") for name in names_of(cut)]
    return {
        f"{BELOW}:{text}": (float(sums[-1]), float(upto))
        for text, upto in zip(texts, sums[:-1].tolist(), strict=False)
    }


def distance(counts: FloatArray, reference: Sequence[float]) -> tuple[float, float]:
    """Return (units with a score, units × distance).

    >>> distance(np.array([3.0, 1.0, 2.0]), (0.25, 0.75))
    (4.0, 2.0)
    """
    there = counts[:-1]
    units = float(there.sum())
    if not units or len(there) != len(reference):
        return 0.0, 0.0
    gap = np.abs(np.cumsum(there) / units - np.cumsum(np.asarray(reference)))
    return units, units * min(float(gap.max()), 1.0)
