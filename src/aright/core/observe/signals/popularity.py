"""Popularity: mean percentile of the items shown, by how often each was shown at first.

A fallback to best sellers raises it. The frequencies are frozen, so that the measure does not follow what it
measures; items that came later have no percentile and do not count.

Source: H. Abdollahpouri, R. Burke, B. Mobasher, Managing popularity bias in recommender systems with
personalized re-ranking, FLAIRS 2019 (average recommendation popularity), with percentiles so that it stays in
[0, 1].
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

if TYPE_CHECKING:
    from aright.core.model.cuts import Cuts
    from aright.core.observe.signals.values import FloatArray

NAME: Final = "popularity"
MOST_ITEMS: Final = 50_000
"""Items whose popularity is known: those shown most."""


def learn(rows: pa.Table) -> tuple[tuple[str, ...], tuple[float, ...]]:
    """Return the items shown, the least shown first, and the percentile of each.

    >>> learn(pa.table({"items": [["a", "b"], ["a"], ["a", "c"]]}))
    (('b', 'c', 'a'), (0.5, 0.5, 1.0))
    """
    if "items" not in rows.column_names:
        return (), ()
    counted = pc.value_counts(pc.list_flatten(rows["items"]).drop_null())
    names = counted.field("values").to_pylist()
    counts = np.asarray(counted.field("counts"), dtype=np.int64)
    order = sorted(range(len(names)), key=lambda at: (int(counts[at]), names[at]))[-MOST_ITEMS:]
    shown = counts[order]
    middle = (
        np.searchsorted(shown, shown, side="left") + np.searchsorted(shown, shown, side="right") + 1
    ) / 2
    ranks = middle / max(len(order), 1)
    return tuple(names[at] for at in order), tuple(float(rank) for rank in ranks)


def values(rows: pa.Table, cuts: Cuts | None) -> FloatArray | None:
    """Return each row's mean percentile over the items that have one, NaN without any."""
    if cuts is None or not cuts.items or "items" not in rows.column_names:
        return None
    lists = rows["items"].combine_chunks()
    parents = np.asarray(pc.list_parent_indices(lists), dtype=np.int64)
    found = np.asarray(
        pc.fill_null(pc.index_in(pc.list_flatten(lists), value_set=pa.array(cuts.items, pa.string())), -1),
        dtype=np.int64,
    )
    known = found >= 0
    count = np.bincount(parents[known], minlength=rows.num_rows)
    total = np.bincount(parents[known], np.asarray(cuts.ranks)[found[known]], minlength=rows.num_rows)
    return np.where(count > 0, total / np.maximum(count, 1), np.nan)
