"""Confidence sequences: the ratio of failing units over time, held against "as good" and against the margin.

A band is where the ratio lies, all looks together, with the confidence of the release's policy (Howard,
Ramdas, McAuliffe & Sekhon, "Time-uniform, nonparametric, nonasymptotic confidence sequences", 2021).
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

from aright.core.model.times import to_datetime
from aright.web.pictures.svg import join, number, path, tag
from aright.web.release_words import margin_text, ratio_text, share_text, standing_text
from aright.web.words import percent

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from markupsafe import Markup

    from aright.core.model.times import Micros
    from aright.web.release_tracks import Track, Tracks
    from aright.web.strips import Strips

_WIDE: Final = 1000.0
"""Units across; the plot is stretched to its place, texts are not."""

_TICKS: Final = (0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0)
_APART: Final = 13.0
"""Pixels between two ticks' texts at least."""

_NARROW: Final = 3.0
"""Half the width of a look that stands alone."""


def sequence(clock: Strips, track: Track, scale: tuple[float, float], height: int) -> Markup:
    """Return a metric's band over the clock, ``height`` pixels high, on a logarithmic scale of ratios."""
    y = _log_scale(scale, height)
    runs = [_run(role, run, _across(clock), y) for role, run in _runs(track)]
    plot = [
        tag("path", class_="even", d=f"M0 {y(1.0):.1f}H{_WIDE:.0f}"),
        _marks(clock, height),
        *runs,
        tag("path", class_="margin", d=path(_staircase(clock, track, y))),
    ]
    return tag(
        "svg",
        _stretched(join(plot), height),
        *_ticks(scale, y, height),
        class_="strip-picture sequence",
        width="100%",
        height=height,
        role="img",
        aria_label=summary(clock, track),
    )


def summary(clock: Strips, track: Track) -> str:
    """Return what the picture shows, in words, for those who do not see it."""
    read = [each for each in track.said if each]
    low, high, margin = read[-1]
    first, last = to_datetime(clock.start), to_datetime(clock.end)
    wanted = f"; good enough is under {margin_text(margin)}" if margin > 0 else ""
    return (
        f"{track.title}, {track.part or 'all traffic'}: ratio of failing units, canary to stable, from"
        f" {ratio_text(*read[0][:2])} to {ratio_text(low, high)} after {len(read)} looks{wanted}:"
        f" {standing_text(track.standing)}. {first:%H:%M} to {last:%H:%M} UTC."
    )


def share_lane(tracks: Tracks, height: int) -> Markup:
    """Return what share was served when, on the same clock; its height grows with the share's square root."""
    clock, x = tracks.clock, _across(tracks.clock)
    ends = [at for at, _ in tracks.shares[1:]] + [clock.end]
    blocks = [(at, end, share) for (at, share), end in zip(tracks.shares, ends, strict=True) if share > 0]
    drawn = []
    for at, end, share in blocks:
        tall = max(2.0, math.sqrt(min(share, 1.0)) * (height - 16))
        box = {"x": x(at), "width": max(x(end) - x(at), 1.0), "y": height - tall, "height": tall}
        drawn.append(tag("rect", class_="served", **box))
    held = (tag("path", class_="held-line", d=f"M{x(a):.1f} 2H{x(b):.1f}") for a, b in tracks.held)
    said = ", ".join(f"{share_text(share)} from {to_datetime(at):%H:%M}" for at, _, share in blocks)
    return tag(
        "svg",
        _stretched(join((_marks(clock, height), *drawn, *held)), height),
        *_share_labels(blocks, x, height),
        class_="strip-picture",
        width="100%",
        height=height,
        role="img",
        aria_label=f"Share served by the canary: {said or 'none yet'}.",
    )


def _share_labels(
    blocks: Sequence[tuple[Micros, Micros, float]], x: Callable[[Micros], float], height: int
) -> list[Markup]:
    """Return a text for each block; one that would stand in the next one's place gives way to it."""
    made: list[Markup] = []
    free = _WIDE + 1
    for at, _, share in reversed(blocks):
        if free - x(at) < 55:
            continue
        free = x(at)
        tall = max(2.0, math.sqrt(min(share, 1.0)) * (height - 16))
        late = free > 0.93 * _WIDE
        made.append(
            tag(
                "text",
                share_text(share),
                class_="scale",
                x=f"{(100 if late else free / 10):.2f}%",
                y=height - tall - 3,
                dx=0 if late else 2,
                text_anchor="end" if late else None,
            )
        )
    return made


def ratio_bar(low: float, high: float, margin: float, scale: tuple[float, float]) -> Markup:
    """Return an interval on the same scale, lying: a line at 1, a dashed one at the margin.

    >>> ratio_bar(0.5, 2.0, 1.5, (0.25, 4.0)).count("<line")
    5
    """
    start, end = (math.log(edge) for edge in scale)

    def at(ratio: float) -> str:
        clipped = min(max(ratio, scale[0]), scale[1])
        return f"{100 * (math.log(clipped) - start) / (end - start):.2f}%"

    role = "worse" if low > 1.0 else "good_enough" if 0.0 < high < margin else "unknown"
    edges = (at(low), at(high))
    return tag(
        "svg",
        tag("line", class_="even", x1=at(1.0), x2=at(1.0), y1=0, y2=16),
        tag("line", class_="margin", x1=at(margin), x2=at(margin), y1=0, y2=16) if margin > 0 else "",
        tag("line", class_=f"reach {role}", x1=edges[0], x2=edges[1], y1=8, y2=8),
        *(tag("line", class_=f"tip {role}", x1=edge, x2=edge, y1=4, y2=12) for edge in edges),
        class_="change",
        width="100%",
        height=16,
        role="img",
        aria_label=f"ratio {ratio_text(low, high)}",
    )


