"""Personalisation: 1 − mean cosine similarity between the lists of different users.

When everybody gets the same list it is 0. The mean over all pairs of a sample comes from the sums over items
alone.

Source: C. Longo, Evaluation metrics for recommender systems (2018), as in the library recmetrics; the overlap
of lists as diversity between users is T. Zhou et al., Solving the apparent diversity-accuracy dilemma, PNAS
107 (2010).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow.compute as pc

if TYPE_CHECKING:
    import pyarrow as pa

NAME: Final = "personalisation"


def count(lists: pa.ListArray) -> tuple[int, float]:
    """Return (lists, lists × personalisation); every list is of another unit, and none is empty.

    >>> import pyarrow as pa
    >>> count(pa.array([["a", "b"], ["a", "b"], ["c", "d"]]))
    (3, 2.0)
    """
    many = len(lists)
    if many < 2:
        return 0, 0.0
    items = np.asarray(pc.list_flatten(lists).dictionary_encode().indices.fill_null(-1), dtype=np.int64)
    parents = np.asarray(pc.list_parent_indices(lists), dtype=np.int64)
    pairs = np.unique(np.stack((parents, items), axis=1)[items >= 0], axis=0)
    lengths = np.bincount(pairs[:, 0], minlength=many)
    weights = 1 / np.sqrt(lengths[pairs[:, 0]])
    by_item = np.bincount(pairs[:, 1], weights)
    similarity = (float(by_item @ by_item) - many) / (many * (many - 1))
    return many, many * (1 - min(max(similarity, 0.0), 1.0))
