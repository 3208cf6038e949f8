"""When an estimate is a notice or an alarm."""

import numpy as np
import pyarrow as pa
from scipy.stats import binom

from aright.core.detect.estimates import NoEstimate
from aright.core.detect.estimates_rule import judge, usuals
from tests.unit.core.detect.labelled_world import (
    classes_table,
    estimates,
    learned,
    learned_loss,
    numbers_table,
    usual_of,
)


def judged(estimator, usual, window):
    return {name: judge(usual, one) for name, one in estimates(estimator, window).items()}


def test_an_unchanged_service_is_hardly_ever_unusual():
    rng = np.random.default_rng(1)
    runs, alarms, notices = 0, 0, 0
    for _ in range(4):
        reference = classes_table(rng, 8_000)
        estimator = learned(reference)
        usual = usual_of(estimator, reference, 500)
        for _ in range(20):
            found = judged(estimator, usual, classes_table(rng, 500))["F1"]
            runs, alarms, notices = runs + 1, alarms + found.unusual, notices + found.worse
    assert binom.sf(alarms - 1, runs, 0.01) > 0.01
    assert notices / runs < 0.5  # notices there are: some rows are harder than others


def test_harder_rows_are_told_and_easier_ones_are_not():
    rng = np.random.default_rng(2)
    reference = classes_table(rng, 10_000)
    estimator = learned(reference)
    usual = usual_of(estimator, reference, 1_000)
    window = classes_table(rng, 3_000)
    certain = np.abs(np.asarray(window["x"]))
    found = judged(estimator, usual, window.filter(certain < 0.7))["accuracy"]
    assert found.worse
    assert found.unusual
    assert 0 < found.mean_error < found.usual_error < found.loss
    easier = judged(estimator, usual, window.filter(certain > 0.7))["accuracy"]
    assert not easier.worse
    assert easier.loss < 0


def test_a_larger_loss_is_worse():
    rng = np.random.default_rng(3)
    reference = numbers_table(rng, 5_000)
    estimator = learned_loss(reference, "MAE")
    usual = usual_of(estimator, reference, 500)
    assert judged(estimator, usual, numbers_table(rng, 500, shift=0.6))["MAE"].unusual
    assert not judged(estimator, usual, numbers_table(rng, 500, shift=-0.3))["MAE"].worse


def test_a_short_reference_is_cut_finer():
    rng = np.random.default_rng(4)
    reference = classes_table(rng, 2_000)
    estimator = learned(reference)
    short, long = (usual_of(estimator, reference, size).metrics["F1"] for size in (400, 4_000))
    assert (short.windows, long.windows) == (20, 20)
    assert long.spread < short.spread
    assert isinstance(usuals(estimator, reference.slice(0, 20), 10), NoEstimate)
    assert isinstance(usuals(estimator, reference.drop_columns(["score"]), 10), NoEstimate)


def test_a_metric_that_the_reference_did_not_have_is_not_judged():
    rng = np.random.default_rng(5)
    reference = classes_table(rng, 2_000)
    estimator = learned(reference)
    usual = usual_of(estimator, reference, 400)
    usual.metrics.pop("F1")
    assert judged(estimator, usual, classes_table(rng, 400))["F1"] is None


def with_gaps(table, name, rows):
    """Return a table in which these rows of a column are missing."""
    values = np.ma.masked_array(np.asarray(table[name], dtype=np.float64), mask=False)
    values[rows] = np.ma.masked
    return table.set_column(table.column_names.index(name), name, pa.array(values.data, mask=values.mask))


def test_a_reference_with_labels_missing_says_nothing_of_what_is_usual():
    rng = np.random.default_rng(6)
    reference = numbers_table(rng, 2_000)
    estimator = learned_loss(reference, "MAE")
    assert usual_of(estimator, reference, 200).metrics.keys() == {"MAE"}
    assert usual_of(estimator, with_gaps(reference, "label", slice(50, 60)), 200).metrics == {}


def test_windows_of_the_reference_without_an_estimate_are_left_out():
    rng = np.random.default_rng(7)
    reference = classes_table(rng, 3_000)
    estimator = learned(reference)
    gaps = with_gaps(reference, "score", slice(0, 150))
    assert usual_of(estimator, reference, 100).metrics["F1"].windows == 30
    assert usual_of(estimator, gaps, 100).metrics["F1"].windows == 29
