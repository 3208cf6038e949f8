"""What a two-sample method has to know of a column: sizes, and counts over cells that both samples share."""

from __future__ import annotations

from typing import Protocol, Self, TypeAlias

import numpy as np
import numpy.typing as npt

Counts: TypeAlias = npt.NDArray[np.int64]
Floats: TypeAlias = npt.NDArray[np.float64]


class Binned(Protocol):
    """One sample of one column as counts; ``aright.core.profile.Profile`` is one."""

    @property
    def rows(self) -> int:
        """Return all rows."""
        ...

    @property
    def nulls(self) -> int:
        """Return the rows without a value."""
        ...

    @property
    def invalid(self) -> int:
        """Return the rows whose value is NaN or infinite."""
        ...

    @property
    def valid(self) -> int:
        """Return the rows that are counted in cells."""
        ...

    @property
    def ordered(self) -> bool:
        """Whether the cells have an order, as those of numbers do."""
        ...

    def beside(self, other: Self) -> tuple[Counts, Counts]:
        """Return both samples' counts over the same cells, in order where there is one; of one shape."""
        ...
