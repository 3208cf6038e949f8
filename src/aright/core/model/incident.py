"""Incidents and what belongs to them."""

from __future__ import annotations

from enum import Enum
from typing import Final

import msgspec

from aright.core.model.alert import Alert
from aright.core.model.command import Audience, Held, Track
from aright.core.model.evidence import Diagnosis
from aright.core.model.times import Micros


class State(Enum):
    """Where an incident stands."""

    DECLARED = "declared"
    TRIAGED = "triaged"
    MITIGATING = "mitigating"
    MONITORING = "monitoring"
    RESOLVED = "resolved"
    REVIEWED = "reviewed"
    CLOSED = "closed"
    MERGED = "merged"
    REOPENED = "reopened"


OPEN: Final = frozenset({State.DECLARED, State.TRIAGED, State.MITIGATING, State.MONITORING, State.REOPENED})
"""States in which users are, or may be, still hit."""


class Severity(msgspec.Struct, frozen=True, kw_only=True):
    """How bad it is, with the arithmetic that says so.

    Attributes:
        level: 1 (worst) to 4.
        score: what the level was read from.
        arithmetic: the sum in words, such as "412 of 1,380 users hit (30 %) × tier 2 …".
    """

    level: int
    score: float
    arithmetic: str


class TimelineEvent(msgspec.Struct, frozen=True, kw_only=True):
    """One line of an incident's history: append-only and hash-chained.

    Attributes:
        incident: the incident's id.
        number: 1, 2, 3 … within it.
        at: when (µs, UTC).
        kind: declared | alert | diagnosed | severity | paged | page_failed | acknowledged | update |
            mitigation | verified | not_verified | resolved | reviewed | guard | closed | note | recurrence |
            joined | root | merged | reopened | silenced | escalated | told | unreachable | exhausted |
            taken_over | role | track | runbook | restricted | ticket | reminded | missed.
        text: one sentence for people.
        by: who: ``aright`` or a person's name.
        key: whether it is a key moment, shown first.
        refs: ids it cites, such as evidence, messages or guards.
        previous: hash of the event before; empty for the first.
        hash: SHA-256 over ``previous`` and all other fields.
    """

    incident: str
    number: int
    at: Micros
    kind: str
    text: str
    by: str = "aright"
    key: bool = False
    refs: tuple[str, ...] = ()
    previous: str = ""
    hash: str = ""


class StatusUpdate(msgspec.Struct, frozen=True, kw_only=True):
    """What stakeholders are told, drafted from facts.

    Attributes:
        at: when drafted (µs, UTC).
        text: the draft, or what was published instead.
        next_due: when the next one is due (µs, UTC); 0 for none.
        id: ``U1``, ``U2`` … within the incident; empty for those kept before there were audiences.
        audience: whom it is for.
        status: draft | published | missed | replaced: a draft that a newer one overtook.
        due_at: when it is to be published (µs, UTC); 0 for at once.
        published_at: when it was (µs, UTC); 0 before.
        by: who published it; ``aright`` where that is automatic.
        missed_at: when it was told as missed (µs, UTC); 0 where it was not.
    """

    at: Micros
    text: str
    next_due: Micros
    id: str = ""
    audience: Audience = "internal"
    status: str = "published"
    due_at: Micros = 0
    published_at: Micros = 0
    by: str = ""
    missed_at: Micros = 0


class Overruled(msgspec.Struct, frozen=True, kw_only=True):
    """A severity that a person set over the arithmetic.

    Attributes:
        level: 1 to 4, as the person has it.
        by: who.
        at: µs, UTC.
        reason: why the arithmetic is wrong here.
        judged: what the arithmetic says, kept up to date; ``None`` while it says nothing.
    """

    level: int
    by: str
    at: Micros
    reason: str
    judged: Severity | None = None


