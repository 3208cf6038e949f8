"""Parquet files, written whole or not at all, and read in the columns' own types."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from aright.adapters.parquet.names import TEMPORARY
from aright.core.model.columns import ATTRIBUTE, CATEGORY, FEATURE, TIME
from aright.core.model.tables import FIELDS

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from aright.adapters.parquet.names import Segment
    from aright.core.model.frame import Kind
    from aright.core.model.times import Micros

_UNIQUE = frozenset({"id", "prediction_id", "trace_id", "text"})  # hardly a value repeats


def write(folder: Path, segment: Segment, rows: pa.Table) -> None:
    """Write under another name, bring that to disk, then rename; the caller syncs the folder."""
    path = segment.path(folder)
    draft = path.with_name(path.name + TEMPORARY)
    with draft.open("wb") as file:
        pq.write_table(
            rows,
            file,
            compression="zstd",
            compression_level=1,
            use_dictionary=[field.name for field in rows.schema if _repeats(field)],
            store_schema=False,
        )
        file.flush()
        os.fsync(file.fileno())
    draft.rename(path)


def sync_folder(folder: Path) -> None:
    """Return once the folder's names are on disk."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def make_folder(folder: Path) -> None:
    """Make a folder with its parents, their names on disk."""
    if not folder.is_dir():
        make_folder(folder.parent)
        folder.mkdir(exist_ok=True, mode=0o700)
        sync_folder(folder.parent)


def read(
    folder: Path, segment: Segment, start: Micros, end: Micros, columns: Sequence[str] | None = None
) -> pa.Table:
    """Return the file's rows with ``start <= time < end``; categories come as dictionaries."""
    path = segment.path(folder)
    metadata = pq.read_metadata(path)
    schema = metadata.schema.to_arrow_schema()
    categories = [field.name for field in schema if _is_category(field, segment.kind)]
    wanted = list(schema.names) if columns is None else [name for name in columns if name in schema.names]
    needed = wanted if "time" in wanted else [*wanted, "time"]
    with pq.ParquetFile(path, metadata=metadata, read_dictionary=categories) as file:
        table = file.read(columns=needed, use_threads=False).select(needed)
    if not start <= segment.start <= segment.end < end:
        table = between(table, start, end)
    return table.select(wanted)


def between(table: pa.Table, start: Micros, end: Micros) -> pa.Table:
    """Return the rows with ``start <= time < end``."""
    after = pc.greater_equal(table["time"], pa.scalar(start, pa.int64()).cast(TIME))
    before = pc.less(table["time"], pa.scalar(end, pa.int64()).cast(TIME))
    return table.filter(pc.and_(after, before))


def _repeats(field: pa.Field) -> bool:
    plain = pa.types.is_floating(field.type) or pa.types.is_timestamp(field.type)
    return not plain and field.name not in _UNIQUE


def _is_category(field: pa.Field, kind: Kind) -> bool:
    if field.name.startswith((ATTRIBUTE, FEATURE)):
        return bool(pa.types.is_string(field.type))
    return bool(FIELDS[kind].get(field.name) == CATEGORY)
