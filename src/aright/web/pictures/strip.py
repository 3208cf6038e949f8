"""A strip: one panel over the shared clock, as wide as its place, with baseline band and marks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from aright.core.model.times import DAY, HOUR, MINUTE, SECOND, Micros, to_datetime
from aright.web.pictures.svg import join, path, tag
from aright.web.words import quantity

if TYPE_CHECKING:
    from collections.abc import Callable

    from markupsafe import Markup

    from aright.web.strips import Line, Mark, Panel, Strips

_WIDE: Final = 1000.0
"""Units across; the plot is stretched to its place, texts are not."""

_STEPS: Final = tuple(
    n * unit
    for unit, counts in (
        (SECOND, (15, 30)),
        (MINUTE, (1, 2, 5, 10, 15, 30)),
        (HOUR, (1, 2, 3, 6, 12)),
        (DAY, (1, 2, 7)),
    )
    for n in counts
)


def strip(strips: Strips, panel: Panel, height: int) -> Markup:
    """Return a panel ``height`` pixels high."""

    def x(at: Micros) -> float:
        return _WIDE * (at - strips.start) / (strips.end - strips.start)

    def y(value: float) -> float:
        return height * (1 - (value - panel.low) / (panel.high - panel.low))

    def drawn(line: Line) -> Markup:
        points = [
            None if value is None else (x(at), y(value))
            for at, value in zip(strips.times, line.values, strict=True)
        ]
        return tag("path", class_=f"line {line.role}", d=path(points))

    plot = [_marks(strips, x, height), *(drawn(line) for line in reversed(panel.lines))]
    if panel.band is not None:
        low, high = panel.band
        box = tag("rect", class_="band", x=0, width=_WIDE, y=y(high), height=max(y(low) - y(high), 1.0))
        plot.insert(0, box)
    if panel.baseline is not None:
        level = y(panel.baseline)
        plot.insert(1, tag("path", class_="baseline", d=f"M0 {level:.1f}H{_WIDE:.0f}"))
    inner = tag(
        "svg",
        join(plot),
        view_box=f"0 0 {_WIDE:.0f} {height}",
        preserve_aspect_ratio="none",
        width="100%",
        height=height,
    )
    return tag(
        "svg",
        inner,
        tag("text", quantity(panel.high, panel.unit), x=4, y=11, class_="scale"),
        tag("text", quantity(panel.low, panel.unit), x=4, y=height - 4, class_="scale"),
        class_="strip-picture",
        width="100%",
        height=height,
        role="img",
        aria_label=summary(strips, panel),
    )


def summary(strips: Strips, panel: Panel) -> str:
    """Return what the picture shows, in words, for those who do not see it."""
    said = [f"{panel.title}:"]
    for line in panel.lines:
        seen = [value for value in line.values if value is not None]
        said.append(
            f"{line.label} from {quantity(seen[0], panel.unit)} to {quantity(seen[-1], panel.unit)},"
            f" lowest {quantity(min(seen), panel.unit)}, highest {quantity(max(seen), panel.unit)};"
        )
    if panel.baseline is not None:
        said.append(f"before the onset {quantity(panel.baseline, panel.unit)} on average;")
    first, last = to_datetime(strips.start), to_datetime(strips.end)
    said.append(f"{first:%H:%M} to {last:%H:%M} UTC.")
    return " ".join(said)


def _marks(strips: Strips, x: Callable[[Micros], float], height: int) -> Markup:
    return join(
        tag("path", class_=f"mark {mark.kind}", d=f"M{x(mark.at):.1f} 0V{height}") for mark in strips.marks
    )


def axis(strips: Strips) -> Markup:
    """Return the time axis below the strips, with a numbered flag for every mark."""
    length = strips.end - strips.start
    step = next((step for step in _STEPS if length / step <= 6), _STEPS[-1])
    first = -(-strips.start // step) * step
    pattern = "%H:%M:%S" if step < MINUTE else "%H:%M" if step < DAY else "%d %b"
    parts = []
    for at in range(first, strips.end, step):
        share = 100 * (at - strips.start) / length
        if 3 <= share <= 97:
            text = to_datetime(at).strftime(pattern)
            parts.append(tag("text", text, x=f"{share:.2f}%", y=13, class_="tick", text_anchor="middle"))
    return tag("svg", join(parts), class_="axis", width="100%", height=18, aria_hidden="true")


def flags(strips: Strips) -> Markup:
    """Return the numbered flags above the strips; the legend says what each number is."""
    length = strips.end - strips.start
    parts = []
    rows: list[float] = []
    for mark in strips.marks:
        share = 100 * (mark.at - strips.start) / length
        row = _row(rows, share)
        parts.append(_flag(mark, share, 9 + 17 * row))
    height = 18 + 17 * max(0, len(rows) - 1)
    return tag("svg", join(parts), class_="flags", width="100%", height=height, aria_hidden="true")


def _row(rows: list[float], share: float) -> int:
    """Return the first row whose last flag is far enough to the left, and note it there."""
    for row, last in enumerate(rows):
        if share - last >= 2.5:
            rows[row] = share
            return row
    rows.append(share)
    return len(rows) - 1


def _flag(mark: Mark, share: float, y: float) -> Markup:
    at = f"{share:.2f}%"
    return tag(
        "g",
        tag("circle", cx=at, cy=y, r=7.5),
        tag("text", str(mark.number), x=at, y=y + 3.5, text_anchor="middle"),
        class_=f"flag {mark.kind}",
    )
