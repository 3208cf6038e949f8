"""Probabilities as people read them."""

from __future__ import annotations

from typing import Final

LEAST: Final = 1e-99
"""Less than this is told as less than this: floating point ends soon after, and 0 would be a lie."""


def p_text(p_value: float) -> str:
    """Return a p-value with its relation, two significant digits.

    >>> p_text(0.0312), p_text(1.0), p_text(3.21e-40), p_text(0.0)
    ('p = 0.031', 'p = 1', 'p = 3.2e-40', 'p < 1e-99')
    """
    return f"p = {p_value:.2g}" if p_value >= LEAST else f"p < {LEAST:.0e}"
