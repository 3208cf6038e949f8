"""A metric's curve of two trainings on one scale: the run before, the run now, and where they part."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from aright.web.pictures.svg import join, path, tag
from aright.web.words import number as figure
from aright.web.words import short

if TYPE_CHECKING:
    from markupsafe import Markup

    from aright.core.model.curves import Curve, CurvePair

_WIDE: Final = 1000.0
_HIGH: Final = 84
_BEYOND: Final = 3.0
"""Ranges of the curve before that are shown above and below it; what goes further leaves the picture."""


def curve_pair(pair: CurvePair) -> Markup:
    """Return the picture; its legend stands beside it.

    >>> from aright.core.model.curves import Curve, CurvePair
    >>> one = Curve(steps=(0, 9), values=(1.0, 0.1), last=9)
    >>> "parts at step 5" in curve_pair(CurvePair(name="loss", before=one, now=one, parted=5))
    True
    """
    steps = [*pair.before.steps, *pair.now.steps, *([] if pair.parted is None else [pair.parted])] or [0]
    first, last = min(steps), max(*steps, pair.before.last, pair.now.last)
    low, high = _scale(pair.before.values or pair.now.values, pair.now.values)

    def x(step: int) -> float:
        return _WIDE * (step - first) / max(last - first, 1)

    def drawn(curve: Curve, role: str) -> Markup:
        points = [
            (x(step), _HIGH - 3 - (_HIGH - 6) * (min(max(value, low), high) - low) / (high - low or 1.0))
            for step, value in zip(curve.steps, curve.values, strict=True)
        ]
        return tag("path", class_=f"line {role}", d=path(points))

    marks = (
        []
        if pair.parted is None
        else [tag("path", class_="mark onset", d=f"M{x(pair.parted):.1f} 0V{_HIGH}")]
    )
    plot = tag(
        "svg",
        join([*marks, drawn(pair.before, "all"), drawn(pair.now, "hit")]),
        view_box=f"0 0 {_WIDE:.0f} {_HIGH}",
        preserve_aspect_ratio="none",
        width="100%",
        height=_HIGH,
    )
    return tag(
        "svg",
        plot,
        tag("text", figure(high), x=4, y=11, class_="scale"),
        tag("text", figure(low), x=4, y=_HIGH - 4, class_="scale"),
        class_="strip-picture",
        width="100%",
        height=_HIGH,
        role="img",
        aria_label=_said(pair, first, last),
    )


def _said(pair: CurvePair, first: int, last: int) -> str:
    said = f"{short(pair.name, 60)}, steps {first:,} to {last:,}"
    return said if pair.parted is None else f"{said}: parts at step {pair.parted:,}"


def _scale(before: tuple[float, ...], now: tuple[float, ...]) -> tuple[float, float]:
    """Return the ends of the scale: a curve that runs away does not flatten the other one."""
    both = (*before, *now) or (0.0,)
    own = before or (0.0,)
    reach = _BEYOND * ((max(own) - min(own)) or abs(own[0]) or 1.0)
    return max(min(both), min(own) - reach), min(max(both), max(own) + reach)
