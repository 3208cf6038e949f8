"""Events per unit served: units with a complaint or the like in the window, of the units served in it.

A unit that complains ten times counts once. The units served stand for those who might have, so the value is
a share even where a complaint comes some windows after what it is about.
"""

from __future__ import annotations

from typing import Final

PREFIX: Final = "events:"


def count(served: float, hit: float) -> tuple[float, float]:
    """Return (units counted, units with the event); nobody complains who was never served.

    >>> count(300.0, 2.0), count(1.0, 3.0)
    ((300.0, 2.0), (3.0, 3.0))
    """
    return max(served, hit), hit
