"""Late labels: unbiased though the early ones are no random sample, and ever surer."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from aright.core.detect.estimates import NoEstimate
from aright.core.detect.estimates_late import blend
from tests.unit.core.detect.labelled_world import (
    blends,
    classes_table,
    estimates,
    learned,
    learned_loss,
    logistic,
    numbers_table,
    realised,
    usual_of,
    without_labels,
)


def only(window, has):
    """Return a window of which only some labels have come."""
    at = window.column_names.index("label")
    return window.set_column(at, "label", pc.if_else(pa.array(has), window["label"], None))


def early(rng, window, level=0.0):
    """Return which labels have come: mostly those of large ``x`` and of group b."""
    lean = 0.8 * np.asarray(window["x"]) + 1.0 * (np.asarray(window["group"]) == "b") - 1.0
    return rng.random(window.num_rows) < logistic(lean + level)


def test_early_labels_do_not_bias_though_the_concept_has_drifted():
    rng = np.random.default_rng(1)
    estimator = learned(classes_table(rng, 4_000))
    errors: dict[str, list[float]] = {name: [] for name in ("F1", "accuracy", "AUC", "recall")}
    held, naive, before = dict.fromkeys(errors, 0), [], []
    for _ in range(60):
        window = classes_table(rng, 1_500, drift=-1.0)
        has = early(rng, window)
        truth, found = (
            realised(estimator, window),
            blends(estimator, only(window, has)),
        )
        for name, seen in errors.items():
            seen.append(found[name].value - truth[name])
            held[name] += found[name].low <= truth[name] <= found[name].high
        naive.append(realised(estimator, window.filter(pa.array(has)))["recall"] - truth["recall"])
        before.append(estimates(estimator, window)["recall"].value - truth["recall"])
    assert abs(np.mean(naive)) > 0.02
    assert abs(np.mean(before)) > 0.02
    assert abs(np.mean(errors["recall"])) < 0.25 * abs(np.mean(before))
    for name, seen in errors.items():
        assert abs(np.mean(seen)) < max(0.005, 3 * np.std(seen) / np.sqrt(60)), name
        assert held[name] >= 51, name  # of 60: 4 standard deviations under 95 %


def test_the_interval_shrinks_as_labels_come_and_ends_at_what_they_say():
    rng = np.random.default_rng(2)
    reference = classes_table(rng, 4_000)
    estimator = learned(reference)
    doubt = {name: one.doubt for name, one in usual_of(estimator, reference, 800).metrics.items()}
    shares = (0.0, 0.05, 0.2, 0.5, 0.8, 1.0)
    widths = np.zeros(len(shares))
    for _ in range(12):
        window, order = classes_table(rng, 1_500), rng.random(1_500)
        told = [blends(estimator, only(window, order < share), doubt)["accuracy"] for share in shares]
        widths += [one.high - one.low for one in told]
        assert told[-1].value == pytest.approx(realised(estimator, window)["accuracy"])
        assert (told[-1].labelled, told[-1].high - told[-1].low) == (1.0, pytest.approx(0.0, abs=1e-12))
    assert (widths[1:] < 1.05 * widths[:-1]).all()
    assert widths[3] < 0.8 * widths[0]


def test_without_any_label_it_is_the_estimate():
    rng = np.random.default_rng(3)
    estimator = learned(classes_table(rng, 2_000))
    window = without_labels(classes_table(rng, 500))
    plain = estimates(estimator, window)
    for one in blends(estimator, window).values():
        assert (one.value, one.low, one.high) == pytest.approx(
            (plain[one.metric].value, plain[one.metric].low, plain[one.metric].high)
        )
        assert (one.labelled, one.trust) == (0.0, 0.0)


def test_few_labels_move_little_and_many_that_contradict_move_all():
    rng = np.random.default_rng(4)
    estimator = learned(classes_table(rng, 4_000))
    window = classes_table(rng, 4_000, drift=-1.5)
    order, doubt = rng.random(4_000), {"recall": 0.003}
    trusts = [
        blends(estimator, only(window, order < share), doubt, missing_by=())["recall"].trust
        for share in (0.004, 0.5)
    ]
    assert trusts[0] < 0.5
    assert trusts[1] > 0.9


def test_a_regressors_loss():
    rng = np.random.default_rng(5)
    estimator = learned_loss(numbers_table(rng, 4_000), "MAE")
    errors, held = [], 0
    for _ in range(40):
        window = numbers_table(rng, 1_500, drift=1.5)
        (one,) = blends(estimator, only(window, early(rng, window))).values()
        truth = realised(estimator, window)["MAE"]
        errors.append(one.value / truth - 1)
        held += one.low <= truth <= one.high
    assert abs(np.mean(errors)) < 0.01
    assert held >= 33


def test_no_blend_where_there_is_no_estimate():
    rng = np.random.default_rng(6)
    table = classes_table(rng, 500)
    estimator = learned(table)
    assert isinstance(blend(estimator, table.slice(0, 2), missing_by=()), NoEstimate)
    assert isinstance(blend(estimator, table.drop_columns(["score"]), missing_by=()), NoEstimate)
