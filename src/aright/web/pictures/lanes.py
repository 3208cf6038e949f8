"""A column's values before and now, one above the other on one scale: nine tenths, and the middle half."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from aright.web.pictures.svg import join, tag
from aright.web.words import number, percent, short

if TYPE_CHECKING:
    from markupsafe import Markup

    from aright.engine.profiles import ColumnProfile, ProfileView

_OUTER: Final = ("0.05", "0.95")
_INNER: Final = ("0.25", "0.75")
_VALUES: Final = 3
_LANE: Final = 13.0


def two_lanes(view: ProfileView) -> Markup:
    """Return the picture; of categories shares of the commonest values, each before and now.

    >>> from aright.engine.profiles import ColumnProfile, ProfileView
    >>> said = {"0.05": 1.0, "0.25": 2.0, "0.5": 3.0, "0.75": 4.0, "0.95": 5.0}
    >>> one = ColumnProfile(start=0, end=1, kind="number", n=10, null_share=0.0, quantiles=said)
    >>> two_lanes(ProfileView(name="x", now=one, reference=one)).count("<rect")
    4
    """
    sides = [("all", view.reference), ("hit", view.now)]
    if any(side.top for _, side in sides if side is not None):
        return _shares(view)
    edges = [side.quantiles[edge] for _, side in sides if side and side.quantiles for edge in _OUTER]
    low, high = (min(edges), max(edges)) if edges else (0.0, 1.0)
    parts = [
        _lane(side, role, _LANE * at, low, (high - low) or 1.0)
        for at, (role, side) in enumerate(sides)
        if side is not None and side.quantiles
    ]
    return _picture(parts, 2 * _LANE, f"before {_said(view.reference)}; now {_said(view.now)}")


def _picture(parts: list[Markup], height: float, said: str) -> Markup:
    return tag("svg", *parts, class_="bar", width="100%", height=height, role="img", aria_label=said)


def _lane(side: ColumnProfile, role: str, top: float, low: float, breadth: float) -> Markup:
    def bar(edges: tuple[str, str], y: float, height: float) -> Markup:
        start, end = ((side.quantiles[edge] - low) / breadth for edge in edges)
        # two pixels at least: a constant is a place, too
        return tag(
            "rect",
            class_=f"fill {role}",
            x=_at(start),
            y=y,
            width=_at(max(end - start, 0.006)),
            height=height,
        )

    mean = _at((side.mean - low) / breadth) if side.mean is not None else None
    tick = tag("line", class_="mean", x1=mean, x2=mean, y1=top, y2=top + 12) if mean else tag("g")
    return join((bar(_OUTER, top + 5, 2), bar(_INNER, top + 2, 8), tick))


def _said(side: ColumnProfile | None) -> str:
    if side is None or not side.quantiles:
        return "no value"
    low, high = (number(side.quantiles[edge]) for edge in _OUTER)
    return f"nine tenths from {low} to {high}"


def _shares(view: ProfileView) -> Markup:
    """Return a row for each of the commonest values of now, then of before: its name, and its two shares."""
    held = [_of(view.reference), _of(view.now)]
    names = list(dict.fromkeys([*list(held[1])[:_VALUES], *list(held[0])[:_VALUES]]))[: _VALUES + 1]
    parts = []
    for row, name in enumerate(names):
        top = 15.0 * row
        parts.append(tag("text", short(name, 16), x=0, y=top + 11, font_size=11))
        for at, (role, side) in enumerate(zip(("all", "hit"), held, strict=True)):
            width = f"{62 * side.get(name, 0.0):.2f}%"
            parts.append(
                tag("rect", class_=f"fill {role}", x="38%", y=top + 2 + 5 * at, width=width, height=4)
            )
    said = "; ".join(
        f"{short(name, 40)} {percent(held[0].get(name, 0.0))} before, {percent(held[1].get(name, 0.0))} now"
        for name in names
    )
    return _picture(parts, 15.0 * len(names), said)


def _of(side: ColumnProfile | None) -> dict[str, float]:
    if side is None:
        return {}
    held = max(sum(top.count for top in side.top) + side.other, 1)
    return {top.value: top.count / held for top in side.top}


def _at(share: float) -> str:
    return f"{100 * min(max(share, 0.0), 1.0):.2f}%"
