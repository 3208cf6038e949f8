"""Cuts: where columns are divided into bins, frozen and kept with the counts that depend on them."""

from __future__ import annotations

import msgspec


class Cut(msgspec.Struct, frozen=True, kw_only=True):
    """The bins of one column.

    Attributes:
        edges: between neighbouring bins of a number, ascending; a value on an edge is below it.
        values: a category's own bins, the most frequent first.
    """

    edges: tuple[float, ...] = ()
    values: tuple[str, ...] = ()


class Cuts(msgspec.Struct, frozen=True, kw_only=True):
    """The bins of a service's columns.

    Attributes:
        key: the service's name.
        columns: by column, such as ``feat.profiles.norm`` or ``score``.
        attributes: segment attributes that are watched, found or told.
    """

    key: str
    columns: dict[str, Cut]
    attributes: tuple[str, ...] = ()
