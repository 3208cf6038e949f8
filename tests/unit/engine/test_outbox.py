from __future__ import annotations

import logging
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import msgspec
import pytest

from aright.adapters.memory_state.state import MemoryState
from aright.core.incident import Acknowledged, HarmAlerted, Resolved, apply
from aright.core.model.alert import Alert
from aright.core.model.incident import Incident, Severity
from aright.core.model.message import Message
from aright.core.model.outlet import Receipt
from aright.core.model.times import MINUTE, SECOND
from aright.core.page.body import read_page
from aright.engine.attempts import LONGEST_URGENT_WAIT, LONGEST_WAIT, Outcome, backoff
from aright.engine.commit import commit
from aright.engine.outbox import drain
from aright.ports.channel import Channel, DeliveryError, Kind, Rate
from tests.unit.engine.one_pager import NOBODY, PAGER_ALONE
from tests.unit.engine.small_world import small_world

if TYPE_CHECKING:
    from collections.abc import Callable

ALERT = Alert(
    key="shop|quality:click",
    service="shop",
    signal="quality:click",
    harm=True,
    at=0,
    since=0,
    before=0.12,
    now=0.06,
    low=0.05,
    high=0.07,
    units=900,
    log_e=9,
    threshold=8,
    rule="",
)


@dataclass
class Recorder:
    """A channel that does what it is told and remembers what it was given."""

    name: str = "pagerduty"
    deliver_as: Callable[[Message], str] = lambda _message: "accepted"
    kind: Kind = "pager"
    takes: frozenset[str] = frozenset({"trigger", "acknowledge", "resolve"})
    rate: Rate | None = None
    seen: list[str] = field(default_factory=list)

    def deliver(self, message: Message) -> Receipt:
        self.seen.append(message.id)
        return Receipt(answer=self.deliver_as(message))


def drained(
    state: MemoryState, channels: dict[str, Channel], now: int, *, workers: int = 8, span: int | None = None
) -> list[Outcome]:
    return drain(small_world(state, channels), now, workers=workers, span=span)


def declare(state: MemoryState, key: str = "INC-1", *, level: int = 2, at: int = 0) -> Incident:
    severity = Severity(level=level, score=1, arithmetic="x")
    event = HarmAlerted(at=at, incident=key, service=key, alerts=(ALERT,), severity=severity)
    with state.transaction() as tx:
        return commit(tx, apply(None, event), outlets=PAGER_ALONE, base_url="https://aright.example/")


def messages(state: MemoryState, key: str = "INC-1") -> list[tuple[str, str]]:
    with state.transaction() as tx:
        return [(message.id.rpartition("-")[2], message.status) for message in tx.messages(key)]


def timeline(state: MemoryState, key: str = "INC-1") -> list[str]:
    with state.transaction() as tx:
        return [event.kind for event in tx.events(key)]


# Committing


def test_a_step_committed_again_pages_nobody_twice():
    state = MemoryState()
    declare(state)
    declare(state)
    assert messages(state) == [("trigger", "pending")]


def test_the_page_links_to_the_incident():
    state = MemoryState()
    declare(state, level=1)
    with state.transaction() as tx:
        (message,) = tx.messages("INC-1")
    page = read_page(message.body)
    assert page.link == "https://aright.example/incidents/INC-1"
    assert (page.action, page.severity, message.urgency) == ("trigger", 1, 1)
    assert message.dedup_key == "aright-INC-1-0"


def test_the_whole_life_goes_out_in_order_under_one_key():
    state = MemoryState()
    incident = declare(state)
    for event in (Acknowledged(at=1, by="ann"), Resolved(at=2, by="ann")):
        with state.transaction() as tx:
            incident = commit(tx, apply(incident, event), outlets=PAGER_ALONE)
    channel = Recorder()
    outcomes = drained(state, {"pagerduty": channel}, 3)
    actions = [read_page(outcome.message.body).action for outcome in outcomes]
    assert actions == ["trigger", "acknowledge", "resolve"]
    assert {outcome.message.dedup_key for outcome in outcomes} == {"aright-INC-1-0"}
    assert timeline(state)[-3:] == ["paged"] * 3
    assert drained(state, {"pagerduty": channel}, 4) == []


# Draining


