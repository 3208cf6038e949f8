"""aright's answers, as far as a drill reads them: a stranger's view of the documented JSON."""

from __future__ import annotations

import msgspec


class SegmentView(msgspec.Struct, frozen=True):
    """A part of the traffic; empty for all of it."""

    attribute: str = ""
    value: str = ""


class ScopeView(msgspec.Struct, frozen=True):
    """Who is hit."""

    reach: str
    sentence: str
    segment: SegmentView = SegmentView()


class CauseView(msgspec.Struct, frozen=True):
    """One ranked cause."""

    kind: str
    subject: str
    title: str
    probability: float
    id: str = ""
    evidence_for: tuple[str, ...] = ()
    remedy: str = ""
    mode: str = ""
    previous: str = ""


class ReplayedView(msgspec.Struct, frozen=True):
    """What stored inputs say when they are run again."""

    verdict: str
    previous: str = ""
    version: str = ""
    text: str = ""


class DiagnosisView(msgspec.Struct, frozen=True):
    """What has been found so far."""

    at: int
    scope: ScopeView
    verdict: str
    causes: tuple[CauseView, ...]
    summary: str
    evidence: tuple[EvidenceView, ...] = ()
    replayed: ReplayedView | None = None


class MitigationView(msgspec.Struct, frozen=True):
    """One attempt to put it right."""

    id: str
    action: str
    dry_run: bool
    status: str
    checks: tuple[str, ...] = ()
    answer: str = ""
    verdict: str = ""


class SeverityView(msgspec.Struct, frozen=True):
    """How bad it is."""

    level: int
    arithmetic: str


class UpdateView(msgspec.Struct, frozen=True):
    """A drafted status update."""

    at: int
    text: str


class HitView(msgspec.Struct, frozen=True):
    """A service that an incident hits."""

    service: str
    onset: int


class AlertView(msgspec.Struct, frozen=True):
    """A stream that moved."""

    service: str
    signal: str
    harm: bool
    text: str = ""


class EvidenceView(msgspec.Struct, frozen=True):
    """A finding."""

    id: str
    text: str
    supports: tuple[str, ...] = ()
    opposes: tuple[str, ...] = ()


class IncidentView(msgspec.Struct, frozen=True):
    """An incident."""

    key: str
    service: str
    state: str
    title: str
    opened_at: int
    began_at: int
    severity: SeverityView | None = None
    diagnosis: DiagnosisView | None = None
    acknowledged_by: str = ""
    updates: tuple[UpdateView, ...] = ()
    mitigations: tuple[MitigationView, ...] = ()
    guards: tuple[str, ...] = ()
    services: tuple[str, ...] = ()
    hits: tuple[HitView, ...] = ()
    alerts: tuple[AlertView, ...] = ()


class StatusView(msgspec.Struct, frozen=True):
    """How aright itself is doing."""

    now: int
    accepted: int
    quarantined: int
    late: int
    open_incidents: int


class WhyView(msgspec.Struct, frozen=True):
    """One of the five whys."""

    question: str
    answer: str
    evidence: tuple[str, ...] = ()
    assumed: bool = False


class PostMortemView(msgspec.Struct, frozen=True):
    """A post-mortem draft."""

    key: str
    summary: str
    whys: tuple[WhyView, ...]


class ReplayView(msgspec.Struct, frozen=True):
    """A guard's proof."""

    accepted: bool


class ActionView(msgspec.Struct, frozen=True):
    """An action that a service's team offers."""

    id: str
    remedy: str


class ServiceView(msgspec.Struct, frozen=True):
    """A service of the catalog."""

    actions: tuple[ActionView, ...] = ()


class GuardView(msgspec.Struct, frozen=True):
    """A guard."""

    key: str
    incident: str
    kind: str
    subject: str
    title: str
    replay: ReplayView | None = None


class EntryView(msgspec.Struct, frozen=True):
    """A one-time link into the pages."""

    path: str


class LookView(msgspec.Struct, frozen=True):
    """One look at a release."""

    at: int
    stage: str
    call: str
    reason: str
    share: float = 0.0
    hold: str = ""


class ReleaseView(msgspec.Struct, frozen=True):
    """A version's way to all users."""

    key: str
    version: str
    stable: str
    state: str
    started_at: int
    share: float = 0.0
    ended_at: int = 0
    outcome: str = ""
    looks: tuple[LookView, ...] = ()
    shares: tuple[tuple[int, float], ...] = ()


class StartedView(msgspec.Struct, frozen=True):
    """A release that was begun."""

    release: ReleaseView


class LineView(msgspec.Struct, frozen=True):
    """One line of a ledger."""

    incident: str
    number: int
    at: int
    kind: str
    text: str
    by: str
    key: bool
    refs: tuple[str, ...]
    previous: str
    hash: str
