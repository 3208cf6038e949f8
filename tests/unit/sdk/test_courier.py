"""The courier: when it tries again, what it keeps meanwhile, and that every row is accounted for."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

import msgspec
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from aright.sdk.buffer import Buffer
from aright.sdk.courier import FIRST_PAUSE, LONGEST_PAUSE, Courier
from aright.sdk.door import Reply
from aright.sdk.lanes import Batch, Lane
from aright.sdk.spool import Spool
from aright.sdk.tally import Stats, Tally

OK = Reply(200)
AWAY = Reply(0, failure="ConnectionRefusedError")


class Scripted:
    """A door that answers as told and keeps what it took."""

    def __init__(self) -> None:
        self.reply = OK
        self.tries: list[Batch] = []
        self.taken: list[int] = []

    def send(self, batch: Batch) -> Reply:
        self.tries.append(batch)
        if self.reply.taken:
            self.taken += _numbers(batch)
        return self.reply


def _numbers(batch: Batch) -> list[int]:
    body = batch.body
    if batch.encoding:
        import cramjam  # noqa: PLC0415 - only where a batch is big

        body = bytes(cramjam.zstd.decompress(body))
    return msgspec.msgpack.decode(body, type=list[int])


class Rig:
    """A courier with its buffer, and a time that stands still."""

    def __init__(self, spool_dir: Path | None, *, limit: int = 1 << 20, room: int = 1000) -> None:
        self.spool_dir, self.limit = spool_dir, limit
        self.now = 1000.0
        self.door = Scripted()
        self.tally = Tally()
        self.buffer = Buffer(rows=room, size=1 << 20)
        self.chance = 1.0
        self.courier = Courier(
            self.buffer,
            self.door,
            self.tally,
            open_spool=self.open_spool,
            monotonic=lambda: self.now,
            jitter=lambda: self.chance,
        )

    def open_spool(self) -> Spool | None:
        if self.spool_dir is None:
            return None
        spool = Spool(str(self.spool_dir), "scope", limit=self.limit, lost=self.lost)
        self.tally.add("recovered", spool.recovered)
        return spool

    def lost(self, reason: str, rows: int) -> None:
        self.tally.drop(reason, reason, rows)

    def put(self, *numbers: int) -> None:
        for number in numbers:
            self.buffer.put(Lane.PREDICTION, msgspec.msgpack.encode(number))

    def stats(self) -> Stats:
        return self.tally.stats(
            accepted=self.buffer.accepted, queued=self.courier.queued(), spooled=self.courier.spooled()
        )


@pytest.fixture(params=["disk", "memory"])
def rig(request: pytest.FixtureRequest, tmp_path: Path) -> Rig:
    return Rig(tmp_path / "spool" if request.param == "disk" else None)


def test_rows_go_out_in_order(rig: Rig) -> None:
    rig.put(*range(900))
    assert rig.courier.round()
    assert rig.door.taken == list(range(900))
    assert rig.stats().sent == 900


def test_what_is_away_comes_back_in_order(rig: Rig) -> None:
    rig.door.reply = AWAY
    rig.put(1, 2)
    assert not rig.courier.round()
    rig.put(3)
    assert not rig.courier.round()
    assert len(rig.door.tries) == 1  # the second round is too early
    rig.door.reply = OK
    rig.now += 1
    rig.put(4)
    assert rig.courier.round()
    assert rig.door.taken == [1, 2, 3, 4]
    assert rig.stats() == Stats(accepted=4, sent=4)


def test_pauses_double_up_to_a_limit_and_half_of_each_is_chance(rig: Rig) -> None:
    rig.door.reply = AWAY
    rig.put(1)
    pauses = []
    for chance in (1.0, 0.0, 1.0, 0.5, *[1.0] * 6):
        rig.chance = chance
        rig.courier.round()
        pauses.append(rig.courier.pause(3600))
        rig.now += pauses[-1]
    whole = [min(LONGEST_PAUSE, FIRST_PAUSE * 2**n) for n in range(10)]
    halves = [1.0, 0.5, 1.0, 0.75, *[1.0] * 6]
    assert pauses == pytest.approx([w * h for w, h in zip(whole, halves, strict=True)])


def test_success_ends_the_pauses(rig: Rig) -> None:
    rig.door.reply = AWAY
    rig.put(1)
    rig.courier.round()
    rig.door.reply = OK
    rig.now += 10
    assert rig.courier.round()
    assert rig.courier.pause(7.0) == 7.0


@pytest.mark.parametrize("status", [408, 425, 429, 500, 502, 503, 504])
def test_these_are_tried_again(rig: Rig, status: int) -> None:
    rig.door.reply = Reply(status)
    rig.put(1)
    assert not rig.courier.round()
    rig.door.reply = OK
    rig.now += 10
    assert rig.courier.round()
    assert rig.stats() == Stats(accepted=1, sent=1)


@pytest.mark.parametrize("status", [301, 400, 401, 403, 404, 413, 415, 422])
def test_these_are_not(rig: Rig, status: int) -> None:
    rig.door.reply = Reply(status)
    rig.put(1, 2)
    assert rig.courier.round()
    rig.door.reply = OK
    rig.now += 100
    assert rig.courier.round()
    assert len(rig.door.tries) == 1
    assert rig.stats() == Stats(accepted=2, rejected=2)


def test_retry_after_is_honoured_even_in_a_hurry(rig: Rig) -> None:
    rig.door.reply = Reply(503, retry_after=20.0)
    rig.put(1)
    rig.courier.round()
    assert rig.courier.pause(3600) == 20.0
    rig.now += 19
    rig.courier.hurry()
    assert not rig.courier.round()
    assert len(rig.door.tries) == 1
    rig.door.reply = OK
    rig.now += 1
    assert rig.courier.round()


def test_a_hurry_cuts_the_couriers_own_pause(rig: Rig) -> None:
    rig.door.reply = AWAY
    rig.put(1)
    rig.courier.round()
    rig.door.reply = OK
    rig.courier.hurry()
    assert rig.courier.round()


def test_a_door_that_breaks_is_as_one_that_is_away(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_batch: Batch) -> Reply:
        raise ZeroDivisionError

    with monkeypatch.context() as patched:
        patched.setattr(rig.door, "send", broken)
        rig.put(1)
        assert not rig.courier.round()
    rig.now += 10
    assert rig.courier.round()
    assert rig.stats() == Stats(accepted=1, sent=1, errors=1)


def test_while_away_rows_leave_memory_for_the_disk(tmp_path: Path) -> None:
    rig = Rig(tmp_path)
    rig.door.reply = AWAY
    rig.put(1, 2)
    rig.courier.round()
    rig.put(3)
    rig.courier.round()
    assert (rig.stats().queued, rig.stats().spooled) == (0, 3)


def test_without_a_disk_the_queue_fills(tmp_path: Path) -> None:
    rig = Rig(None, room=10)
    rig.door.reply = AWAY
    for number in range(30):
        rig.put(number)
        rig.courier.round()
    assert rig.stats().queued == 11  # ten, and the one under way
    rig.door.reply = OK
    rig.now += 100
    assert rig.courier.round()
    assert rig.door.taken == list(range(11))


def test_a_disk_that_fails_leaves_rows_in_memory(tmp_path: Path) -> None:
    rig = Rig(tmp_path / "spool")
    rig.courier.round()
    shutil.rmtree(tmp_path / "spool")
    rig.door.reply = AWAY
    rig.put(1, 2)
    rig.courier.round()
    assert (rig.stats().queued, rig.stats().spooled) == (2, 0)
    rig.door.reply = OK
    rig.now += 10
    assert rig.courier.round()
    assert rig.door.taken == [1, 2]


def test_what_is_put_away_is_the_next_ones(tmp_path: Path) -> None:
    rig = Rig(tmp_path)
    rig.put(1, 2)
    rig.courier.put_away()
    rig.put(3)
    assert not rig.courier.round()  # it is over
    after = Rig(tmp_path)
    assert after.courier.round()
    assert after.door.taken == [1, 2]
    assert after.stats() == Stats(sent=2, recovered=2)


def test_what_cannot_be_put_away_is_counted() -> None:
    rig = Rig(None)
    rig.put(1, 2)
    rig.courier.put_away()
    assert rig.stats() == Stats(accepted=2, dropped={"exit": 2})


def test_a_batch_under_way_is_put_away_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The end of the process comes while a request hangs: its rows go to disk, once."""
    rig = Rig(tmp_path)

    def hangs(_batch: Batch) -> Reply:
        rig.courier.put_away()
        return OK

    monkeypatch.setattr(rig.door, "send", hangs)
    rig.put(1, 2)
    assert not rig.courier.round()
    after = Rig(tmp_path)
    assert after.courier.round()
    assert after.door.taken == [1, 2]


