"""An incident as it might really be, for tests and for looking at pages: names are nobody's."""

from __future__ import annotations

from typing import Final

import msgspec

from aright.core.incident.chain import seal
from aright.core.model.bookkeeping import BadRow, Quarantined
from aright.core.model.change import Change
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
from aright.core.model.service import Action, Service
from aright.core.model.signal import ALL
from aright.core.model.times import DAY, MINUTE, SECOND
from aright.engine.operations import Memory, Status
from tests.unit.web.example_diagnosis import ALERTS, DIAGNOSIS, alert
from tests.unit.web.example_learning import TITLE
from tests.unit.web.example_times import BASE, DECLARED, MITIGATED, NOW, ONSET

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

UPDATES: Final = (
    StatusUpdate(
        at=BASE + 5 * MINUTE,
        text="ranker answers worse for region = north since 10:02 UTC. The cause is being looked into.",
        next_due=BASE + 15 * MINUTE,
    ),
    StatusUpdate(
        at=BASE + 7 * MINUTE,
        text=(
            "For region = north (31 % of traffic) ranker has shown generic answers since 10:02 UTC. The "
            "cause is known: its feature source profiles is empty there. Restoring the last good snapshot "
            "is prepared."
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
    status="sent",
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
    (280, "declared", "Click quality of region = north left its reference: 31.2 % → 8.4 %.", True),
    (281, "severity", "SEV2: 412 users hit × tier 2.", False),
    (282, "paged", "Search & Discovery was paged.", True),
    (310, "alert", "Complaint rate joined: 0.2 % → 2.6 %.", False),
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
    title=TITLE,
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
    memory=(Memory(service="ranker", bytes=3_000_000, limit=512 << 20, left_out={"values": 7}),),
)


def timeline(*, closed: bool = False) -> list[TimelineEvent]:
    """Return the incident's timeline, hash-chained."""
    return _events(*OPENING, *(CLOSING if closed else ()))
