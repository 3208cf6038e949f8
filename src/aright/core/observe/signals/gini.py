"""Gini index of exposure: 0 where all items shown are shown equally often, towards 1 where few have it all.

It is taken over the items that were known at first, from as many lists in every window, so that it follows
neither traffic nor a catalogue that grows.

Source: C. Gini, Variabilità e mutabilità (1912); for exposure, D. Fleder, K. Hosanagar, Blockbuster culture's
next rise or fall, Management Science 55 (2009).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from aright.core.observe.signals.values import FloatArray

NAME: Final = "gini"


def count(shown: FloatArray, lists: int) -> tuple[float, float]:
    """Return (lists, lists × Gini index), from how often each known item is in so many lists.

    >>> count(np.array([1.0, 1.0, 1.0, 1.0]), 2), count(np.array([2.0, 0.0, 0.0, 0.0]), 2)
    ((2.0, 0.0), (2.0, 1.5))
    """
    total = shown.sum()
    if not total:
        return 0.0, 0.0
    ranks = np.arange(1, len(shown) + 1)
    gini = float((2 * ranks - len(shown) - 1) @ np.sort(shown) / (len(shown) * total))
    return float(lists), lists * min(max(gini, 0.0), 1.0)
