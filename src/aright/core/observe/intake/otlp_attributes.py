"""Attributes of many rows: chosen ones as columns, all as one JSON object a row.

Most attributes are short texts. In protobuf such a one is ``0A n key 12 m 0A k text``, one byte short of the
JSON ``,"key": "text"``: once rows are laid one behind the other with a byte between attributes, what stands
around keys and texts is overwritten in place, over all rows at once. The others are written one by one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from aright.core.observe.intake.otlp_body import member
from aright.core.observe.intake.otlp_keys import MODEL_SLOT, slot_of
from aright.core.observe.intake.otlp_layout import Layout

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aright.core.observe.intake.otlp_body import Codec, Value
    from aright.core.observe.intake.otlp_layout import Bools

Ints: TypeAlias = npt.NDArray[np.int64]

MAX_VALUE: Final = 2_000
"""Characters of an attribute's value that are kept."""

MAX_ATTRIBUTES: Final = 32_768
"""Bytes of a row's attributes that are kept, as JSON."""

_SPACE, _QUOTE, _COLON, _COMMA, _BEGIN, _CLOSE, _ESCAPE = b' ":,{}\\'
_CONTROL: Final = 32
_BEYOND_ASCII: Final = 128


class Attributes:
    """The attributes of rows.

    Args:
        flat: all attributes as they are encoded, with the codec's mark behind each row's.
        rows: how many rows there are; as many marks are among ``flat``.
        codec: what reads them.
    """

    def __init__(self, flat: Sequence[bytes], rows: int, codec: Codec) -> None:
        self._codec = codec
        flat = self._flat = list(flat)
        layout = Layout.of(flat)
        self._sizes = layout.sizes
        self._ends = layout.only(codec.mark)
        if len(self._ends) != rows:
            raise ValueError(f"{len(self._ends)} marks for {rows} rows")
        self._layout = layout
        self._plain = codec.plain(layout)
        self._pairs = _Pairs(codec)
        self._members = _Members(self._pairs)
        self._others = self._other_than(self._plain.texts)
        self._slots = self._plain.slots
        self._slots[self._others.places] = [each.slot for each in self._others.members]
        self._present = set(np.flatnonzero(np.bincount(self._slots)).tolist())

    def pick(self, keys: Sequence[str]) -> Ints:
        """Return for each row the number of the first of these attributes that it has, 0 for none.

        Attributes that are the same have the same number.
        """
        found: Ints = np.zeros(len(self._ends), np.int64)
        for key in reversed(keys):
            slot = slot_of(key)
            if slot in self._present:
                places = np.flatnonzero(self._slots == slot)
                raws = [self._flat[at] for at in places.tolist()]
                numbers = dict(zip(raws, (places + 1).tolist(), strict=True))
                found[np.searchsorted(self._ends, places)] = list(map(numbers.__getitem__, raws))
        return found

    def value(self, number: int) -> Value:
        """Return the value of an attribute by its number."""
        return self._pairs[self._flat[number - 1]][1]

    def model_calls(self) -> list[int]:
        """Return the rows that have an attribute of calls to models."""
        if MODEL_SLOT not in self._present:
            return []
        places = np.flatnonzero(self._slots == MODEL_SLOT)
        rows: list[int] = np.unique(np.searchsorted(self._ends, places)).tolist()
        return rows

    def of(self, row: int) -> dict[str, Value]:
        """Return all attributes of a row."""
        return dict(map(self._pairs.__getitem__, self._of(row)))

    def objects(self) -> pa.Array:
        """Return the rows' attributes as JSON objects, null where there is none.

        Values are cut at ``MAX_VALUE`` characters and rows at ``MAX_ATTRIBUTES`` bytes; what is beyond is
        left out.
        """
        texts = self._plain.texts
        found = self._laid(texts, self._others)
        if found is None:
            texts = texts & ~self._layout.holds_escapes(self._plain.key_ends)
            found = self._laid(texts, self._other_than(texts))
        if found is None or int(np.diff(found.offsets).max(initial=0)) > MAX_ATTRIBUTES:
            return pa.array([self._object(row) for row in range(len(self._ends))], pa.binary())
        given = np.diff(self._ends, prepend=-1) > 1
        valid = pa.py_buffer(np.packbits(given, bitorder="little").tobytes())
        buffers = [valid, pa.py_buffer(found.offsets), pa.py_buffer(found.data)]
        return pa.Array.from_buffers(pa.binary(), len(given), buffers)

    def _other_than(self, texts: Bools) -> _Others:
        """Return the attributes that are no short texts."""
        which = ~texts
        which[self._ends] = False
        places = np.flatnonzero(which)
        return _Others(places, [self._members[self._flat[at]] for at in places.tolist()])

    def _of(self, row: int) -> list[bytes]:
        first = int(self._ends[row - 1]) + 1 if row else 0
        return self._flat[first : int(self._ends[row])]

    def _laid(self, texts: Bools, others: _Others) -> _Laid | None:
        """Return the objects, ``None`` where a text is none that JSON may hold as it is."""
        members = [each.json for each in others.members]
        pieces, sizes = self._flat.copy(), self._sizes.copy()
        for at, piece in zip(others.places.tolist(), members, strict=True):
            pieces[at] = piece
        sizes[others.places] = np.fromiter(map(len, members), np.int64, len(members))
        data = np.frombuffer(bytearray(b" ").join([b"", *pieces, b""]), np.uint8)
        starts = np.cumsum(sizes + 1) - sizes
        short = np.flatnonzero(texts)
        plain = starts[short]
        middle = plain + self._plain.key_ends[short]
        for place, octet in (
            (plain, _COMMA),
            (plain + 1, _QUOTE),
            (middle, _QUOTE),
            (middle + 1, _COLON),
            (middle + 2, _SPACE),
            (middle + 3, _QUOTE),
            (plain + sizes[short], _QUOTE),
        ):
            data[place] = octet
        data[starts[self._ends]] = _CLOSE
        first = np.append(0, self._ends[:-1] + 1)
        data[starts[first] - 1] = _BEGIN
        data[starts[first[first != self._ends]]] = _SPACE  # where a comma stood
        offsets = np.append(0, starts[self._ends] + 1).astype(np.int32)
        return _Laid(data, offsets) if _is_clean(data, len(plain), b"".join(members)) else None

    def _object(self, row: int) -> bytes | None:
        """Return one row's object, written member by member."""
        written, size = [], 0
        for raw in self._of(row):
            piece = self._members[raw].json
            size += len(piece)
            if size < MAX_ATTRIBUTES:
                written.append(piece)
        return b"{" + b"".join(written)[1:] + b"}" if written else None


