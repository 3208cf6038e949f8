"""Exposure: how often each item known at first is in a sample of lists, which two signals are made from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aright.core.observe.signals.values import FloatArray

_FEWEST: Final = 16
_MOST: Final = 256


def exposures(lists: pa.ListArray, catalogue: Sequence[str]) -> FloatArray:
    """Return how often each item of the catalogue is in the lists, shape (items,).

    >>> exposures(pa.array([["a", "new"], ["a", "b"]]), ("a", "b", "c"))
    array([2., 1., 0.])
    """
    places = pc.index_in(pc.list_flatten(lists), value_set=pa.array(catalogue, pa.string()))
    known = np.asarray(places.drop_null(), dtype=np.int64)
    return np.bincount(known, minlength=len(catalogue)).astype(np.float64)


def lists_of(counts: Sequence[int]) -> int:
    """Return from how many lists exposure is to be counted, given how many first windows had; 0 for none.

    A power of two that at least half of the windows have: with the same number in every window the signals
    do not follow traffic.

    >>> lists_of([300, 140, 150]), lists_of([2_000] * 3), lists_of([5, 9, 3]), lists_of([])
    (128, 256, 0, 0)
    """
    usual = int(np.median(counts)) if len(counts) else 0
    return 0 if usual < _FEWEST else min(1 << (usual.bit_length() - 1), _MOST)
