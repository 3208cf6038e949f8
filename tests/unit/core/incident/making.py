"""Values that the incident's tests share."""

from __future__ import annotations

import msgspec

from aright.core.incident import HarmAlerted, apply
from aright.core.model.alert import Alert
from aright.core.model.evidence import Cause, CauseKind, Diagnosis, Reach, Scope, Verdict
from aright.core.model.incident import Incident, Mitigation, Severity
from aright.core.model.signal import ALL, Segment
from aright.core.model.times import MINUTE, SECOND

START = 1_000 * SECOND
NORTH = Segment("region", "north")
SEV2 = Severity(level=2, score=0.08, arithmetic="30\u202f% × 50\u202f% × tier 2")


def alert(
    signal: str = "quality:click",
    *,
    harm: bool = True,
    segment: Segment = ALL,
    before: float = 0.12,
    now: float = 0.06,
    since: int = START - 60 * SECOND,
    log_e: float = 9.0,
) -> Alert:
    return Alert(
        key=f"shop|{segment}|{signal}",
        service="shop",
        signal=signal,
        harm=harm,
        at=START,
        since=since,
        before=before,
        now=now,
        low=now - 0.01,
        high=now + 0.01,
        units=900,
        log_e=log_e,
        threshold=8,
        rule="e-d-BH",
        segment=segment,
    )


def harm(*alerts: Alert, at: int = START, incident: str = "INC-1") -> HarmAlerted:
    return HarmAlerted(at=at, incident=incident, service="shop", alerts=alerts or (alert(),))


def declared() -> Incident:
    return apply(None, harm()).incident


def in_place(incident: Incident | None = None, **changes: object) -> Incident:
    return msgspec.structs.replace(incident or declared(), **changes)


def cause(kind: CauseKind = CauseKind.FEATURE_SOURCE, **changes: object) -> Cause:
    made = Cause(
        id="H1",
        kind=kind,
        subject="profiles",
        title="the source profiles went empty",
        probability=0.93,
        explained=0.9,
        remedy="restore_source",
        mode="empty",
        onset=START - 45 * SECOND,
        features=("profiles.norm",),
        evidence_for=("E1", "E2"),
        evidence_against=("E7",),
    )
    return msgspec.structs.replace(made, **changes)


def scope(**changes: object) -> Scope:
    made = Scope(
        reach=Reach.SEGMENT,
        sentence="region = north is hit, 30\u202f% of users",
        segment=NORTH,
        share_of_traffic=0.3,
        share_of_loss=0.97,
        inside_before=0.88,
        inside_now=0.94,
        units_hit=412,
        loss="quality:click",
    )
    return msgspec.structs.replace(made, **changes)


def diagnosis(*causes: Cause, verdict: Verdict = Verdict.CONFIRMED, **changes: object) -> Diagnosis:
    made = Diagnosis(
        key="INC-1",
        at=START + MINUTE,
        reference=(0, START - MINUTE),
        current=(START - MINUTE, START),
        scope=scope(),
        verdict=verdict,
        causes=causes or (cause(),),
        evidence=(),
        summary="The source profiles went empty for region = north.",
    )
    return msgspec.structs.replace(made, **changes)


def attempt(status: str = "sent", *, key: str = "M1", dry_run: bool = False, **changes: object) -> Mitigation:
    made = Mitigation(
        id=key,
        action="restore",
        title="Serve the last good snapshot",
        dry_run=dry_run,
        by="ann",
        at=START + 2 * MINUTE,
        status=status,
    )
    return msgspec.structs.replace(made, **changes)
