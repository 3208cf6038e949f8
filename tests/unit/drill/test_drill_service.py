from __future__ import annotations

import asyncio
from typing import Any, cast

import msgspec
import numpy as np
import pytest

from aright.drill.messages import FLUSH, Flushed
from aright.drill.moment import TIME_HEADER
from aright.drill.shop import names
from aright.drill.shop.messages import BEACONS, RECOMMEND, Ask, Beacon, Shown
from aright.drill.shop.mitigation import ROLL_BACK_PATH
from aright.drill.shop.plan import MINUTE, SECOND, Fault, make_plan
from aright.drill.shop.recommend import Recommender
from aright.drill.shop.service import PlayedClock, Shop
from aright.drill.shop.world import ITEMS, USERS, make_people
from aright.drill.webhook import sign
from aright.drill.wire.server import Request, Response
from aright.sdk import Client, Stats


class Recording:
    """Stands for the SDK's client and keeps what it is told, with the time that its clock said."""

    def __init__(self, clock: PlayedClock) -> None:
        self.clock = clock
        self.predictions: list[dict[str, Any]] = []
        self.outcomes: list[dict[str, Any]] = []
        self.changes: list[dict[str, Any]] = []

    def prediction(self, **told: object) -> None:
        self.predictions.append({"time": self.clock(), **told})

    def outcome(self, kind: str, **told: object) -> None:
        self.outcomes.append({"time": self.clock(), "kind": kind, **told})

    def change(self, kind: str, **told: object) -> None:
        self.changes.append({"time": self.clock(), "kind": kind, **told})

    def flush(self, _timeout: float) -> bool:
        return True

    def stats(self) -> Stats:
        return Stats(accepted=5, dropped={"too_large": 1}, quarantined=2)


class Bench:
    def __init__(self, fault: Fault, seed: int = 1) -> None:
        self.plan = make_plan(seed, fault)
        people = make_people(self.plan)
        seen = np.zeros((USERS, ITEMS), dtype=np.float32)
        rng = np.random.default_rng(seed)
        seen[np.repeat(np.arange(USERS), 8), rng.integers(0, ITEMS, 8 * USERS)] = 1
        clock = PlayedClock(self.plan.start)
        self.client = Recording(clock)
        shop = Recommender(self.plan, seen, people.shard)
        self.shop = Shop(self.plan, people, shop, cast("Client", self.client), clock, "s3cret")
        self.hit = int(np.flatnonzero(people.shard == self.plan.shards.index(self.plan.shard))[0])
        self.units = people.units

    def ask(self, now: int, user: int, name: str = "r1") -> tuple[int, ...]:
        asked = Ask(id=name, user=user, slot=1, pages=3, dwell=9.5, discount=0.1, median=20.0, degrees=4.5)
        request = Request("POST", RECOMMEND, {TIME_HEADER: str(now)}, msgspec.json.encode(asked))
        answer = self.shop.handle(request)
        assert isinstance(answer, Response)
        assert answer.status == 200
        return msgspec.json.decode(answer.body, type=Shown).items


@pytest.fixture(scope="module")
def empty() -> Bench:
    return Bench(Fault.EMPTY)


def test_prediction_carries_what_the_service_knows(empty):
    bench = empty
    shown = bench.ask(bench.plan.start + SECOND, bench.hit)
    told = bench.client.predictions[-1]
    assert told["time"] == bench.plan.start + SECOND
    assert told["unit"] == bench.units[bench.hit]
    assert sorted(told["attributes"]) == sorted(names.ATTRIBUTES)
    assert told["attributes"][names.SHARD] == bench.plan.shard
    assert tuple(told["features"]) == names.FEATURES
    assert told["features"][names.NORM] > 0
    assert told["items"] == [f"item-{k:03d}" for k in shown]
    assert told["status"] == 200
    assert told["latency_ms"] > 0


