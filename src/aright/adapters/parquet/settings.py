"""Settings of the Parquet segments."""

from __future__ import annotations

from pathlib import Path

import msgspec


class ParquetSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Where segments lie and when small files are merged.

    Attributes:
        folder: is made where it is missing; one process at a time writes to it.
        merge_files: how many small files in a row become one.
        small_rows: files with fewer rows than this are small.
    """

    folder: Path
    merge_files: int = 16
    small_rows: int = 50_000
