"""Log records of OTLP.

https://opentelemetry.io/docs/specs/otel/logs/data-model
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec
import numpy as np
import pyarrow as pa

from aright.core.model.frame import Kind
from aright.core.model.tables import FIELDS, concat_rows
from aright.core.observe.intake.found import Found
from aright.core.observe.intake.otlp_attributes import Attributes
from aright.core.observe.intake.otlp_columns import hold_times, owned, times
from aright.core.observe.intake.otlp_ids import SPAN_ID, TRACE_ID, ids
from aright.core.observe.intake.otlp_resource import chunks_of, codec_of
from aright.core.observe.intake.sieve import Sieve

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aright.core.model.frame import Frame
    from aright.core.observe.intake.otlp_body import Codec, Logs
    from aright.core.observe.intake.otlp_resource import Chunk
    from aright.core.observe.intake.quarantine import Quarantine

MAX_BODY: Final = 8_192
"""Characters of a record's body that are kept."""

_SEVERITIES: Final = {
    "trace": 1,
    "debug": 5,
    "info": 9,
    "information": 9,
    "notice": 10,
    "warn": 13,
    "warning": 13,
    "error": 17,
    "err": 17,
    "critical": 21,
    "fatal": 21,
}
"""Numbers of levels that a record has in words alone."""

_HIGHEST: Final = 24


def read_logs(plain: bytes, frame: Frame, quarantine: Quarantine) -> Found:
    """Return the records of an ``ExportLogsServiceRequest``; raises ``UnreadableError``."""
    codec = codec_of(frame.format)
    tables = [_table(chunk, codec, frame, quarantine) for chunk in chunks_of(plain, codec, quarantine)]
    if not tables:
        return Found()
    rows = concat_rows(tables)
    return Found(tables={Kind.LOGS: rows}, good=rows.num_rows)


def _table(chunk: Chunk, codec: Codec, frame: Frame, quarantine: Quarantine) -> pa.Table:
    logs = codec.logs(chunk.entries)
    at = np.where(logs.time == 0, logs.observed, logs.time)
    columns = {
        "time": times(at),
        **owned(chunk),
        "severity": _severities(logs),
        "body": pa.array(_bodies(logs.body, codec), pa.string()),
        "trace_id": ids(logs.trace_id, TRACE_ID),
        "span_id": ids(logs.span_id, SPAN_ID),
        "attributes": Attributes(logs.attributes, len(chunk.entries), codec).objects(),
    }
    filled = {
        name: columns[name] for name in FIELDS[Kind.LOGS] if columns[name].null_count < len(chunk.entries)
    }
    sieve = Sieve(pa.table(filled), chunk.numbers, quarantine)
    hold_times(sieve, at, "timeUnixNano", frame.received_at)
    return sieve.good()[0]


def _severities(logs: Logs) -> pa.Array:
    """Return the severities by number, of the level's name where there is no number, else null."""
    words = {
        raw: _SEVERITIES.get(raw.decode("utf-8", "replace").strip().lower(), 0)
        for raw in set(logs.severity_text)
    }
    said = np.array([words[raw] for raw in logs.severity_text], np.int32)
    found = np.where((logs.severity > 0) & (logs.severity <= _HIGHEST), logs.severity, said)
    return pa.array(found, pa.int32(), mask=found == 0)


def _bodies(raws: Sequence[bytes], codec: Codec) -> list[str | None]:
    """Return bodies as text; what is no text is written as JSON."""
    known: dict[bytes, str | None] = {b"": None}
    for raw in raws:
        if raw not in known:
            value = codec.value(raw)
            if value is not None and not isinstance(value, str):
                value = msgspec.json.encode(value).decode()
            known[raw] = value[:MAX_BODY] if value is not None else None
    return [known[raw] for raw in raws]
