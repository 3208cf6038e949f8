"""Probabilities and shares as people read them: one format wherever the same figure stands."""

from __future__ import annotations

from typing import Final

LEAST: Final = 1e-99
"""Less than this is told as less than this: floating point ends soon after, and 0 would be a lie."""


NARROW: Final = "\u202f"
"""A narrow no-break space between a number and its unit, so that no line breaks between the two."""


def percent(share: float) -> str:
    """Return a share as a percentage, with a digit more where it is small.

    >>> percent(0.312), percent(0.0604), percent(0.00213), percent(0.0), percent(1.0), percent(0.00001)
    ('31\u202f%', '6.0\u202f%', '0.21\u202f%', '0\u202f%', '100\u202f%', '<\u202f0.01\u202f%')
    """
    hundred = 100 * share
    size = abs(hundred)
    if 0 < size < 0.005:
        return f"<{NARROW}0.01{NARROW}%"
    digits = 0 if size >= 9.95 or size == 0 else 1 if size >= 0.995 else 2
    return f"{hundred:,.{digits}f}{NARROW}%".replace("-", "\N{MINUS SIGN}")


def odds(probability: float) -> str:
    """Return a probability, never as certainty where it is none.

    >>> odds(0.94), odds(0.9999), odds(0.0001), odds(1.0), odds(0.0)
    ('94\u202f%', '>\u202f99\u202f%', '<\u202f1\u202f%', '100\u202f%', '0\u202f%')
    """
    if 0.99 < probability < 1:
        return f">{NARROW}99{NARROW}%"
    if 0 < probability < 0.01:
        return f"<{NARROW}1{NARROW}%"
    return percent(probability)


def points(difference: float) -> str:
    """Return a difference of two shares in percentage points.

    >>> points(0.28), points(-0.0123)
    ('28 points', '−1.2 points')
    """
    return f"{percent(difference).replace(f'{NARROW}%', '')} points"


def p_text(p_value: float) -> str:
    """Return a p-value with its relation, two significant digits.

    >>> p_text(0.0312), p_text(1.0), p_text(3.21e-40), p_text(0.0)
    ('p = 0.031', 'p = 1', 'p = 3.2e-40', 'p < 1e-99')
    """
    return f"p = {p_value:.2g}" if p_value >= LEAST else f"p < {LEAST:.0e}"
