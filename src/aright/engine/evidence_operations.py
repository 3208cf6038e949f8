"""What may be asked of a diagnosis and of the rows behind its numbers: a part of ``Operations``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, Protocol, TypeAlias

import msgspec

from aright.core.model.evidence import Diagnosis
from aright.core.model.times import Micros

if TYPE_CHECKING:
    import pyarrow as pa

    from aright.core.model.evidence import Evidence
    from aright.core.model.incident import Incident
    from aright.engine.evidence_past import Chosen
    from aright.engine.profiles import ProfileView

Side: TypeAlias = Literal["now", "before"]
"""``now``: the rows that a finding is of; ``before``: those of the reference that they are set beside."""

MOST_ROWS: Final = 1_000
"""Rows that one answer holds at most."""


class DiagnosisView(msgspec.Struct, frozen=True, kw_only=True):
    """A diagnosis, whole.

    Attributes:
        schema: version of this document; 1.
        incident: its incident's id.
        service: whose incident it is.
        state: where the incident stands.
        open: whether it is neither resolved nor merged into another.
        diagnosis: what was found, while it is made what was found so far; ``null`` before its first step.
        onsets: when the harm of each service began, where that is known (µs, UTC).
    """

    schema: int = 1
    incident: str
    service: str
    state: str
    open: bool
    diagnosis: Diagnosis | None
    onsets: dict[str, Micros] = {}


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """That a new diagnosis was asked for.

    Attributes:
        incident: of which incident.
        at: when (µs, UTC): the diagnosis made for it says the same moment or a later one.
    """

    incident: str
    at: Micros


class RowsWanted(msgspec.Struct, frozen=True, kw_only=True):
    """Which of the rows behind a finding.

    Attributes:
        side: those it is of, or those of the reference.
        offset: how many to pass over, the earliest first.
        limit: how many at most, up to 1,000.
    """

    side: Side = "now"
    offset: int = 0
    limit: int = 100


@dataclass(frozen=True, kw_only=True)
class OpenedRows:
    """Some of the rows behind a finding, fit to be shown: bounded, plain, private texts masked.

    Attributes:
        side: those it is of, or those of the reference.
        kind: what they are, such as ``predictions``.
        made_of: the kind of the stored rows: spans stand for predictions where there are none.
        service: whose.
        start: from when they were looked for (µs, UTC).
        end: until when, itself excluded.
        sql: the query that gives them all.
        total: how many there are.
        offset: how many were passed over.
        rows: by time; private values masked, texts cut to 500 characters, lists to 50 entries.
        cut: whether there are fewer than were asked for, because they are so large.
        chosen: ``filter``: by the finding's own filter; of a reference that has none such, ``units``: what
            the units of its rows were given before, or ``part``: by what of the filter was met before.
        because: why not by the finding's own filter, or why there is none; empty where by that.
    """

    side: Side
    kind: str
    made_of: str
    service: str
    start: Micros
    end: Micros
    sql: str
    total: int
    offset: int
    rows: pa.Table
    cut: bool = False
    chosen: Chosen = "filter"
    because: str = ""


@dataclass(frozen=True, kw_only=True)
class ColumnView:
    """What a column held in the rows of a finding and in those before.

    Attributes:
        profile: both sides, and how they differ.
        gives: how it gives the finding's own numbers: ``mean`` | ``1 − mean`` | ``median`` | ``missing`` |
            ``share of VALUE``; empty where it does not.
    """

    profile: ProfileView
    gives: str = ""


@dataclass(frozen=True, kw_only=True)
class Opened:
    """A finding opened down to its rows.

    Attributes:
        incident: of which incident.
        evidence: the finding.
        now: the rows it is of.
        before: those of the reference.
        columns: what they held; what gives the finding's numbers first, then what moved most.
    """

    incident: Incident
    evidence: Evidence
    now: OpenedRows
    before: OpenedRows
    columns: tuple[ColumnView, ...]


class EvidenceOperations(Protocol):
    """Everything here may be called from any thread."""

    def diagnosis(self, key: str) -> DiagnosisView:
        """Return an incident's diagnosis; raises ``UnknownError``."""
        ...

    def rows(self, key: str, evidence: str, wanted: RowsWanted) -> OpenedRows:
        """Return rows behind a finding; raises ``UnknownError``.

        Raises ``RefusedError`` where the finding is of no rows, or where they cannot be looked up. The filter
        is that of the stored finding, never the caller's.
        """
        ...

    def opened(self, key: str, evidence: str, *, now: RowsWanted, before: RowsWanted) -> Opened:
        """Return a finding with rows of both sides and what their columns held; raises as ``rows`` does."""
        ...

    def again(self, key: str) -> Asked:
        """Let an open incident be diagnosed at once; raises ``UnknownError`` and ``RefusedError``."""
        ...
