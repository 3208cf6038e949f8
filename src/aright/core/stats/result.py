"""What a two-sample test says."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

Method: TypeAlias = Literal[
    "none", "mann_whitney", "mood", "kolmogorov_smirnov", "chi_square", "category", "nulls", "invalid", "kind"
]


@dataclass(frozen=True, slots=True)
class TestResult:
    """The outcome of comparing two samples of one column.

    Attributes:
        p_value: probability, if nothing had changed, of a difference as large; valid for this one column, so
            correct over columns with ``holm``.
        effect: the share of rows, in [0, 1], that must at least have changed: the largest difference of the
            distribution functions for numbers, of the shares for one category, nulls or invalid numbers, and
            the total variation less what chance alone brings for a whole set of categories.
        method: which part of the test found the least p-value; ``none`` where nothing could be compared.
        direction: 1 where the current sample is larger, wider or holds more of it, -1 the other way, else 0.
    """

    __test__ = False  # its name is a test's result, not a test to collect

    p_value: float
    effect: float
    method: Method
    direction: int = 0
