"""A regressor's loss without labels."""

import numpy as np
import pyarrow as pa
import pytest
from scipy.stats import binom

from aright.core.detect.estimates import Columns, estimate
from aright.core.detect.estimates_numbers import learn_loss
from tests.unit.core.detect.labelled_world import (
    NUMBERS,
    estimates,
    learned_loss,
    numbers_table,
    realised,
    reason_of,
    without_labels,
)


@pytest.mark.parametrize("metric", ["MAE", "RMSE"])
def test_a_shift_to_harder_rows_is_estimated(metric):
    rng = np.random.default_rng(1)
    reference, window = numbers_table(rng, 20_000), numbers_table(rng, 20_000, shift=0.6)
    estimator = learned_loss(reference, metric)
    (one,) = estimates(estimator, window).values()
    truth, before = realised(estimator, window)[metric], realised(estimator, reference)[metric]
    assert (one.metric, one.better) == (metric, "down")
    assert truth > 1.25 * before
    assert abs(one.value / truth - 1) < 0.04


@pytest.mark.parametrize("metric", ["MAE", "RMSE"])
def test_intervals_hold_the_loss(metric):
    rng = np.random.default_rng(2)
    runs, held = 50, 0
    for _ in range(runs):
        estimator = learned_loss(numbers_table(rng, 1_500), metric)
        window = numbers_table(rng, 400, shift=0.3)
        (one,) = estimates(estimator, window).values()
        held += one.low <= realised(estimator, window)[metric] <= one.high
    assert binom.cdf(held, runs, 0.93) > 0.01, held
    assert binom.sf(held - 1, runs, 0.99) > 1e-4, held


def test_what_tells_nothing_leaves_the_mean():
    rng = np.random.default_rng(3)
    rows = 600
    table = pa.table({"x": rng.random(rows), "said": np.zeros(rows), "label": rng.normal(size=rows)})
    estimator = learned_loss(table, "MAE", Columns(prediction="said", label="label", features=("x",)))
    assert estimator.coders == ()
    (one,) = estimates(estimator, table.drop_columns(["x", "label"])).values()
    assert one.value == pytest.approx(realised(estimator, table)["MAE"])


def test_no_loss_is_made_up():
    rng = np.random.default_rng(4)
    table = numbers_table(rng, 100)
    assert "no labels" in reason_of(learn_loss(without_labels(table), NUMBERS, "MAE"))
    assert "50 are needed" in reason_of(learn_loss(table.slice(0, 20), NUMBERS, "MAE"))
    exact = table.set_column(3, "label", table["said"])
    assert "no error at all" in reason_of(learn_loss(exact, NUMBERS, "MAE"))
    estimator = learned_loss(table, "MAE")
    assert reason_of(estimate(estimator, table.drop_columns(["said"]))) == "the rows have no predictions"
