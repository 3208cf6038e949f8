"""Curves of a run: what a metric came to step by step, in few enough points to be kept and drawn."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final, TypeAlias

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

MOST_POINTS: Final = 200
"""Points of one curve that are kept."""

MOST_CURVES: Final = 20
"""Curves of one run that are kept."""

Points: TypeAlias = "Sequence[tuple[int, float]]"


class Curve(msgspec.Struct, frozen=True, kw_only=True):
    """A metric over the steps of a run; all values are finite.

    Attributes:
        steps: rising, at most ``MOST_POINTS``.
        values: one per step.
        last: the last step that was logged, whatever its value.
        broken: the first step whose value was no finite number; ``None`` where there was none.
    """

    steps: tuple[int, ...]
    values: tuple[float, ...]
    last: int
    broken: int | None = None


class CurvePair(msgspec.Struct, frozen=True, kw_only=True):
    """A metric's curve of a run and of the one that it is held against, as a finding shows them.

    Attributes:
        name: the metric's.
        before: the baseline's.
        now: the run's.
        parted: the step at which they part; ``None`` where they do not.
    """

    name: str
    before: Curve
    now: Curve
    parted: int | None = None


def curve_of(points: Iterable[tuple[int, float]], most: int = MOST_POINTS) -> Curve | None:
    """Return the curve through logged values, ``None`` where there are none.

    Of several values of a step the last counts. A curve of too many points keeps its ends and, of each
    stretch, its lowest and its highest point.

    Args:
        points: step and value, in any order; values may be anything that a float can be.
        most: points that are kept, 4 at least.

    >>> curve_of([(0, 3.0), (2, float("nan")), (1, 2.0)])
    Curve(steps=(0, 1), values=(3.0, 2.0), last=2, broken=2)
    """
    known = sorted(dict(points).items())
    if not known:
        return None
    broken = next((step for step, value in known if not math.isfinite(value)), None)
    kept = thinned([each for each in known if math.isfinite(each[1])], most)
    return Curve(
        steps=tuple(step for step, _ in kept),
        values=tuple(float(value) for _, value in kept),
        last=known[-1][0],
        broken=broken,
    )


def thinned(points: Points, most: int) -> Points:
    """Return at most ``most`` of the points, with the ends and the extremes of each stretch.

    >>> thinned([(step, float(step == 50)) for step in range(100)], 6)
    [(0, 0.0), (1, 0.0), (50, 1.0), (51, 0.0), (99, 0.0)]
    """
    if len(points) <= most:
        return points
    inner = range(1, len(points) - 1)
    stretches = (most - 2) // 2
    kept = {0, len(points) - 1}
    for at in range(stretches):
        stretch = inner[at * len(inner) // stretches : (at + 1) * len(inner) // stretches]
        kept.add(min(stretch, key=lambda index: points[index][1]))
        kept.add(max(stretch, key=lambda index: points[index][1]))
    return [points[index] for index in sorted(kept)]


def drawn(curve: Curve, most: int) -> Curve:
    """Return the curve with fewer points, for pictures."""
    points = thinned(list(zip(curve.steps, curve.values, strict=True)), most)
    return msgspec.structs.replace(
        curve, steps=tuple(step for step, _ in points), values=tuple(value for _, value in points)
    )
