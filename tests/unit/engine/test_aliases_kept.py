"""Keeping aliases: moves of our own, moves of others, and what a process that ended leaves behind."""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field

import pytest

from aright.adapters.clocks.driven import DrivenClock
from aright.adapters.clocks.wall import WallClock
from aright.adapters.memory_registry import MemoryRegistry
from aright.adapters.memory_state.state import MemoryState
from aright.core.mitigate.aliases import WRITER, lease, wanting
from aright.core.model.alias import AliasKept
from aright.core.model.change import Change
from aright.core.model.rollout import MlflowAlias, Rollout
from aright.core.model.service import Service
from aright.core.model.times import MINUTE, SECOND
from aright.engine.aliases import LEASE, AliasKeeper
from aright.ports.registry import RegistryError

AT = MlflowAlias(mlflow="http://registry.example", model="cards")


@dataclass
class Place:
    """A registry, a store, and whoever keeps its aliases."""

    state: MemoryState = field(default_factory=MemoryState)
    registry: MemoryRegistry = field(default_factory=lambda: MemoryRegistry({"cards": ("7", "8", "9")}))
    clock: DrivenClock = field(default_factory=lambda: DrivenClock(MINUTE))

    def __post_init__(self) -> None:
        with self.state.transaction() as tx:
            tx.put_all([Service(key="cards", rollout=Rollout(registry=AT)), Service(key="plain")])
        self.registry.point(AT, "champion", "8")
        self.keeper = self.another()

    def another(self) -> AliasKeeper:
        return AliasKeeper(self.state, self.registry, self.clock, wall=self.clock.now)

    def kept(self, alias: str = "champion") -> AliasKept:
        with self.state.transaction() as tx:
            found = tx.get(AliasKept, f"cards/{alias}")
        assert found is not None
        return found

    def move(self, version: str, *, alias: str = "champion", force: bool = False) -> str:
        return self.keeper.point("cards", alias, version, by="ada", why="REL-1", force=force)


def test_a_move_is_made_read_back_and_written_on_the_version():
    place = Place()
    said = place.move("9")
    assert said == "champion of cards was moved from 8 to 9 and read back"
    assert place.registry.alias(AT, "champion") == "9"
    (made,) = place.kept().moves
    assert (made.before, made.after, made.by, made.why) == ("8", "9", "ada", "REL-1")
    found = place.registry.version(AT, "9")
    assert found is not None
    assert found.tags["aright.why"] == "REL-1"
    assert place.move("9") == "champion of cards stands for 9 already"


def test_a_move_that_somebody_else_made_is_told_and_not_overwritten():
    place = Place()
    place.keeper.read_all()
    place.clock.set(2 * MINUTE)
    place.registry.point(AT, "champion", "7")
    with pytest.raises(RegistryError, match="just moved elsewhere, from 8 to 7: it is not overwritten"):
        place.move("9")
    assert place.registry.alias(AT, "champion") == "7"
    assert [made.by for made in place.kept().moves] == ["elsewhere"]
    with place.state.transaction() as tx:
        (change,) = tx.list(Change)
    assert (change.source, change.before, change.after) == ("registry", "8", "7")


def test_going_back_is_not_stopped_by_others():
    place = Place()
    place.keeper.read_all()
    place.registry.point(AT, "champion", "7")
    place.registry.loaded = frozenset()
    assert "to 8 and read back" in place.move("8", force=True)


def test_looking_sees_foreign_moves_and_says_what_cannot_be_read():
    place = Place()
    place.keeper.read_all()
    place.registry.point(AT, "champion", "9")
    place.keeper.read_all()
    assert place.kept().version == "9"
    place.registry.failure = RegistryError("the registry does not answer")
    place.keeper.read_all()
    place.keeper.read_all()
    assert place.kept().problem == "the registry does not answer"
    place.registry.failure = None
    place.keeper.read_all()
    assert place.kept().problem == ""


def test_the_canarys_alias_may_be_moved_by_anybody_without_a_change_being_told():
    place = Place()
    place.keeper.read_all()
    place.registry.point(AT, "candidate", "7")
    place.keeper.read_all()
    assert place.kept("candidate").version == "7"
    with place.state.transaction() as tx:
        assert tx.list(Change) == []


