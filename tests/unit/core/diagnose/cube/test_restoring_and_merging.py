"""Rare values that are told again, and intervals that are told as one range."""

import duckdb
import numpy as np
import pyarrow as pa
import pytest

from aright.core.diagnose.cube import localize
from aright.core.diagnose.cube.axes import axes_of
from aright.core.diagnose.cube.merging import Part, merged
from aright.core.model.evidence import Reach

COUNT = 60_000
CITIES = 150


def cities(seed, hit, *, factor=8.0, periods=12, wide=False):
    """Return rows of which many cities are rare; the last third of some cities' rows lose more."""
    rng = np.random.default_rng(seed)
    share = 1.0 / np.arange(1, CITIES + 1) ** 0.7
    city = rng.choice(CITIES, COUNT, p=share / share.sum())
    at = np.arange(COUNT) // (COUNT // periods)
    since = int(at[2 * COUNT // 3])
    rate = np.where((at >= since) & np.isin(city, hit), 0.05 * factor, 0.05)
    columns = {
        "city": [f"c{each}" if each else None for each in city],
        "device": [f"d{each}" for each in rng.integers(0, 4, COUNT)],
        "at": at,
        "lost": rng.random(COUNT) < rate,
    }
    if wide:
        columns |= {f"other {axis}": rng.integers(0, 9, COUNT) for axis in range(4)}
    table = pa.table(columns)
    return table, localize(table, value="lost", time="at", since=since, rng=rng)


@pytest.mark.parametrize("wide", [False, True])
def test_rare_values_at_fault_are_named(wide):
    table, answer = cities(1, (90, 101), wide=wide)
    assert answer.reach is Reach.SEGMENT
    assert {each.conditions for each in answer.roots} == {(("city", "c90"),), (("city", "c101"),)}
    chosen = duckdb.from_arrow(table).filter(answer.roots[0].where).aggregate("count(DISTINCT city)")
    assert chosen.fetchall() == [(1,)]


def test_a_rare_leaf_at_fault_is_named():
    rng = np.random.default_rng(2)
    names = np.repeat([f"v{at}" for at in range(90)], 40)
    kinds = np.tile([f"k{at}" for at in range(40)], 90)
    expected = rng.lognormal(4.0, 0.5, names.size)
    real = expected * np.exp(rng.normal(0.0, 0.08, names.size))
    real[names == "v89"] *= 0.6
    table = pa.table({"name": names, "kind": kinds, "real": real, "expected": expected})
    answer = localize(table, value="real", expected="expected", rng=rng)
    assert [each.conditions for each in answer.roots] == [(("name", "v89"),)]


def test_a_pool_at_fault_is_told_with_some_of_its_values():
    table, answer = cities(3, range(40, CITIES), factor=5.0)
    ((name, label),) = answer.roots[0].conditions
    assert name == "city"
    assert label.startswith("one of ")
    assert "rare values (c" in label
    assert f"city {label}: " in answer.sentence
    assert len([each for each in answer.roots if each.conditions == answer.roots[0].conditions]) == 1
    ((chosen,),) = duckdb.from_arrow(table).filter(answer.roots[0].where).count("*").fetchall()
    known = {each.split("'")[1] for each in answer.roots[0].where.split(" = ")[1:]}
    assert chosen == sum(each not in known for each in table["city"].to_pylist() if each is not None)


def test_a_rare_null_belongs_to_the_pool():
    values = [None, *(f"v{at}" for at in range(80) for _ in range(2))]
    (axis,) = axes_of(pa.table({"name": values}), ["name"])
    assert axis.values is not None
    assert "IS NULL" in axis.conditions[axis.pooled]
    assert axis.restored([]) is axis


def ages(seed, low, high, *, kind=None, nothing=0.0):
    rng = np.random.default_rng(seed)
    age = rng.uniform(0.0, 80.0, 40_000)
    kinds = rng.integers(0, 3, age.size)
    late = np.arange(age.size) >= 26_000
    hit = late & (age >= low) & (age < high) & ((kinds == kind) if kind is not None else True)
    table = pa.table(
        {
            "age": pa.array(np.where(rng.random(age.size) < nothing, np.nan, age)),
            "kind": [f"k{each}" for each in kinds],
            "at": np.arange(age.size),
            "lost": rng.random(age.size) < np.where(hit, 0.3, 0.06),
        }
    )
    return table, localize(table, value="lost", time="at", since=26_000, rng=rng)


@pytest.mark.parametrize("kind", [None, 1])
def test_neighbouring_intervals_are_one_range(kind):
    table, answer = ages(4, 20.0, 50.0, kind=kind, nothing=0.01)
    (root,) = answer.roots
    told = dict(root.conditions)
    assert told["age"].startswith("from ")
    low, high = (float(each) for each in told["age"].removeprefix("from ").split(" to "))
    assert low == pytest.approx(20.0, abs=1.0)
    assert high == pytest.approx(50.0, abs=1.0)
    rows = duckdb.from_arrow(table).filter(root.where)
    assert rows.aggregate("min(age) > 19, max(age) < 51").fetchall() == [(True, True)]


def test_very_many_rows_are_cut_by_ranges_too():
    rng = np.random.default_rng(6)
    count = 60_000
    size, late = rng.gamma(2.0, 1.0, count), np.arange(count) >= 40_000
    columns = {f"at {axis}": rng.integers(0, 9, count) for axis in range(6)}
    hit = late & (size >= 1.0) & (size < 2.5) & (columns["at 2"] == 4)
    lost = rng.random(count) < np.where(hit, 0.4, 0.08)
    table = pa.table({**columns, "size": size, "at": np.arange(count), "lost": lost})
    answer = localize(table, value="lost", time="at", since=40_000, rng=rng)
    (root,) = answer.roots
    told = dict(root.conditions)
    assert told["at 2"] == "4"
    low, high = (float(each) for each in told["size"].removeprefix("from ").split(" to "))
    assert (low, high) == pytest.approx((1.0, 2.5), abs=0.4)


def test_an_open_range_is_told_with_its_one_bound():
    table, answer = ages(5, 60.0, 99.0)
    assert dict(answer.roots[0].conditions)["age"].startswith("≥ ")
    ((least,),) = duckdb.from_arrow(table).filter(answer.roots[0].where).aggregate("min(age)").fetchall()
    assert least == pytest.approx(60.0, abs=1.0)


def parts(*ranges, excess=1.0):
    mask = np.zeros(4, dtype=bool)
    return [Part(each, mask, excess, 10.0, 0.01) for each in ranges]


def test_only_neighbours_alike_in_all_else_are_joined():
    axes = axes_of(pa.table({"x": np.arange(80.0), "y": ["a", "b"] * 40}), ["x", "y"])
    assert [each.ordered for each in axes] == [8, 0]
    joined = merged(parts(((0, 1, 1),), ((0, 3, 3),), ((0, 2, 2),)), axes)
    assert [each.ranges for each in joined] == [((0, 1, 3),)]
    assert joined[0].gain == 30.0
    apart = parts(((0, 1, 1),), ((0, 3, 3),), ((0, 2, 2), (1, 0, 0)), ((1, 0, 0),), ((1, 1, 1),))
    assert merged(apart, axes) == apart
    other_way = [*parts(((0, 1, 1),)), *parts(((0, 2, 2),), excess=-1.0)]
    assert merged(other_way, axes) == other_way


def test_a_range_of_all_numbers_is_no_condition():
    axes = axes_of(pa.table({"x": np.arange(80.0), "y": ["a", "b"] * 40}), ["x", "y"])
    (whole,) = parts(((0, 0, 7), (1, 1, 1)))
    assert whole.told(axes) == ((("y", "b"),), "\"y\" = 'b'")
    (gaps,) = axes_of(pa.table({"x": [*np.arange(80.0), np.nan]}), ["x"])
    (numbers,) = parts(((0, 0, 7),))
    assert numbers.told([gaps]) == ((("x", "any number"),), 'isfinite("x")')
