"""How much a body may bring: generous for any real service, and no more than the server can bear."""

from __future__ import annotations

from typing import Final

from aright.core.model.times import DAY, MINUTE, Micros

MAX_PROBLEMS: Final = 20
"""Bad rows that are described; the others are only counted."""

MAX_ROWS: Final = 2_000_000
"""Rows in one body."""

MAX_FEATURES: Final = 2_000
"""Distinct features in one body; further ones are left out with a note."""

MAX_ATTRIBUTES: Final = 200
"""Distinct segment attributes in one body; further ones are left out with a note."""

MAX_SERVICES: Final = 100
"""Distinct services in one body; rows of further ones are set aside."""

MAX_KINDS: Final = 50
"""Distinct kinds of outcomes in one body; rows of further ones are set aside."""

MAX_METRICS: Final = 200
"""Distinct process metrics in one body; further ones are left out or set aside."""

MAX_ITEMS: Final = 1_000
"""Items in one list output."""

MAX_CLASSES: Final = 1_000
"""Class probabilities of one row; those of rows with more are left out with a note."""

MAX_NAME: Final = 200
"""Bytes (UTF-8) of an attribute's, feature's or metric's name."""

MAX_SERVICE: Final = 80
"""Bytes (UTF-8) of a service's name, which names a folder too."""

MAX_STRING: Final = 1_024
"""Bytes of an id, a unit, a category's value or an item."""

MAX_TEXT: Final = 65_536
"""Characters of a text output or comment; the rest is cut off with a note."""

MAX_DOCUMENT: Final = 1 << 20
"""Bytes of one payload's document, as JSON."""

MAX_ENDPOINTS: Final = 1_000
"""Distinct dependencies, and distinct endpoints, in one body; payloads of further ones are set aside."""

MAX_BAD_TEXT: Final = 500
"""Characters of a bad row that are kept for reading."""

FUTURE: Final[Micros] = 5 * MINUTE
"""How far a sender's clock may run ahead of ours."""

PAST: Final[Micros] = 30 * DAY
"""How late a row may come."""

SPARSE_CELLS: Final = 4_000_000
"""Cells (rows × names) that a body may fill, besides one for each of its bytes."""


MAX_CELLS: Final = 64_000_000
"""Cells (rows × columns) of one Arrow body: they may be written in no bytes at all, but are kept in some."""

MAX_GROWN: Final = 64 << 20
"""Bytes to which a column of repeated text may grow when it is written out cell by cell."""


def nameable(name: str, most: int = MAX_NAME) -> bool:
    r"""Return whether an attribute, feature or metric, or with ``MAX_SERVICE`` a service, may be called so.

    >>> nameable("profiles.norm"), nameable(""), nameable("a\nb"), nameable("x" * 201)
    (True, False, False, False)
    """
    return bool(name) and name.isprintable() and len(name.encode("utf-8", "replace")) <= most
