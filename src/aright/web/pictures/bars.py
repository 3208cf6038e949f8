"""Small bars with intervals, placed in percent so that they fill whatever place they get."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aright.web.pictures.svg import tag
from aright.web.words import percent, quantity

if TYPE_CHECKING:
    from markupsafe import Markup


def share_bar(
    value: float, *, low: float | None = None, high: float | None = None, role: str = "hit", label: str = ""
) -> Markup:
    """Return a bar over [0, 1] with a whisker from ``low`` to ``high`` where they are given.

    >>> 'width="50.00%"' in share_bar(0.5)
    True
    """
    parts = [
        tag("rect", class_="track", x=0, y=2, width="100%", height=10, rx=2),
        tag("rect", class_=f"fill {role}", x=0, y=2, width=_at(value), height=10, rx=2),
    ]
    if low is not None and high is not None:
        parts.append(_whisker(low, high, 7))
    said = label or percent(value)
    return tag("svg", *parts, class_="bar", width="100%", height=14, role="img", aria_label=said)


def change_bar(
    before: float, now: float, *, top: float, low: float | None, high: float | None, unit: str, role: str
) -> Markup:
    """Return before → now on a scale from 0 to ``top``: a hollow dot, a filled one, the interval of now."""
    scale = 1 / top if top > 0 else 0.0
    parts = [tag("line", class_="track", x1=0, x2="100%", y1=9, y2=9)]
    parts.append(tag("line", class_=f"move {role}", x1=_at(before * scale), x2=_at(now * scale), y1=9, y2=9))
    said = f"from {quantity(before, unit)} to {quantity(now, unit)}"
    if low is not None and high is not None:
        parts.append(_whisker(low * scale, high * scale, 9))
        said += f", 95\u202f% interval {quantity(low, unit)} to {quantity(high, unit)}"
    parts.append(tag("circle", class_=f"before {role}", cx=_at(before * scale), cy=9, r=4))
    parts.append(tag("circle", class_=f"now {role}", cx=_at(now * scale), cy=9, r=4.5))
    return tag("svg", *parts, class_="change", width="100%", height=18, role="img", aria_label=said)


def _at(share: float) -> str:
    return f"{100 * min(max(share, 0.0), 1.0):.2f}%"


def _whisker(low: float, high: float, y: float) -> Markup:
    return tag(
        "g",
        tag("line", x1=_at(low), x2=_at(high), y1=y, y2=y),
        tag("line", x1=_at(low), x2=_at(low), y1=y - 4, y2=y + 4),
        tag("line", x1=_at(high), x2=_at(high), y1=y - 4, y2=y + 4),
        class_="whisker",
    )
