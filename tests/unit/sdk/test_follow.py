from __future__ import annotations

import logging
import os
import threading
from typing import TYPE_CHECKING, Any

import pytest

from aright.sdk import Follower, follow, follow_alias, follow_kept
from aright.sdk.follow import LONGEST_PAUSE
from aright.sdk.follow_registry import Told
from tests.unit.sdk.fake_mlflow import FakeMlflow, open_mlflow

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Start = Callable[..., Follower[str]]

pytestmark = pytest.mark.filterwarnings("ignore:.*multi-threaded.*:DeprecationWarning")  # Python 3.12 on fork

LOOKS = 2
"""Looks at an alias after which a move is heeded: one may have been answered just before it."""


class Loader:
    """Loads versions, or holds them up, or fails; ``began`` and ``loaded`` are versions in order."""

    def __init__(self) -> None:
        self.began: list[str] = []
        self.loaded: list[str] = []
        self.held: dict[str, threading.Event] = {}
        self.broken: dict[str, BaseException] = {}
        self._changed = threading.Condition()

    def __call__(self, version: str) -> str:
        self._note(self.began, version)
        if version in self.held:
            assert self.held[version].wait(30)
        if version in self.broken:
            raise self.broken[version]
        self._note(self.loaded, version)
        return f"model {version}"

    def wait(self, seen: Callable[[Loader], object]) -> None:
        with self._changed:
            assert self._changed.wait_for(lambda: seen(self), 10), (self.began, self.loaded)

    def _note(self, events: list[str], version: str) -> None:
        with self._changed:
            events.append(version)
            self._changed.notify_all()


class Moves:
    """Switches that a follower told of; ``wait`` waits for one."""

    def __init__(self) -> None:
        self.made: list[tuple[str, str]] = []
        self._changed = threading.Condition()

    def __call__(self, before: str, after: str) -> None:
        with self._changed:
            self.made.append((before, after))
            self._changed.notify_all()

    def wait(self, after: str) -> None:
        with self._changed:
            assert self._changed.wait_for(lambda: self.made and self.made[-1][1] == after, 10), self.made


@pytest.fixture
def mlflow() -> Iterator[FakeMlflow]:
    with open_mlflow() as fake:
        fake.point("champion", "1")
        yield fake


@pytest.fixture
def load() -> Iterator[Loader]:
    loader = Loader()
    yield loader
    for each in loader.held.values():
        each.set()


@pytest.fixture
def moves() -> Moves:
    return Moves()


@pytest.fixture
def start(mlflow: FakeMlflow, load: Loader, moves: Moves) -> Iterator[Callable[..., Follower[str]]]:
    """Start followers of ``champion`` that look often; closed after the test."""
    started: list[Follower[str]] = []

    def begin(**options: Any) -> Follower[str]:
        told = {"poll": 0.01, "on_change": moves, **options}
        started.append(follow_alias(mlflow.url, "fraud", "champion", load, **told))
        return started[-1]

    yield begin
    for each in started:
        each.close(5.0)


def test_it_serves_what_the_alias_stands_for(start: Start, moves: Moves) -> None:
    with start() as follower:
        assert follower.wait(10)
        assert follower.current == ("1", "model 1")
        assert (follower.version, follower.model) == ("1", "model 1")
        assert follower.ready() == {"versions": ["1"], "serving": "1"}
        moves.wait("1")
        assert moves.made == [("", "1")]
        assert "serving 1" in repr(follower)


def test_nothing_serves_before_the_first_is_loaded(mlflow: FakeMlflow, load: Loader, start: Start) -> None:
    load.held["1"] = threading.Event()
    follower = start()
    mlflow.answered("champion", 1)
    assert not follower.wait(0.0)
    assert follower.current == ("", None)
    assert follower.problem == ""
    assert "nothing yet" in repr(follower)
    load.held["1"].set()
    assert follower.wait(10)


def test_a_move_is_heeded_within_two_looks(mlflow: FakeMlflow, load: Loader, start: Start) -> None:
    follower = start()
    assert follower.wait(10)
    for version in ("2", "3", "4"):  # a load begins
        mlflow.answered("champion", mlflow.point("champion", version) + LOOKS)
        assert version in load.began
    load.wait(lambda it: "4" in it.loaded)