class Mitigation(msgspec.Struct, frozen=True, kw_only=True):
    """One attempt to put a service right.

    Attributes:
        id: ``M1``, ``M2`` … within the incident.
        action: the offered action's id.
        title: what it does.
        dry_run: whether it was only tried out.
        by: who ordered it.
        at: when (µs, UTC).
        status: planned | refused | sent | failed | verified | not_verified | undone.
        checks: what was looked at before, one sentence each; failed ones begin with "✗", the others with "✓".
        parameters: what the webhook was told.
        answer: what the service answered, cut to 2,000 characters.
        verdict: what the verification found, in words.
    """

    id: str
    action: str
    title: str
    dry_run: bool
    by: str
    at: Micros
    status: str
    checks: tuple[str, ...] = ()
    parameters: dict[str, str] = msgspec.field(default_factory=dict)
    answer: str = ""
    verdict: str = ""


class Hit(msgspec.Struct, frozen=True, kw_only=True):
    """One service that an incident hits.

    Attributes:
        service: its name.
        onset: when its harm began, by its own alerts (µs, UTC).
        at: when it was joined (µs, UTC).
        because: why it belongs to this incident, in words; empty for the one that declared it.
        callee: the service whose harm explains this one's; empty while none does.
    """

    service: str
    onset: Micros
    at: Micros
    because: str = ""
    callee: str = ""


class Lull(msgspec.Struct, frozen=True, kw_only=True):
    """A time in which an incident was held to be over, until it was reopened.

    Attributes:
        start: when it was resolved (µs, UTC).
        end: when its harm came back (µs, UTC).
    """

    start: Micros
    end: Micros


class Incident(msgspec.Struct, frozen=True, kw_only=True):
    """One failure of one service or several that have one cause, from the first alert to the guard.

    Attributes:
        key: ``INC-1``, ``INC-2`` …
        service: the one nearest to the cause so far: of those hit, what the others call.
        state: where it stands.
        title: one line for people.
        opened_at: when it was declared (µs, UTC).
        began_at: onset as the evidence has it (µs, UTC).
        alerts: harm alerts that joined it, then notices; one per stream, the latest.
        severity: from impact, first at a glance and then with the scope; ``None`` until judged.
        diagnosis: the latest; ``None`` until there is one.
        acknowledged_by: who; empty while nobody has.
        updates: status updates.
        mitigations: attempts, oldest first.
        mitigated_at: when the last sent mitigation was answered; 0 before, and again once it was taken back
            or did not help.
        resolved_at: 0 before.
        guards: keys of guards that came of it.
        recurrence_of: an earlier incident's key whose guard fired first; empty otherwise.
        services: all services hit, in the order in which they joined.
        hits: how each of them joined.
        lulls: when it was held to be over and was not.
        took_in: younger incidents' keys that turned out to be a part of this one.
        merged_into: the older incident's key of which this turned out to be a part; empty otherwise.
        overruled: a severity set by a person: ``severity`` is that one then; ``None`` where nobody did.
        restricted_to: who alone may see it, by their names; empty for everybody.
        roles: who has which role.
        tracks: investigation tracks, oldest first.
    """

    key: str
    service: str
    state: State
    title: str
    opened_at: Micros
    began_at: Micros
    alerts: tuple[Alert, ...] = ()
    severity: Severity | None = None
    diagnosis: Diagnosis | None = None
    acknowledged_by: str = ""
    updates: tuple[StatusUpdate, ...] = ()
    mitigations: tuple[Mitigation, ...] = ()
    mitigated_at: Micros = 0
    resolved_at: Micros = 0
    guards: tuple[str, ...] = ()
    recurrence_of: str = ""
    services: tuple[str, ...] = ()
    hits: tuple[Hit, ...] = ()
    lulls: tuple[Lull, ...] = ()
    took_in: tuple[str, ...] = ()
    merged_into: str = ""
    overruled: Overruled | None = None
    restricted_to: tuple[str, ...] = ()
    roles: tuple[Held, ...] = ()
    tracks: tuple[Track, ...] = ()

    @property
    def tag(self) -> str:
        """Return ``open`` while users are, or may be, still hit."""
        return "open" if self.state in OPEN else ""
