"""Tables from files: Parquet, CSV, NDJSON and Arrow IPC, told apart by first bytes and then by name."""

from __future__ import annotations

from aright.adapters.files.tables import FileTables

__all__ = ["FileTables"]