def proof_bar(log_e: float, threshold: float, role: str) -> Markup:
    """Return evidence as a bar that is proof where it reaches the line at four fifths.

    >>> 'width="80.00%"' in proof_bar(4.6, 4.6, "hit"), 'width="0.00%"' in proof_bar(-3.0, 4.6, "hit")
    (True, True)
    """
    share = min(max(0.8 * log_e / threshold, 0.0), 1.0) if threshold > 0 else 0.0
    return tag(
        "svg",
        tag("rect", class_="track", x=0, y=3, width="100%", height=8, rx=2),
        tag("rect", class_=f"fill {role}", x=0, y=3, width=f"{100 * share:.2f}%", height=8, rx=2),
        tag("line", class_="mean", x1="80%", x2="80%", y1=0, y2=14),
        class_="bar",
        width="100%",
        height=14,
        role="img",
        aria_label=f"{percent(max(log_e, 0.0) / threshold)} of proof" if threshold > 0 else "no threshold",
    )


def _across(clock: Strips) -> Callable[[Micros], float]:
    length = max(clock.end - clock.start, 1)
    return lambda at: _WIDE * min(max((at - clock.start) / length, 0.0), 1.0)


def _log_scale(scale: tuple[float, float], height: float) -> Callable[[float], float]:
    low, high = scale
    length = math.log(high / low)

    def y(ratio: float) -> float:
        clipped = min(max(ratio, low), high) if math.isfinite(ratio) else high
        return height * (1 - math.log(clipped / low) / length)

    return y


def _runs(track: Track) -> list[tuple[str, list[tuple[Micros, float, float]]]]:
    """Return stretches of looks that say the same; neighbours share the look at which it changed."""
    runs: list[tuple[str, list[tuple[Micros, float, float]]]] = []
    before: tuple[Micros, float, float] | None = None
    for at, read in zip(track.times, track.said, strict=True):
        if at is None or read is None:
            before = None
            continue
        low, high, margin = read
        role = "worse" if low > 1.0 else "good_enough" if 0.0 < high < margin else "unknown"
        point = (at, low, high)
        if before is None:
            runs.append((role, [point]))
        elif runs[-1][0] == role:
            runs[-1][1].append(point)
        else:
            runs.append((role, [before, point]))
        before = point
    return runs


def _run(
    role: str,
    run: Sequence[tuple[Micros, float, float]],
    x: Callable[[Micros], float],
    y: Callable[[float], float],
) -> Markup:
    upper = [(x(at), y(high)) for at, _, high in run]
    lower = [(x(at), y(low)) for at, low, _ in run]
    if len(run) == 1:
        (across, top), (_, bottom) = upper[0], lower[0]
        upper = [(across - _NARROW, top), (across + _NARROW, top)]
        lower = [(across - _NARROW, bottom), (across + _NARROW, bottom)]
    around = "L".join(f"{number(a)} {number(b)}" for a, b in [*upper, *reversed(lower)])
    return tag(
        "g",
        tag("path", class_="reach-band", d=f"M{around}Z"),
        tag("path", class_="edge", d=path(upper) + path(lower)),
        class_=role,
    )


def _staircase(clock: Strips, track: Track, y: Callable[[float], float]) -> list[tuple[float, float] | None]:
    """Return the margin as it was at each look: a step down is a step of the release."""
    x = _across(clock)
    points: list[tuple[float, float] | None] = []
    level = 0.0
    last = 0.0
    for at, read in zip(track.times, track.said, strict=True):
        margin = 0.0 if at is None or read is None else read[2]
        here = last if at is None else x(at)
        if margin != level and level:
            points.append((here if margin else last, y(level)))
        if margin != level:
            points.append((here, y(margin)) if margin > 0 else None)
        level, last = margin, here
    return [*points, (last, y(level))] if level else points


def _marks(clock: Strips, height: int) -> Markup:
    x = _across(clock)
    return join(
        tag("path", class_=f"mark {mark.kind}", d=f"M{x(mark.at):.1f} 0V{height}") for mark in clock.marks
    )


def _stretched(inner: Markup, height: int) -> Markup:
    return tag(
        "svg",
        inner,
        view_box=f"0 0 {_WIDE:.0f} {height}",
        preserve_aspect_ratio="none",
        width="100%",
        height=height,
    )


def _ticks(scale: tuple[float, float], y: Callable[[float], float], height: int) -> list[Markup]:
    """Return ratios at their places, 1 before all others."""
    taken: list[float] = []
    made = []
    for ratio in sorted(_TICKS, key=lambda tick: abs(math.log(tick))):
        level = y(ratio)
        if scale[0] < ratio < scale[1] and all(abs(level - other) >= _APART for other in taken):
            taken.append(level)
            at = min(max(level + 3.5, 9.0), height - 1.0)
            made.append(tag("text", margin_text(ratio), class_="tick", x="100%", dx=5, y=at))
    return made