def test_what_was_under_way_when_a_process_ended_is_found_out():
    place = Place()
    place.keeper.read_all()
    under_way = wanting(place.kept(), "9", by="ada", why="REL-1")
    with place.state.transaction() as tx:
        tx.put(under_way)
    place.registry.point(AT, "champion", "9")
    place.another().read_all()
    (made,) = place.kept().moves
    assert (made.by, made.why, place.kept().wanted) == ("ada", "REL-1", "")


def test_two_that_write_keep_out_of_each_others_way():
    place = Place()
    place.registry.tag(AT, "", {WRITER: lease("another", place.clock.now() + 10 * SECOND)})
    with pytest.raises(RegistryError, match=r"another aright \(another\) is moving aliases"):
        place.move("9")
    assert place.registry.alias(AT, "champion") == "8"
    place.clock.set(place.clock.now() + LEASE)
    assert "read back" in place.move("9")
    assert "read back" in place.another().point("cards", "champion", "8", by="bob", why="", force=True)


def test_one_of_two_that_begin_at_once_gives_way():
    place = Place()
    version = place.registry.version

    def meanwhile(at, wanted):
        place.registry.tag(at, "", {WRITER: lease("another", place.clock.now() + LEASE)})
        return version(at, wanted)

    place.registry.version = meanwhile  # type: ignore[method-assign]
    with pytest.raises(RegistryError, match="began to move aliases of cards just now"):
        place.move("9")
    assert place.registry.alias(AT, "champion") == "8"


def test_on_the_wall_clock_each_service_is_looked_at_by_itself():
    place = Place()
    keeper = AliasKeeper(place.state, place.registry, WallClock())
    reading: dict[str, Future[None]] = {}
    with ThreadPoolExecutor(1) as pool:
        keeper._look(pool, reading)
        reading["cards"].result()
        still: Future[None] = Future()
        reading["cards"] = still
        keeper._look(pool, reading)
    assert place.kept().version == "8"
    assert reading["cards"] is still
    keeper.start()
    keeper.stop()


def test_nothing_moves_to_what_is_not_there_or_not_loaded():
    place = Place()
    with pytest.raises(RegistryError, match="has no version 77: nothing was moved"):
        place.move("77")
    place.registry.loaded = frozenset({"8"})
    with pytest.raises(RegistryError, match="has loaded version 9 yet: nothing was moved"):
        place.move("9")
    place.registry.loaded = frozenset({"8", "9"})
    assert "read back" in place.move("9")


def test_a_registry_that_forgets_at_once_is_told():
    place = Place()
    place.registry.point = lambda *_: None  # type: ignore[method-assign]
    with pytest.raises(RegistryError, match="stands for 8: somebody else moves it, too"):
        place.move("9")
    assert place.kept().wanted == "9"
    place.keeper.read_all()
    assert place.kept().wanted == ""


def test_a_move_stands_without_its_tags():
    place = Place()
    place.keeper.read_all()
    tag = place.registry.tag

    def broken(at, version, tags):
        if version:
            raise RegistryError("no tags today")
        tag(at, version, tags)

    place.registry.tag = broken  # type: ignore[method-assign]
    assert place.move("9").endswith("its tags could not be written (no tags today)")
    assert place.kept().version == "9"


def test_a_service_without_a_registry_has_no_aliases():
    place = Place()
    with pytest.raises(RegistryError, match="plain names no registry"):
        place.keeper.standing("plain", "champion")
    assert place.keeper.standing("cards", "champion") == "8"


def test_it_looks_by_itself_on_the_wall_clock_alone():
    place = Place()
    place.keeper.start()
    place.keeper.stop()
    assert place.clock.driven


def test_a_lease_of_a_wrong_clock_keeps_nobody_from_moving():
    place = Place()
    place.registry.tag(AT, "", {WRITER: lease("other", place.clock.now() + 60 * MINUTE)})
    assert "to 9 and read back" in place.move("9")
