"""One battery for every state: the in-memory one answers as SQLite does."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from aright.core.incident.chain import fact_chain_broken, verify_chain
from aright.core.model.bookkeeping import Token
from aright.core.model.change import Change
from aright.core.model.codec import UnkeepableError
from aright.core.model.fact import Fact
from aright.core.model.incident import Incident
from aright.core.model.incident import State as State_
from aright.core.model.message import Due
from aright.core.model.postmortem import PostMortem
from aright.core.model.service import Action, Service
from aright.core.model.signal import ALL, Segment
from tests.contract.keeping import KINDS, change, incident, line, make, message, point, roll_back

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from aright.ports.state import State, Transaction


@pytest.fixture(params=KINDS)
def state(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[State]:
    made = make(request.param, tmp_path)
    yield made
    made.close()


# Documents


def test_a_document_reads_back_as_it_was_put(state: State):
    action = Action(id="a", title="t", remedy="restore_source", url="http://x", secret="s")
    service = Service(key="shop", tier=1, owners=("ann",), actions=(action,))
    with state.transaction() as tx:
        tx.put(service)
        assert tx.get(Service, "shop") == service
    with state.transaction() as tx:
        assert tx.get(Service, "shop") == service
        assert tx.get(Service, "other") is None
        assert tx.get(Change, "shop") is None


def test_a_put_replaces_and_moves_to_the_front(state: State):
    with state.transaction() as tx:
        for key in ("a", "b", "c"):
            tx.put(change(key))
        tx.put(Change(key="a", at=2, service="shop", kind="flag"))
    with state.transaction() as tx:
        listed = tx.list(Change)
        assert [value.key for value in listed] == ["a", "c", "b"]
        assert listed[0].kind == "flag"
        assert [value.key for value in tx.list(Change, limit=2)] == ["a", "c"]


def test_a_list_keeps_to_one_service(state: State):
    with state.transaction() as tx:
        tx.put(change("a", "shop"))
        tx.put(change("b", "chat"))
        tx.put(Service(key="shop"))
        tx.put(Token(key="t", name="n", created_at=0))
        assert [value.key for value in tx.list(Change, service="chat")] == ["b"]
        assert [value.key for value in tx.list(Service, service="shop")] == ["shop"]
        assert list(tx.list(Service, service="chat")) == []
        assert list(tx.list(Token, service="shop")) == []
        assert [value.key for value in tx.list(Token)] == ["t"]


def test_many_are_put_at_once_as_one_by_one(state: State):
    with state.transaction() as tx:
        tx.put(change("b", "old"))
        tx.put_all([change("a"), change("b", "chat"), change("c"), change("a", "last")])
        tx.put_all([])
        assert [(found.key, found.service) for found in tx.list(Change)] == [
            ("a", "last"),
            ("c", "shop"),
            ("b", "chat"),
        ]
        found = tx.get_all(Change, ["c", "none", "a", *(f"n{number}" for number in range(1_200))])
        assert {key: value.service for key, value in found.items()} == {"a": "last", "c": "shop"}
        assert dict(tx.get_all(Change, [])) == {}
    roll_back(state, lambda tx: tx.put_all([change("d"), change("a", "x")]))
    with state.transaction() as tx:
        assert len(tx.list(Change)) == 3


def test_what_is_open_is_found_by_its_tag(state: State):
    with state.transaction() as tx:
        for key, where in (("INC-1", State_.TRIAGED), ("INC-2", State_.CLOSED), ("INC-3", State_.REOPENED)):
            tx.put(incident(key, where))
        assert [found.key for found in tx.list(Incident, tag="open")] == ["INC-3", "INC-1"]
        assert [found.key for found in tx.list(Incident, tag="")] == ["INC-2"]
        assert list(tx.list(Incident, tag="open", service="chat")) == []
        tx.put(incident("INC-1", State_.RESOLVED))
        assert [found.key for found in tx.list(Incident, tag="open", limit=1)] == ["INC-3"]
        assert len(tx.list(Incident)) == 3


def test_what_was_put_last_is_seen_whatever_it_is(state: State):
    with state.transaction() as tx:
        assert list(tx.latest(5)) == []
        tx.put_all([change("a"), change("b")])
        tx.put(Service(key="shop"))
        tx.put(change("a"))
        first, second, third = tx.latest(9)
        assert (first[1:], second[1:], third[1:]) == (("Change", "a"), ("Service", "shop"), ("Change", "b"))
        assert first[0] > second[0] > third[0]
        assert list(tx.latest(1)) == [first]


def test_the_last_ones_are_kept(state: State):
    with state.transaction() as tx:
        tx.put(Service(key="shop"))
        for key in ("a", "b", "c", "a"):
            tx.put(change(key))
        assert tx.keep_last(Change, 5) == 0
        assert tx.keep_last(Change, 2) == 1
    with state.transaction() as tx:
        assert [value.key for value in tx.list(Change)] == ["a", "c"]
        assert tx.keep_last(Change, 0) == 2
        assert tx.list(Change) == []
        assert tx.get(Service, "shop") is not None


def test_delete_says_whether_it_was_there(state: State):
    with state.transaction() as tx:
        tx.put(change("a"))
        assert tx.delete(Change, "a")
        assert not tx.delete(Change, "a")
        assert tx.get(Change, "a") is None


def test_a_document_that_would_not_read_back_is_refused(state: State):
    bad = Service(key="shop", users_per_day=float("nan"))  # type: ignore[arg-type] # what a bug would do
    with pytest.raises(UnkeepableError, match=r"Service 'shop' cannot be kept"), state.transaction() as tx:
        tx.put(bad)
    with state.transaction() as tx:
        assert tx.get(Service, "shop") is None


def test_a_kept_document_does_not_follow_its_writer(state: State):
    star = {"situation": "before"}
    with state.transaction() as tx:
        tx.put(
            PostMortem(
                key="INC-1",
                at=0,
                title="",
                summary="",
                impact="",
                star=star,
                whys=(),
                bones=(),
                timeline=(),
                actions=(),
            )
        )
    star["situation"] = "after"
    with state.transaction() as tx:
        kept = tx.get(PostMortem, "INC-1")
        assert kept is not None
        assert kept.star == {"situation": "before"}


def test_odd_texts_survive(state: State):
    odd = "a\0b' \" \\ ; DROP TABLE documents; -- 𝄞 \u2028 %s ? :x"
    with state.transaction() as tx:
        tx.put(change(odd, odd))
        tx.add_points([point(0, odd, service=odd, region=odd)])
    with state.transaction() as tx:
        found = tx.get(Change, odd)
        assert found is not None
        assert found.service == odd
        assert [value.key for value in tx.list(Change, service=odd)] == [odd]
        assert tx.points(odd, start=0, end=1, names=[odd])[0].segment.value == odd


# Transactions


def test_a_raising_block_leaves_everything_as_it_was(state: State):
    with state.transaction() as tx:
        tx.put(change("a"))
        tx.append_event(line("first"))
        tx.add_points([point(0)])
        tx.send(message("m1"))
        tx.schedule(Due(key="d1", task="verify", subject="INC-1", due_at=7))
        tx.next_number("incident")

    def change_all(tx: Transaction) -> None:
        tx.put(change("a", "chat"))
        tx.put(change("b"))
        tx.delete(Change, "a")
        tx.append_event(line("second"))
        tx.add_points([point(0, total=9), point(30), point(0, "new")])
        tx.send(message("m2"))
        tx.message_sent(tx.lease_messages(0, limit=1, span=10)[0])
        tx.schedule(Due(key="d1", task="verify", subject="INC-1", due_at=99))
        tx.done("d1")
        tx.next_number("incident")

    roll_back(state, change_all)
    with state.transaction() as tx:
        assert [(value.key, value.service) for value in tx.list(Change)] == [("a", "shop")]
        assert [event.text for event in tx.events("INC-1")] == ["first"]
        assert list(tx.points("shop", start=0, end=100)) == [point(0)]
        assert [(m.id, m.status, m.attempts) for m in tx.messages("INC-1")] == [("m1", "pending", 0)]
        assert tx.next_due() == 7
        assert tx.next_number("incident") == 2


def test_a_stream_rolled_back_can_be_written_again(state: State):
    roll_back(state, lambda tx: tx.add_points([point(0, "first"), point(0, "second")]))
    with state.transaction() as tx:
        tx.add_points([point(0, "second"), point(0, "first")])
    with state.transaction() as tx:
        assert [value.name for value in tx.points("shop", start=0, end=1)] == ["first", "second"]


def test_a_transaction_inside_another_is_refused_not_waited_for(state: State):
    with state.transaction() as tx:
        with pytest.raises(RuntimeError, match="already open"), state.transaction():
            pass
        tx.put(change("a"))
    with state.transaction() as tx:
        assert tx.get(Change, "a") is not None


def test_threads_take_turns_and_lose_nothing(state: State):
    def count() -> list[int]:
        numbers = []
        for _ in range(10):
            with state.transaction() as tx:
                number = tx.next_number("incident")
                tx.put(change(f"{number}"))
                tx.append_event(line(f"{number}"))
                numbers.append(number)
        return numbers

    with ThreadPoolExecutor(4) as pool:
        counts = [future.result() for future in [pool.submit(count) for _ in range(4)]]
    assert sorted(number for numbers in counts for number in numbers) == list(range(1, 41))
    with state.transaction() as tx:
        assert len(tx.list(Change)) == 40
        events = tx.events("INC-1")
        assert [event.number for event in events] == list(range(1, 41))
        assert verify_chain(events)


def test_a_transaction_left_open_by_one_thread_does_not_block_the_error_in_it(state: State):
    entered, leave = threading.Event(), threading.Event()

    def hold() -> None:
        with state.transaction() as tx:
            tx.put(change("held"))
            entered.set()
            leave.wait(5)

    with ThreadPoolExecutor(2) as pool:
        held = pool.submit(hold)
        assert entered.wait(5)

        def look() -> bool:
            with state.transaction() as tx:
                return tx.get(Change, "held") is not None

        looked = pool.submit(look)
        assert not looked.done()
        leave.set()
        held.result(5)
        assert looked.result(5)


# Timelines


def test_a_timeline_is_numbered_and_chained(state: State):
    with state.transaction() as tx:
        first = tx.append_event(line("one"))
        other = tx.append_event(line("elsewhere", "INC-2"))
        second = tx.append_event(line("two"))
    assert (first.number, second.number, other.number) == (1, 2, 1)
    assert first.previous == ""
    assert second.previous == first.hash
    with state.transaction() as tx:
        assert list(tx.events("INC-1")) == [first, second]
        assert list(tx.events("INC-3")) == []
        assert verify_chain(tx.events("INC-1"))


# Signal points


def test_points_are_chosen_by_time_name_and_segment(state: State):
    kept = [
        point(0),
        point(0, region="north"),
        point(0, version="v2"),
        point(30, "null_share"),
        point(30),
        point(60),
        point(0, service="chat"),
    ]
    with state.transaction() as tx:
        tx.add_points(kept[::-1])
        tx.add_points([])
    with state.transaction() as tx:
        assert list(tx.points("shop", start=0, end=60)) == [
            point(0),
            point(0, region="north"),
            point(0, version="v2"),
            point(30),
            point(30, "null_share"),
        ]
        assert list(tx.points("shop", start=30, end=61, names=["fallback_share"])) == [point(30), point(60)]
        assert list(tx.points("shop", start=0, end=99, segment=Segment("region", "north"))) == [
            point(0, region="north")
        ]
        assert len(tx.points("shop", start=0, end=99, segment=ALL)) == 5
        assert list(tx.points("shop", start=0, end=99, names=[])) == []
        assert list(tx.points("nobody", start=0, end=99)) == []


def test_a_point_written_again_is_replaced(state: State):
    with state.transaction() as tx:
        tx.add_points([point(0, total=1)])
        tx.add_points([point(0, total=2), point(0, total=3)])
        assert list(tx.points("shop", start=0, end=1)) == [point(0, total=3)]


def test_a_series_is_merged_by_steps(state: State):
    kept = [point(start, total=total) for start, total in ((0, 1), (30, 2), (60, 4), (150, 8))]
    others = [point(0, "other"), point(0, service="chat"), point(0, version="v2"), point(0, region="north")]
    with state.transaction() as tx:
        tx.add_points([*kept, *others])
    with state.transaction() as tx:

        def merged(start: int, end: int, step: int = 60, segment: Segment = ALL) -> list[tuple[float, ...]]:
            found = tx.tallies(
                "shop", name="fallback_share", segment=segment, start=start, end=end, step=step
            )
            return [(tally.start, tally.n, tally.total) for tally in found]

        assert merged(0, 180) == [(0, 20, 3), (60, 10, 4), (120, 10, 8)]
        assert merged(30, 150) == [(0, 10, 2), (60, 10, 4)]
        assert merged(0, 999, 30) == [(0, 10, 1), (30, 10, 2), (60, 10, 4), (150, 10, 8)]
        assert merged(0, 99, 60, Segment("region", "north")) == [(0, 10, 1)]
        assert merged(0, 99, 60, Segment("region", "south")) == []


def test_old_points_are_dropped_and_their_streams_go_on(state: State):
    with state.transaction() as tx:
        tx.add_points([point(start) for start in (1, 5, 9)])
    with state.transaction() as tx:
        assert tx.drop_points(5) == 1
        assert tx.drop_points(10) == 2
        assert tx.drop_points(10) == 0
    with state.transaction() as tx:
        tx.add_points([point(2)])
        assert [found.start for found in tx.points("shop", start=0, end=99)] == [2]
    roll_back(state, lambda tx: tx.drop_points(99))
    with state.transaction() as tx:
        assert len(tx.points("shop", start=0, end=99)) == 1


def test_a_point_that_is_no_number_is_refused(state: State):
    with pytest.raises(ValueError, match="finite"), state.transaction() as tx:
        tx.add_points([point(0, total=float("nan"))])


# Sequences


def test_sequences_count_apart(state: State):
    with state.transaction() as tx:
        assert [tx.next_number("incident") for _ in range(3)] == [1, 2, 3]
        assert tx.next_number("put") == 1
        tx.put(change("a"))
        assert tx.next_number("put") == 2


# Facts


def test_facts_are_numbered_and_chained_by_incident(state: State):
    with state.transaction() as tx:
        for number, incident_key in enumerate(("INC-1", "INC-2", "INC-1"), 1):
            tx.append_fact(Fact(incident=incident_key, number=0, at=number, kind="Noted", body=b"{}"))
    with state.transaction() as tx:
        kept = tx.facts("INC-1")
        assert [fact.number for fact in kept] == [1, 2]
        assert [fact.at for fact in kept] == [1, 3]
        assert kept[1].previous == kept[0].hash != ""
        assert fact_chain_broken(kept) == 0
        assert fact_chain_broken([*reversed(kept)]) == 1
        assert list(tx.facts("INC-3")) == []


def test_a_fact_of_a_transaction_that_failed_is_gone(state: State):
    def append(tx: Transaction) -> None:
        tx.append_fact(Fact(incident="INC-1", number=0, at=1, kind="Noted", body=b"{}"))

    roll_back(state, append)
    with state.transaction() as tx:
        assert list(tx.facts("INC-1")) == []
