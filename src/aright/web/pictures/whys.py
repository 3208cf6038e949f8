"""The five whys as a graph: each why rests on evidence, or says that it is assumed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from markupsafe import Markup

from aright.web.pictures.svg import lines, tag, wrap

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aright.core.model.postmortem import Why

_QUESTION: Final = 12.5
_ANSWER: Final = 14.0
_LEFT: Final = 34.0
_PAD: Final = 11.0
_GAP: Final = 26.0
_CHIP: Final = 20.0


def whys_graph(whys: Sequence[Why], *, incident: str, width: float = 720.0) -> Markup:
    """Return the chain, ``width`` pixels wide, as high as its text needs; evidence is linked."""
    parts: list[Markup] = []
    y = 2.0
    for number, why in enumerate(whys[:12], start=1):
        node, height = _node(why, number, y, width, incident)
        if number > 1:
            parts.append(_arrow(y))
        parts.append(node)
        y += height + _GAP
    height = max(y - _GAP + 2, 2.0)
    return tag(
        "svg",
        *parts,
        class_="whys",
        view_box=f"0 0 {width:.0f} {height:.0f}",
        width=width,
        height=height,
        role="group",
        aria_label=f"The chain of {len(whys)} whys",
    )


def _node(why: Why, number: int, y: float, width: float, incident: str) -> tuple[Markup, float]:
    room = width - _LEFT - 2 * _PAD
    question = wrap(why.question, room, _QUESTION, lines=3)
    answer = wrap(why.answer, room, _ANSWER, lines=8, bold=True)
    first = y + _PAD + _QUESTION
    second = first + (len(question) - 1) * _QUESTION * 1.35 + _ANSWER + 7
    chips_at = second + (len(answer) - 1) * _ANSWER * 1.35 + 10
    height = chips_at + _CHIP + _PAD - y
    kind = "assumed" if why.assumed else "cited"
    return (
        tag(
            "g",
            tag("rect", x=_LEFT, y=y, width=width - _LEFT - 2, height=height, rx=3, class_="box"),
            tag("circle", cx=13, cy=y + 16, r=11.5, class_="number"),
            tag("text", str(number), x=13, y=y + 20.5, text_anchor="middle", class_="number"),
            lines(question, x=_LEFT + _PAD, y=first, size=_QUESTION, class_="question"),
            lines(answer, x=_LEFT + _PAD, y=second, size=_ANSWER, class_="answer"),
            _chips(why, chips_at, incident),
            class_=kind,
        ),
        height,
    )


def _chips(why: Why, y: float, incident: str) -> Markup:
    if why.assumed:
        return _chip("assumed: no evidence", _LEFT + _PAD, y, "")[0]
    made = []
    x = _LEFT + _PAD
    for each in why.evidence[:8]:
        chip, taken = _chip(each, x, y, f"/incidents/{incident}#{each}")
        made.append(chip)
        x += taken + 6
    return Markup("").join(made)


def _chip(text: str, x: float, y: float, link: str) -> tuple[Markup, float]:
    taken = 14 + 7.2 * len(text)
    shown = Markup("").join(
        (
            tag("rect", x=x, y=y, width=taken, height=_CHIP, rx=_CHIP / 2),
            tag("text", text, x=x + taken / 2, y=y + 14, text_anchor="middle", font_size=12),
        )
    )
    kind = "chip" if link else "chip assumption"
    return (tag("a", shown, href=link, class_=kind) if link else tag("g", shown, class_=kind)), taken


def _arrow(y: float) -> Markup:
    top, tip = y - _GAP + 4, y - 4
    middle = _LEFT + 22
    shaft = f"M{middle} {top}V{tip}M{middle - 4} {tip - 5}L{middle} {tip}L{middle + 4} {tip - 5}"
    return tag("path", d=shaft, class_="arrow")
