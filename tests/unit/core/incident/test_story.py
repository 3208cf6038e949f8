"""Any order of events, committed as the engine does: what must hold of every incident."""

from __future__ import annotations

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from aright.adapters.memory_state.state import MemoryState
from aright.core.incident import (
    Acknowledged,
    Closed,
    Diagnosed,
    Event,
    GuardAccepted,
    IllegalEventError,
    MitigationRecorded,
    Noted,
    NoticeJoined,
    NotVerified,
    Recurred,
    Resolved,
    Reviewed,
    SeverityJudged,
    UpdateDrafted,
    VerificationWaits,
    Verified,
    apply,
    is_open,
)
from aright.core.incident.chain import verify_chain
from aright.core.model.evidence import Verdict
from aright.core.model.incident import Incident, Severity, State, StatusUpdate
from aright.core.model.times import SECOND
from aright.engine.commit import commit, dedup_key
from tests.unit.core.incident.making import START, alert, attempt, diagnosis, harm
from tests.unit.engine.one_pager import PAGER_ALONE

KINDS = frozenset(
    {
        "declared",
        "alert",
        "diagnosed",
        "severity",
        "paged",
        "page_failed",
        "acknowledged",
        "update",
        "mitigation",
        "verified",
        "not_verified",
        "resolved",
        "reviewed",
        "guard",
        "closed",
        "note",
        "recurrence",
        "role",
    }
)
WORKING = {State.DECLARED, State.TRIAGED, State.MITIGATING, State.MONITORING}
NEXT = {
    State.DECLARED: WORKING | {State.RESOLVED},
    State.TRIAGED: (WORKING | {State.RESOLVED}) - {State.DECLARED},
    State.MITIGATING: (WORKING | {State.RESOLVED}) - {State.DECLARED},
    State.MONITORING: (WORKING | {State.RESOLVED}) - {State.DECLARED},
    State.RESOLVED: {State.RESOLVED, State.REVIEWED},
    State.REVIEWED: {State.REVIEWED, State.CLOSED},
    State.CLOSED: {State.CLOSED},
}
PEOPLE = st.sampled_from(["ann", "bob"])
SIGNALS = st.sampled_from(["quality:click", "fallback_share", "events:complaint"])
MITIGATIONS = st.sampled_from(["M1", "M2"])


