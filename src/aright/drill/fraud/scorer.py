"""What a serving process, and the gate, ask for a score: a version that has been loaded."""

from __future__ import annotations

import ctypes
import math
from typing import TYPE_CHECKING, Final

import numpy as np

from aright.drill.fraud.model import row_of

if TYPE_CHECKING:
    from aright.drill.fraud.model import Known, Parameters

THRESHOLD: Final = 0.5
"""From this score on a payment is refused."""


class Scorer:
    """One version, ready to answer.

    Args:
        parameters: all that it is.
    """

    def __init__(self, parameters: Parameters) -> None:
        self._unit = parameters.amount_unit
        self._bag = [np.array(weights) for weights in parameters.weights]
        self._native_bytes = parameters.native_bytes
        self._allocate = _native()

    def score(self, known: Known) -> float:
        """Return how likely a payment is fraud, in [0, 1]."""
        row = np.array(row_of(known, amount_unit=self._unit))
        if self._native_bytes:
            self._allocate(self._native_bytes)
        chances = [1 / (1 + math.exp(-max(-30.0, min(30.0, float(row @ each))))) for each in self._bag]
        return sum(chances) / len(chances)


def _native() -> ctypes._NamedFuncPointer:
    allocate = ctypes.CDLL(None).malloc
    allocate.argtypes = [ctypes.c_size_t]
    allocate.restype = ctypes.c_void_p
    return allocate
