"""The Jensen–Shannon divergence."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

import numpy as np

from aright.core.stats.equal_mass import equal_mass

if TYPE_CHECKING:
    from aright.core.stats.binned import Binned, Counts, Floats

CELLS: Final = 50


def jensen_shannon(reference: Binned, current: Binned) -> float:
    """Return the Jensen–Shannon divergence in bits, in [0, 1]: 0 for equal shares, 1 for no value in common.

    Cells are fifty quantile ranges of both samples together for numbers, the values for categories. The
    square root is a metric (the "Jensen–Shannon distance" of other tools). NaN where a sample has no value.

    Source: J. Lin, Divergence measures based on the Shannon entropy, IEEE Transactions on Information
    Theory 37 (1991).

    >>> import pyarrow as pa
    >>> from aright.core.profile import profile_column
    >>> jensen_shannon(profile_column(pa.array(["a"])), profile_column(pa.array(["b"])))
    1.0
    """
    if not (reference.valid and current.valid) or reference.ordered != current.ordered:
        return math.nan
    return divergence(*reference.beside(current), ordered=reference.ordered)


def divergence(reference: Counts, current: Counts, *, ordered: bool) -> float:
    """Return the divergence for counts over the same cells (shape (k,)), in order where ``ordered``."""
    one, two = reference, current
    if ordered:
        one, two = equal_mass(one + two, CELLS, one, two)
    p, q = one / one.sum(), two / two.sum()
    middle = (p + q) / 2
    return max(0.0, min(1.0, (_information(p, middle) + _information(q, middle)) / 2))


def _information(p: Floats, q: Floats) -> float:
    """Return the Kullback–Leibler divergence in bits of ``p`` from ``q``, above 0 wherever ``p`` is."""
    seen = np.flatnonzero(p)
    return float((p[seen] * np.log2(p[seen] / q[seen])).sum())
