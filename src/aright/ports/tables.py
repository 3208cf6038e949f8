"""Tables: files of rows that people have lying about."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from pathlib import Path

    import pyarrow as pa


class UnreadableTableError(ValueError):
    """A file cannot be read as a table. Its text names the file, the place in it, and what to do."""


class Tables(Protocol):
    """Reads Parquet, CSV, NDJSON and Arrow files."""

    def read(self, path: Path) -> pa.Table:
        """Return the whole file; raises ``UnreadableTableError``."""
        ...
