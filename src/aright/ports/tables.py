"""Tables: files of rows that people have lying about."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Protocol

if TYPE_CHECKING:
    from pathlib import Path

    import pyarrow as pa

NOTES: Final = b"aright.notes"
"""Metadata of a table: what its reader left out or mended, a line each, as UTF-8."""


class UnreadableTableError(ValueError):
    """A file cannot be read as a table. Its text names the file, the place in it, and what to do."""


class Tables(Protocol):
    """Reads Parquet, CSV, NDJSON and Arrow files."""

    def read(self, path: Path) -> pa.Table:
        """Return the whole file, with ``NOTES`` in its metadata; raises ``UnreadableTableError``.

        Rows of another number of fields are left out. What is not UTF-8 is read with a replacement character.
        """
        ...
