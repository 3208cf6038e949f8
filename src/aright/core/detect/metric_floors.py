"""Floors of a service metric: the least value of each block, and what the rules that judge them share."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, ClassVar, Final, TypeAlias

import numpy as np
import numpy.typing as npt

from aright.core.stats.straightness import bend
from aright.core.stats.theil_sen import Slope, theil_sen

if TYPE_CHECKING:
    from collections.abc import MutableSequence

    from aright.core.detect.series_settings import Verdict

FloatArray: TypeAlias = npt.NDArray[np.float64]

_DEVIATE: Final = 2.0
_CURVED: Final = 0.12


def is_steady(times: FloatArray, floors: FloatArray) -> bool:
    """Return whether floors rise over each half, by Theil and Sen's slope, and on a straight line.

    Args:
        times: of the floors, rising, shape (n,), n ≥ 6.
        floors: shape (n,).

    >>> at = np.arange(24.0)
    >>> is_steady(at, 500 + 2 * at), is_steady(at, 500 + np.sqrt(at)), is_steady(at, 500 + 0 * at)
    (True, False, False)
    """
    half = len(times) // 2
    parts = (slice(None, half), slice(half, None))
    if any(theil_sen(times[part], floors[part], deviate=_DEVIATE).low <= 0 for part in parts):
        return False
    return not bend(floors).share > _CURVED


class FloorDetector(ABC):
    """Gathers the least value of each block, so that a collector's saw-tooth does not show, and judges them.

    A subclass's ``_judge`` is called when a block is full: it sets ``_slope``, to None where there is no
    leak, and the e-value ``_evidence``. Its ``claim`` sets ``_told``, the floor below which the leak has
    ended, so that another can be told. What a subclass sets is written to snapshots, by name.

    Args:
        floors: where times and floors are kept; empty.
    """

    _size: int
    """Values in a block."""
    _weight: ClassVar[float]
    """Values that one e-value stands for."""

    def __init__(self, floors: MutableSequence[tuple[float, float]]) -> None:
        self._floors = floors
        self._time = -math.inf
        self._filled, self._floor, self._floor_at = 0, math.inf, 0.0
        self._slope: Slope | None = None
        self._evidence = 0.0
        self._told = math.inf

    @property
    @abstractmethod
    def ready(self) -> bool:
        """Whether enough has been seen to judge."""

    @property
    def value(self) -> float:
        """The e-value of a leak that has not been told, counted in values; 0 while there is none."""
        if self._slope is None or self.told:
            return 0.0
        return self._weight * self._evidence

    @property
    def told(self) -> bool:
        """Whether a leak has been told, and the floor not fallen since."""
        return not math.isinf(self._told)

    @property
    def slope(self) -> Slope | None:
        """The leak's slope per µs with its interval, while there is a leak."""
        return self._slope

    def update(self, time: float, value: float) -> Verdict | None:
        """Take one value; what is missing, or no later than the one before, is left out."""
        self.weigh(time, value)
        return self.claim() if self.value else None

    def weigh(self, time: float, value: float) -> None:
        """Take one value and tell nothing; what is missing, or no later than one before, is left out."""
        if not (math.isfinite(value) and math.isfinite(time) and time > self._time):
            return
        self._time = time
        if value < self._floor:
            self._floor, self._floor_at = value, time
        self._filled += 1
        if self._filled < self._size:
            return
        self._floors.append((self._floor_at, self._floor))
        self._filled, self._floor = 0, math.inf
        self._judge()
        if self._floors[-1][1] < self._told:
            self._told = math.inf

    @abstractmethod
    def claim(self) -> Verdict | None:
        """Tell the leak; None where there is none."""

    @abstractmethod
    def _judge(self) -> None:
        """Judge the floors, of which the last is new."""

    def _arrays(self) -> tuple[FloatArray, FloatArray]:
        return np.array([at for at, _ in self._floors]), np.array([floor for _, floor in self._floors])
