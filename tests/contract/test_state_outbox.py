"""The outbox of every state: order, leases, fences."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from aright.ports.state import FencedError
from tests.contract.keeping import KINDS, make, message

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from aright.ports.state import State


@pytest.fixture(params=KINDS)
def state(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[State]:
    made = make(request.param, tmp_path)
    yield made
    made.close()


def test_a_message_is_sent_once_per_id(state: State):
    with state.transaction() as tx:
        assert tx.send(message("m1"))
        assert not tx.send(message("m1", urgency=1))
        assert [m.urgency for m in tx.messages("INC-1")] == [2]
        assert list(tx.messages("INC-2")) == []


def test_urgent_messages_are_lent_first_then_the_oldest(state: State):
    with state.transaction() as tx:
        for key, urgency in (("low", 4), ("old", 2), ("new", 2), ("high", 1)):
            tx.send(message(key, urgency=urgency))
        leases = [*tx.lease_messages(0, limit=3, span=10), *tx.lease_messages(0, limit=3, span=10)]
    assert [lease.message.id for lease in leases] == ["high", "old", "new", "low"]
    assert all(lease.message.attempts == 1 for lease in leases)
    assert leases[0].message.body == b'{"a": 1}'


def test_what_an_urgent_message_waits_for_is_as_urgent(state: State):
    with state.transaction() as tx:
        tx.send(message("done", urgency=5, dedup_key="k"))
        (lease,) = tx.lease_messages(0, limit=1, span=10)
        tx.message_sent(lease)
        tx.send(message("other", urgency=2))
        tx.send(message("resolve", urgency=5, dedup_key="k"))
        tx.send(message("late", urgency=6, dedup_key="k"))
        tx.send(message("again", urgency=1, dedup_key="k"))
        tx.send(message("again", urgency=0, dedup_key="k"))
        assert [each.urgency for each in tx.messages("INC-1")] == [5, 2, 1, 1, 1]
        (lease,) = tx.lease_messages(0, limit=1, span=10, urgency=1)
        assert lease.message.id == "resolve"


def test_what_is_not_due_is_not_lent(state: State):
    with state.transaction() as tx:
        tx.send(message("m1", due_at=100))
        assert list(tx.lease_messages(99, limit=9, span=10)) == []
        assert len(tx.lease_messages(100, limit=9, span=10)) == 1


def test_channels_and_lesser_urgencies_can_be_left_out(state: State):
    with state.transaction() as tx:
        tx.send(message("other", urgency=1))
        tx.send(message("low", urgency=3))
        channel = message("x").channel
        assert list(tx.lease_messages(0, limit=9, span=10, but=[channel])) == []
        (lease,) = tx.lease_messages(0, limit=9, span=10, but=["elsewhere"], urgency=1)
        assert lease.message.id == "other"
        (lease,) = tx.lease_messages(0, limit=9, span=10)
        assert lease.message.id == "low"


def test_a_lease_that_ran_out_is_lent_again_under_a_new_fence(state: State):
    with state.transaction() as tx:
        tx.send(message("m1"))
        (first,) = tx.lease_messages(0, limit=9, span=10)
        assert list(tx.lease_messages(9, limit=9, span=10)) == []
        (second,) = tx.lease_messages(10, limit=9, span=10)
        assert second.fence > first.fence
        assert second.message.attempts == 2
        with pytest.raises(FencedError, match="m1"):
            tx.message_sent(first)
        with pytest.raises(FencedError):
            tx.message_failed(first, error="x", retry_at=None)
        tx.message_sent(second)
        assert [m.status for m in tx.messages("INC-1")] == ["sent"]
        assert list(tx.lease_messages(10**9, limit=9, span=10)) == []
        with pytest.raises(FencedError):
            tx.message_failed(second, error="late", retry_at=None)


def test_a_failure_is_tried_again_when_it_says_so(state: State):
    with state.transaction() as tx:
        tx.send(message("m1"))
        (lease,) = tx.lease_messages(0, limit=9, span=10)
        tx.message_failed(lease, error="answered 500", retry_at=50)
        assert list(tx.lease_messages(49, limit=9, span=10)) == []
        (again,) = tx.lease_messages(50, limit=9, span=10)
        assert again.message.error == "answered 500"
        tx.message_failed(again, error="answered 400", retry_at=None)
        assert [(m.status, m.error) for m in tx.messages("INC-1")] == [("failed", "answered 400")]
        assert list(tx.lease_messages(10**9, limit=9, span=10)) == []


def test_a_later_message_of_a_key_waits_for_the_earlier(state: State):
    with state.transaction() as tx:
        tx.send(message("trigger", urgency=3, dedup_key="k"))
        tx.send(message("resolve", urgency=1, dedup_key="k"))
        tx.send(message("other", urgency=4))
        (trigger, other) = tx.lease_messages(0, limit=9, span=10)
        assert (trigger.message.id, other.message.id) == ("trigger", "other")
        tx.message_sent(other)
        tx.message_failed(trigger, error="x", retry_at=30)
        assert list(tx.lease_messages(0, limit=9, span=10)) == []
        (trigger,) = tx.lease_messages(30, limit=9, span=10)
        tx.message_sent(trigger)
        (resolve,) = tx.lease_messages(30, limit=9, span=10)
        assert resolve.message.id == "resolve"


def test_a_message_that_failed_for_good_frees_the_next_of_its_key(state: State):
    with state.transaction() as tx:
        tx.send(message("trigger", dedup_key="k"))
        tx.send(message("resolve", dedup_key="k"))
        (trigger,) = tx.lease_messages(0, limit=9, span=10)
        tx.message_failed(trigger, error="refused", retry_at=None)
        assert [lease.message.id for lease in tx.lease_messages(0, limit=9, span=10)] == ["resolve"]