def test_failing_service_answers_200_and_names_no_fault(empty):
    bench = empty
    bench.ask(bench.plan.start, bench.hit)
    bench.ask(bench.plan.onset, bench.hit)
    before, after = bench.client.predictions[-2:]
    assert before.keys() == after.keys()
    assert after["status"] == 200
    assert after["attributes"] == before["attributes"]
    assert after["features"][names.NORM] is None
    assert after["features"][names.AGE] is None
    assert after["items"] != before["items"]
    assert not bench.client.changes


@pytest.mark.parametrize(("seed", "flags"), [(0, [False, True]), (2, [None, None])])
def test_fallback_flag_is_sent_in_the_whole_run_or_never(seed, flags):
    bench = Bench(Fault.EMPTY, seed)
    bench.ask(bench.plan.start, bench.hit)
    bench.ask(bench.plan.onset, bench.hit)
    assert [told["fallback"] for told in bench.client.predictions] == flags


def test_stale_source_still_says_how_old_it_is():
    bench = Bench(Fault.STALE)
    popular = bench.ask(bench.plan.onset + MINUTE, bench.hit)
    told = bench.client.predictions[-1]
    assert told["features"][names.AGE] == 4 * 60
    assert told["features"][names.NORM] is not None
    assert popular == bench.ask(bench.plan.onset + 2 * MINUTE, bench.hit)


def test_release_is_told_once_at_its_moment_though_requests_come_out_of_order():
    bench = Bench(Fault.BAD_MODEL)
    onset = bench.plan.onset
    for now in (onset - 2, onset + 5 * SECOND, onset - 1, onset + SECOND):
        bench.ask(now, bench.hit)
    old, new = names.VERSIONS
    assert [told["version"] for told in bench.client.predictions] == [old, new, old, new]
    assert [(told["time"], told["kind"], told["before"], told["after"]) for told in bench.client.changes] == [
        (onset, "model_version", old, new)
    ]
    assert [told["time"] for told in bench.client.predictions] == [
        onset - 2,
        onset + 5 * SECOND,
        onset - 1,
        onset + SECOND,
    ]


def test_roll_back_is_told_as_the_change_it_is():
    bench = Bench(Fault.BAD_MODEL)
    late = bench.plan.onset + 3 * MINUTE
    bench.ask(late, bench.hit)
    bench.ask(late - SECOND, bench.hit)
    old, new = names.VERSIONS
    order = {"action": "a", "remedy": "r", "parameters": {"version": old, "from_version": new}, "key": "k"}
    body, stamp = msgspec.json.encode(order), str(late // SECOND)
    headers = {"x-aright-timestamp": stamp, "x-aright-signature": sign("s3cret", stamp, body)}
    answer = bench.shop.handle(Request("POST", ROLL_BACK_PATH, headers, body))
    assert isinstance(answer, Response)
    assert answer.status == 200
    bench.ask(late + SECOND, bench.hit)
    assert bench.client.predictions[-1]["version"] == old
    assert [(told["time"], told["after"]) for told in bench.client.changes] == [
        (bench.plan.onset, new),
        (late, old),
    ]


def test_beacons_become_outcomes_of_their_time(empty):
    bench = empty
    beacons = [Beacon(7, "click", 1.0, "r1", 4), Beacon(9, "complaint", 1.0, "r1", 5)]
    answer = bench.shop.handle(Request("POST", BEACONS, {}, msgspec.json.encode(beacons)))
    assert isinstance(answer, Response)
    assert bench.client.outcomes[-2:] == [
        {"time": 7, "kind": "click", "value": 1.0, "prediction_id": "r1", "unit": bench.units[4]},
        {"time": 9, "kind": "complaint", "value": 1.0, "prediction_id": "r1", "unit": bench.units[5]},
    ]


def test_flush_tells_what_was_lost(empty):
    async def flush():
        return await cast("asyncio.Future[Response]", empty.shop.handle(Request("POST", FLUSH)))

    assert msgspec.json.decode(asyncio.run(flush()).body, type=Flushed) == Flushed(sent=True, dropped=3)


def test_other_paths_are_not_found(empty):
    answer = empty.shop.handle(Request("GET", "/admin"))
    assert isinstance(answer, Response)
    assert answer.status == 404
