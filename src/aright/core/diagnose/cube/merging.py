"""Roots that are neighbouring intervals of one number are one range of it."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING

from aright.core.diagnose.sql import all_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

    from aright.core.diagnose.cube.axes import Axis

Ranges = tuple[tuple[int, int, int], ...]
"""A conjunction: axis, first and last code; the codes between them are neighbouring intervals."""


@dataclass(frozen=True, eq=False)
class Part:
    """One root, as it is told.

    Attributes:
        ranges: its conditions.
        mask: the cells that it has.
        excess: what its cells show beyond what was expected.
        gain: evidence (nats).
        p_value: the chance that noise alone makes any part look so clear.
    """

    ranges: Ranges
    mask: NDArray[np.bool_]
    excess: float
    gain: float
    p_value: float

    def told(self, axes: Sequence[Axis]) -> tuple[tuple[tuple[str, str], ...], str]:
        """Return its conditions as pairs of names and labels, and as SQL text.

        A range of all numbers there are is a condition only where there are rows without a number.
        """
        used = [
            (axes[axis], low, high) for axis, low, high in self.ranges if high - low + 1 < axes[axis].size
        ]
        where = all_of(axis.condition(low, high) for axis, low, high in used)
        return tuple((axis.name, axis.label(low, high)) for axis, low, high in used), where


def merged(parts: Sequence[Part], axes: Sequence[Axis]) -> list[Part]:
    """Return the roots, those that only a bound within one number parts joined: the clearest first.

    Two are joined that have all conditions in common but one, in which they are neighbouring intervals, and
    that deviate the same way.
    """
    found = list(parts)
    while True:
        pair = next(
            (
                (one, other)
                for one, other in combinations(found, 2)
                if _differs(one.ranges, other.ranges, axes) is not None and one.excess * other.excess > 0.0
            ),
            None,
        )
        if pair is None:
            return found
        found[found.index(pair[0])] = _joined(*pair, axes)
        found.remove(pair[1])


def _differs(one: Ranges, other: Ranges, axes: Sequence[Axis]) -> int | None:
    """Return in which condition two are neighbouring intervals and else alike; ``None`` if they are not."""
    if [each[0] for each in one] != [each[0] for each in other]:
        return None
    apart = [at for at, (first, second) in enumerate(zip(one, other, strict=True)) if first != second]
    if len(apart) != 1:
        return None
    (axis, low, high), (_, first, last) = sorted((one[apart[0]], other[apart[0]]))
    del low
    return apart[0] if first == high + 1 and last < axes[axis].ordered else None


def _joined(one: Part, other: Part, axes: Sequence[Axis]) -> Part:
    at = _differs(one.ranges, other.ranges, axes)
    assert at is not None  # noqa: S101 - only such are joined
    (axis, low, _), (_, _, high) = sorted((one.ranges[at], other.ranges[at]))
    ranges = (*one.ranges[:at], (axis, low, high), *one.ranges[at + 1 :])
    return Part(
        ranges,
        one.mask | other.mask,
        one.excess + other.excess,
        one.gain + other.gain,
        min(one.p_value, other.p_value),
    )
