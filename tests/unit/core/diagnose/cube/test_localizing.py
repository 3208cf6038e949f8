"""Who deviates, by simulation: values against predictions, counted losses, and rows."""

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from aright.core.diagnose.cube import localize as localize_by
from aright.core.model.evidence import Reach


def localize(table, **asked):
    return localize_by(table, **asked, rng=np.random.default_rng(0))


def leaves(seed, sizes=(6, 7, 8, 5), noise=0.08):
    """Return attributes of all leaves, and real and predicted values that agree but for noise."""
    rng = np.random.default_rng(seed)
    codes = np.indices(sizes).reshape(len(sizes), -1)
    predicted = rng.lognormal(4.0, 1.0, codes.shape[1])
    predicted[rng.random(len(predicted)) < 0.1] = 0.0
    real = predicted * np.exp(rng.normal(0.0, noise, len(predicted)))
    names = {f"axis {axis}": np.array([f"v{code}" for code in each]) for axis, each in enumerate(codes)}
    return names, real, predicted


def inside(names, **chosen):
    mask = np.ones(len(names["axis 0"]), dtype=bool)
    for axis, value in chosen.items():
        mask &= names[axis.replace("_", " ")] == value
    return mask


def found(names, real, predicted):
    table = pa.table({**names, "real": real, "predicted": predicted})
    return localize(table, value="real", expected="predicted")


@pytest.mark.parametrize("seed", range(3))
def test_several_roots_of_different_depth_are_named_exactly(seed):
    names, real, predicted = leaves(seed)
    first = inside(names, axis_1="v3")
    second = inside(names, axis_0="v2", axis_2="v5")
    third = inside(names, axis_0="v4", axis_1="v1", axis_3="v0")
    for mask, factor in ((first, 0.7), (second, 0.4), (third, 0.2)):
        real[mask] *= factor
    answer = found(names, real, predicted)
    assert answer.reach is Reach.SEGMENT
    assert {each.conditions for each in answer.roots} == {
        (("axis 1", "v3"),),
        (("axis 0", "v2"), ("axis 2", "v5")),
        (("axis 0", "v4"), ("axis 1", "v1"), ("axis 3", "v0")),
    }
    assert sum(each.share.value for each in answer.roots) > 0.9
    assert answer.outside.actual == pytest.approx(answer.outside.expected, rel=0.02)


@pytest.mark.parametrize("factor", [0.8, 1.3])
def test_a_change_of_everything_is_global(factor):
    names, real, predicted = leaves(1)
    answer = found(names, real * factor, predicted)
    assert answer.reach is Reach.GLOBAL
    assert answer.roots == ()
    assert answer.common == pytest.approx(factor, rel=0.02)
    assert "in all parts alike" in answer.sentence


def test_a_part_that_fell_further_than_all_is_told_beside_the_global_change():
    names, real, predicted = leaves(2)
    real *= 0.7
    real[inside(names, axis_2="v1", axis_3="v2")] *= 0.3
    answer = found(names, real, predicted)
    assert answer.reach is Reach.GLOBAL
    assert [each.conditions for each in answer.roots] == [(("axis 2", "v1"), ("axis 3", "v2"))]
    assert "Beyond that" in answer.sentence


def test_noise_alone_names_nothing():
    answer = found(*leaves(3))
    assert answer.reach is Reach.UNCLEAR
    assert answer.roots == ()
    assert answer.looked_at > 1000


def test_half_of_all_leaves_may_be_hit():
    names, real, predicted = leaves(4)
    for value in ("v0", "v1", "v2"):
        real[inside(names, axis_0=value)] *= 3.0
    answer = found(names, real, predicted)
    assert {each.conditions for each in answer.roots} == {(("axis 0", f"v{at}"),) for at in range(3)}


def test_a_single_leaf_is_found_by_what_is_rare_beyond_the_tail():
    names, real, predicted = leaves(5, noise=0.03)
    at = int(np.argmax(predicted))
    real[at] *= 0.2
    answer = found(names, real, predicted)
    assert [len(each.conditions) for each in answer.roots] == [4]
    assert answer.roots[0].p_value < 0.05


def counted(seed, factor=1.0, hit=(), minutes=12, spread=0.05, moved=1.0):
    """Return losses of events per leaf and minute, of which the last minute's are raised where hit."""
    rng = np.random.default_rng(seed)
    sizes = (4, 5, 3)
    codes = np.indices(sizes).reshape(3, -1)
    rate = 0.04 * np.exp(rng.normal(0, 0.3, 4))[codes[0]] * np.exp(rng.normal(0, 0.3, 5))[codes[1]]
    rate = np.where(codes[2] == 2, 4.0 * rate, rate)
    mean = rng.lognormal(5.0, 1.0, codes.shape[1])
    mask = np.ones(codes.shape[1], dtype=bool)
    for axis, code in hit:
        mask &= codes[axis] == code
    parts = []
    for minute in range(minutes + 1):
        last = minute == minutes
        events = rng.poisson(mean * np.where((codes[2] == 2) & last, moved, 1.0))
        raised = rate * rng.gamma(1 / spread**2, spread**2, len(rate)) * np.where(mask & last, factor, 1.0)
        parts.append(
            pa.table(
                {
                    **{f"axis {axis}": pa.array(each) for axis, each in enumerate(codes)},
                    "minute": np.full(len(rate), 60 * minute),
                    "lost": rng.binomial(events, np.minimum(raised, 1.0)),
                    "events": events,
                }
            )
        )
    return pa.concat_tables(parts), 60 * minutes


def losses(*given, **changed):
    table, since = counted(*given, **changed)
    return localize(table, value="lost", weight="events", time="minute", since=since)


