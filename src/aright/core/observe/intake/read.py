"""From a frame to rows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import msgspec
import numpy as np
import pyarrow as pa

from aright.core.model.bookkeeping import BadRow
from aright.core.model.change import Change
from aright.core.model.document import Document
from aright.core.model.frame import Format, Frame, Kind
from aright.core.model.tables import concat_rows
from aright.core.observe.intake.arrow import read_arrow
from aright.core.observe.intake.cloudevents import read_changes
from aright.core.observe.intake.decompress import decompress
from aright.core.observe.intake.json_rows import read_json
from aright.core.observe.intake.judge import judge
from aright.core.observe.intake.msgpack_rows import read_msgpack
from aright.core.observe.intake.payload_rows import read_payloads
from aright.core.observe.intake.quarantine import Quarantine
from aright.core.observe.intake.readers import READERS
from aright.core.observe.intake.tabulate import Tabulator
from aright.core.observe.intake.unreadable import UnreadableError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from aright.core.observe.intake.found import Found
    from aright.core.observe.intake.json_rows import Chunk
    from aright.core.observe.intake.sieve import Numbers


class Intake(msgspec.Struct, frozen=True, kw_only=True):
    """What a body holds.

    Attributes:
        kind: what its rows are.
        rows: the good rows, in the columns of ``core/model/columns.py``; ``None`` for changes and where there
            is no good row. Process metrics have one row for each metric.
        changes: the good changes.
        others: good rows of other kinds in the same body, such as predictions that spans tell of.
        documents: good values that are kept by key.
        good: how many of the body's rows were taken.
        bad: the first 20 rows that were not.
        bad_count: how many were not.
        notes: what was left out of rows that were taken, such as unknown fields.
    """

    kind: Kind
    rows: pa.Table | None = None
    changes: tuple[Change, ...] = ()
    others: Mapping[Kind, pa.Table] = {}
    documents: tuple[Document, ...] = ()
    good: int = 0
    bad: tuple[BadRow, ...] = ()
    bad_count: int = 0
    notes: tuple[BadRow, ...] = ()


def read(frame: Frame, *, limit_bytes: int) -> Intake:
    """Decode a frame of at most ``limit_bytes`` once decompressed: the same frame always gives the same rows.

    Raises ``UnreadableError`` where no row can be told apart from another.

    >>> from aright.core.model.frame import Encoding
    >>> row = b'{"id": "a", "time": 1000000, "service": "shop", "features": {"profiles.norm": 0.5}}'
    >>> frame = Frame(
    ...     kind=Kind.PREDICTIONS, format=Format.NDJSON, encoding=Encoding.IDENTITY, received_at=0, body=row
    ... )
    >>> read(frame, limit_bytes=1_000).rows.column_names
    ['id', 'time', 'service', 'feat.profiles.norm']
    """
    if not frame.body and frame.format is Format.OTLP_PROTO:
        return Intake(
            kind=frame.kind
        )  # protobuf writes a message without fields as nothing, and it is welcome
    plain = decompress(frame.body, frame.encoding, limit_bytes)
    quarantine = Quarantine()
    reader = READERS.get(frame.format)
    if reader is not None:
        return _foreign(frame.kind, reader(plain, frame, quarantine), quarantine)
    if frame.kind is Kind.CHANGES:
        changes = read_changes(plain, frame.received_at, quarantine)
        return _intake(frame.kind, quarantine, changes=changes, good=len(changes))
    if frame.format is Format.ARROW and frame.kind is not Kind.PAYLOADS:
        table, numbers = read_arrow(plain, frame.kind, frame.received_at, quarantine, limit_bytes)
    else:
        table, numbers = _read_rows(plain, frame, quarantine)
    count = len(np.unique(numbers)) if frame.kind is Kind.PROCESS else len(numbers)
    return _intake(frame.kind, quarantine, rows=table if count else None, good=count)


def _foreign(kind: Kind, found: Found, quarantine: Quarantine) -> Intake:
    tables = {each: rows for each, rows in found.tables.items() if rows.num_rows}
    return Intake(
        kind=kind,
        rows=tables.pop(kind, None),
        others=tables,
        changes=found.changes,
        documents=found.documents,
        good=found.good,
        bad=quarantine.bad,
        bad_count=quarantine.count,
        notes=quarantine.notes,
    )


def _intake(
    kind: Kind,
    quarantine: Quarantine,
    *,
    rows: pa.Table | None = None,
    changes: tuple[Change, ...] = (),
    good: int = 0,
) -> Intake:
    if not good and not quarantine.count:
        quarantine.note("", "the body has no rows", "send at least one row")
    return Intake(
        kind=kind,
        rows=rows,
        changes=changes,
        good=good,
        bad=quarantine.bad,
        bad_count=quarantine.count,
        notes=quarantine.notes,
    )


def _read_rows(plain: bytes, frame: Frame, quarantine: Quarantine) -> tuple[pa.Table | None, Numbers]:
    if frame.kind is Kind.PAYLOADS:
        table, found = read_payloads(plain, frame, quarantine)
        return (
            (table, found)
            if table is None
            else judge(table, found, frame.kind, frame.received_at, quarantine)
        )
    chunks: Iterable[Chunk]
    if frame.format is Format.NDJSON:
        chunks = read_json(plain, frame.kind, quarantine)
    elif frame.format is Format.MSGPACK:
        chunks = [read_msgpack(plain, frame.kind, quarantine)]
    else:
        raise UnreadableError("CloudEvents hold changes alone", "send them to /v1/changes")
    tabulator: Tabulator | None = None
    tables, numbers = [], []
    for chunk in chunks:
        if chunk.rows:
            # Lines are counted ahead, because all chunks share the names; an array is one chunk.
            rows = max(plain.count(b"\n"), len(chunk.rows)) if tabulator is None else 0
            tabulator = tabulator or Tabulator(frame.kind, quarantine, rows=rows, size=len(plain))
            table, kept = tabulator.table(chunk)
            tables.append(table)
            numbers.append(kept)
    if not tables:
        return None, np.empty(0, np.int64)
    whole = concat_rows(tables)
    return judge(whole, np.concatenate(numbers), frame.kind, frame.received_at, quarantine)