class _Pairs(dict[bytes, "tuple[str, Value]"]):
    """Keys and values of attributes by how they are encoded, each read once."""

    def __init__(self, codec: Codec) -> None:
        super().__init__()
        self._codec = codec

    def __missing__(self, raw: bytes) -> tuple[str, Value]:
        found = self[raw] = self._codec.pair(raw)
        return found


class _Member(NamedTuple):
    """An attribute: the slot of its key, and how it is written in a JSON object, behind a comma."""

    slot: int
    json: bytes


class _Members(dict[bytes, _Member]):
    """Attributes by how they are encoded, each written once."""

    def __init__(self, pairs: _Pairs) -> None:
        super().__init__()
        self._pairs = pairs

    def __missing__(self, raw: bytes) -> _Member:
        key, value = self._pairs[raw]
        found = self[raw] = _Member(slot_of(key), member(key, value, MAX_VALUE))
        return found


class _Others(NamedTuple):
    """Attributes that are written one by one, and where they are among all."""

    places: Ints
    members: list[_Member]


class _Laid(NamedTuple):
    data: npt.NDArray[np.uint8]
    offsets: npt.NDArray[np.int32]


def _is_clean(data: npt.NDArray[np.uint8], texts: int, members: bytes) -> bool:
    """Return whether all quotes and escapes were written on purpose, and all else is text."""
    if np.count_nonzero(data == _QUOTE) != 4 * texts + members.count(b'"') or (data < _CONTROL).any():
        return False
    if np.count_nonzero(data == _ESCAPE) != members.count(b"\\"):
        return False
    try:
        if (data >= _BEYOND_ASCII).any():
            bytes(data).decode()
    except UnicodeDecodeError:
        return False
    return True
