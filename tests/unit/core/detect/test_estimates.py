"""Estimates without labels: near the truth, with intervals that hold it, and none where there can be none."""

import numpy as np
import pyarrow as pa
import pytest
from scipy.stats import binom

from aright.core.detect.estimates import Columns, NoEstimate, estimate, interval
from aright.core.detect.estimates_classes import learn_classes
from tests.unit.core.detect.labelled_world import (
    COLUMNS,
    classes_table,
    estimates,
    learned,
    many_table,
    realised,
    reason_of,
    without_labels,
)


def test_a_shift_that_the_score_does_not_know_is_estimated_by_the_features():
    rng = np.random.default_rng(1)
    reference, window = classes_table(rng, 20_000), classes_table(rng, 20_000, shift=0.5)
    by_score = learned(reference, Columns(prediction="said", label="label", score="score"))
    by_both = learned(reference, COLUMNS)
    truth = realised(by_both, window)
    for metric in ("F1", "accuracy", "recall", "precision", "log loss"):
        assert abs(estimates(by_both, window)[metric].value - truth[metric]) < 0.01
    for metric in ("F1", "recall", "precision", "log loss"):
        errors = [abs(estimates(each, window)[metric].value - truth[metric]) for each in (by_both, by_score)]
        assert errors[0] < errors[1]
    assert by_both.calibrations[0].method == "features"
    assert by_score.calibrations[0].method != "features"


@pytest.mark.parametrize(("rows", "size"), [(300, 400), (2_000, 800)])
def test_intervals_hold_what_the_labels_say(rows, size):
    rng = np.random.default_rng(2)
    runs, held = 60, dict.fromkeys(("AUC", "F1", "accuracy", "log loss"), 0)
    for _ in range(runs):
        estimator = learned(classes_table(rng, rows), COLUMNS)
        window = classes_table(rng, size, shift=0.2)
        truth, told = realised(estimator, window), estimates(estimator, window)
        for metric in held:
            held[metric] += told[metric].low <= truth[metric] <= told[metric].high
    assert all(binom.cdf(hits, runs, 0.93) > 0.01 for hits in held.values()), held
    assert all(binom.sf(hits - 1, runs, 0.985) > 1e-4 for hits in held.values()), held  # nor far too wide


def test_more_classes_with_a_score_each():
    rng = np.random.default_rng(3)
    scores = tuple((name, f"p_{name}") for name in ("cat", "dog", "owl"))
    columns = Columns(prediction="said", label="label", scores=scores)
    runs, held = 25, {"accuracy": 0, "macro F1": 0}
    for _ in range(runs):
        estimator = learned(many_table(rng, 2_000), columns)
        window = many_table(rng, 1_000, shift=0.5)
        truth, told = realised(estimator, window), estimates(estimator, window)
        for metric in held:
            held[metric] += told[metric].low <= truth[metric] <= told[metric].high
            assert abs(told[metric].value - truth[metric]) < 0.08
    assert all(binom.cdf(hits, runs, 0.93) > 0.01 for hits in held.values()), held


def test_more_classes_with_one_confidence_have_an_accuracy():
    rng = np.random.default_rng(4)
    reference, window = many_table(rng, 5_000), many_table(rng, 5_000, shift=1.0)
    estimator = learned(reference, Columns(prediction="said", label="label", score="sure"))
    (only,) = estimates(estimator, window).values()
    assert only.metric == "accuracy"
    assert only.low <= realised(estimator, window)["accuracy"] <= only.high


def test_a_confidence_in_either_answer_is_told_from_a_probability():
    rng = np.random.default_rng(5)
    tables = [classes_table(rng, 4_000) for _ in range(2)]
    score = [np.asarray(each["score"]) for each in tables]
    turned = [
        each.set_column(each.column_names.index("score"), "score", pa.array(np.maximum(s, 1 - s)))
        for each, s in zip(tables, score, strict=True)
    ]
    plain, sure = learned(tables[0]), learned(turned[0])
    assert (plain.confidence, sure.confidence) == (False, True)
    one, other = estimates(plain, tables[1]), estimates(sure, turned[1])
    assert all(abs(one[name].value - other[name].value) < 1e-9 for name in one)


