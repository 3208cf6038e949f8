"""Grades: values of graded outcomes on one scale from 0 to 1."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeAlias

import numpy as np

from aright.core.observe.signals import quality

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aright.core.observe.signals.values import FloatArray

Scales: TypeAlias = dict[str, tuple[float, float]]


MOST_KINDS: Final = 64
"""Kinds of outcomes that have grades; those of further ones do not count."""


class Grades:
    """Learns each kind's scale from its first values, and scales by it.

    Until then values in [0, 1] count as they are, and a kind that has others does not count.

    >>> grades = Grades({})
    >>> grades.scale("stars", np.array([5.0, 1.0] * 100)).tolist()[:2], grades.scales
    ([1.0, 0.0], {'stars': (1.0, 5.0)})
    """

    def __init__(self, scales: Mapping[str, tuple[float, float]]) -> None:
        self.scales: Scales = dict(scales)
        self._first: dict[str, FloatArray] = {}
        self._kinds = set(scales)
        self.left_out = 0

    def scale(self, kind: str, values: FloatArray) -> FloatArray:
        """Return finite values in [0, 1], NaN where the scale is not known yet."""
        if not self._admits(kind):
            return np.full(len(values), np.nan)
        if kind not in self.scales:
            first = np.concatenate((self._first.get(kind, np.zeros(0)), values))
            self._first[kind] = first
            if len(first) >= quality.VALUES_FOR_SCALE:
                self.scales[kind] = quality.learn(first)
                del self._first[kind]
            elif first.size and (first.min() < 0 or first.max() > 1):
                return np.full(len(values), np.nan)
        return quality.scaled(values, self.scales.get(kind, (0.0, 1.0)))

    def _admits(self, kind: str) -> bool:
        if kind not in self._kinds and len(self._kinds) >= MOST_KINDS:
            self.left_out += 1
            return False
        self._kinds.add(kind)
        return True
