"""Sets of hashed units that stay bounded: when too many are kept, half of all units are left out for good."""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from aright.core.profile.hashing import Hashes, stir

Flags = npt.NDArray[np.bool_]

MOST_UNITS: Final = 4_000_000
"""Units kept in one set: 32 MB."""

_SALT: Final = np.uint64(0x9E3779B97F4A7C15)


class UnitSet:
    """Hashed units, in sorted runs that are merged as they grow.

    When more than ``most`` are kept, all units with an odd sampling hash are forgotten and no longer
    belong to the sample, and so on with each further bit. Which units those are does not depend on what
    happened to them, so what is counted among the others stays a fair sample, and no unit of it is ever
    counted twice.

    >>> units = UnitSet()
    >>> units.add(np.array([3, 5], dtype=np.uint64))
    >>> units.has(np.array([3, 4, 5], dtype=np.uint64)).tolist()
    [True, False, True]
    """

    def __init__(self, most: int = MOST_UNITS) -> None:
        self._most = most
        self._runs: list[Hashes] = []
        self.level = 0
        """How often the sample was halved."""

    def __len__(self) -> int:
        return sum(map(len, self._runs))

    def add(self, units: Hashes) -> None:
        """Take up units that are not in the set; each may stand once in ``units``."""
        fresh = np.sort(units[self.sampled(units)])
        while self._runs and len(self._runs[-1]) <= 2 * len(fresh):
            fresh = np.sort(np.concatenate([self._runs.pop(), fresh]))
        if len(fresh):
            self._runs.append(fresh)
        while len(self) > self._most:
            self.level += 1
            self._runs = [run[self.sampled(run)] for run in self._runs]

    def has(self, units: Hashes) -> Flags:
        """Return for each unit whether it is in the set."""
        found = np.zeros(len(units), dtype=np.bool_)
        for run in self._runs:
            at = np.minimum(np.searchsorted(run, units), len(run) - 1)
            found |= run[at] == units
        return found

    def sampled(self, units: Hashes) -> Flags:
        """Return for each unit whether it belongs to the sample that is counted."""
        if not self.level:
            return np.ones(len(units), dtype=np.bool_)
        mask = np.uint64((1 << self.level) - 1)
        return np.asarray(stir(units ^ _SALT) & mask == 0)


class Sightings:
    """How many units were seen, by stream and side.

    >>> seen = Sightings()
    >>> seen.count(np.array([1, 1, 2], dtype=np.uint64), np.array([0, 1, 0]), np.array([0, 0, 1]), 2)
    >>> seen.counts.tolist()
    [[1.0, 1.0], [1.0, 0.0]]
    """

    def __init__(self, most: int = MOST_UNITS) -> None:
        self._keys = UnitSet(most)
        self.counts = np.zeros((2, 0))

    def count(
        self, units: Hashes, streams: npt.NDArray[np.int64], sides: npt.NDArray[np.int64], width: int
    ) -> None:
        """Count each unit once in each stream and on each side; streams are below ``width``."""
        if width > self.counts.shape[1]:
            self.counts = np.pad(self.counts, ((0, 0), (0, width - self.counts.shape[1])))
        places = streams * 2 + sides
        keys, first = np.unique(stir(units + _SALT * (places + 1).astype(np.uint64)), return_index=True)
        new = ~self._keys.has(keys) & self._keys.sampled(keys)
        scale = float(2**self._keys.level)
        added = np.bincount(places[first[new]], minlength=2 * width).astype(np.float64) * scale
        self.counts += added.reshape(width, 2).T
        self._keys.add(keys[new])
