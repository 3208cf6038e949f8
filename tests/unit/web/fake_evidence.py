"""Findings that open on a table which is put there."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa

from aright.core.contract.redacting import Redactor
from aright.core.incident import is_open
from aright.core.incident.onsets import onsets_of
from aright.core.model.columns import TIME
from aright.core.model.redaction import Redaction
from aright.core.model.times import HOUR, SECOND
from aright.engine.evidence_columns import columns_of
from aright.engine.evidence_operations import Asked, DiagnosisView, Opened, OpenedRows
from aright.engine.evidence_redaction import redacted
from aright.engine.operations import RefusedError, UnknownError
from tests.unit.web.example_times import BASE, NOW, ONSET

if TYPE_CHECKING:
    from collections.abc import Callable

    from aright.core.model.evidence import Evidence
    from aright.core.model.incident import Incident
    from aright.engine.evidence_operations import RowsWanted, Side
    from aright.engine.evidence_past import Chosen

REDACTOR = Redactor(Redaction())


def predictions(count: int, *, start: int, empty: bool) -> pa.Table:
    """Return predictions of region = north, their features there or not."""
    at = range(count)
    return pa.table(
        {
            "id": [f"p-{start % 997}-{number}" for number in at],
            "time": pa.array([start + number * SECOND for number in at], TIME),
            "service": ["ranker"] * count,
            "version": pa.array(["2026.47"] * count).dictionary_encode(),
            "unit": [f"u-{number % 40}" for number in at],
            "status": pa.array([200] * count, pa.int32()),
            "fallback": [empty] * count,
            "latency_ms": pa.array([11.0 + number % 7 for number in at], pa.float32()),
            "items": [["bestseller", f"=cmd|{number}"] for number in at],
            "text": ["write to ann@example.org"] * count,
            "attr.region": pa.array(["north"] * count).dictionary_encode(),
            "feat.profiles.norm": pa.array(
                [None if (number % 40 if empty else number == 7) else 0.5 + number % 3 for number in at],
                pa.float32(),
            ),
            "outcome.click": pa.array(
                [float(number % (12 if empty else 3) == 0) for number in at], pa.float32()
            ),
        }
    )


class FakeEvidence:
    """Opens every finding that has a query on the same two tables.

    Attributes:
        now: rows since the onset.
        before: rows before it.
        problem: why none can be looked up; empty where they can.
        chosen: how the rows before it were chosen.
        because: why so.
    """

    def __init__(self, incident: Callable[[str], Incident]) -> None:
        self._incident = incident
        self.now = predictions(120, start=ONSET, empty=True)
        self.before = predictions(240, start=BASE - HOUR, empty=False)
        self.problem = ""
        self.chosen: Chosen = "filter"
        self.because = ""
        self.asked: list[str] = []

    def diagnosis(self, key: str) -> DiagnosisView:
        incident = self._incident(key)
        return DiagnosisView(
            incident=key,
            service=incident.service,
            state=incident.state.value,
            open=is_open(incident),
            diagnosis=incident.diagnosis,
            onsets=onsets_of(incident),
        )

    def rows(self, key: str, evidence: str, wanted: RowsWanted) -> OpenedRows:
        return self._page(self._finding(key, evidence), wanted)

    def opened(self, key: str, evidence: str, *, now: RowsWanted, before: RowsWanted) -> Opened:
        found = self._finding(key, evidence)
        return Opened(
            incident=self._incident(key),
            evidence=found,
            now=self._page(found, now),
            before=self._page(found, before),
            columns=columns_of(
                found,
                self.now,
                self.before,
                spans=(self._span("now"), self._span("before")),
                redactor=REDACTOR,
            ),
        )

    def again(self, key: str) -> Asked:
        if not is_open(self._incident(key)):
            raise RefusedError(f"{key} is over: only an open incident is diagnosed again")
        self.asked.append(key)
        return Asked(incident=key, at=NOW)

    def _finding(self, key: str, evidence: str) -> Evidence:
        diagnosis = self._incident(key).diagnosis
        known = {each.id: each for each in diagnosis.evidence} if diagnosis else {}
        if evidence not in known:
            raise UnknownError(f"{key} has no evidence {evidence[:20]!r}")
        if self.problem or not known[evidence].query:
            raise RefusedError(self.problem or f"{evidence} rests on no stored rows")
        return known[evidence]

    def _span(self, side: Side) -> tuple[int, int]:
        return (ONSET, NOW) if side == "now" else (BASE - 6 * HOUR, ONSET)

    def _page(self, found: Evidence, wanted: RowsWanted) -> OpenedRows:
        table = self.now if wanted.side == "now" else self.before
        start, end = self._span(wanted.side)
        return OpenedRows(
            side=wanted.side,
            kind=found.rows,
            made_of=found.rows,
            service="ranker",
            start=start,
            end=end,
            sql=f'SELECT * FROM {found.rows}\nWHERE {found.query}\nORDER BY "time"',  # noqa: S608 - to be read
            total=table.num_rows,
            offset=wanted.offset,
            rows=redacted(table.slice(wanted.offset, wanted.limit), REDACTOR),
            chosen=self.chosen if wanted.side == "before" else "filter",
            because=self.because if wanted.side == "before" else "",
        )
