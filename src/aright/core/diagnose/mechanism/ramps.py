"""Since when a metric grows: a line that is level until a moment and rises from then on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    from aright.core.model.times import Micros

    Floats = npt.NDArray[np.float64]

BLOCKS: Final = 240
"""Medians that a series is reduced to; what is finer changes no onset that matters."""

FEWEST: Final = 20
"""Points a series must have."""

LEVEL: Final = 4
"""Points it must be level for: what has grown from the first on tells no beginning."""

RISEN: Final = 8
"""Points it must grow for."""

HEIGHT: Final = 8.0
"""Rise in standard deviations of what the line leaves."""

FIT: Final = 0.8
"""Share of the variance that the line explains."""

CERTAIN: Final = 3.84
"""Of the likelihood ratio of two onsets, χ² with one degree of freedom at 95 %."""


@dataclass(frozen=True)
class Ramp:
    """A steady rise.

    Attributes:
        at: when it began (µs, UTC).
        slack: half of the 95 % interval of that (µs), by profile likelihood.
        slope: per second.
    """

    at: Micros
    slack: Micros
    slope: float


def ramp_of(time: npt.NDArray[np.int64], value: Floats) -> Ramp | None:
    """Return since when a series rises steadily up to its peak; ``None`` where it does not, or stepped.

    Args:
        time: µs, sorted, shape (samples,).
        value: the same shape; gaps are fine.

    >>> minutes = np.arange(120) * 60_000_000
    >>> noise = np.random.default_rng(1).normal(0.0, 2.0, 120)
    >>> found = ramp_of(minutes, 200.0 + 3.0 * np.maximum(np.arange(120) - 30, 0) + noise)
    >>> 27 <= found.at // 60_000_000 <= 33
    True
    >>> ramp_of(minutes, np.where(np.arange(120) < 90, 5.0, 50.0) + noise) is None
    True
    """
    known = np.isfinite(value)
    time, value = time[known], value[known]
    if len(value) < FEWEST:
        return None
    time, value = _blocks(time, value)
    end = int(np.argmax(value)) + 1
    time, value = time[:end], value[:end]
    if len(value) < LEVEL + RISEN or not value.std() > 0.0:
        return None
    return _fitted(time, (time - time[0]) / 1e6, value)


def _fitted(time: npt.NDArray[np.int64], seconds: Floats, value: Floats) -> Ramp | None:
    places = np.arange(LEVEL, len(value) - RISEN + 1)
    fits = [_hinge(seconds, value, seconds[at]) for at in places]
    left = np.array([each[0] for each in fits])
    best = int(np.argmin(left))
    slope, at, count = fits[best][1], places[best], len(value)
    spread = float(np.sqrt(left[best] / count))
    total = float(((value - value.mean()) ** 2).sum())
    rise = slope * (seconds[-1] - seconds[at])
    if (
        slope <= 0.0
        or rise < HEIGHT * spread
        or left[best] > (1.0 - FIT) * total
        or left[best] > _step(value)
    ):
        return None
    near = time[places[left <= max(left[best], 1e-12) * np.exp(CERTAIN / count)]]
    return Ramp(at=int(time[at]), slack=int(near[-1] - near[0]) // 2, slope=float(slope))


def _hinge(seconds: Floats, value: Floats, start: float) -> tuple[float, float]:
    """Return the sum of squares left by a line that rises from ``start``, and its slope."""
    run = np.maximum(seconds - start, 0.0)
    centred = run - run.mean()
    slope = float((centred * value).sum() / (centred**2).sum())
    rest = value - value.mean() - slope * centred
    return float((rest**2).sum()), slope


def _step(value: Floats) -> float:
    """Return the sum of squares left by the best step."""
    count = np.arange(1, len(value))
    total = value.cumsum()[:-1]
    above = value.sum() - total
    parted = total**2 / count + above**2 / (len(value) - count)
    return float((value**2).sum() - parted.max())


def _blocks(time: npt.NDArray[np.int64], value: Floats) -> tuple[npt.NDArray[np.int64], Floats]:
    if len(value) <= BLOCKS:
        return time, value
    cuts = np.array_split(np.arange(len(value)), BLOCKS)
    return (
        np.array([int(time[each[0]]) for each in cuts], dtype=np.int64),
        np.array([float(np.median(value[each])) for each in cuts]),
    )
