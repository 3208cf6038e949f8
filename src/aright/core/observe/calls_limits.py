"""From which duration a call is slow: learned from a service's first windows, then frozen.

As with ``slow_share``, slower than nineteen of twenty were at first: latency as a share, so that it merges.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from aright.core.model.calls import CallLimits

if TYPE_CHECKING:
    from aright.core.observe.calls_rows import Calls, Floats

QUANTILE: Final = 0.95
WINDOWS: Final = 4
SPANS: Final = 100
"""What is needed of each before its limit is set."""

MOST: Final = 64
_STEPS: Final = 16
_OFFSET: Final = 10 * _STEPS
_BINS: Final = 40 * _STEPS
"""Sixteen steps to the octave, from a microsecond (2⁻¹⁰ ms) up: a limit is known to 5 %."""


class Durations:
    """Counts durations until limits can be set."""

    def __init__(self, service: str, limits: CallLimits | None) -> None:
        self._service = service
        self.limits = limits
        self._counts: dict[str, Floats] = {}
        self._windows: dict[str, int] = {}

    def learn(self, calls: Calls, named: dict[int, str]) -> None:
        """Count a closed window's durations, and set the limits of whom enough is known."""
        self._count("", calls.duration[calls.server])
        for code, name in named.items():
            self._count(name, calls.duration[~calls.server & (calls.peer == code)])

    def _count(self, name: str, durations: Floats) -> None:
        if not durations.size or self._knows(name) or len(self._counts) >= MOST:
            return
        bins = np.clip(np.log2(np.maximum(durations, 1e-9)) * _STEPS + _OFFSET, 0, _BINS - 1).astype(np.int64)
        self._counts[name] = self._counts.get(name, np.zeros(_BINS)) + np.bincount(bins, minlength=_BINS)
        self._windows[name] = self._windows.get(name, 0) + 1
        if self._windows[name] >= WINDOWS and self._counts[name].sum() >= SPANS:
            self._set(name, limit_of(self._counts.pop(name)))

    def _knows(self, name: str) -> bool:
        if self.limits is None:
            return False
        if not name:
            return self.limits.served_ms > 0
        return name in self.limits.peers_ms or len(self.limits.peers_ms) >= MOST

    def _set(self, name: str, limit: float) -> None:
        known = self.limits or CallLimits(key=self._service)
        self.limits = CallLimits(
            key=self._service,
            served_ms=known.served_ms if name else limit,
            peers_ms={**known.peers_ms, name: limit} if name else known.peers_ms,
        )


def limit_of(counts: Floats) -> float:
    """Return the upper end of the bin that holds the quantile (ms).

    >>> counts = np.zeros(640)
    >>> counts[int(np.log2(100.0) * 16) + 160] = 200
    >>> 100 <= limit_of(counts) < 106
    True
    """
    reached = np.cumsum(counts) >= QUANTILE * counts.sum()
    return float(2.0 ** ((int(np.argmax(reached)) + 1 - _OFFSET) / _STEPS))
