"""Straightness: is growth steady, or part of a curve?"""

from __future__ import annotations

import math
from typing import NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

FloatArray: TypeAlias = npt.NDArray[np.float64]


class Bend(NamedTuple):
    """How far values stand from a straight line.

    Attributes:
        deviates: the larger of the bend's and of the S's weight, in its standard errors.
        share: the same weights over that of the slope.
    """

    deviates: float
    share: float


def bend(values: FloatArray) -> Bend:
    """Weigh a bend and an S against a straight line, by Legendre's polynomials of degree 2 and 3.

    Args:
        values: equally spaced, independent but for their course, shape (n,), n ≥ 6.

    Half of a sine's period, from trough to crest, has a share of .18; the middle third of a period .07.
    Source: R. A. Fisher, Statistical Methods for Research Workers (1925), §27–28, on orthogonal polynomials.

    >>> round(bend(np.sin(np.linspace(-np.pi / 2, np.pi / 2, 60))).share, 2)
    0.18
    """
    basis = np.polynomial.legendre.legvander(np.linspace(-1, 1, len(values)), 3)
    weights, *_ = np.linalg.lstsq(basis, values, rcond=None)
    left = values - basis @ weights
    spread = math.sqrt(float(left @ left) / (len(values) - 4)) + 1e-12 * (
        float(np.abs(values).max()) + 1e-300
    )
    doubts = np.maximum(spread * np.sqrt(np.diag(np.linalg.inv(basis.T @ basis))), 1e-300)
    curved = np.abs(weights[2:])
    return Bend(float((curved / doubts[2:]).max()), float(curved.max() / max(abs(float(weights[1])), 1e-300)))
