"""Shares before and now, bin beside bin: how a column's values moved."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from aright.web.pictures.svg import tag
from aright.web.words import percent, short

if TYPE_CHECKING:
    from collections.abc import Mapping

    from markupsafe import Markup

_LEFT: Final = 150
_WIDTH: Final = 560
_ROW: Final = 26


def share_rows(shares: Mapping[str, tuple[float, float]]) -> Markup:
    """Return a row per bin: the share before as an outline, the share now filled, both in numbers.

    >>> share_rows({"a": (0.5, 0.25)}).count("<rect")
    2
    """
    top = max([max(pair) for pair in shares.values()], default=1.0) or 1.0
    room = _WIDTH - _LEFT - 120
    rows = []
    for row, (name, (before, now)) in enumerate(shares.items()):
        y = row * _ROW
        moved = "hit" if abs(now - before) > 0.02 else "calm"
        rows.append(
            tag(
                "g",
                tag("text", short(name, 24), x=_LEFT - 10, y=y + 16, text_anchor="end", font_size=12),
                tag(
                    "rect", class_=f"fill {moved}", x=_LEFT, y=y + 5, width=now / top * room, height=14, rx=2
                ),
                tag("rect", class_="was", x=_LEFT, y=y + 3, width=before / top * room, height=18, rx=2),
                tag(
                    "text",
                    f"{percent(before)} → {percent(now)}",
                    x=_LEFT + max(before, now) / top * room + 8,
                    y=y + 16,
                    font_size=12,
                ),
                role="img",
                aria_label=f"{name}: from {percent(before)} to {percent(now)}",
            )
        )
    height = max(len(shares), 1) * _ROW
    return tag("svg", *rows, class_="shares", view_box=f"0 0 {_WIDTH} {height}", width="100%", role="group")
