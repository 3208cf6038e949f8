"""Payloads: rows that carry a JSON document each, written as the document itself or as text that holds it."""

from __future__ import annotations

from operator import attrgetter
from typing import TYPE_CHECKING, Final

import msgspec
import numpy as np
import pyarrow as pa

from aright.core.model.columns import CATEGORY, PAYLOAD_FIELDS, TIME
from aright.core.model.frame import Format, Kind
from aright.core.observe.intake.bounds import MAX_DOCUMENT
from aright.core.observe.intake.instants import instants
from aright.core.observe.intake.json_rows import read_json
from aright.core.observe.intake.msgpack_rows import read_msgpack
from aright.core.observe.intake.unreadable import UnreadableError
from aright.core.observe.intake.wire import PayloadRow, fix_for

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aright.core.model.frame import Frame
    from aright.core.observe.intake.json_rows import Chunk
    from aright.core.observe.intake.quarantine import Quarantine
    from aright.core.observe.intake.sieve import Numbers

_NEVER_NULL: Final = ("time", "service", "dependency", "endpoint", "direction", "body")


def read_payloads(plain: bytes, frame: Frame, quarantine: Quarantine) -> tuple[pa.Table | None, Numbers]:
    """Return the rows of a body, not yet judged, with their numbers in it; bad ones go into the quarantine.

    Raises ``UnreadableError`` where rows cannot be told apart.
    """
    if frame.format is Format.NDJSON:
        chunks: Sequence[Chunk] = list(read_json(plain, Kind.PAYLOADS, quarantine))
    elif frame.format is Format.MSGPACK:
        chunks = [read_msgpack(plain, Kind.PAYLOADS, quarantine)]
    else:
        raise UnreadableError("payloads are not read in this format", "send NDJSON or msgpack")
    rows: list[PayloadRow] = []
    bodies: list[bytes] = []
    numbers: list[int] = []
    for chunk in chunks:
        for number, row in zip(chunk.numbers, chunk.rows, strict=True):
            body = _document(row, number, quarantine)
            if body is not None and isinstance(row, PayloadRow):
                rows.append(row)
                bodies.append(body)
                numbers.append(number)
    return (_table(rows, bodies) if rows else None), np.asarray(numbers, np.int64)


def _document(row: object, number: int, quarantine: Quarantine) -> bytes | None:
    """Return a row's document as JSON, or ``None`` where there is none that can be kept."""
    if not isinstance(row, PayloadRow):
        return None
    try:
        if isinstance(row.body, str):
            body = row.body.encode()
            msgspec.json.decode(body)
        else:
            body = msgspec.json.encode(row.body)
            body.decode()  # lone surrogates fail here
    except (ValueError, TypeError, RecursionError) as error:
        said = "nested too deeply" if isinstance(error, RecursionError) else f"no JSON: {str(error)[:200]}"
        quarantine.add(number, "body", said, fix_for("body"), _shown(row))
        return None
    if len(body) > MAX_DOCUMENT:
        quarantine.add(number, "body", f"larger than {MAX_DOCUMENT:,} bytes", "leave it out", _shown(row))
        return None
    return body


def _shown(row: PayloadRow) -> str:
    return f"{row.dependency} {row.endpoint}: {str(row.body)[:200]}"


def _table(rows: Sequence[PayloadRow], bodies: list[bytes]) -> pa.Table:
    columns: dict[str, pa.Array] = {}
    for name, kind in PAYLOAD_FIELDS.items():
        values = bodies if name == "body" else list(map(attrgetter(name), rows))
        if kind == TIME:
            array = instants(values)
        elif kind == CATEGORY:
            array = pa.array(values, pa.string()).dictionary_encode()
        else:
            array = pa.array(values, kind)
        if name in _NEVER_NULL or array.null_count < len(array):
            columns[name] = array
    return pa.table(columns)
