from __future__ import annotations

import msgspec
import numpy as np
import pytest

from aright.drill.failure import AnswerError
from aright.drill.shop.messages import Ask, Shown
from aright.drill.shop.plan import MINUTE, SECOND, Fault, make_plan
from aright.drill.shop.visitors import Visitors
from aright.drill.shop.world import favourites, make_liking, make_people
from aright.drill.wire.client import Reply


class Bench:
    def __init__(self, seed: int = 1) -> None:
        self.plan = make_plan(seed, Fault.EMPTY)
        self.people = make_people(self.plan)
        self.liking = make_liking(self.plan, self.people)
        self.visitors = Visitors(self.plan, self.people, self.liking)
        self.best = favourites(self.liking)

    def play(self, minutes: int, *, generic: bool = False) -> tuple[int, int]:
        now = self.plan.start
        rows, requests = self.visitors.ask(now, now + minutes * MINUTE)
        asks = [msgspec.json.decode(sent.partition(b"\r\n\r\n")[2], type=Ask) for sent in requests]
        lists = [self.best[0] if generic else self.best[ask.user] for ask in asks]
        replies = [Reply(200, msgspec.json.encode(Shown(tuple(shown.tolist())))) for shown in lists]
        self.visitors.look(rows, replies)
        return now, now + minutes * MINUTE


def test_users_click_what_they_like_and_complain_about_what_they_do_not():
    good, bad = Bench(), Bench()
    start, end = good.play(12)
    bad.play(12, generic=True)
    liked, bored = (bench.visitors.quality(start, end, hit=False) for bench in (good, bad))
    assert liked.clicks > 1.5 * bored.clicks
    assert liked.fit == pytest.approx(1, abs=1e-6)
    assert bored.fit < 0.7
    assert bad.visitors.complaints > 5 * good.visitors.complaints


def test_same_seed_same_answers():
    one, two = Bench(), Bench()
    _, end = one.play(2)
    two.play(2)
    assert one.visitors.beacons(end + MINUTE) == two.visitors.beacons(end + MINUTE)


def test_every_list_seen_is_graded_once_in_order_of_time_and_repeats_never():
    bench = Bench()
    start, end = bench.play(2)
    told = bench.visitors.beacons(end) + bench.visitors.beacons(end + 2 * MINUTE)
    graded = [beacon.request for beacon in told if beacon.kind == "click"]
    rows, _ = bench.visitors.ask(start, end)
    traffic = bench.visitors._traffic
    assert len(graded) == len(set(graded)) == int(traffic.graded[rows.start : rows.stop].sum())
    assert [beacon.time for beacon in told] == sorted(beacon.time for beacon in told)
    assert bench.visitors.beacons(end + 9 * MINUTE) == []


def test_answers_come_within_twenty_seconds_and_complaints_within_a_minute_or_so():
    bench = Bench()
    _, end = bench.play(3, generic=True)
    traffic = bench.visitors._traffic
    for beacon in bench.visitors.beacons(end + 5 * MINUTE):
        after = (beacon.time - int(traffic.time[int(beacon.request.partition("-")[2])])) / SECOND
        assert (2 <= after <= 20) if beacon.kind == "click" else (12 <= after <= 62)


def test_quality_of_the_hit_users_is_theirs_alone():
    bench = Bench()
    start, end = bench.play(6)
    rows = bench.visitors._traffic.between(start, end)
    users = bench.visitors._traffic.user[rows.start : rows.stop]
    hit = bench.people.shard[users] == bench.plan.shards.index(bench.plan.shard)
    clicked = bench.visitors._clicked[rows.start : rows.stop]
    assert bench.visitors.quality(start, end, hit=True).clicks == pytest.approx(np.nanmean(clicked[hit]))
    assert bench.visitors.quality(start, end, hit=False).clicks == pytest.approx(np.nanmean(clicked))
    assert np.isnan(bench.visitors.quality(end, end + MINUTE, hit=True)).all()


def test_answer_other_than_200_is_an_error_of_the_drill():
    bench = Bench()
    rows, _ = bench.visitors.ask(bench.plan.start, bench.plan.start + SECOND)
    with pytest.raises(AnswerError, match="500"):
        bench.visitors.look(rows, [Reply(500, b"")] * len(rows))


def test_moment_without_requests_is_fine():
    Bench().visitors.look(range(0), [])
