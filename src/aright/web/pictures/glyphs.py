"""Glyphs: every state has a shape of its own besides its word, so that colour is never needed."""

from __future__ import annotations

from typing import Final

from markupsafe import Markup

from aright.web.pictures.svg import tag

_SHAPES: Final = {
    "declared": "M8 1.5 14.5 8 8 14.5 1.5 8Z",  # a diamond: something is here
    "triaged": "M8 2 15 14H1Z",  # a triangle: judged
    "mitigating": "M8 1.5A6.5 6.5 0 0 1 8 14.5Z",  # half a disc: half done
    "monitoring": "M8 8V1.5A6.5 6.5 0 1 1 1.5 8Z",  # three quarters of a disc
    "resolved": "M1.5 8.5 6 13 14.5 3.5 12.6 2 5.9 9.6 3.2 6.9Z",  # a tick
    "reviewed": "M1 8.5 4.5 12 6 10.4 8 12.4 15.5 4 14 2.8 7.9 9.7 7.2 9 10.6 5 9.2 3.8 4.4 9.4 2.4 7.2Z",
    "closed": "M2.5 2.5H13.5V13.5H2.5ZM4.5 4.5V11.5H11.5V4.5Z",  # an empty box
    "merged": "M2 2H4.6L8 6.6 11.4 2H14L9 8.8V14H7V8.8Z",  # two ways that become one
    "reopened": "M8 2.5A5.5 5.5 0 1 0 13.5 8H11.5A3.5 3.5 0 1 1 8 4.5V7L12 3.5 8 0Z",  # round again
    "pending": "M8 1.5A6.5 6.5 0 1 1 7.9 1.5ZM8 3.5A4.5 4.5 0 1 0 8.1 3.5Z",  # a ring
    "failed": "M3.5 2 8 6.5 12.5 2 14 3.5 9.5 8 14 12.5 12.5 14 8 9.5 3.5 14 2 12.5 6.5 8 2 3.5Z",
    "shadow": "M6.5 1.5A6.5 6.5 0 1 0 14.5 9.5A5.6 5.6 0 0 1 6.5 1.5Z",  # a crescent: nobody sees it
    # a slice of all
    "canary": "M8 1.5A6.5 6.5 0 1 1 7.9 1.5ZM8 3.5A4.5 4.5 0 1 0 8.1 3.5ZM8 8V3.5A4.5 4.5 0 0 1 12.5 8Z",
    # an arrow back
    "rolled_back": "M7.5 1.5 1.5 6.5 7.5 11.5V8.2H10A2.6 2.6 0 0 1 10 13.4H5V15H10A4.4 4.4 0 0 0 10 4.8H7.5Z",
    "held": "M3 2H6.5V14H3ZM9.5 2H13V14H9.5Z",  # two bars
    "go": "M8 2 14 9H10.5V14H5.5V9H2Z",  # an arrow up
    "left_out": "M2 7H14V9H2Z",  # a dash
    "dot": "M8 4A4 4 0 1 1 7.9 4Z",
}
_ALIASES: Final = {
    "sent": "resolved",
    "accepted": "resolved",
    "verified": "resolved",
    "confirmed": "resolved",
    "planned": "pending",
    "likely": "triaged",
    "inconclusive": "pending",
    "not_verified": "failed",
    "refused": "failed",
    "undone": "closed",
    "promoting": "monitoring",
    "verifying": "monitoring",
    "promoted": "resolved",
    "rolling_back": "rolled_back",
    "roll_back": "rolled_back",
    "stopped": "closed",
    "hold": "pending",
    "worse": "failed",
    "good_enough": "resolved",
    "unknown": "pending",
    "watched": "dot",
    "passed": "resolved",
    "not_run": "left_out",
}


def glyph(name: str) -> Markup:
    """Return a small shape; an unknown name gets a dot. It stands beside its word, so ears do not get it.

    >>> glyph("sent").count("<path"), "M8 4A4" in glyph("no such")
    (1, True)
    """
    shape = _SHAPES.get(_ALIASES.get(name, name), _SHAPES["dot"])
    return tag(
        "svg",
        tag("path", d=shape, fill_rule="evenodd"),
        class_=f"glyph {name if name.isidentifier() else 'dot'}",
        view_box="0 0 16 16",
        width=12,
        height=12,
        aria_hidden="true",
    )


def severity(level: int) -> Markup:
    """Return four bars of which the worst severity fills all, and its word.

    >>> severity(1).count('class="on"'), severity(4).count('class="on"')
    (4, 1)
    """
    bars = (
        tag(
            "rect",
            class_="on" if bar < 5 - level else "off",
            x=1 + 4 * bar,
            y=9 - 3 * bar,
            width=3,
            height=5 + 3 * bar,
        )
        for bar in range(4)
    )
    picture = tag("svg", *bars, class_="bars", view_box="0 0 18 15", width=18, height=15, aria_hidden="true")
    return Markup('<span class="sev sev{}">{} SEV{}</span>').format(level, picture, level)