def test_back_to_a_version_that_is_warm_takes_two_looks_and_no_load(
    mlflow: FakeMlflow, load: Loader, moves: Moves, start: Start
) -> None:
    follower = start()
    assert follower.wait(10)
    mlflow.point("champion", "2")
    moves.wait("2")
    for version in ("1", "2", "1"):
        mlflow.answered("champion", mlflow.point("champion", version) + LOOKS)
        assert follower.current == (version, f"model {version}")
    assert load.began == ["1", "2"]
    assert moves.made == [("", "1"), ("1", "2"), ("2", "1"), ("1", "2"), ("2", "1")]


def test_versions_beyond_those_kept_go(mlflow: FakeMlflow, moves: Moves, start: Start) -> None:
    follower = start(keep=2)
    for version in ("2", "3"):
        assert follower.wait(10)
        mlflow.point("champion", version)
        moves.wait(version)
    assert follower.ready() == {"versions": ["3", "2"], "serving": "3"}


def test_what_is_announced_is_loaded_ahead(mlflow: FakeMlflow, load: Loader, start: Start) -> None:
    mlflow.point("candidate", "2")
    follower = start()
    load.wait(lambda it: "2" in it.loaded)
    mlflow.answered("champion", mlflow.point("champion", "2") + LOOKS)
    assert follower.current == ("2", "model 2")
    assert load.began == ["1", "2"]


@pytest.mark.parametrize("announce", ["", "champion"])
def test_nothing_needs_to_be_announced(mlflow: FakeMlflow, start: Start, announce: str) -> None:
    assert start(announce=announce).wait(10)
    mlflow.answered("champion", 5)
    assert set(mlflow.looks) == {"champion"}


def test_the_announced_is_looked_at_seldom(mlflow: FakeMlflow, start: Start) -> None:
    start()
    mlflow.answered("champion", 20)
    assert mlflow.looks.count("candidate") <= 1 + mlflow.looks.count("champion") / 10


def test_only_the_latest_version_matters(
    mlflow: FakeMlflow, load: Loader, moves: Moves, start: Start
) -> None:
    """A load takes long, and the alias moves on meanwhile: what comes late never serves."""
    follower = start()
    assert follower.wait(10)
    load.held["2"] = threading.Event()
    mlflow.point("champion", "2")
    load.wait(lambda it: "2" in it.began)
    mlflow.point("champion", "3")
    moves.wait("3")  # although 2 is still under way
    load.held["2"].set()
    load.wait(lambda it: "2" in it.loaded)
    mlflow.answered("champion", mlflow.looks.count("champion"))
    assert follower.version == "3"
    assert moves.made == [("", "1"), ("1", "3")]


