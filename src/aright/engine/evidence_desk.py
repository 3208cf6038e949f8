"""The desk's part that opens diagnoses; see ``EvidenceOperations`` for what each method promises."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from aright.core.incident import is_open
from aright.core.incident.dues import diagnose_key, due
from aright.core.incident.onsets import onsets_of
from aright.core.model.filters import FilterError
from aright.core.model.frame import Kind
from aright.core.model.incident import Incident
from aright.core.model.redaction import Redaction
from aright.core.model.service import Service
from aright.engine.cases import served, spans_of
from aright.engine.evidence_columns import columns_of
from aright.engine.evidence_operations import Asked, DiagnosisView, Opened
from aright.engine.evidence_rows import NoRowsError, both, look_up, shown, source_of
from aright.engine.operations import Happening, RefusedError, UnknownError
from aright.ports.query import SlowQueryError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from aright.core.model.evidence import Diagnosis, Evidence
    from aright.engine.evidence_operations import OpenedRows, RowsWanted
    from aright.engine.evidence_rows import Source
    from aright.engine.runtime import Runtime
    from aright.ports.query import Query

_AT_ONCE: Final = 2
_PATIENCE: Final = 5.0


@dataclass(frozen=True)
class _Found:
    incident: Incident
    evidence: Evidence
    source: Source


class EvidenceDesk:
    """Looks findings' rows up; a few callers at a time, since each holds a span of rows in memory.

    Args:
        runtime: the engine.
        query: filters the rows.
        incident: returns an incident with what was found so far; raises ``UnknownError``.
    """

    def __init__(self, runtime: Runtime, query: Query, incident: Callable[[str], Incident]) -> None:
        self._runtime = runtime
        self._world = runtime.world
        self._query = query
        self._incident = incident
        self._free = threading.BoundedSemaphore(_AT_ONCE)

    def diagnosis(self, key: str) -> DiagnosisView:
        """Return an incident's diagnosis."""
        incident = self._incident(key)
        return DiagnosisView(
            incident=incident.key,
            service=incident.service,
            state=incident.state.value,
            open=is_open(incident),
            diagnosis=incident.diagnosis,
            onsets=onsets_of(incident),
        )

    def rows(self, key: str, evidence: str, wanted: RowsWanted) -> OpenedRows:
        """Return rows behind a finding."""
        found = self._find(key, evidence)
        with self._looking(evidence):
            return shown(found.source, look_up(self._world, self._query, found.source, wanted.side), wanted)

    def opened(self, key: str, evidence: str, *, now: RowsWanted, before: RowsWanted) -> Opened:
        """Return a finding with rows of both sides and what their columns held."""
        found = self._find(key, evidence)
        source = found.source
        with self._looking(evidence):
            these, those = both(self._world, self._query, source)
            return Opened(
                incident=found.incident,
                evidence=found.evidence,
                now=shown(source, these, now),
                before=shown(source, those, before),
                columns=columns_of(
                    found.evidence,
                    these.rows,
                    those.rows,
                    spans=(source.now, source.before.reference),
                    redactor=source.redactor,
                ),
            )

    def again(self, key: str) -> Asked:
        """Let an open incident be diagnosed at once."""
        incident = self._incident(key)
        if not is_open(incident):
            raise RefusedError(
                f"{key} is {incident.state.value}: only an open incident is diagnosed again",
                f"`aright diagnose {key}` shows what was found.",
            )
        now = self._world.clock.now()
        with self._world.state.transaction() as tx:
            tx.schedule(due("diagnose", diagnose_key(key), key, now).due)
        if self._world.clock.driven:
            self._runtime.settle()
        self._world.happenings.tell(Happening(kind="incident", key=key))
        return Asked(incident=key, at=now)

    def _find(self, key: str, evidence: str) -> _Found:
        incident = self._incident(key)
        diagnosis = incident.diagnosis
        known = {each.id: each for each in diagnosis.evidence} if diagnosis is not None else {}
        if diagnosis is None or evidence not in known:
            raise UnknownError(
                f"{key} has no evidence {evidence[:20]!r}", f"`aright diagnose {key}` lists what there is."
            )
        try:
            return _Found(incident, known[evidence], self._source(incident, diagnosis, known[evidence]))
        except NoRowsError as none:
            raise RefusedError(f"{none}: it is told by what else the diagnosis looked at") from none
        except FilterError as unread:
            raise _unread(evidence, unread) from unread

    def _source(self, incident: Incident, diagnosis: Diagnosis, evidence: Evidence) -> Source:
        with self._world.state.transaction() as tx:
            earlier = tx.list(Incident, service=incident.service)
            owner = tx.get(Service, evidence.service or incident.service)
        spans = spans_of(incident, earlier, now=diagnosis.at, settings=self._world.settings)
        source = source_of(diagnosis, evidence, service=incident.service, without=spans.without)
        traced = source.kind is Kind.PREDICTIONS and served(self._world, source.service, now=source.at).traced
        rules = owner.redact if owner is not None else Redaction()
        return replace(source, traced=traced, rules=rules, salt=incident.key)

    @contextmanager
    def _looking(self, evidence: str) -> Iterator[None]:
        if not self._free.acquire(timeout=_PATIENCE):
            raise RefusedError("others are looking at rows just now", "Try again in a few seconds.")
        try:
            yield
        except FilterError as misfit:
            raise _unread(evidence, misfit) from misfit
        except SlowQueryError as slow:
            raise RefusedError(f"{slow}", "Copy the SQL and run it over the stored files.") from slow
        finally:
            self._free.release()


def _unread(evidence: str, problem: FilterError) -> RefusedError:
    return RefusedError(
        f"the rows of {evidence[:20]} cannot be looked up here: {problem}",
        "Copy its SQL and run it over the stored files.",
    )
