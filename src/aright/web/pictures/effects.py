"""Effects with their intervals about zero: worse to the right, better to the left."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aright.web.pictures.svg import tag
from aright.web.words import trimmed

if TYPE_CHECKING:
    from markupsafe import Markup


def effect_bar(effect: float, low: float, high: float, *, top: float) -> Markup:
    """Return a dot with its interval on a scale from ``-top`` to ``top``, zero in the middle.

    >>> made = effect_bar(0.5, 0.25, 0.75, top=1.0)
    >>> 'cx="75.00%"' in made, "clear" in made, "clear" in effect_bar(0.1, -0.2, 0.4, top=1.0)
    (True, True, False)
    """
    clear = low > 0.0 or high < 0.0
    role = "hit" if low > 0.0 else "all"
    edge = (_at(low, top), _at(high, top))
    return tag(
        "svg",
        tag("line", class_="track", x1=0, x2="100%", y1=9, y2=9),
        tag("line", class_="zero", x1="50%", x2="50%", y1=0, y2=18),
        tag(
            "g",
            tag("line", x1=edge[0], x2=edge[1], y1=9, y2=9),
            *(tag("line", x1=x, x2=x, y1=5, y2=13) for x in edge),
            class_="whisker",
        ),
        tag("circle", class_=f"now {role}" if clear else f"before {role}", cx=_at(effect, top), cy=9, r=4.5),
        class_="change clear" if clear else "change",
        width="100%",
        height=18,
        role="img",
        aria_label=f"{signed(effect)}, 95\u202f% interval {signed(low)} to {signed(high)}",
    )


def signed(x: float) -> str:
    """Return a number with its sign.

    >>> signed(0.25), signed(-3), signed(0)
    ('+0.25', '\N{MINUS SIGN}3', '0')
    """
    return f"+{trimmed(x)}" if x > 0 else trimmed(x)


def _at(x: float, top: float) -> str:
    share = 0.5 + 0.5 * x / top if top > 0 else 0.5
    return f"{100 * min(max(share, 0.0), 1.0):.2f}%"
