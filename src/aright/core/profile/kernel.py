"""The kernel for one column of numbers: one pass in cache-sized blocks, exact, no copy of the column."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from aright.core.profile.bins import LARGEST, RAW_BINS, ZERO, Counts, Floats, sparse
from aright.core.profile.columns import BLOCK, Values, number_parts, values_of
from aright.core.profile.distinct import DistinctCounter, hash_bits
from aright.core.profile.masks import Words, fill, row_masks
from aright.core.profile.numbers import Numbers

if TYPE_CHECKING:
    import pyarrow as pa

    from aright.core.profile.frame import ScaleFrame

_Narrow: TypeAlias = np.ndarray[tuple[int], np.dtype[np.float32]]

_LOOK = 64
_FEW = 4_096
_ROW = 4_096
_ONES = np.ones(_ROW)
_FLOATS = (np.dtype(np.float32), np.dtype(np.float64))


class Scratch:
    """The kernel's buffers, to be used for one column after the other.

    Few of them, so that a block and what is worked out from it stay in the processor's second-level cache.

    Args:
        rows: how many rows a block may have.
    """

    def __init__(self, rows: int) -> None:
        self.narrow = np.empty(rows, np.float32)
        self.centred = np.empty(rows, np.float64)
        self.bins = np.empty(rows, np.int64)  # and, once they are counted, the same room for what follows:
        self.wide = self.bins.view(np.float64)
        self.hashes = self.bins.view(np.uint32)
        self.masks = np.empty(rows + 16, np.uint64)
        self.flags = np.empty(rows, np.bool_)


def profile_numbers(
    array: pa.Array | pa.ChunkedArray, frame: ScaleFrame | None, scratch: Scratch | None = None
) -> Numbers:
    """Return what a column of numbers comes to, binned in ``frame``."""
    kernel = NumberKernel(frame, scratch or Scratch(min(BLOCK, len(array))))
    for part in number_parts(array):
        kernel.add(part)
    return kernel.finish()


class NumberKernel:
    """Adds up blocks of numbers.

    Null slots are filled with a value that the column holds anyway, so that every step runs over the whole
    block without a branch; what the filling adds to the counts and moments is taken off again. Only a block
    with NaN, infinities or numbers beyond float32 takes the slower way through a filtered copy.

    Args:
        frame: in which to bin, or None for the numbers as they are.
        scratch: buffers with room for the longest block.
    """

    def __init__(self, frame: ScaleFrame | None, scratch: Scratch) -> None:
        self._frame = frame
        self._centre = frame.centre if frame else 0.0
        self._scale = frame.scale if frame else 1.0
        self._limit = LARGEST * self._scale
        self._scratch = scratch
        self._counts: Counts = np.zeros(RAW_BINS, np.int64)
        self._invalid = 0
        self._total = 0.0
        self._squares = 0.0
        self._low, self._high = math.inf, -math.inf
        self._distinct = DistinctCounter()
        self._held: np.float32 | np.float64 | None = None

    def add(self, part: pa.Array) -> None:
        """Count one plain part (see ``columns.number_parts``) of at most the scratch's rows."""
        nulls = part.null_count
        if nulls == len(part):
            return
        centred = self._centred(values_of(part))
        if not nulls:
            if not self._add_whole(centred, 0, 0.0):
                self._add_filtered(centred)
            return
        words = np.uint32 if centred.dtype == np.float32 else np.uint64
        masks = row_masks(part, self._scratch.masks.view(words))
        filling = self._filling(centred, masks)
        if filling is not None:
            out = self._scratch.narrow if centred.dtype == np.float32 else self._scratch.centred
            whole = out[: len(part)]
            fill(centred.view(words), masks, int(filling.view(words)), whole.view(words))
            if self._add_whole(whole, nulls, float(filling)):
                return
            centred = whole
        self._add_filtered(centred[masks != 0])

    def finish(self) -> Numbers:
        """Return what was added up."""
        keys, counts = sparse(self._counts)
        return Numbers(
            frame=self._frame,
            keys=keys,
            counts=counts,
            invalid=self._invalid,
            total=self._total,
            squares=self._squares,
            minimum=self._centre + self._low,
            maximum=self._centre + self._high,
            distinct=self._distinct.finish(),
        )

    def _centred(self, values: Values) -> Values:
        """Return the block about the frame's centre in float64; floats without a frame stay as they came."""
        if self._frame is None and values.dtype in _FLOATS:
            return values
        wide = self._scratch.centred[: len(values)]
        if self._centre:
            np.subtract(values, self._centre, out=wide, dtype=np.float64)
        else:
            wide[:] = values
        return wide

    def _filling(self, centred: Values, masks: Words) -> np.float32 | np.float64 | None:
        """Return the number to fill null slots with, None where none is at hand yet.

        The smallest (by magnitude) of the first finite numbers: one that the column holds, so that filling
        adds no distinct value and no extreme; and small, so that taking it off again costs no precision.
        """
        if self._held is None:
            first = centred[np.flatnonzero(masks[:_FEW] != 0)[:_LOOK]]
            first = first[np.isfinite(first)]
            self._held = first[np.argmin(np.abs(first))] if len(first) else None
        return self._held

    def _add_whole(self, centred: Values, nulls: int, filling: float) -> bool:
        """Count a block in which ``nulls`` slots are filled, or return False where some are not finite."""
        low, high = float(centred.min()), float(centred.max())
        if not (-self._limit <= low and high <= self._limit):  # also where they are NaN
            return False
        narrow = self._narrowed(centred)
        minus_zero = self._counts[ZERO]
        self._count(narrow)
        if self._counts[ZERO] != minus_zero:  # minus zero, or next to it
            narrow = np.add(narrow, np.float32(0.0))
        if nulls:
            self._counts[int(np.float32(filling / self._scale).view(np.uint32)) >> 16] -= nulls
        self._add_moments(centred, nulls, filling)
        self._low, self._high = min(self._low, low), max(self._high, high)
        self._add_distinct(narrow)
        return True

    def _add_filtered(self, centred: Values) -> None:
        """Count a block of numbers of which some may be NaN, infinite, or beyond float32."""
        finite = centred[np.isfinite(centred)].astype(np.float64)
        self._invalid += len(centred) - len(finite)
        if not len(finite):
            return
        narrow = (np.clip(finite / self._scale, -LARGEST, LARGEST) + 0.0).astype(np.float32)
        self._count(narrow)
        with np.errstate(over="ignore"):  # numbers beyond 1e154 make an infinite variance, and it says so
            self._add_moments(finite, 0, 0.0)
        self._low = min(self._low, float(finite.min()))
        self._high = max(self._high, float(finite.max()))
        self._add_distinct(narrow)

    def _narrowed(self, centred: Values) -> _Narrow:
        """Return the block as it is binned."""
        if centred.dtype == np.float32:
            return centred
        narrow = self._scratch.narrow[: len(centred)]
        if self._scale == 1.0:
            narrow[:] = centred
        else:
            np.divide(centred, self._scale, out=narrow, casting="same_kind")
        return narrow

    def _count(self, narrow: _Narrow) -> None:
        """Count the block's bins."""
        bins = self._scratch.bins[: len(narrow)]
        np.right_shift(narrow.view(np.uint32), np.uint32(16), out=bins)
        np.add.at(self._counts, bins, 1)  # a fifth faster than bincount, and nothing to add up afterwards

    def _add_moments(self, centred: Values, nulls: int, filling: float) -> None:
        wide: Floats = centred
        if centred.dtype == np.float32:
            wide = self._scratch.wide[: len(centred)]
            wide[:] = centred
        total, squares = _sums(wide)
        self._total += total - nulls * filling
        self._squares += squares - nulls * filling * filling

    def _add_distinct(self, narrow: _Narrow) -> None:
        hashes = hash_bits(narrow.view(np.uint32), out=self._scratch.hashes[: len(narrow)])
        self._distinct.add(hashes, self._scratch.flags[: len(narrow)])


def _sums(wide: Floats) -> tuple[float, float]:
    """Return the sum and the sum of squares.

    In rows short enough for the BLAS not to wake its threads, which would spin.
    """
    even = len(wide) // _ROW * _ROW
    rows = wide[:even].reshape(-1, _ROW)
    total, squares = float(np.vecdot(rows, _ONES).sum()), float(np.vecdot(rows, rows).sum())
    if even < len(wide):
        rest = wide[even:]
        total, squares = total + float(rest.sum()), squares + float(np.vecdot(rest, rest))
    return total, squares
