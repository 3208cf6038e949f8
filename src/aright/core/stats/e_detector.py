"""E-detector: change detection that may be looked at after every window, for thousands of streams at once."""

from __future__ import annotations

from typing import Final, TypeAlias

import numpy as np
import numpy.typing as npt

FloatArray: TypeAlias = npt.NDArray[np.float64]

_LOG_LARGEST: Final = 600.0


def shiryaev_roberts(value: FloatArray, log_e: FloatArray) -> FloatArray:
    """Return the e-detector's next value: (1 + value) · e.

    Every window starts an e-process of its own, and the e-detector is their sum; before a change its mean
    after t windows is at most t, so the mean number of windows until it reaches A is at least A, whatever the
    streams' dependence over time. Values are held below e⁶⁰⁰.

    Args:
        value: the values before, any shape; start with 0.
        log_e: logarithms of the window's e-values, same shape.

    Source: J. Shin, A. Ramdas, A. Rinaldo, E-detectors: a nonparametric framework for sequential change
    detection, New England Journal of Statistics in Data Science 2 (2024); the recursion is Shiryaev's and
    Roberts'.

    >>> value = np.zeros(1)
    >>> for e in (0.5, 0.5, 4.0, 4.0):
    ...     value = shiryaev_roberts(value, np.log(np.array([e])))
    >>> value
    array([32.])
    """
    return np.asarray(np.exp(np.minimum(np.log1p(value) + log_e, _LOG_LARGEST)), dtype=np.float64)


def windows_between_alarms(width: int, *, allowed: float, span: int) -> float:
    """Return how many windows of ``width`` lie between false alarms when ``allowed`` may come per ``span``.

    >>> windows_between_alarms(30, allowed=1, span=30 * 86_400)
    86400.0
    """
    return span / width / allowed
