"""Many encoded attributes seen as one run of bytes, so that all of them are looked at together."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa

if TYPE_CHECKING:
    from collections.abc import Sequence

Bools: TypeAlias = npt.NDArray[np.bool_]
Ints: TypeAlias = npt.NDArray[np.int64]
Octets: TypeAlias = npt.NDArray[np.uint8]
Slots: TypeAlias = npt.NDArray[np.int16]

_ESCAPED: Final = np.ones(256, np.bool_)
_ESCAPED[32:128] = False
_ESCAPED[[34, 92]] = True
"""Bytes that JSON's texts do not have as they are, or that may be no UTF-8."""


class Layout(NamedTuple):
    """Attributes one behind the other.

    Attributes:
        octets: all bytes, and a few zeros behind them.
        starts: where each begins, shape (attributes,).
        sizes: bytes of each, shape (attributes,).
    """

    octets: Octets
    starts: Ints
    sizes: Ints

    @classmethod
    def of(cls, raws: Sequence[bytes]) -> Layout:
        """Return the layout of encoded attributes.

        >>> Layout.of([b"ab", b"", b"c"]).starts.tolist()
        [0, 2, 2]
        """
        array = pa.array(
            [*raws, bytes(8)], pa.binary()
        )  # the zeros may be looked at instead of what is not there
        offsets = np.frombuffer(array.buffers()[1], np.int32, len(raws) + 2).astype(np.int64)
        octets = np.frombuffer(array.buffers()[2], np.uint8, int(offsets[-1]))
        return cls(octets, offsets[:-2], np.diff(offsets[:-1]))

    def only(self, octet: bytes) -> Ints:
        """Return which are this one byte."""
        single = np.flatnonzero(self.sizes == 1)
        found: Ints = single[self.octets[self.starts[single]] == octet[0]]
        return found

    def holds_escapes(self, key_ends: Ints) -> Bools:
        """Return of which texts key or value has a byte that JSON would escape, or one beyond ASCII."""
        marks = np.zeros(len(self.octets) + 1, np.int64)
        np.cumsum(_ESCAPED[self.octets], out=marks[1:])
        key, value, last = self.starts + 2, self.starts + key_ends, len(self.octets)
        in_key = marks[np.minimum(value, last)] - marks[key]
        in_value = marks[self.starts + self.sizes] - marks[np.minimum(value + 4, last)]
        found: Bools = (in_key > 0) | (in_value > 0)
        return found


class Plain(NamedTuple):
    """What is seen of attributes without taking them apart.

    Attributes:
        texts: which are short texts, written as ``Attributes`` says, shape (attributes,).
        key_ends: where their keys end, from their own starts, shape (attributes,).
        slots: numbers of their keys among those that are looked for, 0 for all others, shape (attributes,).
    """

    texts: Bools
    key_ends: Ints
    slots: Slots
