"""Ranges of neighbouring intervals as values of their own.

A fault of half of all ages is no interval of an age but several. By pieces it costs several prices, and what
they are in common with others may look the better story; so a search also sums over ranges, one axis at a
time: a second range comes out of joining neighbours afterwards.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from aright.core.diagnose.cube.grid import Element

LENGTH: Final = 8
"""Bits of a code that say where its range begins; those above say how much longer than one it is."""


DEEPEST: Final = 3
"""Conditions of an element with a range: deeper ones are many, and a range is there to be wide."""

TOLL: Final = 3.0
"""Nats that a range costs besides the choice of it: leaving out the one interval where chance was kind to a
part would else be its better story. Odds of 20 to 1, as for any finding."""


def span(code: int) -> tuple[int, int]:
    """Return the first and last interval of a code; a plain code is both.

    >>> span(3), span(ranging(2, 5))
    ((3, 3), (2, 5))
    """
    low = code & (2**LENGTH - 1)
    return low, low + (code >> LENGTH)


def ranging(low: int, high: int) -> int:
    """Return the code of a range."""
    return low | (high - low) << LENGTH


@cache
def bounds(intervals: int) -> tuple[tuple[int, int], ...]:
    """Return every range of more than one interval but not of all.

    >>> bounds(4)
    ((0, 1), (1, 2), (2, 3), (0, 2), (1, 3))
    """
    return tuple((low, low + more) for more in range(1, intervals - 1) for low in range(intervals - more))


def variants(
    kept: Sequence[int], sums: NDArray[np.float64], ordered: Sequence[int]
) -> Iterator[tuple[int, float, NDArray[np.float64]]]:
    """Yield sums over some axes, and those over the ranges of each axis that has any.

    Args:
        kept: the axes.
        sums: stacked along a first axis of their own.
        ordered: how many codes of every axis are neighbouring intervals.

    Yields:
        The axis whose codes are ranges, -1 for none, what naming a range costs (nats), and the sums.

    >>> found = variants((0,), np.array([[1.0, 2.0, 4.0]]), (3,))
    >>> [(axis, round(toll, 2), each.tolist()) for axis, toll, each in found]
    [(-1, 0.0, [[1.0, 2.0, 4.0]]), (0, 3.69, [[3.0, 6.0]])]
    """
    yield -1, 0.0, sums
    for at, axis in enumerate(kept, start=1):
        both = bounds(ordered[axis]) if ordered[axis] and len(kept) <= DEEPEST else ()
        if both:
            upto = np.cumsum(sums, axis=at)
            low, high = np.array(both).T
            found = np.take(upto, high, axis=at)
            begun = low > 0
            before = [slice(None)] * sums.ndim
            before[at] = np.flatnonzero(begun)  # type: ignore[call-overload] # a list of indices is one too
            found[tuple(before)] -= np.take(upto, low[begun] - 1, axis=at)
            yield axis, TOLL + float(np.log(len(both))), found


def element_of(kept: Sequence[int], where: Sequence[int], ranged: int, ordered: Sequence[int]) -> Element:
    """Return the element at a place of some variant.

    >>> element_of((0, 2), (1, 4), 2, (0, 0, 4)) == ((0, 1), (2, ranging(1, 3)))
    True
    """
    return tuple(
        (axis, ranging(*bounds(ordered[axis])[int(at)]) if axis == ranged else int(at))
        for axis, at in zip(kept, where, strict=True)
    )


def places(kept: Sequence[int], element: Element) -> tuple[slice, ...]:
    """Return where an element's sums are among those over some axes; all of them along its ranges.

    >>> places((0, 1), ((0, 3), (1, ranging(1, 2))))
    (slice(3, 4, None), slice(None, None, None))
    """
    plain = {axis: code for axis, code in element if span(code) == (code, code)}
    return tuple(slice(plain[axis], plain[axis] + 1) if axis in plain else slice(None) for axis in kept)
