"""The sender that lives by the wall clock: who goes first, who waits for whom, and who never does."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest

from aright.adapters.clocks.driven import DrivenClock
from aright.adapters.memory_state.state import MemoryState
from aright.core.model.message import Message
from aright.core.model.outlet import Receipt
from aright.core.model.times import HOUR, SECOND
from aright.engine.limits import Limits
from aright.engine.outbox import Dispatcher, Spans
from aright.ports.channel import DeliveryError, Kind, Rate
from tests.unit.engine.small_world import small_world

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from aright.engine.world import World
    from aright.ports.state import Transaction


@dataclass
class Held:
    """A channel whose receiver answers when it is told to."""

    name: str = "pagerduty"
    kind: Kind = "pager"
    takes: frozenset[str] = frozenset()
    rate: Rate | None = None
    fail: Callable[[Message], BaseException | None] = lambda _message: None
    seen: list[str] = field(default_factory=list)
    gate: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))
    came: threading.Condition = field(default_factory=threading.Condition)

    def deliver(self, message: Message) -> Receipt:
        with self.came:
            self.seen.append(message.id)
            self.came.notify_all()
        assert self.gate.acquire(timeout=20), "nobody let it answer"
        error = self.fail(message)
        if error is not None:
            raise error
        return Receipt(answer="accepted")

    def wait_for(self, count: int) -> list[str]:
        with self.came:
            assert self.came.wait_for(lambda: len(self.seen) >= count, 10), self.seen
            return list(self.seen)


class Sender:
    """A dispatcher under a clock that stands where it is set."""

    def __init__(self, *channels: Held, spans: Spans | None = None) -> None:
        self.state = MemoryState()
        self.clock = DrivenClock(HOUR)
        self.world: World = small_world(self.state, {each.name: each for each in channels}, self.clock)
        self.channels = channels
        self.dispatcher = Dispatcher(self.world, self.clock.now, spans=spans)

    def write(self, *keys: str, urgency: int = 2, channel: str = "pagerduty", dedup_key: str = "") -> None:
        with self.state.transaction() as tx:
            for key in keys:
                tx.send(
                    Message(
                        id=key,
                        channel=channel,
                        dedup_key=dedup_key or key,
                        incident="INC-1",
                        urgency=urgency,
                        body=b"",
                        due_at=0,
                    )
                )

    def statuses(self) -> dict[str, str]:
        with self.state.transaction() as tx:
            return {message.id: message.status for message in tx.messages("INC-1")}

    def answer(self, count: int) -> None:
        """Let so many be answered, and wait until each is settled."""
        for channel in self.channels:
            channel.gate.release(count)
        assert self.dispatcher.rest(10)


@contextmanager
def living(sender: Sender) -> Iterator[None]:
    """Send as the runtime does: by the bell alone, since it never looks by itself within this time."""
    over = threading.Event()

    def live() -> None:
        while not over.is_set():
            sender.dispatcher.lend()
            sender.world.bell.wait(60)

    thread = threading.Thread(target=live)
    thread.start()
    try:
        yield
    finally:
        over.set()
        sender.world.bell.ring()
        thread.join(10)
        assert not thread.is_alive()


def names(prefix: str, count: int) -> list[str]:
    return [f"{prefix}{number}" for number in range(count)]


def test_a_slow_channel_holds_half_of_the_workers_at_most():
    slow, quick = Held("mail", "way"), Held("pagerduty")
    sender = Sender(slow, quick)
    sender.write(*names("mail", 20), channel="mail")
    sender.write(*names("page", 20))
    assert sender.dispatcher.lend() == 6
    assert len(slow.wait_for(3)) == len(quick.wait_for(3)) == 3
    assert sender.dispatcher.lend() == 0
    quick.gate.release(20)
    slow.gate.release(20)


def test_sev1_has_workers_of_its_own_on_every_channel():
    first, second = Held("mail", "way"), Held("pagerduty")
    sender = Sender(first, second)
    sender.write(*names("mail", 9), channel="mail")
    sender.write(*names("page", 9))
    sender.dispatcher.lend()
    sender.write(*names("mail-sev1-", 5), channel="mail", urgency=1)
    assert sender.dispatcher.lend() == 2
    sender.write("page-sev1", urgency=1)
    assert sender.dispatcher.lend() == 1, "those of the other channel took none of its own"
    assert "page-sev1" in second.wait_for(4)
    sender.answer(20)


def test_what_is_committed_leaves_at_once_when_the_bell_is_rung_and_a_free_worker_rings_it():
    channel = Held()
    sender = Sender(channel)
    with living(sender):
        sender.write(*names("m", 9))
        sender.world.bell.ring()
        channel.wait_for(3)
        channel.gate.release(9)
        assert sorted(channel.wait_for(9)) == names("m", 9)
    assert sender.dispatcher.rest(10)
    assert set(sender.statuses().values()) == {"sent"}


def test_sev1_goes_before_a_thousand_that_wait():
    channel = Held()
    sender = Sender(channel)
    sender.write(*names("m", 1_000))
    with living(sender):
        channel.wait_for(3)
        sender.write("sev1", urgency=1)
        sender.world.bell.ring()
        assert channel.wait_for(4)[3] == "sev1"
        channel.gate.release(3)
        channel.wait_for(6)
    channel.gate.release(99)


def test_after_hours_away_keys_are_in_order_and_sev1_is_first():
    channel = Held(fail=lambda _message: DeliveryError("away", permanent=False))
    sender = Sender(channel)
    sender.write("a-trigger", urgency=3, dedup_key="a")
    sender.write("b-trigger", urgency=2, dedup_key="b")
    sender.write("c-trigger", urgency=1, dedup_key="c")
    sender.write("a-ack", "a-resolve", urgency=5, dedup_key="a")
    channel.gate.release(10_000)
    for _ in range(60):
        sender.clock.set(sender.clock.now() + 6 * HOUR // 60)
        sender.dispatcher.drain()
    assert set(sender.statuses().values()) == {"pending"}, "nothing is dropped"
    channel.fail = lambda _message: None
    channel.seen.clear()
    sender.clock.set(sender.clock.now() + HOUR)
    alone = Dispatcher(sender.world, sender.clock.now)
    alone.drain()
    seen = channel.seen
    assert set(seen[:3]) == {"a-trigger", "b-trigger", "c-trigger"}
    assert [key for key in seen if key.startswith("a")] == ["a-trigger", "a-ack", "a-resolve"]
    assert set(sender.statuses().values()) == {"sent"}


def test_a_channel_without_tokens_waits_for_them_and_the_others_do_not():
    limited = Held("pagerduty", rate=Rate(limit=3, seconds=60, reserved=1))
    free = Held("mail", "way")
    for channel in (limited, free):
        channel.gate.release(100)
    sender = Sender(limited, free)
    sender.write(*names("page", 5))
    sender.write(*names("mail", 5), channel="mail")
    sender.dispatcher.drain()
    assert (len(limited.seen), len(free.seen)) == (2, 5)
    sender.write("sev1", "sev1 too", urgency=1)
    sender.dispatcher.drain()
    assert limited.seen[2:] == ["sev1"]
    with sender.state.transaction() as tx:
        waiting = [message for message in tx.messages("INC-1") if message.status == "pending"]
    assert {message.attempts for message in waiting} == {0}, "to wait for a token is no attempt"
    sender.clock.set(HOUR + 60 * SECOND)
    sender.dispatcher.drain()
    assert limited.seen[3] == "sev1 too"


def test_a_receiver_that_limits_its_callers_is_left_alone_as_a_whole():
    slow_down = DeliveryError("429", permanent=False, retry_after=90.0, whole=True)
    channel = Held(fail=lambda _message: slow_down)
    channel.gate.release(100)
    sender = Sender(channel)
    sender.write(*names("m", 50))
    sender.dispatcher.lend()
    assert sender.dispatcher.rest(10)
    tried = len(channel.seen)
    assert tried <= 3
    assert sender.dispatcher.lend() == 0
    channel.fail = lambda _message: None
    sender.clock.set(HOUR + 91 * SECOND)
    sender.dispatcher.drain()
    assert len(channel.seen) == 50 + tried


def test_messages_are_lent_for_as_long_as_their_channel_takes():
    page, ticket = Held("pagerduty"), Held("servicenow", "tickets")
    sender = Sender(page, ticket)
    sender.write("page", urgency=3)
    sender.write("ticket", channel="servicenow", urgency=2)
    sender.dispatcher.lend()
    page.wait_for(1)
    ticket.wait_for(1)
    other = Dispatcher(sender.world, sender.clock.now)
    sender.clock.set(HOUR + 8 * SECOND - 1)
    assert other.lend() == 0
    sender.clock.set(HOUR + 8 * SECOND)
    assert other.lend() == 1, "a page of a replica that died is lent again within 10 s"
    sender.clock.set(HOUR + 60 * SECOND)
    assert len(page.wait_for(2)) == 2
    assert other.lend() == 2, "the page once more, and the ticket"
    for channel in (page, ticket):
        channel.gate.release(9)
    assert sender.dispatcher.rest(10)
    assert other.rest(10)


def test_a_late_outcome_under_an_older_fence_counts_for_nothing():
    channel = Held(fail=lambda _message: DeliveryError("no", permanent=True))
    sender = Sender(channel)
    sender.write("m")
    sender.dispatcher.lend()
    channel.wait_for(1)
    sender.clock.set(HOUR + 9 * SECOND)
    other = Dispatcher(sender.world, sender.clock.now)
    other.lend()
    channel.wait_for(2)
    channel.fail = lambda _message: None
    channel.gate.release(2)
    assert sender.dispatcher.rest(10)
    assert other.rest(10)
    assert sender.statuses() == {"m": "sent"}


def test_a_channel_that_hangs_leaves_the_others_and_its_own_sev1_go():
    hanging, other = Held("mail", "way"), Held("pagerduty")
    other.gate.release(100)
    sender = Sender(hanging, other)
    sender.write(*names("mail", 9), channel="mail")
    sender.write(*names("page", 9))
    with living(sender):
        hanging.wait_for(3)
        assert len(other.wait_for(9)) == 9
        sender.write("sev1", channel="mail", urgency=1)
        sender.world.bell.ring()
        assert hanging.wait_for(4)[-1] == "sev1"
    hanging.gate.release(99)
    assert sender.dispatcher.rest(10)


@pytest.mark.parametrize("error", [KeyError("key 1234"), RecursionError(), MemoryError(), OSError()])
def test_a_channel_may_raise_anything(error: Exception):
    channel = Held(fail=lambda _message: error)
    channel.gate.release(9)
    sender = Sender(channel)
    sender.write("m")
    (outcome,) = sender.dispatcher.drain()
    assert not outcome.sent
    assert "1234" not in outcome.text
    assert sender.statuses() == {"m": "pending"}


def test_messages_of_a_channel_that_is_gone_take_no_more_workers_than_others():
    sender = Sender()
    sender.write(*names("m", 50), channel="gone")
    assert 0 < sender.dispatcher.lend() <= 4
    assert sender.dispatcher.rest(10)


def test_a_defect_in_what_is_told_does_not_send_a_message_for_ever(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    def broken(_world: World, _tx: Transaction, _outcome: object) -> None:
        raise ValueError("this incident is in no state to be told")

    monkeypatch.setattr("aright.engine.settling.settled", broken)
    channel = Held()
    channel.gate.release(9)
    sender = Sender(channel)
    sender.write("m")
    (outcome,) = sender.dispatcher.drain()
    assert outcome.sent
    assert sender.statuses() == {"m": "sent"}
    assert "told nowhere" in caplog.text


def test_what_the_state_refuses_is_raised_once_by_whoever_lends(monkeypatch: pytest.MonkeyPatch):
    channel = Held()
    sender = Sender(channel)
    sender.write("m")
    sender.dispatcher.lend()
    channel.wait_for(1)

    def broken(_tx: Transaction, _lease: object) -> None:
        raise OSError("the disk is full")

    monkeypatch.setattr("aright.adapters.memory_state.transaction.MemoryTransaction.message_sent", broken)
    sender.answer(1)
    with pytest.raises(OSError, match="the disk is full"):
        sender.dispatcher.lend()
    assert sender.statuses() == {"m": "pending"}


def test_leases_that_were_not_committed_hold_no_worker(monkeypatch: pytest.MonkeyPatch):
    channel = Held()
    channel.gate.release(99)
    sender = Sender(channel)
    sender.write(*names("m", 3))
    began = Limits.began

    def break_at_the_third(limits: Limits, message: Message, now: int) -> None:
        began(limits, message, now)
        if message.id == "m2":
            raise OSError("the disk is full")

    with monkeypatch.context() as patched:
        patched.setattr(Limits, "began", break_at_the_third)
        with pytest.raises(OSError, match="full"):
            sender.dispatcher.lend()
    assert channel.seen == []
    assert len(sender.dispatcher.drain()) == 3


def test_with_tickets_the_most_urgent_still_goes_first():
    sender = Sender(Held("pagerduty"), Held("servicenow", "tickets"))
    sender.write("p4", "p3", urgency=4)
    sender.write("t2", channel="servicenow", urgency=2)
    sender.write("t1", channel="servicenow", urgency=1)
    with sender.state.transaction() as tx:
        leases = list(sender.dispatcher._lease(tx, HOUR))
    assert [lease.message.id for lease in leases] == ["t1", "t2", "p4", "p3"]
