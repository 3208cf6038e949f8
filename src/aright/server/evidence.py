"""Diagnoses over HTTP, and the rows behind their numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Final, Literal

import msgspec
import pyarrow as pa
from starlette.responses import Response

from aright.core.model.times import Micros
from aright.engine.contract_operations import AnyJson
from aright.engine.evidence_cells import cells, csv_text
from aright.engine.evidence_operations import MOST_ROWS, Asked, DiagnosisView, RowsWanted, Side
from aright.engine.evidence_past import Chosen
from aright.server.endpoint import Call, Endpoint

if TYPE_CHECKING:
    from aright.engine.evidence_operations import OpenedRows

CSV: Final = "text/csv; charset=utf-8"
ARROW: Final = "application/vnd.apache.arrow.stream"


class RowsQuery(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which rows of a finding, and how they are written.

    Attributes:
        side: ``now`` for the rows that the finding is of, ``before`` for those of the reference that they are
            set beside: by the same filter, else of the same units or the same part.
        limit: how many at most.
        offset: how many to pass over, the earliest first.
        format: ``json``, ``csv`` or ``arrow`` (an IPC stream).
    """

    side: Side = "now"
    limit: Annotated[int, msgspec.Meta(ge=1, le=MOST_ROWS)] = 100
    offset: Annotated[int, msgspec.Meta(ge=0, le=2**40)] = 0
    format: Literal["json", "csv", "arrow"] = "json"


class RowsColumn(msgspec.Struct, frozen=True, kw_only=True):
    """One column of rows.

    Attributes:
        name: such as ``feat.profiles.norm``.
        type: as Arrow calls it.
    """

    name: str
    type: str


class RowsAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """Some of the rows behind a finding, by time.

    Attributes:
        schema: version of this document; 1.
        incident: of which incident.
        evidence: which finding.
        side: ``now`` or ``before``.
        kind: what the rows are, such as ``predictions``.
        service: whose they are.
        start: from when they were looked for (µs, UTC).
        end: until when, itself excluded.
        sql: the query that gives them all.
        total: how many there are.
        offset: how many were passed over.
        columns: in order.
        rows: by column; private values are masked, texts are cut to 500 characters, lists to 50 entries.
        cut: whether there are fewer than were asked for, because they are so large.
        chosen: ``filter``: by the finding's own filter; of a reference that has none such, ``units``: what
            the units of its rows were given before, or ``part``: by what of the filter was met before.
        because: why not by the finding's own filter, or why there is none; empty where by that.
    """

    schema: int = 1
    incident: str
    evidence: str
    side: Side
    kind: str
    service: str
    start: Micros
    end: Micros
    sql: str
    total: int
    offset: int
    columns: list[RowsColumn]
    rows: list[dict[str, AnyJson]]
    cut: bool = False
    chosen: Chosen = "filter"
    because: str = ""


def _rows(call: Call) -> RowsAnswer | Response:
    asked = call.asked(RowsQuery)
    wanted = RowsWanted(side=asked.side, offset=asked.offset, limit=asked.limit)
    key, evidence = call.path["key"], call.path["evidence"]
    found = call.operations.evidence.rows(key, evidence, wanted)
    if asked.format == "json":
        return answer(key, evidence, found)
    ending, body, media = "csv", csv_text(found.rows).encode(), CSV
    if asked.format == "arrow":
        ending, body, media = "arrow", _stream(found.rows), ARROW
    headers = {
        "Content-Disposition": f'attachment; filename="rows-{found.side}.{ending}"',
        "X-Total-Count": str(found.total),
    }
    return Response(body, media_type=media, headers=headers)


def answer(key: str, evidence: str, found: OpenedRows) -> RowsAnswer:
    """Return the JSON answer."""
    return RowsAnswer(
        incident=key,
        evidence=evidence,
        side=found.side,
        kind=found.kind,
        service=found.service,
        start=found.start,
        end=found.end,
        sql=found.sql,
        total=found.total,
        offset=found.offset,
        columns=[RowsColumn(name=field.name, type=str(field.type)) for field in found.rows.schema],
        rows=[dict(row) for row in cells(found.rows)],
        cut=found.cut,
        chosen=found.chosen,
        because=found.because,
    )


def _stream(rows: pa.Table) -> bytes:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, rows.schema) as writer:
        writer.write_table(rows)
    return bytes(sink.getvalue())


EVIDENCE: Final[tuple[Endpoint, ...]] = (
    Endpoint(
        method="GET",
        path="/v1/incidents/{key}/diagnosis",
        summary="Its diagnosis, whole; while it is made, what was found so far.",
        handler=lambda call: call.operations.evidence.diagnosis(call.path["key"]),
        answer=DiagnosisView,
        errors=(404,),
    ),
    Endpoint(
        method="POST",
        path="/v1/incidents/{key}/diagnose",
        summary="Diagnose it again at once.",
        handler=lambda call: call.operations.evidence.again(call.path["key"]),
        answer=Asked,
        errors=(404, 409),
    ),
    Endpoint(
        method="GET",
        path="/v1/incidents/{key}/evidence/{evidence}/rows",
        summary="The stored rows that a finding is of; its own filter selects them.",
        handler=_rows,
        answer=RowsAnswer,
        query=RowsQuery,
        errors=(404, 409),
        formats=("text/csv", ARROW),
    ),
)
"""Every endpoint about diagnoses."""
