"""An incident as it might really be, for tests and for looking at pages: names are nobody's."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from typing import Final

import msgspec
import numpy as np

from aright.core.incident.chain import seal
from aright.core.model.alert import Alert
from aright.core.model.bookkeeping import BadRow, Quarantined
from aright.core.model.change import Change
from aright.core.model.evidence import (
    Cause,
    CauseKind,
    Diagnosis,
    Evidence,
    Reach,
    Scope,
    Step,
    Verdict,
)
from aright.core.model.guard import Guard, Replay
from aright.core.model.incident import (
    Incident,
    Mitigation,
    Severity,
    State,
    StatusUpdate,
    TimelineEvent,
)
from aright.core.model.message import Message
from aright.core.model.notice import Notice
from aright.core.model.postmortem import ActionItem, Bone, PostMortem, Why
from aright.core.model.service import Action, Service
from aright.core.model.signal import ALL, Segment, SignalPoint
from aright.core.model.times import DAY, HOUR, MINUTE, SECOND, Micros, from_datetime
from aright.engine.operations import ProcessPoint, Status

BASE: Final = from_datetime(datetime(2026, 11, 23, 10, 0, tzinfo=UTC))
ONSET: Final = BASE + 150 * SECOND
DECLARED: Final = BASE + 280 * SECOND
MITIGATED: Final = BASE + 14 * MINUTE
NOW: Final = BASE + 12 * MINUTE
LATER: Final = BASE + 24 * MINUTE
WIDTH: Final = 30 * SECOND
NORTH: Final = Segment("region", "north")
SECRET: Final = "not-to-be-shown"

SERVICE: Final = Service(
    key="ranker",
    type="recommender",
    tier=2,
    owners=("Search & Discovery",),
    quality=("click",),
    actions=(
        Action(
            id="restore",
            title="Serve the last good snapshot of a feature source",
            remedy="restore_source",
            url="https://ranker.example:8443/aright/restore",
            secret=SECRET,
            undo_url="https://ranker.example:8443/aright/restore/undo",
        ),
        Action(
            id="rollback",
            title="Put the model alias back to an earlier version",
            remedy="roll_back_model",
            url="https://ranker.example:8443/aright/rollback",
            secret=SECRET,
        ),
    ),
)

EVIDENCE: Final = (
    Evidence(
        id="E1",
        step=Step.SCOPE,
        text="Click rate in region = north fell from 31.2 % to 8.4 % (412 users); elsewhere it stayed at 30.8 %.",
        supports=("H1",),
        weight=41.2,
        query="\"attr.region\" = 'north' AND time >= '2026-11-23T10:02:30Z'",
        before=0.312,
        now=0.084,
    ),
    Evidence(
        id="E2",
        step=Step.INPUTS,
        text="All 8 features of profiles are null in 97 % of the rows hit, before in 0.4 %.",
        supports=("H1",),
        weight=63.7,
        query='"feat.profiles.norm" IS NULL AND "attr.region" = \'north\'',
        before=0.004,
        now=0.97,
    ),
    Evidence(
        id="E3",
        step=Step.PIPELINE,
        text="profiles first went empty at 10:02:30, 30 s before quality fell.",
        supports=("H1",),
        opposes=("H2",),
        weight=4.1,
    ),
    Evidence(
        id="E4",
        step=Step.CHANGES,
        text="Version 2026.47 was deployed 18 min before the onset, to every region alike.",
        supports=("H2",),
        opposes=("H1",),
        weight=0.9,
    ),
    Evidence(
        id="E5",
        step=Step.SHADOW,
        text="Rows outside region = north are served by version 2026.47 too and lost nothing.",
        supports=("H1",),
        opposes=("H2",),
        weight=12.8,
        before=0.309,
        now=0.308,
    ),
    Evidence(
        id="E6",
        step=Step.HARM,
        text="Complaints per user rose from 0.2 % to 2.6 % in region = north.",
        before=0.002,
        now=0.026,
    ),
    Evidence(
        id="E7",
        step=Step.INPUTS,
        text="basket_size shifted in every region at 09:58 (KS 0.11); quality did not follow it.",
        opposes=("H3",),
        weight=2.2,
    ),
)

CAUSES: Final = (
    Cause(
        id="H1",
        kind=CauseKind.FEATURE_SOURCE,
        subject="profiles",
        title="The feature source profiles is empty for region = north.",
        probability=0.94,
        explained=0.96,
        remedy="restore_source",
        mode="empty",
        onset=ONSET,
        features=("profiles.norm", "profiles.recency"),
        evidence_for=("E1", "E2", "E3", "E5"),
        evidence_against=("E4",),
    ),
    Cause(
        id="H2",
        kind=CauseKind.MODEL_VERSION,
        subject="2026.47",
        title="Model version 2026.47 answers worse than 2026.46.",
        probability=0.04,
        explained=0.05,
        remedy="roll_back_model",
        mode="worse",
        previous="2026.46",
        evidence_for=("E4",),
        evidence_against=("E3", "E5"),
    ),
    Cause(
        id="H3",
        kind=CauseKind.OUTSIDE,
        subject="outside",
        title="Something outside, that aright cannot see.",
        probability=0.02,
        evidence_against=("E7",),
    ),
)

SCOPE: Final = Scope(
    reach=Reach.SEGMENT,
    segment=NORTH,
    sentence="region = north is hit: 31 % of the traffic carries 97 % of the loss; outside nothing moved.",
    filter="\"attr.region\" = 'north'",
    share_of_traffic=0.31,
    share_of_loss=0.97,
    loss_low=0.91,
    loss_high=1.0,
    inside_before=0.688,
    inside_now=0.916,
    outside_before=0.692,
    outside_now=0.693,
    units_hit=412,
    loss="quality:click",
)

DIAGNOSIS: Final = Diagnosis(
    key="INC-7",
    at=BASE + 6 * MINUTE,
    reference=(BASE - 6 * HOUR, ONSET),
    current=(ONSET, BASE + 6 * MINUTE),
    scope=SCOPE,
    verdict=Verdict.CONFIRMED,
    causes=CAUSES,
    evidence=EVIDENCE,
    summary=(
        "Since 10:02:30 the feature source profiles is empty for region = north, and the service answers "
        "with popular items at status 200. Click rate there fell from 31 % to 8 %; elsewhere nothing moved."
    ),
)


def alert(signal: str, before: float, now: float, segment: Segment, *, harm: bool = True) -> Alert:
    """Return an alert with a plausible interval."""
    half = 1.96 * math.sqrt(max(now * (1 - now), 1e-4) / 400)
    return Alert(
        key=f"ranker|{segment}|{signal}",
        service="ranker",
        signal=signal,
        harm=harm,
        at=DECLARED,
        since=ONSET,
        before=before,
        now=now,
        low=max(0.0, now - half),
        high=min(1.0, now + half),
        units=412,
        log_e=31.4,
        threshold=12.9,
        rule="e-d-BH over 14 streams, 1 false page per month",
        segment=segment,
    )


ALERTS: Final = (
    alert("quality:click", 0.312, 0.084, NORTH),
    alert("events:complaint", 0.002, 0.026, NORTH),
    alert("fallback_share", 0.003, 0.31, ALL),
    alert("feature:profiles.norm", 0.004, 0.97, NORTH, harm=False),
)

UPDATES: Final = (
    StatusUpdate(
        at=BASE + 5 * MINUTE,
        text="We see worse answers of ranker for region = north since 10:02 UTC. The cause is being looked into.",
        next_due=BASE + 15 * MINUTE,
    ),
    StatusUpdate(
        at=BASE + 7 * MINUTE,
        text=(
            "For region = north (31 % of traffic) ranker has shown generic answers since 10:02 UTC. The cause "
            "is known: its feature source profiles is empty there. Restoring the last good snapshot is prepared."
        ),
        next_due=BASE + 17 * MINUTE,
    ),
)

DRY_RUN: Final = Mitigation(
    id="M1",
    action="restore",
    title="Serve the last good snapshot of a feature source",
    dry_run=True,
    by="Ada",
    at=BASE + 10 * MINUTE,
    status="planned",
    checks=(
        "✓ The cause is confirmed (94 %).",
        "✓ The service answers, and its last good snapshot is of 09:58.",
        "✓ It can be undone.",
    ),
    parameters={"source": "profiles", "segment_attribute": "region", "segment_value": "north"},
    answer='{"would": "serve profiles of 09:58 to region=north", "rows": 18231}',
)
SENT: Final = msgspec.structs.replace(
    DRY_RUN,
    id="M2",
    dry_run=False,
    at=MITIGATED,
    status="verified",
    answer='{"done": true}',
    verdict="Quality is back: 30.9 % of 388 users (reference 31.2 %), 95 % interval 26.5 to 35.7 %.",
)


def _events(*lines: tuple[int, str, str, bool] | tuple[int, str, str, bool, str]) -> list[TimelineEvent]:
    events: list[TimelineEvent] = []
    for number, (seconds, kind, text, key, *by) in enumerate(lines, start=1):
        event = TimelineEvent(
            incident="INC-7",
            number=number,
            at=BASE + seconds * SECOND,
            kind=kind,
            text=text,
            key=key,
            by=by[0] if by else "aright",
        )
        events.append(seal(event, events[-1].hash if events else ""))
    return events


OPENING: Final = (
    (280, "declared", "Quality: click of region = north left its reference: 31.2 % → 8.4 %.", True),
    (281, "severity", "SEV2: 412 users hit × tier 2.", False),
    (282, "paged", "Search & Discovery was paged.", True),
    (310, "alert", "Rate of complaint joined: 0.2 % → 2.6 %.", False),
    (340, "alert", "Fallback share joined: 0.3 % → 31 %.", False),
    (300 + 60, "diagnosed", "Cause: the feature source profiles is empty for region = north (94 %).", True),
    (400, "update", "A status update was drafted.", False),
    (450, "acknowledged", "Ada took it on.", True, "Ada"),
    (600, "mitigation", "Dry run: the snapshot of 09:58 would be served.", False, "Ada"),
)
CLOSING: Final = (
    (840, "mitigation", "The last good snapshot of profiles is served to region = north.", True, "Ada"),
    (1080, "verified", "Quality is back: 30.9 % (reference 31.2 %).", True),
    (1200, "resolved", "Resolved: profiles is written again.", True, "Ada"),
    (1201, "guard", "Guard G-INC-7-1 was compiled, and a replay proves it.", True),
)

INCIDENT: Final = Incident(
    key="INC-7",
    service="ranker",
    state=State.TRIAGED,
    title="ranker: click rate of region = north fell from 31 % to 8 %",
    opened_at=DECLARED,
    began_at=ONSET,
    alerts=ALERTS,
    severity=Severity(
        level=2,
        score=0.27,
        arithmetic="412 of 1,330 users hit (31 %) × loss 0.73 of what they had × tier 2 (1.2) = 0.27 → SEV2",
    ),
    diagnosis=DIAGNOSIS,
    acknowledged_by="Ada",
    updates=UPDATES,
    mitigations=(DRY_RUN,),
)
RESOLVED: Final = msgspec.structs.replace(
    INCIDENT,
    state=State.RESOLVED,
    mitigations=(DRY_RUN, SENT),
    mitigated_at=MITIGATED,
    resolved_at=BASE + 20 * MINUTE,
    guards=("G-INC-7-1",),
)
YOUNG: Final = Incident(
    key="INC-8",
    service="translator",
    state=State.DECLARED,
    title="translator: rate of complaint rose",
    opened_at=NOW - MINUTE,
    began_at=NOW - 3 * MINUTE,
    alerts=(alert("events:complaint", 0.001, 0.009, ALL),),
)
OLD: Final = Incident(
    key="INC-3",
    service="scorer",
    state=State.CLOSED,
    title="scorer: approvals of version 12 fell",
    opened_at=BASE - 9 * DAY,
    began_at=BASE - 9 * DAY - 4 * MINUTE,
    severity=Severity(level=3, score=0.08, arithmetic="80 of 1,000 users × tier 3 = 0.08 → SEV3"),
    resolved_at=BASE - 9 * DAY + 50 * MINUTE,
)

GUARD: Final = Guard(
    key="G-INC-7-1",
    service="ranker",
    incident="INC-7",
    kind="source_contract",
    subject="profiles",
    title="profiles may be empty in at most 4 % of rows and at most 26 h old, in every region",
    limits={
        "null_share:profiles.norm": 0.04,
        "null_share:profiles.recency": 0.04,
        "age_hours:profiles": 26.0,
    },
    min_rows=40,
    created_at=BASE + 1201 * SECOND,
    replay=Replay(
        incident_windows=23,
        incident_fired=23,
        baseline_windows=720,
        baseline_fired=0,
        first_fired=ONSET,
        onset=ONSET,
        accepted=True,
    ),
)

MESSAGES: Final = (
    Message(
        id="page-INC-7",
        channel="pagerduty",
        dedup_key="aright/ranker/INC-7",
        incident="INC-7",
        urgency=2,
        body=b'{"routing_key": "not-to-be-shown"}',
        due_at=DECLARED,
        attempts=2,
        status="sent",
    ),
    Message(
        id="page-INC-7-b",
        channel="webhook",
        dedup_key="aright/ranker/INC-7/chat",
        incident="INC-7",
        urgency=3,
        body=b"{}",
        due_at=DECLARED,
        attempts=3,
        status="pending",
        error="connection refused",
    ),
)

CHANGES: Final = (
    Change(
        key="ci/1",
        at=BASE - 16 * MINUTE,
        service="ranker",
        kind="deploy",
        what="2026.47",
        title="deploy 2026.47",
    ),
)

NOTICES: Final = tuple(
    Notice(
        key=f"ranker|feature:{name}|{at}",
        service="ranker",
        at=BASE - at * MINUTE,
        alert=alert(f"feature:{name}", 0.21, 0.29, ALL, harm=False),
        incident="",
    )
    for name, at in (("basket_size", 2), ("catalogue.age", 47))
)

QUARANTINED: Final = (
    Quarantined(
        key="4096/1",
        at=BASE - 5 * MINUTE,
        kind="predictions",
        count=3,
        rows=(
            BadRow(
                row=17,
                field="time",
                problem="'yesterday' is no instant",
                fix="Send RFC 3339 or integer microseconds.",
                text='{"id":"a","time":"yesterday"}',
            ),
        ),
    ),
)

POST_MORTEM: Final = PostMortem(
    key="INC-7",
    at=BASE + 1202 * SECOND,
    title=INCIDENT.title,
    summary=(
        "From 10:02:30 to 10:14:00 UTC the feature source profiles was empty for region = north. The service "
        "fell back to popular items and answered 200, so no HTTP metric moved. aright noticed after 2 min 10 s."
    ),
    impact="412 of 1,330 users (31 %) saw generic answers for 11 min 30 s; 94 clicks were lost (95 % 81–107).",
    star={
        "situation": "Since 10:02:30 one region in four got generic answers; nothing was red.",
        "task": "Find what changed and give region = north its own answers back.",
        "action": "Ada restored the last good snapshot of profiles after a dry run, at 10:14.",
        "result": "Click rate returned to 30.9 % (reference 31.2 %) within four minutes.",
    },
    whys=(
        Why(
            question="Why did users in region = north get worse answers?",
            answer="The service answered with popular items instead of personal ones.",
            evidence=("E1", "E6"),
        ),
        Why(
            question="Why did it answer with popular items?",
            answer="All features of profiles were null for them, and it falls back without user features.",
            evidence=("E2",),
        ),
        Why(
            question="Why were the features null?",
            answer="The source profiles went empty for region = north at 10:02:30.",
            evidence=("E2", "E3"),
        ),
        Why(
            question="Why did nobody notice the source?",
            answer="Nothing checked how full or how old profiles is; status and latency stayed normal.",
            evidence=("E5",),
        ),
        Why(
            question="Why was there no such check?",
            answer="The source was never declared a dependency with limits of its own.",
            assumed=True,
        ),
    ),
    bones=(
        Bone(category="Data", text="profiles empty for region = north", status="cause", evidence=("E2",)),
        Bone(category="Data", text="basket_size shifted everywhere", status="ruled out", evidence=("E7",)),
        Bone(category="Model", text="version 2026.47", status="ruled out", evidence=("E5",)),
        Bone(category="Code", text="silent fall-back at status 200", status="contributed", evidence=("E1",)),
        Bone(category="Dependencies", text="who writes profiles", status="not looked at"),
        Bone(category="Infrastructure", text="CPU, memory and latency", status="ruled out"),
        Bone(category="Monitoring", text="no limit on emptiness of a source", status="contributed"),
    ),
    timeline=tuple(range(1, 14)),
    actions=(
        ActionItem(
            text="Keep the guard on profiles in CI and on every window",
            owner="Search & Discovery",
            due=BASE + 2 * DAY,
            guard="G-INC-7-1",
        ),
        ActionItem(
            text="Answer with a marked fall-back, so that callers can tell",
            owner="Search & Discovery",
            due=BASE + 14 * DAY,
        ),
    ),
    went_well=(
        "The segment was named within two minutes of the alert.",
        "The dry run showed what would happen.",
    ),
    went_badly=("The fall-back hid the fault from every HTTP metric.",),
)


def points(*, until: Micros = NOW, back: Micros | None = None) -> list[SignalPoint]:
    """Return signal points of two hours before the incident and of the incident."""
    rng = np.random.default_rng(7)
    made = []
    for start in range(BASE - 2 * HOUR, until - WIDTH, WIDTH):
        bad = start >= ONSET and not (back is not None and start >= back)
        wave = 0.012 * math.sin(start / (17 * MINUTE))
        for segment, n, share in ((NORTH, 62, 1.0), (ALL, 200, 0.31)):
            fallen = 0.228 * share if bad else 0.0
            rates = {
                "quality:click": 0.312 + wave - fallen,
                "events:complaint": 0.002 + (0.024 * share if bad else 0.0),
                "fallback_share": 0.003 + (0.97 * share if bad else 0.0),
            }
            made += [
                SignalPoint(
                    service="ranker",
                    name=name,
                    start=start,
                    width=WIDTH,
                    n=n,
                    total=float(rng.binomial(n, min(max(rate, 0.0), 1.0))),
                    segment=segment,
                )
                for name, rate in rates.items()
            ]
    return made


def process(*, until: Micros = NOW) -> list[ProcessPoint]:
    """Return process metrics that stay as they were: nothing is red."""
    rng = np.random.default_rng(11)
    spec = (
        ("cpu_percent", 34.0, 2.5),
        ("latency_ms_p50", 21.0, 0.8),
        ("latency_ms_p99", 74.0, 5.0),
        ("rss_bytes", 1.31e9, 4e6),
    )
    return [
        ProcessPoint(
            name=name, start=start, mean=float(rng.normal(mean, sd)), top=float(rng.normal(mean, sd) + 3 * sd)
        )
        for name, mean, sd in spec
        for start in range(BASE - 2 * HOUR, until - WIDTH, WIDTH)
    ]


STATUS: Final = Status(
    version="0.1.0",
    clock="driven",
    now=NOW,
    accepted=184_320,
    quarantined=3,
    late=12,
    behind=0,
    services=("ranker", "scorer", "translator"),
    open_incidents=2,
)


def timeline(*, closed: bool = False) -> list[TimelineEvent]:
    """Return the incident's timeline, hash-chained."""
    return _events(*OPENING, *(CLOSING if closed else ()))
