from __future__ import annotations

import msgspec
import numpy as np
import pytest

from aright.drill.shop import names
from aright.drill.shop.mitigation import RESTORE_PATH, ROLL_BACK_PATH, Mitigations
from aright.drill.shop.plan import MINUTE, SECOND, Fault, make_plan
from aright.drill.shop.recommend import Recommender
from aright.drill.webhook import UNDO, sign
from aright.drill.wire.server import Request

SECRET = "only the team knows"
WALL = 1_900_000_000 * SECOND


class Bench:
    """A small shop that has been failing for two minutes, and its webhooks."""

    def __init__(self, fault: Fault) -> None:
        self.plan = make_plan(1, fault)
        rng = np.random.default_rng(1)
        seen = (rng.random((40, 400)) < 0.1).astype(np.float32)
        self.shop = Recommender(self.plan, seen, np.arange(40) % len(self.plan.shards))
        self.hit = self.plan.shards.index(self.plan.shard)
        self.now = self.plan.onset + 2 * MINUTE
        self.told: list[tuple[str, str]] = []
        self.mitigations = Mitigations(
            self.shop,
            secret=SECRET,
            now=lambda: self.now,
            wall=lambda: WALL,
            tell=lambda before, after: self.told.append((before, after)),
        )

    def post(self, path, parameters, *, dry_run=False, key="k1", at=WALL // SECOND, secret=SECRET):
        order = {"action": "a", "remedy": "r", "parameters": parameters, "dry_run": dry_run, "key": key}
        body = msgspec.json.encode(order)
        headers = {"x-aright-timestamp": str(at), "x-aright-signature": sign(secret, str(at), body)}
        answer = self.mitigations.handle(Request("POST", path, headers, body))
        return answer.status, answer.body.decode()

    @property
    def generic(self) -> bool:
        return self.shop.shelf(self.hit, self.now).generic

    @property
    def pin(self) -> dict[str, str]:
        return {
            "source": names.VECTORS,
            "segment_attribute": names.SHARD,
            "segment_value": self.plan.shard,
        }


@pytest.mark.parametrize("fault", [Fault.EMPTY, Fault.STALE])
def test_pinning_brings_personal_lists_back_and_undoing_takes_them_away(fault):
    bench = Bench(fault)
    assert bench.generic
    status, answer = bench.post(RESTORE_PATH, bench.pin, dry_run=True)
    assert (status, "would pin" in answer, bench.generic) == (200, True, True)
    status, answer = bench.post(RESTORE_PATH, bench.pin)
    assert (status, bench.plan.shard in answer, bench.generic) == (200, True, False)
    status, answer = bench.post(RESTORE_PATH + UNDO, bench.pin)
    assert (status, "newest snapshot again" in answer, bench.generic) == (200, True, True)
    assert bench.told == []


def test_roll_back_serves_the_version_before_and_is_told_as_a_change():
    bench = Bench(Fault.BAD_MODEL)
    old, new = names.VERSIONS
    wanted = {"version": old, "from_version": new}
    assert bench.shop.serving(bench.now) == new
    assert bench.post(ROLL_BACK_PATH, wanted, dry_run=True)[0] == 200
    assert bench.shop.serving(bench.now) == new
    assert bench.told == []
    assert bench.post(ROLL_BACK_PATH, wanted)[0] == 200
    assert bench.shop.serving(bench.now) == old
    assert bench.post(ROLL_BACK_PATH + UNDO, wanted)[0] == 200
    assert bench.shop.serving(bench.now) == new
    assert bench.told == [(new, old), (old, new)]


def test_an_order_that_comes_again_under_its_key_is_answered_and_not_repeated():
    bench = Bench(Fault.EMPTY)
    first = bench.post(RESTORE_PATH, bench.pin)
    bench.shop.source.unpin(bench.plan.shard)
    assert bench.post(RESTORE_PATH, bench.pin) == first
    assert bench.generic
    assert bench.post(RESTORE_PATH, bench.pin, key="k2")[0] == 200
    assert not bench.generic


def test_wrong_signature_is_refused_and_changes_nothing():
    bench = Bench(Fault.EMPTY)
    status, answer = bench.post(RESTORE_PATH, bench.pin, secret="guessed")
    assert (status, "sign with the action's secret" in answer, bench.generic) == (401, True, True)
    assert SECRET not in answer


def test_body_changed_on_its_way_is_refused():
    bench = Bench(Fault.EMPTY)
    stamp = str(WALL // SECOND)
    headers = {"x-aright-timestamp": stamp, "x-aright-signature": sign(SECRET, stamp, b"{}")}
    assert bench.mitigations.handle(Request("POST", RESTORE_PATH, headers, b"{ }")).status == 401


def test_request_without_signature_is_refused():
    bench = Bench(Fault.EMPTY)
    assert bench.mitigations.handle(Request("POST", RESTORE_PATH, {}, b"{}")).status == 401


@pytest.mark.parametrize("at", [WALL // SECOND - 301, WALL // SECOND + 301, -5])
def test_signed_request_of_another_time_is_refused(at):
    assert Bench(Fault.EMPTY).post(RESTORE_PATH, {}, at=at)[0] == 401


def test_time_of_the_drill_will_do_as_well():
    bench = Bench(Fault.EMPTY)
    assert bench.post(RESTORE_PATH, bench.pin, at=bench.now // SECOND)[0] == 200


@pytest.mark.parametrize(
    ("changed", "hint"),
    [
        ({"source": names.PRICES}, names.VECTORS),
        ({"segment_attribute": names.AREA, "segment_value": names.AREAS[0]}, names.SHARD),
        ({"segment_value": "nowhere"}, "name one of"),
        ({"segment_attribute": "", "segment_value": ""}, "name one of"),
    ],
)
def test_snapshots_that_do_not_exist_are_refused_with_those_that_do(changed, hint):
    bench = Bench(Fault.EMPTY)
    status, answer = bench.post(RESTORE_PATH, {**bench.pin, **changed})
    assert (status, hint in answer, bench.generic) == (422, True, True)


def test_unknown_version_is_refused_with_those_that_can_be_served():
    status, answer = Bench(Fault.BAD_MODEL).post(ROLL_BACK_PATH, {"version": "9.9"})
    assert status == 422
    assert all(version in answer for version in names.VERSIONS)


def test_body_that_is_no_order_is_refused():
    stamp = str(WALL // SECOND)
    headers = {"x-aright-timestamp": stamp, "x-aright-signature": sign(SECRET, stamp, b"[]")}
    answer = Bench(Fault.EMPTY).mitigations.handle(Request("POST", RESTORE_PATH, headers, b"[]"))
    assert (answer.status, b"not an order" in answer.body) == (422, True)
