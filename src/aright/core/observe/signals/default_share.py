"""Share of a feature's values, or of scores, that are exactly its usual default.

A default is the number that came most often at first, where it was a few among others. Missing values that
are filled in raise it where no null is ever seen. Each unit's first row in a window speaks for it.

Source: R. K. Pearson, The problem of disguised missing data, ACM SIGKDD Explorations 8 (2006).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from aright.core.model.columns import FEATURE

if TYPE_CHECKING:
    from aright.core.observe.signals.values import FloatArray

NAME: Final = "default_share"
SCORE: Final = "default_score"

MOST: Final = 32
"""Numbers of a column that are told apart as frequent."""

_FREQUENT: Final = 1 / 128
_FEWEST: Final = 5
_LEAST: Final = 0.005
_GREATEST: Final = 0.95


def name_of(column: str) -> str:
    """Return the signal of a column.

    >>> name_of("feat.profiles.norm"), name_of("score")
    ('default_share:profiles.norm', 'default_score')
    """
    return f"{NAME}:{column[len(FEATURE) :]}" if column.startswith(FEATURE) else SCORE


def frequent(values: FloatArray) -> tuple[tuple[float, ...], FloatArray]:
    """Return the numbers that come again and again, the most frequent first, and the share of each.

    >>> frequent(np.array([0.0] * 30 + [1.0] * 10 + [2.5]))
    ((0.0, 1.0), array([0.73170732, 0.24390244]))
    """
    known = values[np.isfinite(values)]
    found, counts = np.unique(known, return_counts=True)
    often = np.flatnonzero(counts >= max(_FEWEST, _FREQUENT * len(known)))
    ranked = often[np.argsort(-counts[often], kind="stable")][:MOST]
    return tuple(found[ranked].tolist()), counts[ranked] / max(len(known), 1)


def learn(values: FloatArray) -> float | None:
    """Return the usual default of a column, ``None`` where none looks like one.

    >>> learn(np.array([-1.0] * 30 + [0.5, 0.25, 0.75, 0.625])), learn(np.arange(50.0))
    (-1.0, None)
    """
    found, shares = frequent(values)
    return found[0] if found and _LEAST <= shares[0] <= _GREATEST else None
