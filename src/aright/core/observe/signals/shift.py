"""Shift of a feature or an output: the share of units in each of a few bins, one stream per bin.

Bins are eighths of the first values, or the most frequent categories, and one for "not there", so the share
of nulls is a stream too. A unit's first row in a window speaks for it. A shift raises at least one bin, so
each bin is watched for rises alone.

Source: the bins of the population stability index, N. Siddiqi, Credit Risk Scorecards (2006), ch. 9.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from aright.core.model.columns import FEATURE
from aright.core.observe.bins import counts_of, names_of

if TYPE_CHECKING:
    import pyarrow as pa

    from aright.core.model.cuts import Cut
    from aright.core.observe.signals.values import FloatArray

OUTPUTS: Final = ("score", "number", "label")
"""Outputs that are watched like features."""


def name_of(column: str, part: str) -> str:
    """Return the signal of one bin of a column.

    >>> name_of("feat.profiles.norm", "none"), name_of("score", ">0.9")
    ('feature:profiles.norm:none', 'score:>0.9')
    """
    name = f"feature:{column[len(FEATURE) :]}" if column.startswith(FEATURE) else column
    return f"{name}:{part}"


def count(rows: pa.Table, column: str, cut: Cut) -> FloatArray:
    """Return how many rows are in each bin; a column that is not there is null in every row.

    >>> import pyarrow as pa
    >>> from aright.core.model.cuts import Cut
    >>> count(pa.table({"feat.age": [1.0, 5.0, None]}), "feat.age", Cut(edges=(2.0,)))
    array([1., 1., 1.])
    """
    bins = len(names_of(cut))
    if column not in rows.column_names:
        counts = np.zeros(bins)
        counts[-1] = rows.num_rows
        return counts
    return counts_of(rows[column], cut).astype(np.float64)
