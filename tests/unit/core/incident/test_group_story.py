"""Any order of joining, merging, ending and coming back, committed as the engine does."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from aright.adapters.memory_state.state import MemoryState
from aright.core.incident import (
    Event,
    HarmAlerted,
    IllegalEventError,
    Join,
    Merged,
    Reopened,
    Resolved,
    Reviewed,
    ServicesJoined,
    TookIn,
    apply,
    is_open,
)
from aright.core.incident.chain import verify_chain
from aright.core.model.incident import Incident, Severity, State
from aright.core.model.times import SECOND
from aright.engine.commit import commit, dedup_key
from tests.unit.core.incident.making import START, alert
from tests.unit.engine.one_pager import PAGER_ALONE

if TYPE_CHECKING:
    from aright.core.model.alert import Alert

NAMES = st.sampled_from(["shop", "chat", "desk", "fraud"])
LEVELS = st.integers(1, 4)


def of(service: str, signal: str) -> tuple[Alert, ...]:
    made = alert(signal)
    return (msgspec.structs.replace(made, service=service, key=f"{service}/all/{signal}"),)


class GroupStory(RuleBasedStateMachine):
    """Services that fail together and apart; a service has one open incident at most."""

    def __init__(self) -> None:
        super().__init__()
        self.state = MemoryState()
        self.now = START
        self.opened: dict[str, int] = {}

    def happen(self, key: str, event: Event) -> bool:
        self.now += SECOND
        with self.state.transaction() as tx:
            incident = tx.get(Incident, key)
            try:
                step = apply(incident, event)
            except IllegalEventError:
                return False
            assert apply(incident, event) == step, "apply is a function"
            if incident is not None:
                assert set(incident.services) <= set(step.incident.services)
                assert {hit.service for hit in step.incident.hits} == set(step.incident.services)
            commit(tx, step, outlets=PAGER_ALONE)
        return True

    def all(self) -> list[Incident]:
        with self.state.transaction() as tx:
            return list(tx.list(Incident))

    def open(self) -> list[Incident]:
        with self.state.transaction() as tx:
            return list(tx.list(Incident, tag="open"))

    def holding(self, service: str) -> Incident | None:
        return next((found for found in self.open() if service in found.services), None)

    @rule(service=NAMES, signal=st.sampled_from(["error_share", "null_share"]), level=LEVELS)
    def harm_comes(self, service, signal, level):
        found = self.holding(service)
        severity = Severity(level=level, score=1 / level, arithmetic="x")
        if found is None:
            key = f"INC-{len(self.opened) + 1}"
            self.opened[key] = 1
            event = HarmAlerted(
                at=self.now, incident=key, service=service, alerts=of(service, signal), severity=severity
            )
            assert self.happen(key, event)
        else:
            joins = (Join(service=service, alerts=of(service, signal), because="x"),)
            more = ServicesJoined(at=self.now, joins=joins, root=found.service, severity=severity)
            assert self.happen(found.key, more)

    @rule(service=NAMES, other=NAMES, leads=st.booleans(), level=LEVELS)
    def a_service_joins_another(self, service, other, leads, level):
        found = self.holding(other)
        if found is not None and self.holding(service) is None:
            joins = (Join(service=service, alerts=of(service, "error_share"), because="it calls x"),)
            severity = Severity(level=level, score=1 / level, arithmetic="x")
            event = ServicesJoined(
                at=self.now, joins=joins, root=service if leads else found.service, severity=severity
            )
            assert self.happen(found.key, event)

    @rule(one=NAMES, other=NAMES)
    def two_turn_out_to_be_one(self, one, other):
        first, second = self.holding(one), self.holding(other)
        if first is None or second is None or first.key == second.key:
            return
        older, younger = sorted((first, second), key=lambda found: (found.opened_at, found.key))
        assert self.happen(younger.key, Merged(at=self.now, into=older.key, because="x"))
        event = TookIn(at=self.now, younger=younger, because="x", root=younger.service)
        assert self.happen(older.key, event)

    @rule(service=NAMES, what=st.sampled_from([Resolved, Reviewed]))
    def it_ends(self, service, what):
        for found in self.all():
            if service in found.services:
                self.happen(found.key, what(at=self.now, by="ann"))

    @rule(service=NAMES)
    def it_comes_back(self, service):
        if self.holding(service) is not None:
            return
        for found in self.all():
            if service in found.services and self.happen(
                found.key, Reopened(at=self.now, service=service, alerts=of(service, "error_share"))
            ):
                assert found.state in {State.RESOLVED, State.REVIEWED}
                self.opened[found.key] += 1
                return

    @invariant()
    def what_is_merged_is_whole_in_the_other(self):
        known = {found.key: found for found in self.all()}
        for found in known.values():
            assert (found.state is State.MERGED) == bool(found.merged_into)
            if found.merged_into:
                into = known[found.merged_into]
                assert set(found.services) <= set(into.services)
                assert into.opened_at <= found.opened_at
                assert {each.key for each in found.alerts} <= {each.key for each in into.alerts}

    @invariant()
    def pages_are_triggered_once_an_opening_and_ended_once(self):
        with self.state.transaction() as tx:
            for found in self.all_in(tx):
                ids = [message.id for message in tx.messages(found.key)]
                assert len(ids) == len(set(ids))
                assert {message.dedup_key for message in tx.messages(found.key)} == {dedup_key(found)}
                plain = [name for name in ids if name.endswith("-trigger") and "-sev" not in name]
                assert len(plain) == self.opened[found.key]
                ends = [name for name in ids if name.endswith("-resolve")]
                assert len(ends) == self.opened[found.key] - is_open(found)

    @staticmethod
    def all_in(tx) -> list[Incident]:
        return list(tx.list(Incident))

    @invariant()
    def timelines_are_whole_and_services_lead(self):
        with self.state.transaction() as tx:
            for found in self.all_in(tx):
                assert verify_chain(tx.events(found.key))
                assert found.service in found.services
                assert found.title.startswith(f"{found.service}: ")
                assert len(found.title) <= 240


GroupStory.TestCase.settings = settings(deadline=None, max_examples=50, stateful_step_count=25)
TestGroupStory = GroupStory.TestCase
