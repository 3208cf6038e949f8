"""The rows behind a finding: looked up by the filter that the finding names, and made fit to be shown."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from aright.core.contract.redacting import Redactor
from aright.core.model.filter_text import read_filter, write_filter
from aright.core.model.filters import Compare, Every, Instant, Some, without
from aright.core.model.frame import Kind
from aright.core.model.redaction import Redaction
from aright.core.model.tables import FIELDS
from aright.engine.cases import Spans, served
from aright.engine.evidence_documents import changes, runs
from aright.engine.evidence_operations import MOST_ROWS, OpenedRows
from aright.engine.evidence_past import UNIT, Past, past_of
from aright.engine.evidence_redaction import cut, redacted
from aright.engine.telemetry import metrics_of

if TYPE_CHECKING:
    from collections.abc import Callable

    import pyarrow as pa

    from aright.core.model.evidence import Diagnosis, Evidence
    from aright.core.model.filters import Filter
    from aright.core.model.times import Micros
    from aright.engine.cases import Span
    from aright.engine.evidence_operations import RowsWanted, Side
    from aright.engine.world import World
    from aright.ports.query import Query

_MOST_BYTES: Final = 4 * 1024 * 1024
_DOCUMENTS: Final = {Kind.CHANGES: changes, Kind.RUNS: runs}
_KINDS: Final = {kind.name.lower(): kind for kind in (*FIELDS, *_DOCUMENTS)}


class NoRowsError(ValueError):
    """A finding is of no stored rows; the message says why."""


@dataclass(frozen=True, kw_only=True)
class Source:
    """Where the rows of a finding are.

    Attributes:
        evidence: the finding.
        kind: what its rows are.
        service: whose.
        where: which of them.
        now: the span it is of.
        before: the reference, and what of it is left out.
        at: when the diagnosis was made: outcomes that came later were not known to it (µs, UTC).
        traced: whether requests in traces stand for predictions.
        rules: what the service keeps private.
        salt: of the hashes that stand for private texts.
    """

    evidence: Evidence
    kind: Kind
    service: str
    where: Filter
    now: Span
    before: Spans
    at: Micros
    traced: bool = False
    rules: Redaction = field(default_factory=Redaction)
    salt: str = ""

    @property
    def redactor(self) -> Redactor:
        """What masks the rows' private values."""
        return Redactor(self.rules, salt=self.salt)


def source_of(diagnosis: Diagnosis, evidence: Evidence, *, service: str, without: tuple[Span, ...]) -> Source:
    """Return where a finding's rows are; raises ``NoRowsError`` and ``FilterError``.

    Args:
        diagnosis: that the finding is of.
        evidence: the finding.
        service: the incident's own.
        without: spans of earlier incidents, which are no reference.
    """
    kind = _KINDS.get(evidence.rows)
    if kind is None or not has_rows(evidence):
        raise NoRowsError(f"{evidence.id} rests on no stored rows")
    now = (evidence.start, max(evidence.end, evidence.start + 1))
    return Source(
        evidence=evidence,
        kind=kind,
        service=evidence.service or service,
        where=read_filter(evidence.query or "TRUE"),
        now=now,
        before=Spans(diagnosis.reference, now, without),
        at=diagnosis.at,
    )


def has_rows(evidence: Evidence) -> bool:
    """Return whether a finding names stored rows that it is of.

    >>> from aright.core.model.evidence import Evidence, Step
    >>> has_rows(Evidence(id="E1", step=Step.SCOPE, text="", query='"a" = 1', start=1, end=2))
    True
    """
    kind = _KINDS.get(evidence.rows)
    if kind in _DOCUMENTS:  # few enough to be named by their time alone
        return 0 < evidence.start <= evidence.end
    return kind is not None and evidence.query not in {"", "TRUE"} and evidence.start < evidence.end


def bounds_of(source: Source, side: Side) -> tuple[Filter, ...]:
    """Return what holds for any row of one side: its service, its span, and what is left out of that."""
    start, end = source.now if side == "now" else source.before.reference
    span = [Compare("time", ">=", Instant(start)), Compare("time", "<", Instant(end))]
    gaps = [
        Some((Compare("time", "<", Instant(gone)), Compare("time", ">=", Instant(back))))
        for gone, back in source.before.without
        if side == "before" and gone < end and back > start
    ]
    return (Compare("service", "=", source.service), *span, *gaps)


