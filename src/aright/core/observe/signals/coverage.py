"""Catalogue coverage: of the items that were shown at first, the share that a sample of lists shows.

The sample has the same number of lists in every window that has enough, so that the measure does not follow
traffic.

Source: M. Ge, C. Delgado-Battenfeld, D. Jannach, Beyond accuracy: evaluating recommender systems by coverage
and serendipity, RecSys 2010.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pyarrow as pa
import pyarrow.compute as pc

if TYPE_CHECKING:
    from collections.abc import Sequence

NAME: Final = "coverage"


def count(lists: pa.ListArray, catalogue: Sequence[str]) -> tuple[int, int]:
    """Return (items of the catalogue, those of them in the lists).

    >>> count(pa.array([["a", "b"], ["a", "new"]]), ["a", "b", "c"])
    (3, 2)
    """
    shown = pc.unique(pc.list_flatten(lists))
    known = pc.index_in(shown, value_set=pa.array(catalogue, pa.string()), skip_nulls=True)
    return len(catalogue), len(known) - known.null_count
