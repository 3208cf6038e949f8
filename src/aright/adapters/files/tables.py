"""Reading a file of rows, whatever it is written in."""

from __future__ import annotations

import gzip
import zlib
from typing import TYPE_CHECKING, Final

import pyarrow as pa

from aright.adapters.files.utf8 import as_utf8, noted
from aright.ports.tables import UnreadableTableError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

_PARQUET: Final = b"PAR1"
_ARROW_FILE: Final = b"ARROW1"
_ARROW_STREAM: Final = b"\xff\xff\xff\xff"
_GZIP: Final = b"\x1f\x8b"
_UTF16: Final = (b"\xff\xfe", b"\xfe\xff")
_LARGEST: Final = 8 * 1024**3
_MOST_COLUMNS: Final = 20_000
_MOST_SKIPPED: Final = 1_000


class FileTables:
    """The ``Tables`` port over local files."""

    def read(self, path: Path) -> pa.Table:
        """Return the whole file; raises ``UnreadableTableError``."""
        start = _start(path)
        reader = _reader(path, start)
        try:
            table = reader(path)
        except (pa.lib.ArrowException, EOFError, OSError, UnicodeError, zlib.error) as broken:
            raise UnreadableTableError(
                f"{path} cannot be read as {_name(reader)}: {_first_line(broken)}. Was it written to its "
                "end, and is it Parquet, CSV, NDJSON or Arrow?"
            ) from broken
        return as_utf8(_checked(path, table))


def _start(path: Path) -> bytes:
    try:
        size = path.stat().st_size
        if path.is_dir():
            raise UnreadableTableError(f"{path} is a folder: name one file")
        with path.open("rb") as file:
            start = file.read(8)
    except OSError as missing:
        raise UnreadableTableError(
            f"{path} cannot be opened: {missing.strerror}. Is the path right?"
        ) from missing
    if size == 0:
        raise UnreadableTableError(f"{path} is empty: there is nothing to investigate")
    if size > _LARGEST:
        raise UnreadableTableError(
            f"{path} has {size:,} bytes; more than {_LARGEST:,} do not fit: take a sample"
        )
    return start


def _reader(path: Path, start: bytes) -> Callable[[Path], pa.Table]:
    if start.startswith(_UTF16):
        raise UnreadableTableError(f"{path} is text in UTF-16: save it as UTF-8")
    if start.startswith(_PARQUET):
        return _parquet
    if start.startswith(_ARROW_FILE):
        return _arrow_file
    if start.startswith(_ARROW_STREAM):
        return _arrow_stream
    name = path.name.removesuffix(".gz").lower()
    if name.endswith((".pq", ".parquet")):
        raise UnreadableTableError(
            f"{path} is called Parquet but does not begin as Parquet does: was it cut off?"
        )
    if name.endswith((".ndjson", ".jsonl", ".json")) or start.lstrip()[:1] == b"{":
        return _ndjson
    if start.lstrip()[:1] == b"[":
        raise UnreadableTableError(f"{path} is one JSON array: write one object per line (jq -c '.[]')")
    return _csv


def _name(reader: Callable[[Path], pa.Table]) -> str:
    return reader.__name__.strip("_").replace("_", " ")


def _parquet(path: Path) -> pa.Table:
    import pyarrow.parquet as pq  # noqa: PLC0415  a tenth of a second for those who read CSV

    return pq.read_table(path)


def _arrow_file(path: Path) -> pa.Table:
    with pa.memory_map(str(path)) as mapped:
        return pa.ipc.open_file(mapped).read_all()


def _arrow_stream(path: Path) -> pa.Table:
    with pa.memory_map(str(path)) as mapped:
        return pa.ipc.open_stream(mapped).read_all()


def _bytes(path: Path) -> pa.BufferReader:
    raw = path.read_bytes()
    if not raw.startswith(_GZIP):
        return pa.BufferReader(raw)
    with gzip.open(path) as file:
        plain = file.read(_LARGEST + 1)
    if len(plain) > _LARGEST:
        raise pa.ArrowInvalid(f"decompressed it has more than {_LARGEST:,} bytes")
    return pa.BufferReader(plain)


def _ndjson(path: Path) -> pa.Table:
    import pyarrow.json as pj  # noqa: PLC0415

    return pj.read_json(_bytes(path), read_options=pj.ReadOptions(block_size=1 << 24))


def _csv(path: Path) -> pa.Table:
    import pyarrow.csv as pv  # noqa: PLC0415

    skipped: list[int] = []

    def skip(row: pv.InvalidRow) -> str:
        skipped.append(row.number or 0)
        return "skip" if len(skipped) <= _MOST_SKIPPED else "error"

    table = pv.read_csv(
        _bytes(path),
        read_options=pv.ReadOptions(use_threads=False, block_size=1 << 24),
        parse_options=pv.ParseOptions(delimiter=_delimiter(path), invalid_row_handler=skip),
        convert_options=pv.ConvertOptions(strings_can_be_null=True, check_utf8=False),
    )
    if skipped:
        rows = (
            "1 row was left out: it has"
            if len(skipped) == 1
            else f"{len(skipped):,} rows were left out: they have"
        )
        where = "on" if len(skipped) == 1 else "the first on"
        table = noted(table, f"{rows} another number of fields than the head ({where} line {skipped[0]})")
    return table


def _delimiter(path: Path) -> str:
    opened = gzip.open if path.read_bytes()[:2] == _GZIP else open
    with opened(path, "rb") as file:
        head = file.readline(1 << 16)
    counts = {mark: head.count(mark.encode()) for mark in (",", ";", "\t", "|")}
    return max(counts, key=counts.__getitem__)


def _first_line(error: BaseException) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:300]


def _names(path: Path, table: pa.Table) -> list[str]:
    try:
        names: list[str] = table.column_names
    except UnicodeDecodeError:
        raise UnreadableTableError(
            f"{path} has a column whose name is not UTF-8: save the file as UTF-8"
        ) from None
    return names


def _checked(path: Path, table: pa.Table) -> pa.Table:
    if table.num_columns > _MOST_COLUMNS:
        raise UnreadableTableError(
            f"{path} has {table.num_columns:,} columns; name those you mean in a smaller file"
        )
    if table.num_rows == 0:
        raise UnreadableTableError(f"{path} has columns but no rows: there is nothing to investigate")
    names = _names(path, table)
    twice = sorted({name for name in names if names.count(name) > 1}) if len(set(names)) < len(names) else []
    if twice:
        raise UnreadableTableError(f"{path} has two columns called {twice[0]!r}: rename one")
    return table
