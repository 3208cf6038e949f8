"""SVG elements as safe markup: every text and attribute is escaped, and nothing can carry a script."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

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


def wrap(text: str, width: float, size: float, *, lines: int = 6) -> list[str]:
    """Return text broken into lines that fit ``width`` pixels at a font size, by an average glyph's width.

    >>> wrap("the quick brown fox", 60, 10)
    ['the quick', 'brown fox']
    """
    room = max(4, int(width / (size * 0.55)))
    made: list[str] = []
    line = ""
    for word in clean(text).split():
        for piece in [word[i : i + room] for i in range(0, len(word), room)]:
            if line and len(line) + 1 + len(piece) > room:
                made.append(line)
                line = piece
            else:
                line = f"{line} {piece}".strip()
    made.append(line)
    if len(made) > lines:
        made = [*made[: lines - 1], made[lines - 1][: room - 1] + "…"]
    return made


def lines(
    texts: Sequence[str], *, x: float, y: float, size: float, class_: str = "", anchor: str | None = None
) -> Markup:
    """Return lines of text, the first one's baseline at ``y``, each 1.35 font sizes below the last."""
    rows = (tag("tspan", text, x=x, dy=0 if row == 0 else size * 1.35) for row, text in enumerate(texts))
    return tag("text", *rows, x=x, y=y, font_size=size, class_=class_ or None, text_anchor=anchor)