@pytest.mark.parametrize("seed", range(3))
def test_a_part_that_loses_more_than_in_its_own_past_is_named(seed):
    answer = losses(seed, 3.0, ((0, 1), (1, 2)))
    assert answer.reach is Reach.SEGMENT
    assert [each.conditions for each in answer.roots] == [(("axis 0", "1"), ("axis 1", "2"))]
    assert answer.roots[0].share.low < answer.roots[0].share.value <= answer.roots[0].share.high <= 1.0
    assert answer.roots[0].actual > 2.0 * answer.roots[0].expected


@pytest.mark.parametrize("seed", range(3))
def test_losses_that_rise_everywhere_are_global(seed):
    assert losses(seed, 2.0).reach is Reach.GLOBAL


def test_losses_that_fall_are_no_fault():
    assert losses(1, 0.4).reach is Reach.UNCLEAR


@pytest.mark.parametrize("seed", range(3))
def test_noise_of_counts_names_nothing(seed):
    assert losses(seed).reach is Reach.UNCLEAR


def test_traffic_that_moves_to_where_losses_are_usual_is_a_shift_of_the_mix():
    answer = losses(2, moved=6.0)
    assert answer.reach is Reach.MIX
    assert "axis 2 = 2 grew from" in answer.sentence


def test_a_spike_in_the_past_is_no_baseline():
    table, since = counted(3, 3.0, ((0, 1),))
    lost = table.column("lost").to_numpy().copy()
    spike = table.column("minute").to_numpy() == 120
    lost[spike] = np.minimum(lost[spike] * 5 + 3, table.column("events").to_numpy()[spike])
    table = table.set_column(table.column_names.index("lost"), "lost", pa.array(lost))
    answer = localize(table, value="lost", weight="events", time="minute", since=since)
    assert [each.conditions for each in answer.roots] == [(("axis 0", "1"),)]


def rows(seed, count=24_000, factor=3.0):
    """Return raw rows with times of their own, of which old phones of the last quarter lose more."""
    rng = np.random.default_rng(seed)
    device = rng.choice(["phone", "tablet", "desk"], count)
    age = rng.gamma(3.0, 2.0, count)
    rate = np.where(device == "desk", 0.03, 0.06)
    late = np.arange(count) >= 3 * count // 4
    rate = np.where(late & (device == "phone") & (age > 9.0), factor * 2 * rate, rate)
    table = pa.table(
        {
            "device": pa.array(device).dictionary_encode(),
            "age": pa.array(np.where(rng.random(count) < 0.01, np.nan, age)),
            "region": rng.choice(["n", "s", "e", "w"], count),
            "at": pa.array(np.arange(count) * 1_000_000, pa.timestamp("us", tz="UTC")),
            "lost": rng.random(count) < rate,
        }
    )
    return table, 3 * count // 4 * 1_000_000


def test_rows_are_cut_by_intervals_of_numbers_and_the_filter_selects_them():
    table, since = rows(0)
    answer = localize(table, value="lost", time="at", since=since)
    assert answer.reach is Reach.SEGMENT
    root = answer.roots[0]
    assert dict(root.conditions)["device"] == "phone"
    assert dict(root.conditions)["age"].startswith("≥ ")
    ((chosen,),) = duckdb.from_arrow(table).filter(root.where).count("*").fetchall()
    device, age = table["device"].to_pylist(), table["age"].to_pylist()
    low = float(root.where.rsplit(">= ", 1)[1].split(" ")[0])
    assert chosen == sum(one == "phone" and other >= low for one, other in zip(device, age, strict=True))


def test_until_ends_what_is_judged():
    table, since = counted(4, 3.0, ((0, 1),))
    later = table.filter(pc.equal(table["minute"], 0))
    moved = pa.array([since + 60] * later.num_rows)
    later = later.set_column(later.column_names.index("minute"), "minute", moved)
    both = pa.concat_tables([table, later.cast(table.schema)])
    answer = localize(both, value="lost", weight="events", time="minute", since=since, until=since + 60)
    assert [each.conditions for each in answer.roots] == [(("axis 0", "1"),)]


def test_without_attributes_only_all_can_be_hit():
    table, since = counted(0, 3.0)
    answer = localize(table, value="lost", weight="events", time="minute", since=since, attributes=[])
    assert answer.reach is Reach.GLOBAL
    assert answer.roots == ()


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ({"value": "nothing"}, "there is no column 'nothing'"),
        ({"value": "lost"}, "since when rows are judged"),
        ({"value": "events", "time": "minute", "since": 60}, "must lie between 0 and 1"),
        ({"value": "lost", "weight": "events", "time": "minute", "since": 0}, "before and from 0"),
        ({"value": "text", "expected": "lost"}, "must hold numbers"),
        ({"value": "lost", "weight": "events", "time": "text", "since": 0}, "whole numbers or timestamps"),
        ({"value": "lost", "expected": "events", "attributes": ["none"]}, "no column 'none' to cut by"),
        ({"value": "lost", "expected": "events", "attributes": ["list"]}, "cut by texts"),
    ],
)
def test_what_does_not_fit_is_said(asked, told):
    table, _ = counted(0)
    table = table.append_column("text", pa.array(["x"] * table.num_rows))
    table = table.append_column("list", pa.array([[1]] * table.num_rows))
    with pytest.raises(ValueError, match=told):
        localize(table, **{"attributes": ["axis 0"], **asked})


def test_rows_without_a_value_are_left_out():
    table, since = rows(1)
    lost = table["lost"].to_pylist()
    lost[:50] = [None] * 50
    table = table.set_column(table.column_names.index("lost"), "lost", pa.array(lost))
    assert localize(table, value="lost", time="at", since=since).reach is Reach.SEGMENT
