"""How harm went from service to service: a lane for each on one clock, arrows where the next one fell."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from aright.core.model.times import SECOND, clock_text
from aright.web.pictures.svg import join, tag
from aright.web.words import short, span

if TYPE_CHECKING:
    from collections.abc import Sequence

    from markupsafe import Markup

    from aright.core.model.times import Micros

_HEIGHT: Final = 50.0
_LINE: Final = 28.0
_NAME: Final = 30
_FIRST: Final = 0.34
_LAST: Final = 0.8
"""Where the first onset lies, right of the names where they have room, and where the last one lies."""

_SHORTEST: Final = 30 * SECOND


@dataclass(frozen=True)
class Lane:
    """One service of the path.

    Attributes:
        name: the service.
        onset: when its symptoms began (µs, UTC); 0 when not found.
        own: whether it has symptoms of its own; ``None`` when not known.
        first: whether the fault began here.
        hit: whether it is the one whose users are hit.
    """

    name: str
    onset: Micros
    own: bool | None
    first: bool
    hit: bool


def cascade(lanes: Sequence[Lane]) -> Markup:
    """Return the picture, as wide as its place; time runs to the right.

    >>> api = Lane("api", 5 * SECOND, own=True, first=True, hit=False)
    >>> made = cascade([api, Lane("shop", 9 * SECOND, own=None, first=False, hit=True)])
    >>> made.count("<text"), "It began in api at 00:00:05, then shop at 00:00:09" in made
    (4, True)
    """
    known = [lane.onset for lane in lanes if lane.onset]
    start, end = (min(known), max(known)) if known else (0, 0)
    breadth = max(end - start, _SHORTEST)
    whole = breadth / (_LAST - _FIRST)
    scale = (start - _FIRST * whole, start + (1.0 - _FIRST) * whole)
    parts = [_lane(lane, number, scale, start) for number, lane in enumerate(lanes)]
    arrows = [_arrow(number, lane.onset, scale) for number, lane in enumerate(lanes) if number and lane.onset]
    return tag(
        "svg",
        *arrows,
        *parts,
        class_="cascade",
        width="100%",
        height=_HEIGHT * len(lanes),
        role="img",
        aria_label=_said(lanes),
    )


def _lane(lane: Lane, number: int, scale: tuple[float, float], start: Micros) -> Markup:
    top = _HEIGHT * number
    y = top + _LINE
    role = "first" if lane.first else "later"
    parts = [
        tag("text", short(lane.name, _NAME), x=0, y=top + 15, class_="name", font_size=13),
        tag("text", _when(lane, start), x="100%", y=top + 15, text_anchor="end", class_="when", font_size=12),
        tag("line", class_="track" if lane.onset else "track unknown", x1=0, x2="100%", y1=y, y2=y),
    ]
    if lane.onset:
        x = _at(lane.onset, scale)
        mark = "M0 -7L7 0L0 7L-7 0Z" if lane.first else "M0 -5A5 5 0 1 1 -.1 -5Z"
        parts += [
            tag("line", class_="harm", x1=x, x2="100%", y1=y, y2=y),
            tag("svg", tag("path", d=mark, class_="onset"), x=x, y=y, overflow="visible"),
        ]
    return tag("g", *parts, class_=role)


def _arrow(number: int, onset: Micros, scale: tuple[float, float]) -> Markup:
    """Return an arrow from the lane above down to where this one fell."""
    x = _at(onset, scale)
    above, here = _HEIGHT * (number - 1) + _LINE, _HEIGHT * number + _LINE
    return join(
        (
            tag("line", class_="fell", x1=x, x2=x, y1=above, y2=here - 8),
            tag("svg", tag("path", d="M-4 -6L0 0L4 -6", class_="fell"), x=x, y=here - 7, overflow="visible"),
        )
    )


def _when(lane: Lane, start: Micros) -> str:
    if not lane.onset:
        return "onset not found"
    later = lane.onset - start
    return clock_text(lane.onset) + (f" · +{span(later)}" if later > 0 else "")


def _at(at: Micros, scale: tuple[float, float]) -> str:
    low, high = scale
    return f"{100 * min(max((at - low) / (high - low), 0.0), 1.0):.2f}%"


def _said(lanes: Sequence[Lane]) -> str:
    places = [f"{lane.name} at {clock_text(lane.onset)}" if lane.onset else lane.name for lane in lanes]
    return f"It began in {', then '.join(places)}"
