"""Parts of the traffic that an input singles out by itself: where just their rows are out of the ordinary.

Parts that overlap widely can lose nearly alike while there is little data. An input that went out of the
ordinary in one of them and nowhere else names it without having looked at the loss.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from aright.core.diagnose.features import features_of
from aright.core.diagnose.moves import odd_bins
from aright.core.diagnose.scan import MAX_SHARE

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from aright.core.diagnose.rows import Rows
    from aright.core.diagnose.scan import Part

ALIKE: Final = 0.85
"""Least Jaccard index of a part's rows and those out of the ordinary."""

ENOUGH: Final = 20


def aligned(rows: Rows) -> frozenset[Part]:
    """Return the parts (single values) whose current rows are those with an input out of the ordinary.

    Rows from before the input went so are not held against a part.
    """
    everyone = np.ones(len(rows), dtype=np.bool_)
    found: set[Part] = set()
    for feature in features_of(rows, everyone):
        odd = odd_bins(feature, rows, everyone)
        hit = rows.now & np.isin(feature.codes, odd)
        if int(hit.sum()) >= ENOUGH:
            found |= _parts(rows, hit)
    return frozenset(found)


def _parts(rows: Rows, hit: NDArray[np.bool_]) -> set[Part]:
    since = rows.now & (rows.time >= np.quantile(rows.time[hit], 0.05))
    late = hit & since
    found: set[Part] = set()
    for index, attribute in enumerate(rows.attributes):
        size = len(attribute.values) + 1
        both = np.bincount(attribute.codes[late], minlength=size)
        served = np.bincount(attribute.codes[since], minlength=size)
        jaccard = both / np.maximum(served + int(late.sum()) - both, 1)
        named = (jaccard >= ALIKE) & (served <= MAX_SHARE * int(since.sum()))
        found |= {((index, int(code)),) for code in np.flatnonzero(named[:-1])}
    return found
