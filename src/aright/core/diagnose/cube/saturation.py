"""How much one cell may count: evidence that grows slowly beyond what any single cell should decide."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

BEYOND: Final = 2.0
"""A cell counts in full up to so many prices: one to be named by itself, and one to be sure of it."""


def saturated(evidence: NDArray[np.float64], price: float) -> NDArray[np.float64]:
    """Return evidence (nats) that grows only by its logarithm beyond twice the price.

    Every cell may deviate for a reason of its own: with one chance in as many as there are elements that is
    no sign of what it has in common with others. The likelihood of such a contaminated model is bounded
    (Huber 1964); the logarithm keeps the order of the clearest cells and lets none carry all its parents.

    >>> saturated(np.array([1.0, -3.0, 1e6]), 2.0).round(1).tolist()
    [1.0, -3.0, 53.7]
    """
    limit = BEYOND * price
    size = np.abs(evidence)
    grown = limit * (1.0 + np.log(np.maximum(size, limit) / limit))
    return np.where(size > limit, np.sign(evidence) * grown, evidence)
