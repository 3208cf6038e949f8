"""Shares before and now, value beside value: how a column's values moved."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from aright.core.model.probability import points
from aright.web.pictures.svg import tag
from aright.web.words import percent, short

if TYPE_CHECKING:
    from collections.abc import Mapping

    from markupsafe import Markup

NOTICED: Final = 0.02
"""A share that changed by more than this is drawn in the colour of what is hit."""


def share_rows(shares: Mapping[str, tuple[float, float]]) -> Markup:
    """Return a table: per value its bar, the share before as an outline and now filled, and both in numbers.

    Names and numbers are text of the page's own size; the bars alone take the room that is left.

    >>> share_rows({"a": (0.5, 0.25)}).count("<rect")
    2
    """
    top = max([max(pair) for pair in shares.values()], default=1.0) or 1.0
    rows = [_row(name, before, now, top) for name, (before, now) in shares.items()]
    return tag("table", tag("tbody", *rows), class_="shares")


def _row(name: str, before: float, now: float, top: float) -> Markup:
    numbers = f"{percent(before)} → {percent(now)}"
    return tag(
        "tr",
        tag("th", short(name, 40), scope="row", title=name if len(name) > 40 else None),
        tag("td", _bar(before / top, now / top, noticed=abs(now - before) > NOTICED)),
        tag("td", numbers, class_="num"),
    )


def _bar(before: float, now: float, *, noticed: bool) -> Markup:
    fill = f"fill {'hit' if noticed else 'calm'}"
    return tag(
        "svg",
        tag("rect", class_=fill, x=0, y=3, width=f"{100 * now:.2f}%", height=12, rx=2),
        tag("rect", class_="was", x=0.5, y=1, width=f"{100 * before:.2f}%", height=16, rx=2),
        width="100%",
        height=18,
        aria_hidden="true",
    )


def legend() -> Markup:
    """Return what outline and colours mean."""
    swatches = (
        ("was", "before"),
        ("fill hit", f"now, changed by more than {points(NOTICED)}"),
        ("fill calm", "now, changed by less"),
    )
    return tag("p", *(_swatch(class_, said) for class_, said in swatches), class_="fine legend")


def _swatch(class_: str, said: str) -> Markup:
    mark = tag("rect", class_=class_, x=1, y=1, width=18, height=10, rx=2)
    return tag("span", tag("svg", mark, width=20, height=12, aria_hidden="true"), f" {said}")
