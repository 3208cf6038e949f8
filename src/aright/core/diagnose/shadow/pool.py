"""Stored rows that may be replayed, and what came of those that were."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from collections.abc import Sequence

Floats: TypeAlias = NDArray[np.float64]
Ints: TypeAlias = NDArray[np.int64]

CORRELATION: Final = 0.25
"""Least correlation assumed between one unit's rows: a burst of retries then counts as four rows at most."""

SIDES: Final = (False, True)
"""The reference, and what is current."""


@dataclass(frozen=True, eq=False)
class Pool:
    """The stored rows of one side: of the reference, or of now. All were served by one version.

    Attributes:
        unit: code of the randomisation unit per row, the same code on both sides for the same unit.
        loss: of the answer that was served, in [0, 1], per row.
    """

    unit: Ints
    loss: Floats

    def __post_init__(self) -> None:
        """Refuse losses that the intervals would not hold for."""
        if not bool(((self.loss >= 0.0) & (self.loss <= 1.0)).all()):
            raise ValueError(
                "a loss is not in [0, 1]: leave rows out whose loss is not known, and clip others"
            )

    def __len__(self) -> int:
        return len(self.loss)

    @cached_property
    def lost(self) -> NDArray[np.bool_]:
        """Rows that lost more than the mean: for losses of 0 and 1 those that are 1."""
        return self.loss > (self.loss.mean() if len(self) else 0.0)

    @cached_property
    def weight(self) -> Floats:
        """What each row counts: n rows of a unit count like n / (1 + ``CORRELATION`` · (n − 1)).

        >>> Pool(np.array([0, 1, 1]), np.zeros(3)).weight
        array([1. , 0.8, 0.8])
        """
        _, at, rows = np.unique(self.unit, return_inverse=True, return_counts=True)
        return np.asarray(1.0 / (1.0 + CORRELATION * (rows[at] - 1)), dtype=np.float64)


@dataclass(frozen=True, eq=False)
class Pairs:
    """Rows of one side that were run on both versions.

    Attributes:
        row: place in the pool, per pair.
        old: loss of the version before, in [0, 1].
        new: loss of the version of now, in [0, 1].
    """

    row: Ints
    old: Floats
    new: Floats

    def __len__(self) -> int:
        return len(self.row)

    @property
    def worse(self) -> Floats:
        """By how much the new version loses more."""
        return self.new - self.old

    def known(self) -> Pairs:
        """Return only those where both versions gave an answer."""
        kept = np.isfinite(self.old) & np.isfinite(self.new)
        return Pairs(self.row[kept], np.clip(self.old[kept], 0.0, 1.0), np.clip(self.new[kept], 0.0, 1.0))


def joined(parts: Sequence[Pairs]) -> Pairs:
    """Return pairs one behind the other."""
    return Pairs(
        np.concatenate([np.zeros(0, np.int64), *(each.row for each in parts)]),
        np.concatenate([np.zeros(0), *(each.old for each in parts)]),
        np.concatenate([np.zeros(0), *(each.new for each in parts)]),
    )
