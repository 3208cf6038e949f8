from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aright.core.model.service import Service
from aright.core.model.signal import ALL, Segment
from aright.core.observe.windows import Observer
from tests.unit.core.observe.rows import WIDTH, outcomes, predictions

NORTH, SOUTH = Segment("region", "north"), Segment("region", "south")


def observer(cuts=None, **service):
    return Observer(Service(key="shop", **service), WIDTH, cuts)


def values(closed):
    return {(point.name, point.segment): (point.n, round(point.total, 6)) for point in closed.points}


def traffic(seed, *, start=0, rows=400, units=200, **columns):
    rng = np.random.default_rng(seed)
    who = rng.integers(0, units, rows)
    return predictions(
        [
            {
                "unit": f"u{unit}",
                "time": int(rng.integers(0, WIDTH)),
                "status": 500 if rng.random() < 0.1 else 200,
                "items": [f"i{item}" for item in rng.choice(60, 5, replace=False)],
                "attr.region": "north" if unit % 3 else "south",
                "feat.age": float(rng.normal(40, 10)),
                **{name: make(rng) for name, make in columns.items()},
            }
            for unit in who
        ],
        start=start,
    )


def learn(watching, windows=4, **columns):
    for number in range(windows):
        watching.add(traffic(number, start=number * WIDTH, **columns))
        watching.close(number * WIDTH)
    return windows * WIDTH


def test_a_burst_of_retries_counts_as_one_unit():
    watching = observer()
    watching.add(predictions([{"unit": "u", "status": 500}] * 1_000 + [{"unit": "v", "status": 200}] * 3))
    assert values(watching.close(0))["error_share", ALL] == (2, 1)


def test_rows_without_a_unit_are_units_of_their_own():
    watching = observer()
    watching.add(predictions([{"status": 500}, {"status": 200}, {"status": 200, "unit": "u"}]))
    assert values(watching.close(0))["error_share", ALL] == (3, 1)


def test_segments_are_counted_by_unit_too():
    watching = observer()
    rows = [{"unit": f"u{at % 10}", "status": 200, "attr.region": "north"} for at in range(40)]
    rows += [{"unit": f"w{at}", "status": 500, "attr.region": "south"} for at in range(6)]
    rows += [{"unit": "w0", "status": 200, "attr.region": "north"}]
    watching.add(predictions(rows))
    assert values(watching.close(0)) == {
        ("error_share", ALL): (16, 5.5),
        ("error_share", NORTH): (11, 0),
        ("error_share", SOUTH): (6, 6),
    }


def test_an_attribute_that_differs_in_every_request_has_no_segments():
    watching = observer()
    watching.add(
        predictions([{"unit": f"u{at}", "status": 200, "attr.request": f"r{at}"} for at in range(500)])
    )
    assert {point.segment for point in watching.close(0).points} == {ALL}


def test_only_attributes_that_the_catalog_names_are_watched_where_it_names_some():
    watching = observer(segments=("region",))
    rows = [
        {"unit": f"u{at}", "status": 200, "attr.region": "ns"[at % 2], "attr.client": "ab"[at % 2]}
        for at in range(40)
    ]
    watching.add(predictions(rows))
    assert {point.segment.attribute for point in watching.close(0).points} == {"", "region"}


def test_a_version_is_a_segment_while_there_are_two():
    watching = observer()
    rows = [{"unit": f"u{at}", "status": 200, "version": "v2" if at % 4 else "v1"} for at in range(40)]
    watching.add(predictions(rows))
    watching.add(predictions([{**row, "version": "v2"} for row in rows], start=WIDTH))
    assert Segment("version", "v1") in {point.segment for point in watching.close(0).points}
    assert {point.segment for point in watching.close(WIDTH).points} == {ALL}


def test_answers_of_a_shadow_model_reach_nobody():
    watching = observer()
    watching.add(
        predictions(
            [
                {"unit": "u", "status": 500, "arm": "shadow"},
                {"unit": "v", "status": 200, "arm": "stable"},
                {"unit": "w", "status": 200},
            ]
        )
    )
    assert values(watching.close(0)) == {("error_share", ALL): (2, 0)}


def test_late_rows_are_counted_and_change_nothing():
    watching = observer()
    watching.add(predictions([{"unit": "u", "status": 200}]))
    assert watching.close(0).late == 0
    watching.add(predictions([{"unit": "u", "status": 500}, {"unit": "u", "status": 500, "time": WIDTH}]))
    watching.add_outcomes(outcomes([{"unit": "u", "kind": "complaint"}]))
    assert watching.open_windows() == [WIDTH]
    closed = watching.close(WIDTH)
    assert closed.late == 2
    assert values(closed)["error_share", ALL] == (1, 1)


