from __future__ import annotations

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from aright.sdk.follow_kept import FIRST_RETRY, LOADS_AT_ONCE, LONGEST_RETRY, Kept

VERSIONS = st.sampled_from(["", "1", "2", "3", "4", "5"])


def model_of(version: str) -> str:
    return f"model {version}"


class Following(RuleBasedStateMachine):
    """Aliases move, loads begin, end late or fail, in any order."""

    @initialize(keep=st.integers(1, 3))
    def begin(self, keep: int) -> None:
        self.kept: Kept[str] = Kept(keep=keep)
        self.now = 0.0
        self.served: list[str] = []

    @rule(version=VERSIONS)
    def move(self, version: str) -> None:
        self.step(self.kept.wants(version))

    @rule(version=VERSIONS)
    def announce(self, version: str) -> None:
        self.step(self.kept.announces(version))

    @rule(seconds=st.sampled_from([0.1, 1.0, 40.0]))
    def pass_time(self, seconds: float) -> None:
        self.now += seconds

    @rule()
    def load(self) -> None:
        version = self.kept.due(self.now)
        if version:
            assert version in {self.kept.wanted, self.kept.announced}
            assert version not in self.kept.loading
            self.step(self.kept.begins(version))

    @precondition(lambda self: self.kept.loading)
    @rule(data=st.data())
    def end(self, data: st.DataObject) -> None:
        version = data.draw(st.sampled_from(sorted(self.kept.loading)))
        if data.draw(st.booleans()):
            self.step(self.kept.loads(version, model_of(version)))
        else:
            self.step(self.kept.fails(version, "broken", self.now))

    @rule()
    def fork(self) -> None:
        self.step(self.kept.inherited())

    def step(self, after: Kept[str]) -> None:
        before, self.kept = self.kept, after
        if after.current[0] != before.current[0]:
            assert after.current[0] == after.wanted, "only the wanted version ever takes over"
            if after.current[0] in self.served:
                self.served.remove(after.current[0])
            self.served.append(after.current[0])

    @invariant()
    def it_serves_once_it_has_served(self) -> None:
        if self.served:
            assert self.kept.current == (self.served[-1], model_of(self.served[-1]))
            assert self.kept.current in self.kept.warm

    @invariant()
    def it_serves_what_is_wanted_where_that_is_loaded(self) -> None:
        if self.kept.wanted in self.kept.versions:
            assert self.kept.current[0] == self.kept.wanted

    @invariant()
    def the_versions_that_served_last_stay_warm(self) -> None:
        assert set(self.served[-self.kept.keep :]) <= set(self.kept.versions)

    @invariant()
    def nothing_piles_up(self) -> None:
        assert len(self.kept.warm) <= self.kept.keep + 1
        assert len(set(self.kept.versions)) == len(self.kept.warm)
        assert len(self.kept.loading) <= LOADS_AT_ONCE
        assert self.kept.failed.keys() <= {self.kept.wanted, self.kept.announced} - set(self.kept.versions)

    @invariant()
    def what_failed_is_told(self) -> None:
        assert bool(self.kept.failed) <= ("cannot be loaded (broken)" in self.kept.problem())

    def teardown(self) -> None:
        """Whatever came before: once loads work again, the alias's version serves."""
        if not hasattr(self, "kept"):
            return
        for _ in range(8):
            for version in sorted(self.kept.loading):
                self.step(self.kept.loads(version, model_of(version)))
            self.now += LONGEST_RETRY
            self.load()
        if self.kept.wanted:
            assert self.kept.current[0] == self.kept.wanted
        if self.kept.announced:
            assert self.kept.announced in self.kept.versions
        assert not self.kept.problem()


TestFollowing = Following.TestCase
TestFollowing.settings = settings(deadline=None, max_examples=60, stateful_step_count=30)


def test_tries_come_further_and_further_apart() -> None:
    kept, now, pauses = Kept[str](keep=1).wants("1"), 0.0, []
    for _ in range(10):
        kept = kept.begins(kept.due(now)).fails("1", "broken", now)
        assert kept.due(kept.failed["1"].retry_at - 0.01) == ""
        pauses.append(kept.failed["1"].retry_at - now)
        now = kept.failed["1"].retry_at
    assert pauses[:3] == [FIRST_RETRY, 2 * FIRST_RETRY, 4 * FIRST_RETRY]
    assert pauses[-1] == LONGEST_RETRY


def test_a_version_that_comes_back_is_tried_at_once() -> None:
    kept = Kept[str](keep=1).wants("1").begins("1").fails("1", "broken", 0.0)
    assert kept.due(0.0) == ""
    assert kept.wants("2").wants("1").due(0.0) == "1"


def test_a_load_that_hangs_holds_up_none_but_two_do_and_it_says_so() -> None:
    kept = Kept[str](keep=1).wants("1").begins("1").wants("2")
    assert (kept.due(0.0), kept.problem()) == ("2", "")
    kept = kept.begins("2").wants("3").announces("4")
    assert kept.due(0.0) == ""
    assert kept.problem() == "version 3 waits until versions 1 and 2 are loaded"
    assert kept.loads("2", "model 2").due(0.0) == "3"


def test_the_announced_is_loaded_beside_those_that_are_kept() -> None:
    kept = Kept[str](keep=1).wants("1").begins("1").announces("2")
    assert kept.due(0.0) == "", "never beside another load"
    kept = kept.loads("1", "model 1")
    assert kept.due(0.0) == "2"
    kept = kept.begins("2").loads("2", "model 2")
    assert (kept.current[0], kept.versions) == ("1", ("1", "2"))
    assert kept.announces("").versions == ("1",)
    assert kept.wants("2").versions == ("2",)
