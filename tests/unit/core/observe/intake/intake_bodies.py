"""Bodies in every format, and a short way to read them."""

from __future__ import annotations

import gzip
import json
from typing import TYPE_CHECKING, Any

import cramjam
import msgspec
import pyarrow as pa

from aright.core.model.frame import Encoding, Format, Frame, Kind
from aright.core.observe.intake import Intake, UnreadableError, read

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

NOW = 1_767_225_600_000_000  # 2026-01-01T00:00:00Z

Row = dict[str, Any]


def read_body(
    body: bytes,
    *,
    kind: Kind = Kind.PREDICTIONS,
    form: Format = Format.NDJSON,
    encoding: Encoding = Encoding.IDENTITY,
    limit: int = 1 << 24,
) -> Intake:
    """Read a body twice, as recovery does, and hold the answer to what every answer must keep."""
    frame = Frame(kind=kind, format=form, encoding=encoding, received_at=NOW, body=body)
    found = read(frame, limit_bytes=limit)
    assert str(read(frame, limit_bytes=1 << 31)) == str(found)
    assert len(found.bad) == min(found.bad_count, 20)
    assert all(bad.problem and bad.fix for bad in (*found.bad, *found.notes))
    msgspec.json.encode((found.bad, found.notes))
    if found.rows is not None:
        found.rows.validate(full=True)
        if kind is not Kind.PROCESS:
            assert found.rows.num_rows == found.good
    return found


def attempt(body: bytes, *, kind: Kind = Kind.PREDICTIONS, form: Format = Format.NDJSON) -> Intake | None:
    """Read a body that may be unreadable, which must be told well."""
    try:
        return read_body(body, kind=kind, form=form)
    except UnreadableError as error:
        told_well = bool(error.problem and error.fix)
    assert told_well
    return None


def lines(rows: Sequence[Row]) -> bytes:
    return b"\n".join(json.dumps(row).encode() for row in rows)


def array(rows: Sequence[Row]) -> bytes:
    return json.dumps(rows).encode()


def packed(rows: Sequence[Row]) -> bytes:
    return msgspec.msgpack.encode(rows)


def stream(table: pa.Table, *, compression: str | None = None) -> bytes:
    sink = pa.BufferOutputStream()
    options = pa.ipc.IpcWriteOptions(compression=compression)
    with pa.ipc.new_stream(sink, table.schema, options=options) as writer:
        writer.write_table(table)
    body: bytes = sink.getvalue().to_pybytes()
    return body


def row(n: int = 0, **fields: object) -> Row:
    return {"id": f"r{n}", "time": NOW + n, "service": "shop", **fields}


def columns(n: int = 2, **more: object) -> pa.Table:
    """Return an Arrow table of ``n`` good predictions with further columns."""
    return pa.table(
        {
            "id": [f"r{at}" for at in range(n)],
            "time": pa.array([NOW + at for at in range(n)], pa.timestamp("us", "UTC")),
            "service": ["shop"] * n,
            **more,
        }
    )


def read_arrow(table: pa.Table, *, kind: Kind = Kind.PREDICTIONS, limit: int = 1 << 24) -> Intake:
    return read_body(stream(table), kind=kind, form=Format.ARROW, limit=limit)


def told(found: Intake) -> list[tuple[int, str, str]]:
    return [(bad.row, bad.field, bad.problem) for bad in found.bad]


def noted(found: Intake) -> list[tuple[str, str]]:
    return [(note.field, note.problem) for note in found.notes]


ROW_WRITERS: dict[str, tuple[Format, Callable[[Sequence[Row]], bytes]]] = {
    "ndjson": (Format.NDJSON, lines),
    "array": (Format.NDJSON, array),
    "msgpack": (Format.MSGPACK, packed),
}

SQUEEZERS: dict[Encoding, Callable[[bytes], bytes]] = {
    Encoding.GZIP: gzip.compress,
    Encoding.ZSTD: lambda body: bytes(cramjam.zstd.compress(body)),
}