def test_a_window_without_rows_has_no_points():
    watching = observer()
    assert watching.close(0).points == ()
    watching.add_outcomes(outcomes([{"unit": "u", "kind": "complaint", "time": WIDTH}]))
    assert watching.close(WIDTH).points == ()


def test_quality_is_a_mean_over_units_and_in_segments():
    watching = observer()
    rows = [{"unit": f"u{at}", "attr.region": "north" if at < 6 else "south"} for at in range(12)]
    watching.add(predictions(rows))
    told = [{"unit": f"u{at}", "kind": "click", "value": 1.0, "attr.region": "north"} for at in range(3)]
    told += [{"unit": "u0", "kind": "click", "value": 0.0, "attr.region": "north"}]
    told += [{"unit": "u9", "kind": "click", "value": None, "attr.region": "south"}]
    watching.add_outcomes(outcomes(told))
    assert values(watching.close(0)) == {
        ("quality:click", ALL): (3, 2.5),
        ("quality:click", NORTH): (3, 2.5),
    }


def test_only_what_the_catalog_calls_quality_is_where_it_says_so():
    watching = observer(quality=("click",))
    watching.add(predictions([{"unit": "u"}]))
    watching.add_outcomes(
        outcomes([{"unit": "u", "kind": kind, "value": 1.0} for kind in ("click", "dwell")])
    )
    assert [point.name for point in watching.close(0).points] == ["quality:click"]


def test_events_are_units_of_those_served_and_zero_when_none_came():
    watching = observer()
    rows = [{"unit": f"u{at}", "attr.region": "north" if at < 6 else "south"} for at in range(12)]
    told = [{"unit": "u1", "kind": "complaint", "attr.region": "north"}] * 5
    watching.add(predictions(rows))
    watching.add_outcomes(outcomes(told))
    watching.add(predictions(rows, start=WIDTH))
    assert values(watching.close(0)) == {
        ("events:complaint", ALL): (12, 1),
        ("events:complaint", NORTH): (6, 1),
        ("events:complaint", SOUTH): (6, 0),
    }
    assert values(watching.close(WIDTH))["events:complaint", NORTH] == (6, 0)


def test_known_events_are_zeros_after_a_restart():
    watching = observer()
    watching.know_events(["events:complaint", "quality:click"])
    watching.add(predictions([{"unit": "u"}]))
    assert values(watching.close(0)) == {("events:complaint", ALL): (1, 0)}


def test_stars_are_scaled_by_the_range_they_have():
    watching = observer()
    start = learn(watching)
    stars = [{"unit": f"u{at}", "kind": "stars", "value": float(1 + at % 5)} for at in range(250)]
    watching.add(predictions([{"unit": "u"}], start=start))
    watching.add_outcomes(outcomes(stars, start=start))
    n, total = values(watching.close(start))["quality:stars", ALL]
    assert total / n == pytest.approx(0.5)
    assert watching.cuts.scales == {"stars": (1.0, 5.0)}


def test_lists_that_become_alike_and_popular_show_in_all_three_signals():
    watching = observer()
    start = learn(watching)
    watching.add(traffic(9, start=start))
    usual = values(watching.close(start))
    best = list(watching.cuts.items[-5:])
    watching.add(traffic(10, start=start + WIDTH, items=lambda rng: best if rng.random() < 0.6 else ["i1"]))
    now = values(watching.close(start + WIDTH))
    share = {
        name: (usual[name, ALL][1] / usual[name, ALL][0], now[name, ALL][1] / now[name, ALL][0])
        for name in ("coverage", "personalisation", "popularity")
    }
    assert share["coverage"][0] > 0.9
    assert share["coverage"][1] < 0.2
    assert share["personalisation"][0] > 0.85
    assert share["personalisation"][1] < 0.7
    assert share["popularity"][1] > share["popularity"][0] + 0.1


def test_popularity_does_not_follow_what_it_measures():
    watching = observer()
    start = learn(watching)
    ranks = watching.cuts.ranks
    for number in range(4):
        watching.add(traffic(number, start=start + number * WIDTH, items=lambda _: ["i1", "i2"]))
        watching.close(start + number * WIDTH)
    assert watching.cuts.ranks == ranks


def test_bins_hold_each_unit_once_and_a_missing_column_is_not_there():
    watching = observer()
    start = learn(watching)
    watching.add(traffic(5, start=start).drop_columns(["feat.age"]))
    closed = watching.close(start)
    bins = {
        point.name: (point.n, point.total) for point in closed.points if point.name.startswith("feature:")
    }
    units = values(closed)["error_share", ALL][0]
    assert bins["feature:age:none"] == (units, units)
    assert sum(total for _, total in bins.values()) == units
    assert len(bins) == 9


