"""E-BH: which of many e-values are large enough together, under any dependence between them."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
import numpy.typing as npt

FloatArray: TypeAlias = npt.NDArray[np.float64]
BoolArray: TypeAlias = npt.NDArray[np.bool_]


def e_bh(e_values: FloatArray, *, threshold: float) -> BoolArray:
    """Return which are let through: the k largest, for the largest k whose k-th reaches K · threshold / k.

    With e-values and ``threshold`` 1/α the false discovery rate is at most α. With e-detectors (e-d-BH) and
    the windows between false alarms that are promised as ``threshold``, anything is let through in a healthy
    time at most that often: k values of K · A / k have a mean over all streams of A, and a mean of
    e-detectors is an e-detector.

    Args:
        e_values: one per stream, shape (k,), ≥ 0. Weighted ones must have weights whose mean is 1.
        threshold: > 0.

    Source: R. Wang, A. Ramdas, False discovery rate control with e-values, JRSS B 84 (2022); for e-detectors
    S. Dandapanthula, A. Ramdas, Multiple testing in multi-stream sequential change detection (2025).

    >>> e_bh(np.array([150.0, 0.5, 120.0, 30.0]), threshold=50.0)
    array([ True, False,  True, False])
    """
    let_through = np.zeros(e_values.shape, dtype=np.bool_)
    if e_values.size == 0:
        return let_through
    order = np.argsort(-e_values, kind="stable")
    ranks = np.arange(1, e_values.size + 1)
    reached = np.flatnonzero(e_values[order] * ranks >= e_values.size * threshold)
    if reached.size:
        let_through[order[: reached[-1] + 1]] = True
    return let_through