def test_an_empty_outbox_is_left_alone():
    assert drained(MemoryState(), {}, 0) == []


def test_the_most_urgent_goes_first():
    state = MemoryState()
    for key, level in (("INC-1", 4), ("INC-2", 1), ("INC-3", 2)):
        declare(state, key, level=level)
    channel = Recorder()
    drained(state, {"pagerduty": channel}, 0, workers=1)
    assert [message.split("-")[2] for message in channel.seen] == ["2", "3", "1"]


def test_messages_go_out_at_the_same_time():
    state = MemoryState()
    for number in range(4):
        declare(state, f"INC-{number}")
    together = threading.Barrier(4)

    def wait_for_the_others(_message: Message) -> str:
        together.wait(5)
        return "accepted"

    outcomes = drained(state, {"pagerduty": Recorder(deliver_as=wait_for_the_others)}, 0, workers=4)
    assert [outcome.sent for outcome in outcomes] == [True] * 4


def test_a_slow_message_does_not_hold_the_others_up():
    state = MemoryState()
    for number in range(6):
        declare(state, f"INC-{number}")
    others = threading.Semaphore(0)

    def first_waits(message: Message) -> str:
        if message.incident == "INC-0":
            for _ in range(5):
                assert others.acquire(timeout=5)
        else:
            others.release()
        return "accepted"

    outcomes = drained(state, {"pagerduty": Recorder(deliver_as=first_waits)}, 0, workers=2)
    assert len(outcomes) == 6
    # The last two may be over at the same moment.
    assert "INC-0" in {outcome.message.incident for outcome in outcomes[-2:]}


def failing(error: Exception) -> Callable[[Message], str]:
    def fail(_message: Message) -> str:
        raise error

    return fail


def test_a_failure_is_tried_again_after_a_growing_wait():
    state = MemoryState()
    declare(state)
    channel = Recorder(deliver_as=failing(DeliveryError("answered 500", permanent=False)))
    now, waits = 0, []
    for _ in range(12):
        (outcome,) = drained(state, {"pagerduty": channel}, now)
        assert outcome.retry_at is not None
        assert drained(state, {"pagerduty": channel}, outcome.retry_at - 1) == []
        waits.append(outcome.retry_at - now)
        now = outcome.retry_at
    assert waits[:3] == sorted(waits[:3])
    assert max(waits) <= 1.2 * LONGEST_WAIT
    assert timeline(state).count("page_failed") == 2, "the first and the tenth are told, not each"
    channel.deliver_as = lambda _message: "accepted"
    (outcome,) = drained(state, {"pagerduty": channel}, now)
    assert outcome.sent
    with state.transaction() as tx:
        assert tx.events("INC-1")[-1].text == (
            "The people on call were paged through pagerduty, at attempt 13"
        )


def test_a_permanent_failure_is_told_and_not_repeated():
    state = MemoryState()
    declare(state)
    channel = Recorder(deliver_as=failing(DeliveryError("answered 400", permanent=True)))
    (outcome,) = drained(state, {"pagerduty": channel}, 0)
    assert (outcome.sent, outcome.retry_at, outcome.text) == (False, None, "answered 400")
    assert messages(state) == [("trigger", "failed")]
    assert timeline(state)[-3:] == ["page_failed", "taken_over", "exhausted"]
    assert drained(state, {"pagerduty": channel}, 10**15) == []


@pytest.mark.parametrize(("asked", "waited"), [(60.0, 60 * SECOND), (10.0**9, 10 * MINUTE), (0.0, None)])
def test_a_receiver_may_ask_for_time_within_reason(asked: float, waited: int | None):
    state = MemoryState()
    declare(state)
    slow_down = DeliveryError("429", permanent=False, retry_after=asked)
    (outcome,) = drained(state, {"pagerduty": Recorder(deliver_as=failing(slow_down))}, 5)
    assert outcome.retry_at == 5 + (waited or backoff(outcome.message))


def test_a_message_whose_channel_is_gone_waits_for_it_and_says_so():
    state = MemoryState()
    declare(state)
    (outcome,) = drained(state, {}, 0)
    assert "no channel 'pagerduty' is set up any more" in outcome.text
    assert messages(state) == [("trigger", "pending")]
    assert timeline(state)[-1] == "page_failed"
    assert drained(state, {}, 1) == []
    assert outcome.retry_at is not None
    drained(state, {"pagerduty": Recorder()}, outcome.retry_at)
    assert messages(state) == [("trigger", "sent")]