def test_slow_answers_are_told_from_the_latency_that_was_usual():
    watching = observer()
    start = learn(watching, latency_ms=lambda rng: float(rng.uniform(10, 20)))
    watching.add(
        predictions([{"unit": "u", "latency_ms": 500.0}, {"unit": "v", "latency_ms": 12.0}], start=start)
    )
    assert values(watching.close(start))["slow_share", ALL] == (2, 1)


@given(st.integers(0, 5), st.lists(st.integers(1, 120), max_size=6))
@settings(deadline=None, max_examples=15)
def test_portions_and_order_do_not_matter(seed, sizes):
    rows = traffic(seed, rows=300)
    whole, cut = observer(), observer()
    whole.add(rows)
    order = np.random.default_rng(seed).permutation(rows.num_rows)
    mixed, at = rows.take(order), 0
    for size in [*sizes, 300]:
        cut.add(mixed.slice(at, size))
        at += size
    one, other = values(whole.close(0)), values(cut.close(0))
    assert one.keys() == other.keys()
    lists = {"personalisation", "coverage"}
    assert {key: one[key] for key in one if key[0] not in lists} == {
        key: other[key] for key in other if key[0] not in lists
    }


def test_many_small_portions_give_what_one_does(monkeypatch):
    first = observer()
    start = learn(first)
    rows, told = (
        traffic(5, start=start, rows=300),
        outcomes([{"kind": "click", "value": 1.0}] * 3, start=start),
    )
    whole, cut = observer(first.cuts), observer(first.cuts)
    for watching in (whole, cut):
        watching.remember(traffic(3, start=3 * WIDTH))
    whole.add(rows)
    monkeypatch.setattr("aright.core.observe.windows.PORTION", 20)
    for at in range(0, 300, 10):
        cut.add(rows.slice(at, 10))
    for at in range(3):
        cut.add_outcomes(told.slice(at, 1))
    whole.add_outcomes(told)
    one, other = values(whole.close(start)), values(cut.close(start))
    assert {name for name, _ in one} == {name for name, _ in other}
    assert {name: found for name, found in one.items() if name[1] == ALL} == {
        name: found for name, found in other.items() if name[1] == ALL
    }


def test_what_was_learned_and_rows_again_give_the_same_points_after_a_restart():
    one = observer()
    start = learn(one)
    remembered, new = traffic(3, start=start - WIDTH), traffic(8, start=start)
    one.add(new)
    other = observer(one.cuts)
    other.remember(remembered)
    other.add(new)
    assert values(one.close(start)) == values(other.close(start))


def test_a_restart_while_learning_goes_on_from_what_is_remembered():
    watching = observer()
    for number in range(3):
        watching.remember(traffic(number, start=number * WIDTH))
    watching.add(traffic(4, start=3 * WIDTH))
    watching.close(3 * WIDTH)
    assert watching.cuts is not None


def test_many_units_are_sampled_and_events_with_them(monkeypatch):
    monkeypatch.setattr("aright.core.observe.unit_sums.merge.__kwdefaults__", {"most": 1_000})
    watching = observer()
    rows = [{"unit": f"u{at}", "status": 500 if at % 10 == 0 else 200} for at in range(6_000)]
    watching.add(predictions(rows))
    watching.add_outcomes(outcomes([{"unit": f"u{at}", "kind": "complaint"} for at in range(0, 6_000, 20)]))
    found = values(watching.close(0))
    errors, complaints = found["error_share", ALL], found["events:complaint", ALL]
    assert 500 < errors[0] <= 1_000
    assert errors[1] / errors[0] == pytest.approx(0.1, abs=0.04)
    assert complaints[0] == errors[0]
    assert complaints[1] / complaints[0] == pytest.approx(0.05, abs=0.03)


def test_the_number_of_points_is_bounded():
    watching = observer()
    rng = np.random.default_rng(1)
    rows = [
        {
            "unit": f"u{at}",
            "status": 200,
            **{f"attr.a{name}": f"v{rng.integers(40)}" for name in range(12)},
            **{f"feat.f{name}": float(rng.normal()) for name in range(60)},
        }
        for at in range(600)
    ]
    for number in range(4):
        watching.add(predictions(rows, start=number * WIDTH))
        watching.close(number * WIDTH)
    watching.add(predictions(rows, start=4 * WIDTH))
    points = watching.close(4 * WIDTH).points
    assert len({point.segment for point in points}) == 97
    assert len({point.name.rpartition(":")[0] for point in points if point.name.startswith("feature:")}) == 32
    assert len({(point.name, point.segment) for point in points}) == len(points) < 1_000
