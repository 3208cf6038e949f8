"""Whatever happens in whatever order: what the escalation promises."""

from __future__ import annotations

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from aright.core.model.on_call import ARIGHT
from aright.core.model.paging import UNDER_WAY
from aright.core.model.times import HOUR, MINUTE
from aright.core.page.escalating import Reach, Reached, Way, apply
from tests.unit.core.page.escalations import PAGER, Escalation, policy

PEOPLE = ("ann", "bob", "cy")


@st.composite
def reaches(draw: st.DrawFn, steps: int) -> Reach:
    found = []
    for _ in range(steps):
        names = draw(st.lists(st.sampled_from(PEOPLE), max_size=2, unique=True))
        ways = tuple(Way(channel, name) for name in names for channel in ("mail", "chat"))
        found.append(Reached(ways, () if names else ("nobody has the shift",)))
    pagers = draw(st.sampled_from([(), (PAGER,)]))
    return Reach(steps=tuple(found), pagers=pagers, tickets=draw(st.sampled_from([(), ("tickets",)])))


class Escalates(RuleBasedStateMachine):
    """One incident's escalation, driven by anything in any order."""

    @initialize(
        steps=st.integers(0, 3),
        owner=st.sampled_from([ARIGHT, PAGER]),
        repeat=st.integers(0, 2),
        acknowledgements=st.integers(1, 2),
        data=st.data(),
    )
    def fire(self, steps: int, owner: str, repeat: int, acknowledgements: int, data: st.DataObject) -> None:
        made = policy(*PEOPLE[:steps], owner=owner, repeat=repeat, acknowledgements=acknowledgements)
        self.steps = steps
        self.made = Escalation(made, data.draw(reaches(steps)))
        self.made.fire()

    @rule(data=st.data())
    def roster_changes(self, data: st.DataObject) -> None:
        self.made.reach = data.draw(reaches(self.steps))

    @precondition(lambda self: self.made.dues)
    @rule(late=st.sampled_from([0, 1, HOUR]))
    def time_passes(self, late: int) -> None:
        self.made.now += late
        before = self.made.at
        self.made.run_due()
        after = self.made.at
        told_steps = {(told.round, told.step) for told in after.told[len(before.told) :]}
        assert len(told_steps) <= 1, "one step at a time, however late"

    @precondition(lambda self: self.made.tells)
    @rule(data=st.data(), fate=st.sampled_from(["accepted", "failed", "later"]))
    def a_message_is_settled(self, data: st.DataObject, fate: str) -> None:
        tell = data.draw(st.sampled_from(self.made.tells))
        if fate == "accepted":
            self.made.accept(tell.told.message)
        else:
            self.made.fail(tell.told.message, permanent=fate == "failed")

    @rule(by=st.sampled_from(PEOPLE))
    def somebody_acknowledges(self, by: str) -> None:
        self.made.acknowledge(by)

    @rule(again=st.sampled_from(["", "sev2", "sev1"]), later=st.sampled_from([0, MINUTE]))
    def it_fires_again(self, again: str, later: int) -> None:
        self.made.now += later
        self.made.fire(again)

    @rule()
    def it_ends(self) -> None:
        self.made.end()

    @invariant()
    def there_is_one_owner(self) -> None:
        assert self.made.at.owner in {ARIGHT, self.made.policy.owner}
        if self.made.at.owner != ARIGHT:
            assert "escalate" not in self.made.dues, "aright tells nobody beside the owner"
        else:
            assert "take_over" not in self.made.dues

    @invariant()
    def it_is_never_silent(self) -> None:
        paging = self.made.at
        waits = paging.status in UNDER_WAY | {"exhausted"}
        if not waits:
            assert self.made.dues == {}
        elif paging.owner == ARIGHT and not paging.next_at:
            assert not paging.policy.steps, "there never was anybody to tell"
        elif paging.owner == ARIGHT:
            assert self.made.dues["escalate"].due_at == paging.next_at > 0
        elif paging.status == "pending" and paging.policy.steps:
            assert "take_over" in self.made.dues

    @invariant()
    def who_is_reachable_was_told(self) -> None:
        paging = self.made.at
        if paging.owner == ARIGHT and paging.status in UNDER_WAY and paging.policy.steps:
            present = {(told.number, told.round, told.step) for told in paging.told}
            assert (paging.number, paging.round, paging.step) in present

    @invariant()
    def everybody_is_told_once(self) -> None:
        told = [
            (each.told.number, each.told.round, each.told.step, each.told.person, each.told.channel)
            for each in self.made.tells
        ]
        assert len(told) == len(set(told))
        assert len({each.told.message for each in self.made.tells}) == len(told)

    @invariant()
    def enough_have_acknowledged(self) -> None:
        if self.made.at.status == "acknowledged":
            assert self.made.at.acknowledged

    def teardown(self) -> None:
        if not hasattr(self, "made"):
            return
        paging = None
        for event in self.made.events:
            paging = apply(paging, event).paging
        assert paging == self.made.paging, "replayed, it is the same"
        self._it_ends_by_itself()

    def _it_ends_by_itself(self) -> None:
        rounds = (self.made.policy.repeat + 1) * max(self.steps, 1)
        for _ in range(rounds + 2):
            if self.made.at.status not in UNDER_WAY or not self.made.dues:
                break
            self.made.run_due()
        if self.made.dues:
            assert self.made.at.status == "exhausted"


Escalates.TestCase.settings = settings(deadline=None, max_examples=60, stateful_step_count=25)
TestEscalates = Escalates.TestCase