def told_of(source: Source, side: Side) -> tuple[Filter, ...]:
    """Return the finding's own conditions on rows of one side."""
    start, end = source.now if side == "now" else source.before.reference
    where = without(source.where, "service")
    rest = without(where, "time") if side == "before" else where
    parts = rest.parts if isinstance(rest, Every) else (rest,)
    return tuple(dict.fromkeys(part for part in parts if not _implied(part, start, end)))


def filter_of(source: Source, side: Side) -> Filter:
    """Return which rows of its service and kind one side has: the span, then what the finding says."""
    return Every((*bounds_of(source, side), *told_of(source, side)))


def _implied(part: Filter, start: Micros, end: Micros) -> bool:
    """Return whether a condition holds for every row of the span."""
    if not isinstance(part, Compare) or part.column != "time" or not isinstance(part.value, Instant):
        return False
    at = part.value.at
    return (part.operator == ">=" and at <= start) or (part.operator == "<" and at >= end)


def look_up(world: World, query: Query, source: Source, side: Side) -> Past:
    """Return all rows of one side, by time; raises ``FilterError`` and ``SlowQueryError``."""
    if side == "now":
        return _now(world, query, source)
    return _before(world, query, source, now=lambda: _now(world, query, source).rows)


def both(world: World, query: Query, source: Source) -> tuple[Past, Past]:
    """Return all rows of now and of before, by time; raises as ``look_up`` does."""
    now = _now(world, query, source)
    return now, _before(world, query, source, now=lambda: now.rows)


def _before(world: World, query: Query, source: Source, *, now: Callable[[], pa.Table]) -> Past:
    """Return the rows of the reference that those of now are set beside; asks for these where they tell."""
    reference = _scan(world, source, source.before.reference)
    if source.kind is not Kind.PREDICTIONS:
        where = filter_of(source, "before")
        return Past(query.matching(reference, where), "filter", where)
    return past_of(
        reference,
        bounds=bounds_of(source, "before"),
        told=told_of(source, "before"),
        now=now,
        matching=query.matching,
    )


def _now(world: World, query: Query, source: Source) -> Past:
    where = filter_of(source, "now")
    return Past(query.matching(_scan(world, source, source.now), where), "filter", where)


def _scan(world: World, source: Source, span: Span) -> pa.Table:
    if source.kind is Kind.PREDICTIONS:
        return served(world, source.service, now=source.at).during(span)
    if source.kind is Kind.PROCESS:
        return metrics_of(world, [source.service], span)
    if source.kind in _DOCUMENTS:
        with world.state.transaction() as tx:
            return _DOCUMENTS[source.kind](tx, source.service, *span)
    return world.rows.scan(source.kind, source.service, *span)


def shown(source: Source, found: Past, wanted: RowsWanted) -> OpenedRows:
    """Return a page of rows, bounded and plain."""
    offset = max(wanted.offset, 0)
    page = redacted(found.rows.slice(offset, min(max(wanted.limit, 1), MOST_ROWS)), source.redactor)
    kept = _bounded(page)
    start, end = source.now if wanted.side == "now" else source.before.reference
    return OpenedRows(
        side=wanted.side,
        kind=source.evidence.rows,
        made_of="spans" if source.traced else source.evidence.rows,
        service=source.service,
        start=start,
        end=end,
        sql=sql_of(source, found),
        total=found.rows.num_rows,
        offset=offset,
        rows=kept,
        cut=kept.num_rows < page.num_rows,
        chosen=found.chosen,
        because=cut(found.because),
    )


def sql_of(source: Source, found: Past) -> str:
    """Return the query that gives the rows of one side, as text to be copied."""
    kind, conditions = source.evidence.rows, _conditions(found.where, "\n  AND ")
    if found.chosen == "units":
        theirs = _conditions(filter_of(source, "now"), "\n    AND ")
        conditions += f'\n  AND "{UNIT}" IN (\n    SELECT "{UNIT}" FROM {kind}\n    WHERE {theirs}\n  )'  # noqa: S608
    # to be read and copied; what is run here is the filter itself, its constants as parameters
    return f'SELECT * FROM {kind}\nWHERE {conditions}\nORDER BY "time"'  # noqa: S608


def _conditions(where: Filter, between: str) -> str:
    parts = where.parts if isinstance(where, Every) else (where,)
    return between.join(write_filter(Every((part,))) for part in parts)


def _bounded(rows: pa.Table) -> pa.Table:
    """Return as many of the rows as one answer can hold."""
    while rows.num_rows > 1 and rows.nbytes > _MOST_BYTES:
        rows = rows.slice(0, max(rows.num_rows // 2, 1))
    return rows
