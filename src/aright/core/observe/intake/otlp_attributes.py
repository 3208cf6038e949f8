"""Attributes of many rows: chosen ones as columns, the rest as one JSON object a row.

Most attributes repeat from row to row, so each is taken apart once, and rows refer to it by a number.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from aright.core.observe.intake.otlp_keys import KEPT_SLOTS, MODEL_SLOT, slot_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aright.core.observe.intake.otlp_body import Codec, Value

Ints = npt.NDArray[np.int32]

MAX_VALUE: Final = 2_000
"""Characters of an attribute's value that are kept."""

MAX_REST: Final = 32_768
"""Bytes of a row's attributes that are kept, as JSON."""

_BEGIN, _END = ord("{"), b"}"


class _Codes(dict[bytes, int]):
    """Numbers given in the order of appearance."""

    def __missing__(self, raw: bytes) -> int:
        code = self[raw] = len(self)
        return code


class Attributes:
    """The attributes of rows.

    Args:
        flat: all attributes as they are encoded, with the codec's mark behind each row's.
        rows: how many rows there are; as many marks are among ``flat``.
        codec: what reads them.
    """

    def __init__(self, flat: Sequence[bytes], rows: int, codec: Codec) -> None:
        self._codec = codec
        known = _Codes({codec.mark: 0})
        self._codes: Ints = np.fromiter(map(known.__getitem__, flat), np.int32, len(flat))
        self._raws = list(known)
        self._ends = np.flatnonzero(self._codes == 0)
        if len(self._ends) != rows:
            raise ValueError(f"{len(self._ends)} marks for {rows} rows")
        self._pairs = codec.pairs(self._raws[1:], MAX_VALUE)
        self._slots = np.concatenate([np.zeros(1, np.int16), self._pairs.slots])
        self._present = {slot for slot in np.unique(self._pairs.slots).tolist() if slot}
        self._slot_of_each = self._slots[self._codes]

    def pick(self, keys: Sequence[str]) -> Ints:
        """Return for each row the number of the first of these attributes that it has, 0 for none."""
        found: Ints = np.zeros(len(self._ends), np.int32)
        for key in reversed(keys):
            slot = slot_of(key)
            if slot in self._present:
                places = np.flatnonzero(self._slot_of_each == slot)
                found[np.searchsorted(self._ends, places)] = self._codes[places]
        return found

    def value(self, code: int) -> Value:
        """Return the value of an attribute by its number."""
        return self._codec.pair(self._raws[code])[1]

    def model_calls(self) -> list[int]:
        """Return the rows that have an attribute of calls to models."""
        if MODEL_SLOT not in self._present:
            return []
        places = np.flatnonzero(self._slot_of_each == MODEL_SLOT)
        return np.unique(np.searchsorted(self._ends, places)).tolist()  # type: ignore[no-any-return]  # of ints

    def of(self, row: int) -> dict[str, Value]:
        """Return all attributes of a row."""
        first = int(self._ends[row - 1]) + 1 if row else 0
        return dict(self._codec.pair(self._raws[code]) for code in self._codes[first : self._ends[row]])

    def rest(self) -> pa.Array:
        """Return the attributes that have no column as JSON objects, null where there is none.

        Values are cut at ``MAX_VALUE`` characters and rows at ``MAX_REST`` bytes; what is beyond is left out.
        """
        members = [_END, *self._pairs.members]
        for code in np.flatnonzero(np.isin(self._slots, list(KEPT_SLOTS))).tolist():
            members[code] = b""
        written = pa.array(members, pa.binary())
        sizes = np.diff(np.frombuffer(written.buffers()[1], np.int32, len(members) + 1)).astype(np.int32)
        codes = self._bounded(sizes, len(members))
        if codes is not self._codes:
            written = pa.array([*members, b""], pa.binary())
        laid = written.take(pa.array(codes))
        offsets = np.frombuffer(laid.buffers()[1], np.int32, len(codes) + 1)
        data = np.frombuffer(laid.buffers()[2], np.uint8).copy()
        ends: Ints = np.concatenate([np.zeros(1, np.int32), offsets[self._ends + 1]])
        given = np.diff(ends) > 1
        data[ends[:-1][given]] = _BEGIN  # where the first member's comma stood
        valid = pa.py_buffer(np.packbits(given, bitorder="little").tobytes())
        buffers = [valid, pa.py_buffer(ends), pa.py_buffer(data)]
        return pa.Array.from_buffers(pa.binary(), len(given), buffers)

    def _bounded(self, sizes: Ints, empty: int) -> Ints:
        """Return the numbers with those beyond a row's bound replaced by ``empty``."""
        laid = np.cumsum(sizes[self._codes], dtype=np.int64)
        ends = laid[self._ends]
        if len(ends) == 0 or int(np.diff(ends, prepend=0).max()) <= MAX_REST:
            return self._codes
        begins = np.concatenate([np.zeros(1, np.int64), ends[:-1]])
        row = np.searchsorted(self._ends, np.arange(len(self._codes)))
        beyond = (laid - begins[row] > MAX_REST) & (self._codes != 0)
        return np.where(beyond, empty, self._codes).astype(np.int32)