def test_missing_unseen_and_absent_values_are_no_obstacle():
    rng = np.random.default_rng(6)
    reference, window = classes_table(rng, 5_000), classes_table(rng, 2_000)
    odd = window.set_column(1, "group", pa.array(["new", None] * 1_000))
    holes = np.where(rng.random(2_000) < 0.3, np.nan, np.asarray(window["score"]))
    odd = odd.set_column(2, "score", pa.array(holes)).drop_columns(["x"])
    estimator = learned(reference, COLUMNS)
    assert 0.6 < estimates(estimator, odd)["accuracy"].value < 0.9
    ids = reference.append_column("id", pa.array([f"row {index}" for index in range(5_000)]))
    wide = learned(ids, Columns(prediction="said", label="label", score="score", features=("x", "id")))
    assert "id" not in dict(wide.coders)


def test_a_tiny_reference_gets_a_line():
    rng = np.random.default_rng(7)
    estimator = learned(classes_table(rng, 110), COLUMNS)
    assert estimator.calibrations[0].method == "line"
    assert estimates(estimator, classes_table(rng, 200))["accuracy"].calibration_error > 0.005


def test_there_is_no_estimate_without_the_means_for_one():
    rng = np.random.default_rng(8)
    table = classes_table(rng, 500)
    estimator = learned(table, COLUMNS)
    cases = {
        "the reference has no labels": learn_classes(without_labels(table), COLUMNS),
        "the rows have no scores: no column 'score'": estimate(estimator, table.drop_columns(["score"])),
        "the rows have no predictions": estimate(estimator, table.drop_columns(["said"])),
        "the reference has no scores": learn_classes(table, Columns(prediction="said", label="label")),
        "the reference's labels have only one class": learn_classes(
            table.filter(np.asarray(table["label"]) == 1), COLUMNS
        ),
        "4 rows are too few: 5 are needed": estimate(estimator, table.slice(0, 4)),
        "the rows have no scores": estimate(
            estimator, table.set_column(2, "score", pa.nulls(500, pa.float64()))
        ),
    }
    assert list(cases) == [reason_of(each) for each in cases.values()]
    assert "30 are needed" in reason_of(learn_classes(classes_table(rng, 40), COLUMNS))
    many = Columns(prediction="said", label="label", scores=tuple((str(k), "score") for k in range(21)))
    assert "20 are estimated at most" in reason_of(learn_classes(table, many))
    nulls = table.set_column(4, "label", pa.nulls(500, pa.int64()))
    assert learn_classes(nulls, COLUMNS) == NoEstimate("the reference has no labels")
    half = np.where(np.arange(500) < 300, np.nan, np.asarray(table["score"]))
    assert reason_of(estimate(estimator, table.set_column(2, "score", pa.array(half)))).startswith("most")


def test_scores_that_are_no_probabilities_are_refused():
    rng = np.random.default_rng(9)
    table = classes_table(rng, 500)
    wrong = table.set_column(2, "score", pa.array(np.linspace(-3, 4, 500)))
    with pytest.raises(ValueError, match=r"reach from -3 to 4: give the model's probabilities"):
        learn_classes(wrong, COLUMNS)
    with pytest.raises(ValueError, match=r"in \[0, 1\]"):
        estimate(learned(table), wrong)


def test_metrics_that_are_not_defined_are_left_out():
    rng = np.random.default_rng(10)
    estimator = learned(classes_table(rng, 500), COLUMNS)
    none = classes_table(rng, 100)
    none = none.set_column(3, "said", pa.array(np.zeros(100, dtype=np.int64)))
    assert "precision" not in estimates(estimator, none)
    assert estimates(estimator, none)["recall"].value == 0.0


def test_intervals_stay_in_range():
    assert tuple(interval(0.0, 0.1, share=True)) == pytest.approx((0.0, 0.196), abs=1e-3)
    assert interval(0.0, 0.1, share=False).low == 0.0
    assert interval(1.0, 0.1, share=True).high == 1.0
    assert interval(0.999, 5.0, share=True).high <= 1.0
