"""SVG elements as safe markup: every text and attribute is escaped, and nothing can carry a script."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Final

from markupsafe import Markup, escape

from aright.web.words import clean

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


def tag(name: str, *children: Markup | str, **attributes: str | float | None) -> Markup:
    """Return one element; ``class_`` is ``class``, an underscore becomes a hyphen, ``None`` is left out.

    >>> tag("text", "a < b", x=1.25, text_anchor="end", class_="soft", y=None)
    Markup('<text x="1.2" text-anchor="end" class="soft">a &lt; b</text>')
    """
    written = "".join(
        f' {_name(key)}="{escape(clean(_value(value)))}"'
        for key, value in attributes.items()
        if value is not None
    )
    inner = "".join(child if isinstance(child, Markup) else escape(clean(child)) for child in children)
    return Markup(f"<{name}{written}>{inner}</{name}>" if inner else f"<{name}{written}/>")  # noqa: S704  every part has been escaped above


def _name(key: str) -> str:
    camel = {"view_box": "viewBox", "preserve_aspect_ratio": "preserveAspectRatio"}
    return camel.get(key) or key.rstrip("_").replace("_", "-")


def _value(value: str | float) -> str:
    return value if isinstance(value, str) else number(value)


def number(x: float) -> str:
    """Return a coordinate with one decimal at most.

    >>> number(3.0), number(2.75), number(float("nan"))
    ('3', '2.8', '0')
    """
    if not math.isfinite(x):
        return "0"
    return f"{x:.1f}".removesuffix(".0")


def join(parts: Iterable[Markup]) -> Markup:
    """Return elements one after the other."""
    return Markup("").join(parts)


def path(points: Sequence[tuple[float, float] | None]) -> str:
    """Return path data through the points; ``None`` lifts the pen.

    >>> path([(0, 1), (2, 3), None, (4, 5)])
    'M0 1L2 3M4 5h.01'
    """
    drawn = []
    run: list[str] = []
    for point in [*points, None]:
        if point is not None:
            run.append(f"{number(point[0])} {number(point[1])}")
        elif run:
            drawn.append("M" + "L".join(run) + ("h.01" if len(run) == 1 else ""))
            run = []
    return "".join(drawn)


def breadth(text: str, size: float, *, bold: bool = False) -> float:
    """Return how wide text gets at most (pixels), as DejaVu Sans sets it: the broadest system font there is.

    >>> breadth("ill", 10) < breadth("ell", 10) < breadth("MMM", 10)
    True
    """
    ems = sum(_EMS.get(sign, 1.0 if sign > "\u2e80" else 0.7 if sign.isupper() else 0.635) for sign in text)
    return ems * size * (1.12 if bold else 1.0)


_EMS: Final = {
    **dict.fromkeys(" .,:;'|!ijl", 0.34),
    **dict.fromkeys('()[]/\\-frt"', 0.42),
    **dict.fromkeys("mwMW@%—→", 0.98),
}


_SPACES: Final = re.compile(r"[ \t\n]+")
"""Where a line may end: not between a number and its unit, which a no-break space ties together."""


def wrap(text: str, width: float, size: float, *, lines: int = 6, bold: bool = False) -> list[str]:
    """Return text broken into lines that fit ``width`` pixels at a font size; a word too long is cut up.

    >>> wrap("the quick brown fox", 62, 10)
    ['the quick', 'brown fox']
    """
    made: list[str] = []
    line = ""
    for word in _SPACES.split(clean(text).strip()):
        longer = f"{line} {word}" if line else word
        if breadth(longer, size, bold=bold) <= width:
            line = longer
            continue
        made += [line] if line else []
        *full, line = _pieces(word, width, size, bold=bold)
        made += full
        if len(made) > lines:
            break
    made.append(line)
    if len(made) > lines:
        made = [*made[: lines - 1], made[lines - 1][:-1] + "…"]
    return made


def _pieces(word: str, width: float, size: float, *, bold: bool) -> list[str]:
    pieces = [""]
    for sign in word[:2_000]:
        if pieces[-1] and breadth(pieces[-1] + sign, size, bold=bold) > width:
            head, hyphen, tail = pieces[-1].rpartition("-")
            pieces[-1:] = [head + hyphen, tail] if head else [pieces[-1], ""]
        pieces[-1] += sign
    return pieces


def lines(
    texts: Sequence[str], *, x: float, y: float, size: float, class_: str = "", anchor: str | None = None
) -> Markup:
    """Return lines of text, the first one's baseline at ``y``, each 1.35 font sizes below the last."""
    rows = (tag("tspan", text, x=x, dy=0 if row == 0 else size * 1.35) for row, text in enumerate(texts))
    return tag("text", *rows, x=x, y=y, font_size=size, class_=class_ or None, text_anchor=anchor)
