"""Onsets, freshness, bins, contrasts: the parts that inputs are judged by."""

import numpy as np
import pyarrow as pa
import pytest

from aright.core.diagnose.contrast import by_mix, share_of
from aright.core.diagnose.features import Bin, features_of
from aright.core.diagnose.freshness import ages, change_of, pairs_of
from aright.core.diagnose.losses import losses_of
from aright.core.diagnose.moves import moves_of
from aright.core.diagnose.onset import onset_of, share_onset
from aright.core.diagnose.rows import load
from aright.core.model.times import SECOND
from tests.unit.core.diagnose.simulation import World, diagnosed, make_case

FAULT = World(seed=2, fault="empty", lead_rows=800, reference_rows=4000, current_rows=2600)


@pytest.fixture(scope="module")
def scene():
    case = make_case(FAULT)
    return case, load(case.reference, case.current)


def test_the_onset_is_found_by_its_own_search(scene):
    case, rows = scene
    shelf = rows.attribute("shelf")
    mask = shelf.codes == shelf.values.index("s3")
    losses = [each.keep(mask) for each in losses_of(case, rows)]
    found = onset_of(rows.time[mask], losses, case.current_span[0] - 60 * SECOND, case.current_span[1])
    assert found is not None
    assert abs(found.at - (case.current_span[0] + 40 * SECOND)) <= 15 * SECOND
    assert found.low <= found.at <= found.high


def test_nothing_risen_has_no_onset():
    times = np.arange(600) * SECOND
    assert share_onset(times, np.zeros(600, dtype=bool), 0.2, 0, 600 * SECOND) is None
    assert onset_of(times, [], 0, 600 * SECOND) is None
    assert share_onset(times, np.ones(600, dtype=bool), 0.2, 5, 5) is None


def test_an_onset_before_the_first_row_is_its_row():
    times = (300 + np.arange(100)) * SECOND
    found = share_onset(times, np.ones(100, dtype=bool), 0.0, 0, 400 * SECOND)
    assert found is not None
    assert found.at == 300 * SECOND


def test_a_clock_per_unit_ages_and_a_random_number_does_not():
    rng = np.random.default_rng(1)
    unit = np.repeat(np.arange(60), 5)
    time = np.tile(np.arange(5) * 20, 60) * SECOND
    pairs = pairs_of(unit, time, np.zeros(300, dtype=bool))
    everyone = np.ones(300, dtype=bool)
    since = rng.integers(0, 5000, 60)[unit] + time / SECOND / 60.0  # minutes
    assert ages(since, time, everyone, pairs)
    assert not ages(rng.normal(size=300), time, everyone, pairs)


def test_a_feature_that_stopped_changing_is_told_from_shorter_gaps():
    rng = np.random.default_rng(2)
    unit = np.repeat(np.arange(200), 6)
    now = np.tile(np.arange(6) >= 3, 200)
    time = np.tile(np.arange(6) * 30, 200) * SECOND
    value = rng.normal(size=1200)
    frozen = np.where(now, np.repeat(rng.normal(size=200), 6), value)
    pairs, everyone = pairs_of(unit, time, now), np.ones(1200, dtype=bool)
    assert change_of(frozen, now, everyone, pairs).stopped
    assert not change_of(value, now, everyone, pairs).stopped


def test_bins_out_of_the_ordinary_are_named_for_what_they_hold(scene):
    case, _ = scene
    reference = pa.table({"time": case.reference["time"], "feat.x": np.linspace(0.0, 1.0, 4000)})
    odd = [0.5, 2.0, -1.0, np.inf, np.nan] + [0.25] * 45
    values = pa.array(odd, mask=np.array([False] * 4 + [True] + [False] * 45))
    current = pa.table({"time": case.current["time"][:50], "feat.x": values})
    rows = load(reference, current)
    (feature,) = features_of(rows, rows.now)
    kinds = [feature.bins[code] for code in feature.codes[rows.now]]
    assert kinds[:5] == [Bin.USUAL, Bin.ABOVE, Bin.BELOW, Bin.NOT_FINITE, Bin.NULL]
    assert set(kinds[5:]) == {Bin.CONSTANT}
    assert feature.constant == 0.25


def test_a_category_never_seen_is_unseen_and_rare_ones_are_not(scene):
    case, _ = scene
    before = pa.table({"time": case.reference["time"][:200], "feat.k": ["a", "b"] * 100})
    after = pa.table({"time": case.current["time"][:3], "feat.k": ["a", "new", None]})
    rows = load(before, after)
    (feature,) = features_of(rows, rows.now)
    assert [feature.bins[code] for code in feature.codes[rows.now]] == [Bin.USUAL, Bin.UNSEEN, Bin.NULL]


def test_a_clock_that_always_runs_is_not_said_to_have_moved(scene):
    _, rows = scene
    everyone = np.ones(len(rows), dtype=bool)
    pairs = pairs_of(rows.unit, rows.time, rows.now)
    moved = {
        each.feature.name
        for each in moves_of(rows, features_of(rows, everyone), everyone, pairs)
        if each.moved
    }
    assert "clock.seconds" not in moved
    assert "store.kind" not in moved
    assert {"people.norm", "tax.rate", "basket.size"} <= moved


def test_loss_goes_with_the_rows_that_lost_and_not_with_those_that_moved(scene):
    case, rows = scene
    faulty = rows.time >= case.current_span[0] + 40 * SECOND
    kept = rows.keep(~rows.now | faulty)
    loss = losses_of(case, rows)[0].keep(~rows.now | faulty)
    shelf = kept.attribute("shelf")
    inside = shelf.codes == shelf.values.index("s3")
    empty, tax = (
        np.asarray(kept.table[f"feat.{name}"].is_null().to_numpy(), dtype=bool)
        for name in ("people.norm", "tax.rate")
    )
    guilty = share_of(kept, loss, inside, empty)
    assert guilty.value > 0.85
    assert guilty.contrasted
    assert share_of(kept, loss, inside, tax).value < 0.35
    everyone_moved = share_of(kept, loss, inside, kept.now)
    assert everyone_moved.value < 0.35  # those outside moved as well, and are well


def test_a_shift_between_states_that_cost_the_same_explains_nothing(scene):
    case, rows = scene
    loss = losses_of(case, rows)[0]
    rng = np.random.default_rng(0)
    codes = np.where(rows.now, rng.integers(2, 4, len(rows)), rng.integers(0, 4, len(rows))).astype(np.int32)
    assert by_mix(rows, loss, np.ones(len(rows), dtype=bool), codes, 4).value < 0.2


def test_the_onset_of_the_source_stands_on_its_cause():
    found = diagnosed(FAULT)
    cause = found.causes[0]
    truth = make_case(FAULT).current_span[0] + 40 * SECOND
    assert abs(cause.onset - truth) <= 10 * SECOND
    assert abs(found.current[0] - truth) <= 15 * SECOND