def test_a_version_that_does_not_load_replaces_none_and_is_tried_again(
    mlflow: FakeMlflow,
    load: Loader,
    moves: Moves,
    start: Start,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(follow_kept, "FIRST_RETRY", 0.001)
    follower = start()
    assert follower.wait(10)
    for error, tries in ((RuntimeError("s3cret"), 3), (SystemExit(3), 6)):
        load.broken["2"] = error
        mlflow.point("champion", "2")
        load.wait(lambda it: it.began.count("2") > tries)  # noqa: B023 - called before the next turn
        assert follower.current == ("1", "model 1")
        assert follower.problem.startswith("version 2 cannot be loaded (")
        assert "version 1 goes on serving; it is tried again" in follower.problem
        assert "at test_follow.py:" in follower.problem
    assert "s3cret" not in caplog.text + follower.problem
    assert caplog.text.count("version 2 cannot be loaded") == 1
    load.broken.clear()
    moves.wait("2")
    assert follower.problem == ""


def test_it_serves_on_while_the_registry_is_away(
    mlflow: FakeMlflow, moves: Moves, start: Start, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "aright.sdk")
    follower = start()
    assert follower.wait(10)
    mlflow.broken = (503, b"", {})
    mlflow.answered("champion", len(mlflow.looks) + 3)
    assert follower.current == ("1", "model 1")
    assert follower.problem == f"MLflow at 127.0.0.1:{mlflow.port} answers 503; version 1 goes on serving"
    mlflow.broken = None
    mlflow.point("champion", "2")
    moves.wait("2")
    assert follower.problem == ""
    assert caplog.text.count("answers 503") == 1
    assert caplog.text.count("answers again") == 1


def test_looks_at_a_registry_that_is_away_come_further_apart(mlflow: FakeMlflow, start: Start) -> None:
    follower = start(poll=0.1)
    follower.close(5.0)
    mlflow.broken = (500, b"", {})
    pauses = [follower._round() for _ in range(30)]
    assert all(0.1 <= pause <= LONGEST_PAUSE for pause in pauses)
    assert pauses[0] <= 0.2
    assert min(pauses[6:]) >= LONGEST_PAUSE / 2
    mlflow.broken = None
    assert follower._round() <= 0.1
    follower._registry.close()


def test_an_alias_that_is_taken_away_keeps_what_serves(
    mlflow: FakeMlflow, moves: Moves, start: Start
) -> None:
    follower = start()
    assert follower.wait(10)
    mlflow.answered("champion", mlflow.point("champion", "") + LOOKS)
    assert follower.current == ("1", "model 1")
    assert "has no alias 'champion' of this model: set it; version 1 goes on serving" in follower.problem
    mlflow.point("champion", "2")
    moves.wait("2")
    assert follower.problem == ""


def test_the_hosts_own_failure_stops_nothing(
    mlflow: FakeMlflow, start: Start, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(before: str, after: str) -> None:
        raise ValueError(before + after)

    follower = start(on_change=fail)
    assert follower.wait(10)
    mlflow.answered("champion", mlflow.point("champion", "2") + LOOKS)
    mlflow.answered("champion", mlflow.point("champion", "1") + LOOKS)
    assert follower.version == "1"
    assert caplog.text.count("on_change failed (ValueError at test_follow.py:") == 1


def test_a_closed_follower_follows_no_more(mlflow: FakeMlflow, load: Loader, start: Start) -> None:
    follower = start()
    assert follower.wait(10)
    load.held["2"] = threading.Event()
    mlflow.point("champion", "2")
    load.wait(lambda it: "2" in it.began)
    follower.close()
    looks = len(mlflow.looks)
    load.held["2"].set()
    load.wait(lambda it: "2" in it.loaded)
    follower.close()
    assert follower.current == ("1", "model 1")
    assert len(mlflow.looks) == looks


def test_it_may_be_closed_from_within(mlflow: FakeMlflow, start: Start) -> None:
    closed = threading.Event()

    def close(*_: str) -> None:
        follower.close()
        closed.set()

    mlflow.gate.clear()  # nothing is told before there is a follower to close
    follower = start(on_change=close)
    mlflow.gate.set()
    assert closed.wait(10)


def test_a_forked_child_serves_at_once_and_follows_by_itself(
    mlflow: FakeMlflow, load: Loader, moves: Moves, start: Start
) -> None:
    follower = start()
    assert follower.wait(10)
    peers = set(mlflow.peers)
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            inherited = follower.version if follower.wait(0.0) else "none"
            heir = threading.Event()
            follower._on_change = lambda *_: heir.set()
            os.write(write, inherited.encode())
            done = heir.wait(20)
            os.write(write, (follower.version if done else "?").encode())
        finally:
            os._exit(0)
    os.close(write)
    assert os.read(read, 1) == b"1"
    mlflow.point("champion", "2")
    assert os.read(read, 1) == b"2"
    os.waitpid(child, 0)
    os.close(read)
    moves.wait("2")
    assert follower.version == "2"
    assert peers < mlflow.peers, "the child has a connection of its own"


def test_no_thread_to_be_had(
    mlflow: FakeMlflow, start: Start, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def refuse(_: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    with monkeypatch.context() as patch:
        patch.setattr(threading.Thread, "start", refuse)
        without = start()
        assert without.problem.startswith("no thread can be started")
        without._change(lambda kept: kept.wants("1"))
        assert "version 1 cannot be loaded (no thread can be started)" in without.problem
    without.close()
    assert "no thread can be started" in caplog.text


def test_a_look_that_fails_in_itself_is_not_the_last(moves: Moves, caplog: pytest.LogCaptureFixture) -> None:
    class Odd:
        name = "a registry"
        asked = 0

        def ask(self, alias: str) -> Told:
            self.asked += 1
            if self.asked == 1:
                raise ZeroDivisionError
            return Told("1")

        def close(self) -> None:
            pass

        def disown(self) -> None:
            pass

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(follow, "LONGEST_PAUSE", 0.01)
        with Follower(Odd(), ("champion", ""), str, poll=0.01, keep=1, on_change=moves) as follower:
            assert follower.wait(10)
    assert "a look at a registry failed (ZeroDivisionError)" in caplog.text
