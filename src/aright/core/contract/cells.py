"""Bounded counts of values: exact while they are few, the frequent and a fair sample of the rest beyond."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING, Final

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

CAPACITY: Final = 256
_HEAVY: Final = 64
_MIX: Final = 0x9E37_79B1
_LOW: Final = 0xFFFF_FFFF
_crc = zlib.crc32


class Cells(msgspec.Struct, frozen=True):
    """How often each value came.

    Attributes:
        n: values counted, those whose count was let go included.
        counts: value → count; all values while ``level`` is 0.
        level: beyond 256 distinct values the 64 most frequent are kept and, of the others, those whose hash
            falls among one in 2^level, so that what is kept does not depend on the order of arrival.
    """

    n: int = 0
    counts: dict[str, int] = {}
    level: int = 0

    @property
    def exact(self) -> bool:
        """Whether every distinct value is in ``counts``."""
        return self.level == 0

    def light(self) -> tuple[int, int]:
        """Return rows and distinct values of the fair sample: those kept for their hash alone."""
        if self.exact:
            return self.n, len(self.counts)
        end = 1 << 32 - self.level
        kept = [
            count
            for value, count in self.counts.items()
            if _crc(value.encode("utf-8", "surrogatepass")) * _MIX & _LOW < end
        ]
        return sum(kept), len(kept)


def cells_of(counts: Mapping[str, int], n: int | None = None, level: int = 0) -> Cells:
    """Return bounded counts.

    >>> cells_of({"a": 2, "b": 1})
    Cells(n=3, counts={'a': 2, 'b': 1}, level=0)
    >>> big = cells_of({f"v{i}": 1 for i in range(2_000)} | {"often": 900})
    >>> big.n, big.counts["often"], len(big.counts) <= 256
    (2900, 900, True)
    """
    total = sum(counts.values()) if n is None else n
    if level == 0 and len(counts) <= CAPACITY:
        return Cells(total, dict(counts))
    heavy = sorted(counts, key=lambda value: (-counts[value], value))[:_HEAVY]
    level = max(level, 1)
    hashes = {value: _crc(value.encode("utf-8", "surrogatepass")) * _MIX & _LOW for value in counts}
    light = [value for value in counts if hashes[value] >> (32 - level) == 0]
    while len(light) > CAPACITY - _HEAVY:
        level += 1
        light = [value for value in light if hashes[value] >> (32 - level) == 0]
    return Cells(total, {value: counts[value] for value in dict.fromkeys((*heavy, *light))}, level)


def merge_cells(parts: Iterable[Cells]) -> Cells:
    """Return the counts of all parts together: exact where all are and few values come together.

    >>> merge_cells([cells_of({"a": 1}), cells_of({"a": 1, "b": 1})]).counts
    {'a': 2, 'b': 1}
    """
    counts: dict[str, int] = {}
    total = level = 0
    for part in parts:
        total, level = total + part.n, max(level, part.level)
        for value, count in part.counts.items():
            counts[value] = counts.get(value, 0) + count
    return cells_of(counts, total, level)
