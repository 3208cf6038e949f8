"""From tables to arrays: what is dropped, kept, bounded and weighed."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pyarrow as pa
import pytest

from aright.core.diagnose import rows as rows_module
from aright.core.diagnose.losses import losses_of, prepare, spread_of, with_trust
from aright.core.diagnose.rows import codes_of, load, numbers
from aright.core.diagnose.scope import find
from aright.core.model.evidence import Reach
from tests.unit.core.diagnose.simulation import World, alert, make_case

START = datetime(2026, 1, 1, tzinfo=UTC)


def table(count, **columns):
    times = [START + timedelta(seconds=each) for each in range(count)]
    return pa.table({"time": pa.array(times, pa.timestamp("us", tz="UTC")), **columns})


def test_shadow_answers_are_left_out():
    both = table(3, arm=["stable", "shadow", None])
    assert len(load(both, both)) == 4


def test_columns_of_one_side_are_null_on_the_other():
    rows = load(table(2, latency_ms=[1.0, 2.0]), table(2))
    assert np.isnan(numbers(rows.table, "latency_ms")[2:]).all()


def test_a_row_without_a_unit_is_its_own():
    rows = load(table(3, unit=["u", None, None]), table(1, unit=["u"]))
    assert len(set(rows.unit.tolist())) == 3
    assert rows.unit[0] == rows.unit[3]


def test_only_the_most_frequent_values_can_be_named():
    names = ["a", "a", "a", "b", "b", "c", None]
    values, codes = codes_of(pa.table({"x": names}), "x", 2)
    assert values == ("a", "b")
    assert codes.tolist() == [0, 0, 0, 1, 1, 2, 2]


def test_text_is_no_number():
    assert np.isnan(numbers(pa.table({"x": ["1", "2"]}), "x")).all()
    assert numbers(pa.table({"x": [True, None, False]}), "x").tolist()[::2] == [1.0, 0.0]


def test_very_many_rows_are_thinned_by_whole_units(monkeypatch):
    monkeypatch.setattr(rows_module, "MOST_NOW", 10)
    rows = load(table(2, unit=["u0", "u1"]), table(40, unit=[f"u{each % 8}" for each in range(40)]))
    kept = rows.unit[rows.now]
    assert rows.every == 4
    assert sorted(np.unique(kept, return_counts=True)[1].tolist()) == [5, 5]


def test_losses_that_alarmed_are_heard_and_others_are_not():
    case = make_case(World(seed=1, reference_rows=500, current_rows=300))
    rows = load(case.reference, case.current)
    assert [each.name for each in losses_of(case, rows)] == ["quality:click", "events:complaint"]
    only = case.__class__(**{**vars(case), "alerts": (alert("events:complaint", 0),)})
    assert [each.name for each in losses_of(only, rows)] == ["events:complaint"]
    silent = case.__class__(**{**vars(case), "alerts": (alert("quality:click", 0, harm=False),)})
    assert [each.name for each in losses_of(silent, rows)][:2] == ["quality:click", "events:complaint"]


def test_popularity_is_heard_only_when_it_moved():
    for fault, heard in (("model", True), ("none", False)):
        case = make_case(World(seed=2, fault=fault, lists=True, reference_rows=3000, current_rows=1200))
        losses = losses_of(case, load(case.reference, case.current))
        assert any(each.name == "popularity" for each in losses) is heard


def test_label_free_losses_never_weigh_more_than_harm():
    case = make_case(World(seed=2, fault="model", lists=True, reference_rows=3000, current_rows=1200))
    losses = losses_of(case, load(case.reference, case.current))
    weighed = with_trust(losses, labelled=10.0, free=40.0)
    assert [each.trust for each in weighed] == [0.25 if each.free else 1.0 for each in losses]


def test_grades_beyond_the_unit_range_are_brought_into_it():
    stars = pa.array([1.0, 5.0] * 40, pa.float32())
    side = table(80, **{"outcome.stars": stars})
    case = make_case(World(seed=1, reference_rows=60, current_rows=30))
    case = case.__class__(**{**vars(case), "alerts": (), "reference": side, "current": side})
    (loss,) = losses_of(case, load(side, side))
    assert loss.value.min() == 0.0
    assert loss.value.max() == 1.0
    assert loss.good


def test_an_unknown_or_nearly_unknown_loss_is_none():
    side = table(40, **{"outcome.click": pa.array([None] * 40, pa.float32())})
    rows = load(side, side)
    assert prepare(rows, "quality:click", "click", numbers(rows.table, "outcome.click"), free=False) is None


@pytest.mark.parametrize(("copies", "low", "high"), [(1, 0.8, 1.25), (5, 3.5, 6.5)])
def test_the_spread_counts_units_not_rows(copies, low, high):
    rng = np.random.default_rng(3)
    value = np.repeat((rng.random(2000) < 0.3).astype(float), copies)
    unit = np.repeat(np.arange(2000), copies)
    assert low < spread_of(unit, np.ones(len(value)), value, np.full(len(value), 0.3)) < high


def test_a_loss_that_never_came_before_is_clear_when_it_comes():
    """Errors of a third after none at all, under attributes that fit "none" ever more closely."""
    rng = np.random.default_rng(5)
    count = 3_000
    now = np.arange(count) >= count // 2
    status = np.where(now & (rng.random(count) < 0.35), 503, 200)
    version = np.where(now, "2", "1")
    rows = table(count, status=pa.array(status, pa.int32()), version=version)
    whole = load(rows.filter(pa.array(~now)), rows.filter(pa.array(now)))
    loss = prepare(whole, "error_share", "error share", (status >= 500).astype(float), free=False)
    assert loss is not None
    assert np.abs(loss.odds).max() <= 8.0
    finding, _ = find(whole, [loss])
    assert finding.reach is Reach.GLOBAL
    assert finding.gain > 100.0
