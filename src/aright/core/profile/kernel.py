"""The kernel for one column of numbers: one pass in cache-sized blocks, exact, no copy of the column."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from aright.core.profile.bins import LARGEST, RAW_BINS, ZERO, Floats, invalid_count, ordered
from aright.core.profile.columns import BLOCK, Values, number_parts, values_of
from aright.core.profile.distinct import Distinct, hash_bits
from aright.core.profile.numbers import Numbers

if TYPE_CHECKING:
    import pyarrow as pa

    from aright.core.profile.frame import ScaleFrame

_LOOK = 64
_ROW = 4_096


def profile_numbers(array: pa.Array | pa.ChunkedArray, frame: ScaleFrame | None) -> Numbers:
    """Return what a column of numbers comes to, binned in ``frame``."""
    kernel = NumberKernel(frame)
    for part in number_parts(array):
        kernel.add(part)
    return kernel.finish()


class NumberKernel:
    """Adds up blocks of numbers.

    Null slots are filled with a value that the block holds anyway, so that every step runs over the whole
    block without a branch; what the filling adds to the counts and moments is taken off again. Only a block
    with NaN, infinities or numbers beyond float32 takes the slower way through a filtered copy.

    Args:
        frame: in which to bin, or None for the numbers as they are.
    """

    def __init__(self, frame: ScaleFrame | None) -> None:
        self._frame = frame
        self._centre = frame.centre if frame else 0.0
        self._counts = np.zeros(RAW_BINS, np.int64)
        self._invalid = 0
        self._total = 0.0
        self._squares = 0.0
        self._low, self._high = math.inf, -math.inf
        self._distinct = Distinct()
        self._narrow = np.empty(BLOCK, np.float32)
        self._wide = np.empty(BLOCK, np.float64)
        self._bins = np.empty(BLOCK, np.int64)
        self._hashes = np.empty(BLOCK, np.uint32)

    def add(self, part: pa.Array) -> None:
        """Count one plain part (see ``columns.number_parts``) of at most ``BLOCK`` rows."""
        nulls = part.null_count
        if nulls == len(part):
            return
        filling = _filling(part) if nulls else None
        if nulls and filling is None:
            whole = False
        else:
            filled = values_of(part if filling is None else part.fill_null(filling))
            offset = 0.0 if filling is None else float(filling.as_py()) - self._centre
            whole = self._add_whole(self._centred(filled), nulls, offset)
        if not whole:
            self._add_filtered(self._centred(values_of(part.drop_null())))

    def finish(self) -> Numbers:
        """Return what was added up."""
        counts = ordered(self._counts)
        used = np.flatnonzero(counts)
        return Numbers(
            frame=self._frame,
            keys=used.astype(np.uint16),
            counts=counts[used],
            invalid=self._invalid,
            total=self._total,
            squares=self._squares,
            minimum=self._centre + self._low,
            maximum=self._centre + self._high,
            distinct=self._distinct,
        )

    def _centred(self, values: Values) -> Values:
        """Return the block about the frame's centre in float64; float32 without a frame stays as it came."""
        if self._frame is None and values.dtype == np.float32:
            return values
        wide = self._wide[: len(values)]
        wide[:] = values
        if self._centre:
            wide -= self._centre
        return wide

    def _add_whole(self, centred: Values, nulls: int, fill: float) -> bool:
        """Count a block in which ``nulls`` slots hold ``fill``, or return False where some are not finite."""
        narrow = self._narrowed(centred)
        counts = self._histogram(narrow)
        if invalid_count(counts):
            return False
        if counts[ZERO]:  # minus zero, or next to it
            narrow = np.add(narrow, np.float32(0.0))
        self._counts += counts
        if nulls:
            slot = np.float32(fill if self._frame is None else fill / self._frame.scale) + np.float32(0.0)
            self._counts[int(slot.view(np.uint32)) >> 16] -= nulls
        self._add_moments(centred, nulls, fill)
        self._low = min(self._low, float(centred.min()))
        self._high = max(self._high, float(centred.max()))
        self._add_distinct(narrow)
        return True

    def _add_filtered(self, centred: Values) -> None:
        """Count a block of numbers of which some may be NaN, infinite, or beyond float32."""
        finite = centred[np.isfinite(centred)].astype(np.float64)
        self._invalid += len(centred) - len(finite)
        if not len(finite):
            return
        scale = self._frame.scale if self._frame else 1.0
        narrow = (np.clip(finite / scale, -LARGEST, LARGEST) + 0.0).astype(np.float32)
        self._counts += self._histogram(narrow)
        self._add_moments(finite, 0, 0.0)
        self._low = min(self._low, float(finite.min()))
        self._high = max(self._high, float(finite.max()))
        self._add_distinct(narrow)

    def _narrowed(self, centred: Values) -> np.ndarray[tuple[int], np.dtype[np.float32]]:
        if centred.dtype == np.float32:
            return centred
        narrow = self._narrow[: len(centred)]
        with np.errstate(over="ignore"):  # what overflows is found as infinite and counted the slower way
            if self._frame is not None and self._frame.scale != 1.0:
                np.divide(centred, self._frame.scale, out=narrow, casting="same_kind")
            else:
                narrow[:] = centred
        return narrow

    def _histogram(
        self, narrow: np.ndarray[tuple[int], np.dtype[np.float32]]
    ) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
        bins = self._bins[: len(narrow)]
        np.right_shift(narrow.view(np.uint32), np.uint32(16), out=bins)
        return np.bincount(bins, minlength=RAW_BINS)

    def _add_moments(self, centred: Values, nulls: int, fill: float) -> None:
        wide: Floats = self._wide[: len(centred)] if centred.dtype == np.float32 else centred
        if centred.dtype == np.float32:
            wide[:] = centred
        with np.errstate(over="ignore"):  # numbers beyond 1e154 make an infinite variance, and it says so
            self._total += float(wide.sum()) - nulls * fill
            self._squares += _sum_of_squares(wide) - nulls * fill * fill

    def _add_distinct(self, narrow: np.ndarray[tuple[int], np.dtype[np.float32]]) -> None:
        hashes = hash_bits(narrow.view(np.uint32), out=self._hashes[: len(narrow)])
        self._distinct = self._distinct.add(hashes)


def _filling(part: pa.Array) -> pa.Scalar | None:
    """Return the smallest (by magnitude) of the part's first finite numbers, None where it begins with none.

    A small one, so that taking its share off the moments again costs no precision.
    """
    first = part.slice(0, _LOOK).drop_null()
    sizes = np.abs(values_of(first).astype(np.float64))
    sizes[~np.isfinite(sizes)] = math.inf
    return first[int(sizes.argmin())] if len(first) and math.isfinite(sizes.min()) else None


def _sum_of_squares(wide: Floats) -> float:
    """Return the sum of squares in rows short enough for the BLAS not to wake its threads, which spin."""
    even = len(wide) // _ROW * _ROW
    rows = wide[:even].reshape(-1, _ROW)
    return float(np.vecdot(rows, rows).sum()) + float(np.vecdot(wide[even:], wide[even:]))
