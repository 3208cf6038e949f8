"""Where a column's values lay before and now: two lanes on one scale, and beside each what was missing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from aright.web.pictures.svg import join, tag
from aright.web.words import number as figure
from aright.web.words import percent, short

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from markupsafe import Markup

    from aright.engine.profiles import ColumnProfile

_OUTER: Final = ("0.05", "0.95")
_INNER: Final = ("0.25", "0.75")
_MOST_VALUES: Final = 4


def ranges(before: ColumnProfile | None, now: ColumnProfile | None) -> Markup:
    """Return a row for before and one for now: bars of the middle half and nine tenths, or common values.

    >>> from aright.engine.profiles import ColumnProfile
    >>> said = {"0.05": 1.0, "0.25": 2.0, "0.5": 3.0, "0.75": 4.0, "0.95": 5.0}
    >>> one = ColumnProfile(start=0, end=1, kind="number", n=10, null_share=0.5, quantiles=said)
    >>> "missing 50" in ranges(None, one)
    True
    """
    edges = [
        profile.quantiles[share]
        for profile in (before, now)
        if profile and profile.quantiles
        for share in _OUTER
    ]
    scale = (min(edges), max(edges)) if edges else (0.0, 1.0)
    rows = [("before", "all", before), ("now", "hit", now)]
    return join(_row(said, role, profile, scale) for said, role, profile in rows if profile is not None)


def _row(said: str, role: str, profile: ColumnProfile, scale: tuple[float, float]) -> Markup:
    missing = f"missing {percent(profile.null_share or 0.0)}"
    if profile.quantiles:
        missing = f"median {figure(profile.quantiles['0.5'])} · {missing}"
    lane = _lane(profile.quantiles, role, scale) if profile.quantiles else _values(profile)
    return tag("tr", tag("th", said, scope="row"), tag("td", lane), tag("td", missing, class_="num"))


def _lane(quantiles: Mapping[str, float], role: str, scale: tuple[float, float]) -> Markup:
    low, high = scale
    breadth = (high - low) or 1.0

    def bar(shares: Sequence[str], y: float, height: float) -> Markup:
        start, end = ((quantiles[share] - low) / breadth for share in shares)
        # Two pixels at least: a constant is a place, too.
        return tag(
            "rect",
            class_=f"fill {role}",
            x=_at(start),
            y=y,
            width=_at(max(end - start, 0.006)),
            height=height,
        )

    said = " to ".join(figure(quantiles[share]) for share in _OUTER)
    return tag(
        "svg",
        tag("rect", class_="track", x=0, y=6, width="100%", height=2),
        bar(_OUTER, 6, 2),
        bar(_INNER, 2, 10),
        class_="bar",
        width="100%",
        height=14,
        role="img",
        aria_label=f"nine tenths from {said}, median {figure(quantiles['0.5'])}",
    )


def _values(profile: ColumnProfile) -> str:
    held = sum(top.count for top in profile.top) + profile.other
    named = [f"{short(top.value, 24)} {percent(top.count / held)}" for top in profile.top[:_MOST_VALUES]]
    return " · ".join(named) or "no value"


def _at(share: float) -> str:
    return f"{100 * min(max(share, 0.0), 1.0):.2f}%"