def test_without_a_pager_the_timeline_says_once_that_nobody_is_paged():
    state = MemoryState()
    with state.transaction() as tx:
        event = HarmAlerted(at=0, incident="INC-1", service="shop", alerts=(ALERT,))
        incident = commit(tx, apply(None, event), outlets=NOBODY)
        incident = commit(tx, apply(incident, Acknowledged(at=1, by="ada")), outlets=NOBODY)
        commit(tx, apply(incident, Resolved(at=2, by="ada")), outlets=PAGER_ALONE)
    assert messages(state) == []
    with state.transaction() as tx:
        (told,) = [event for event in tx.events("INC-1") if event.kind == "page_failed"]
    assert told.key
    assert told.text.startswith("Nobody is paged: no pager is set up. Set PAGERDUTY_ROUTING_KEY")


def test_a_broken_channel_keeps_nothing_else_back_and_tells_no_secret(caplog: pytest.LogCaptureFixture):
    caplog.set_level(logging.DEBUG)
    state = MemoryState()
    declare(state, "INC-1")
    with state.transaction() as tx:
        (page,) = tx.messages("INC-1")
        tx.send(msgspec.structs.replace(page, id="other", channel="other", dedup_key="k2", incident="INC-9"))
    broken = Recorder("other", failing(RuntimeError("the key is 1234")))
    outcomes = drained(state, {"other": broken, "pagerduty": Recorder()}, 0)
    assert sorted(outcome.sent for outcome in outcomes) == [False, True]
    with state.transaction() as tx:
        (other,) = tx.messages("INC-9")
    assert other.status == "pending"
    assert "RuntimeError" in other.error
    assert "1234" not in other.error + caplog.text


def test_a_message_without_incident_or_page_is_sent_all_the_same():
    state = MemoryState()
    bare = Message(
        id="m", channel="pagerduty", dedup_key="k", incident="INC-9", urgency=1, body=b"hello", due_at=0
    )
    with state.transaction() as tx:
        tx.send(bare)
    declare(state, "INC-9")
    assert len(drained(state, {"pagerduty": Recorder()}, 0)) == 2
    assert timeline(state, "INC-9").count("paged") == 1


def test_a_worker_that_took_longer_than_its_lease_has_nothing_to_say():
    state = MemoryState()
    declare(state)
    channel = Recorder()

    def outlive_the_lease(_message: Message) -> str:
        channel.deliver_as = lambda _message: "accepted"
        (outcome,) = drained(state, {"pagerduty": channel}, 11, span=10)
        assert outcome.sent
        raise DeliveryError("too late", permanent=True)

    channel.deliver_as = outlive_the_lease
    assert drained(state, {"pagerduty": channel}, 0, span=10) == []
    assert messages(state) == [("trigger", "sent")]
    assert timeline(state).count("paged") == 1
    assert timeline(state).count("page_failed") == 0


def test_two_senders_at_once_send_nothing_twice():
    state = MemoryState()
    for number in range(20):
        declare(state, f"INC-{number}")
    channel = Recorder()
    threads = [threading.Thread(target=drained, args=(state, {"pagerduty": channel}, 0)) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert len(channel.seen) == len(set(channel.seen)) == 20


def test_waits_grow_to_a_bound_and_differ():
    def wait(urgency: int, attempts: int, key: str = "m") -> int:
        return backoff(
            Message(
                id=key,
                channel="c",
                dedup_key="k",
                incident="",
                urgency=urgency,
                body=b"",
                due_at=0,
                attempts=attempts,
            )
        )

    for attempts in range(1, 100):
        doubled = 2 * SECOND * 2 ** (attempts - 1)
        assert 0.8 * min(doubled, LONGEST_WAIT) <= wait(2, attempts) <= 1.2 * LONGEST_WAIT
        assert 0.8 * min(doubled, LONGEST_URGENT_WAIT) <= wait(1, attempts) <= LONGEST_URGENT_WAIT
    assert len({wait(2, 5, f"m{number}") for number in range(50)}) == 50