class Accounts(RuleBasedStateMachine):
    """Whatever server and process do, each row is sent once, refused, waiting or counted as lost."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        self.number = 0
        self.taken: list[int] = []
        self.rig = Rig(self.folder / "spool", limit=2_000, room=20)

    @rule(rows=st.integers(1, 30))
    def put(self, rows: int) -> None:
        for _ in range(rows):
            self.rig.put(self.number)
            self.number += 1

    @rule(reply=st.sampled_from([OK, AWAY, Reply(503, retry_after=5.0), Reply(422)]))
    def server(self, reply: Reply) -> None:
        self.rig.door.reply = reply

    @rule(seconds=st.sampled_from([0.0, 0.3, 1.0, 40.0]))
    def round(self, seconds: float) -> None:
        self.rig.now += seconds
        self.rig.courier.round()

    @rule()
    def restart(self) -> None:
        self.rig.courier.put_away()
        self.balanced()
        self.taken += self.rig.door.taken
        reply = self.rig.door.reply
        self.rig = Rig(self.folder / "spool", limit=2_000, room=20)
        self.rig.door.reply = reply

    @invariant()
    def balanced(self) -> None:
        stats = self.rig.stats()
        lost = sum(stats.dropped.get(reason, 0) for reason in ("spool_full", "spool_damaged", "exit"))
        waiting = stats.queued + stats.spooled
        assert stats.accepted + stats.recovered == stats.sent + stats.rejected + waiting + lost

    @invariant()
    def in_order_and_once(self) -> None:
        taken = self.taken + self.rig.door.taken
        assert taken == sorted(set(taken))

    def teardown(self) -> None:
        self.rig.courier.put_away()
        shutil.rmtree(self.folder)


TestAccounts = Accounts.TestCase
TestAccounts.settings = settings(deadline=None, max_examples=40, stateful_step_count=30)