class Story(RuleBasedStateMachine):
    """One service: alerts come, people act, work falls due."""

    def __init__(self) -> None:
        super().__init__()
        self.state = MemoryState()
        self.now = START
        self.key = ""
        self.seen: dict[str, Incident] = {}

    def happen(self, event: Event) -> bool:
        """Commit an event; return whether it was legal."""
        self.now += SECOND
        with self.state.transaction() as tx:
            incident = tx.get(Incident, self.key) if self.key else None
            try:
                step = apply(incident, event)
            except IllegalEventError:
                return False
            again = apply(incident, event)
            assert again == step, "apply is a function"
            commit(tx, step, outlets=PAGER_ALONE)
        self.follow(incident, step.incident)
        return True

    def follow(self, before: Incident | None, after: Incident) -> None:
        if before is None:
            assert after.state is State.DECLARED
        else:
            assert after.state in NEXT[before.state], (before.state, after.state)
            assert (after.key, after.opened_at, after.service) == (before.key, before.opened_at, "shop")
            assert {m.id for m in before.mitigations} <= {m.id for m in after.mitigations}
            assert set(before.guards) <= set(after.guards)
            assert {a.key for a in before.alerts if a.harm} <= {a.key for a in after.alerts if a.harm}
        self.seen[after.key] = after

    def current(self) -> Incident:
        return self.seen[self.key]

    @rule(signal=SIGNALS)
    def harm_comes(self, signal):
        if not self.key or not is_open(self.current()):
            with self.state.transaction() as tx:
                self.key = f"INC-{tx.next_number('incident')}"
        event = harm(alert(signal), at=self.now, incident=self.key)
        assert self.happen(event), "harm always finds or opens an incident"

    @precondition(lambda self: self.key)
    @rule(signal=SIGNALS)
    def notice_comes(self, signal):
        assert self.happen(NoticeJoined(at=self.now, alerts=(alert(signal, harm=False),)))

    @precondition(lambda self: self.key)
    @rule(verdict=st.sampled_from(Verdict), again=st.booleans())
    def diagnosis_ends(self, verdict, again):
        again_at = self.now + 60 * SECOND if again else 0
        assert self.happen(Diagnosed(at=self.now, diagnosis=diagnosis(verdict=verdict), again_at=again_at))

    @precondition(lambda self: self.key)
    @rule(level=st.integers(1, 4))
    def severity_is_judged(self, level):
        severity = Severity(level=level, score=1 / level, arithmetic="x")
        assert self.happen(SeverityJudged(at=self.now, severity=severity))

    @precondition(lambda self: self.key)
    @rule(by=PEOPLE)
    def somebody_takes_it_on(self, by):
        assert self.happen(Acknowledged(at=self.now, by=by)) == is_open(self.current())

    @precondition(lambda self: self.key)
    @rule(
        key=MITIGATIONS,
        status=st.sampled_from(["planned", "refused", "sent", "failed", "undone"]),
        dry_run=st.booleans(),
    )
    def a_mitigation_moves(self, key, status, dry_run):
        mitigation = attempt(status, key=key, dry_run=dry_run)
        self.happen(MitigationRecorded(at=self.now, mitigation=mitigation, verify_at=self.now + 40))

    @precondition(lambda self: self.key)
    @rule(key=MITIGATIONS, what=st.sampled_from([Verified, NotVerified]))
    def a_verdict_falls(self, key, what):
        known = any(m.id == key for m in self.current().mitigations)
        assert self.happen(what(at=self.now, mitigation=key, text="x")) == known

    @precondition(lambda self: self.key)
    @rule(key=MITIGATIONS)
    def a_verdict_waits(self, key):
        self.happen(VerificationWaits(at=self.now, mitigation=key, text="x", again_at=self.now + 30))

    @precondition(lambda self: self.key)
    @rule(by=PEOPLE, what=st.sampled_from([Resolved, Reviewed, Closed]))
    def it_goes_on(self, by, what):
        self.happen(what(at=self.now, by=by))

    @precondition(lambda self: self.key)
    @rule(next_due=st.sampled_from([0, START * 2]))
    def an_update_is_drafted(self, next_due):
        assert self.happen(UpdateDrafted(at=self.now, update=StatusUpdate(at=1, text="x", next_due=next_due)))

    @precondition(lambda self: self.key)
    @rule(by=PEOPLE)
    def other_things(self, by):
        self.happen(Noted(at=self.now, by=by, text="x"))
        self.happen(GuardAccepted(at=self.now, guard="G1", text="x"))
        self.happen(Recurred(at=self.now, guard="G0", earlier="INC-0", text="x"))

    @invariant()
    def at_most_one_is_open(self):
        assert sum(is_open(incident) for incident in self.seen.values()) <= 1

    @invariant()
    def it_reads_back(self):
        with self.state.transaction() as tx:
            assert {incident.key: incident for incident in tx.list(Incident)} == self.seen

    @invariant()
    def timelines_are_whole(self):
        with self.state.transaction() as tx:
            for key in self.seen:
                events = tx.events(key)
                assert verify_chain(events)
                assert events[0].kind == "declared"
                assert {event.kind for event in events} <= KINDS
                assert all(event.text for event in events)

    @invariant()
    def each_incident_pages_once(self):
        with self.state.transaction() as tx:
            for key, incident in self.seen.items():
                ids = [message.id for message in tx.messages(key)]
                assert len([name for name in ids if "-sev1-" in name]) <= 1, "once more for the worst"
                actions = [name.rpartition("-")[2] for name in ids if "-sev1-" not in name]
                assert actions[0] == "trigger"
                assert len(actions) == len(set(actions))
                assert ("resolve" in actions) == (incident.resolved_at > 0)
                assert {message.dedup_key for message in tx.messages(key)} == {dedup_key(incident)}

    @invariant()
    def nothing_is_verified_or_diagnosed_after_the_end(self):
        with self.state.transaction() as tx:
            for due in tx.take_due(10**18):
                if due.task in {"verify", "diagnose"}:
                    assert is_open(self.seen[due.subject])
                else:
                    assert self.seen[due.subject].state is not State.CLOSED


Story.TestCase.settings = settings(deadline=None, max_examples=60, stateful_step_count=30)
TestStory = Story.TestCase
