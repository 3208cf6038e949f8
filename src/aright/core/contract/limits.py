"""How much of a hostile document is looked at."""

from __future__ import annotations

from typing import Final

import msgspec


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """Bounds on what one window of one endpoint may cost; what lies beyond is counted, not kept.

    Attributes:
        paths: distinct paths kept; fields of further ones are counted as dropped.
        depth: levels of nesting looked into.
        nodes: values of one document looked at.
        elements: elements of one array looked at (its length is always the true one).
        text: characters of a string looked at (its length is always the true one).
        key: characters of a key kept.
        buffer: documents held before they are folded into counts.
        rows: elements of one kind of array looked at per ``buffer`` documents; where more come, the arrays of
            a fair part of the documents are looked into, and of the others their length is known alone.
        numeric: columns of numbers of one record that are related to each other.
        categories: columns of categories of one record that are related to the others.
    """

    paths: int = 512
    depth: int = 12
    nodes: int = 2_000
    elements: int = 64
    text: int = 256
    key: int = 64
    buffer: int = 512
    rows: int = 1_024
    numeric: int = 16
    categories: int = 6


DEFAULT: Final = Limits()
