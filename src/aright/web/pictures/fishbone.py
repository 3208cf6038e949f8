"""The fishbone of Ishikawa: what was looked at, by category, and what came of it.

Source: K. Ishikawa, Guide to Quality Control (1976).
"""

from __future__ import annotations

from itertools import zip_longest
from typing import TYPE_CHECKING, Final

from aright.web.pictures.svg import lines, tag, wrap

if TYPE_CHECKING:
    from collections.abc import Sequence

    from markupsafe import Markup

    from aright.core.model.postmortem import Bone

CATEGORIES: Final = ("Data", "Model", "Code", "Dependencies", "Infrastructure", "Process", "Monitoring")

_SIZE: Final = 12.5
_ROW: Final = _SIZE * 1.35
_PER_CATEGORY: Final = 6
_CLASSES: Final = {"cause": "cause", "contributed": "contributed", "ruled out": "ruled-out"}
_SIGNS: Final = {"cause": "◆", "contributed": "●", "ruled out": "✕"}


def fishbone(bones: Sequence[Bone], *, effect: str, width: float = 1000.0) -> Markup:
    """Return the fishbone, ``width`` pixels wide; below 600 pixels the spine stands upright."""
    by_category = [(name, _of(bones, name)) for name in CATEGORIES]
    drawn = _lying if width >= 600 else _standing
    parts, height = drawn(by_category, effect, width)
    return tag(
        "svg",
        *parts,
        class_="fishbone",
        view_box=f"0 0 {width:.0f} {height:.0f}",
        width=width,
        height=height,
        role="img",
        aria_label=_said(by_category, effect),
    )


def _of(bones: Sequence[Bone], category: str) -> list[Bone]:
    return [bone for bone in bones if bone.category == category][:_PER_CATEGORY]


def _said(by_category: Sequence[tuple[str, Sequence[Bone]]], effect: str) -> str:
    said = "; ".join(
        f"{name}: " + (", ".join(f"{bone.text} ({bone.status})" for bone in bones) or "not looked at")
        for name, bones in by_category
    )
    return f"Fishbone of {effect}. {said}."


def _entries(bones: Sequence[Bone], x: float, y: float, room: float) -> tuple[list[Markup], float]:
    """Return a category's entries from ``y`` downwards, and where they end."""
    if not bones:
        return [tag("text", "not looked at", x=x, y=y, font_size=_SIZE, class_="entry unseen")], y + _ROW
    made = []
    for bone in bones:
        kind = _CLASSES.get(bone.status, "unseen")
        wrapped = wrap(bone.text, room - 16, _SIZE, lines=4, bold=kind == "cause")
        made.append(
            tag(
                "g",
                tag("text", _SIGNS.get(bone.status, "○"), x=x, y=y, font_size=_SIZE - 2, class_="sign"),
                lines(wrapped, x=x + 16, y=y, size=_SIZE),
                class_=f"entry {kind}",
            )
        )
        y += _ROW * len(wrapped) + 3
    return made, y


def _lying(
    by_category: Sequence[tuple[str, Sequence[Bone]]], effect: str, width: float
) -> tuple[list[Markup], float]:
    """Draw the spine from left to right, four categories above it and three below."""
    head = 240.0
    column = (width - head - 20) / 4
    above, below = by_category[:4], by_category[4:]
    top = max(_height(bones, column) for _, bones in above) + 46
    bottom = max(_height(bones, column) for _, bones in below) + 46
    parts = [tag("path", class_="spine", d=f"M6 {top:.1f}H{width - head:.1f}")]
    for index, (upper, lower) in enumerate(zip_longest(above, below)):
        left = 6 + column * index
        parts += _rib(upper, left, 20.0, top, column)
        if lower is not None:
            parts += _rib(lower, left, top + bottom - 12, top, column)
    parts.append(_head(effect, width - head, top, head))
    return parts, top + bottom


def _height(bones: Sequence[Bone], column: float) -> float:
    return _entries(bones, 0, 0, column - 44)[1]


def _rib(
    category: tuple[str, Sequence[Bone]], left: float, at: float, spine: float, column: float
) -> list[Markup]:
    """Draw one rib, from its name at height ``at`` to the spine, its entries beside it."""
    name, bones = category
    hot = " cause" if any(bone.status == "cause" for bone in bones) else ""
    up = at < spine
    start = at + 6 if up else at - 14
    rib = tag("path", class_=f"rib{hot}", d=f"M{left + 4:.1f} {start:.1f}L{left + 34:.1f} {spine:.1f}")
    first = at + 24 if up else spine + 24
    return [
        rib,
        tag("text", name, x=left, y=at, font_size=13, class_=f"category{hot}"),
        *_entries(bones, left + 40, first, column - 44)[0],
    ]


def _head(effect: str, left: float, middle: float, width: float) -> Markup:
    text = wrap(effect, width - 40, 13, lines=12, bold=True)
    height = max(len(text) * 13 * 1.35 + 22, 54.0)
    top = middle - height / 2
    outline = (
        f"M{left} {middle}L{left + 16} {top}H{left + width - 4}V{top + height}H{left + 16}L{left} {middle}Z"
    )
    return tag(
        "g",
        tag("path", d=outline),
        lines(text, x=left + 24, y=top + 24, size=13),
        class_="head",
    )


def _standing(
    by_category: Sequence[tuple[str, Sequence[Bone]]], effect: str, width: float
) -> tuple[list[Markup], float]:
    """Draw the spine downwards, with the effect at its top: for narrow screens."""
    text = wrap(effect, width - 24, 13, lines=8, bold=True)
    y = len(text) * 13 * 1.35 + 18
    box = tag("rect", x=1, y=1, width=width - 2, height=y, rx=3)
    parts = [tag("g", box, lines(text, x=12, y=22, size=13), class_="head")]
    top = y + 1
    last = top
    for name, bones in by_category:
        hot = " cause" if any(bone.status == "cause" for bone in bones) else ""
        y += 30
        last = y - 4
        parts.append(tag("path", class_=f"rib{hot}", d=f"M14 {last - 14:.1f}L30 {last:.1f}"))
        parts.append(tag("text", name, x=36, y=y, font_size=13, class_=f"category{hot}"))
        made, y = _entries(bones, 36, y + 20, width - 44)
        parts += made
        y -= 8
    parts.insert(0, tag("path", class_="spine", d=f"M14 {top:.1f}V{last - 14:.1f}"))
    return parts, y + 10
