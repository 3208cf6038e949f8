"""The population stability index."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

import numpy as np

from aright.core.stats.equal_mass import equal_mass

if TYPE_CHECKING:
    from aright.core.stats.binned import Binned, Counts

CELLS: Final = 10
_ADDED: Final = 0.5


def psi(reference: Binned, current: Binned) -> float:
    """Return the population stability index: the sum over cells of (q - p) ln(q / p).

    Cells are the reference's deciles for numbers, the values for categories. Half a row is added to every
    cell, so that an empty one does not make it infinite. Under 0.1 is commonly read as stable, above 0.25 as
    shifted; but chance alone brings about (cells - 1)(1/n + 1/m), so judge by ``two_sample`` and use this to
    compare with other tools. NaN where a sample has no value.

    Source: N. Siddiqi, Credit Risk Scorecards (2006).

    >>> import pyarrow as pa
    >>> from aright.core.profile import profile_column
    >>> ref = profile_column(pa.array(["a", "b"] * 500))
    >>> cur = profile_column(pa.array(["a"] * 900 + ["b"] * 100))
    >>> round(psi(ref, cur), 2), psi(ref, ref)
    (0.88, 0.0)
    """
    if not (reference.valid and current.valid) or reference.ordered != current.ordered:
        return math.nan
    return stability_index(*reference.beside(current), ordered=reference.ordered)


def stability_index(reference: Counts, current: Counts, *, ordered: bool) -> float:
    """Return the index for counts over the same cells (shape (k,)), in order where ``ordered``."""
    one, two = reference, current
    if ordered:
        one, two = equal_mass(one, CELLS, one, two)
    p = (one + _ADDED) / (one.sum() + _ADDED * len(one))
    q = (two + _ADDED) / (two.sum() + _ADDED * len(two))
    return float(((q - p) * np.log(q / p)).sum())
