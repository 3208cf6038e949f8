"""How right answers were: measured, and never made up of what is not known."""

from __future__ import annotations

from decimal import Decimal

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import sem, ttest_ind
from scipy.stats import t as student

from aright.core.detect.quality import (
    answers_of,
    are_classes,
    class_texts,
    like,
    measures,
    rightness,
    scale_of,
    unmeasured,
)

NAN = float("nan")


def column(values, kind=None):
    return pa.chunked_array([pa.array(values, kind)])


def answers(prediction, label=None, score=None):
    return answers_of(
        column(prediction),
        None if label is None else column(label),
        None if score is None else column(score),
    )


def measured(reference, current):
    return {
        one.metric: one
        for one in measures(
            reference,
            current,
            (rightness(reference, scale_of(reference)), rightness(current, scale_of(reference))),
        )
    }


@pytest.mark.parametrize(
    ("values", "classes"),
    [
        (["yes", "no"], True),
        ([True, False], True),
        ([0.0, 1.0, None], True),
        ([0.0, 1.0, NAN], True),
        ([0.5, 1.0], False),
        ([0.0, float("inf")], False),
        ([float(at) for at in range(21)], False),
        (list(range(100)), True),
        (list(range(101)), False),
        ([Decimal("1.00"), Decimal("0.00")], True),
        ([Decimal("1.50"), Decimal("0.00")], False),
    ],
)
def test_classes_are_told_from_numbers_by_their_values(values, classes):
    assert are_classes(column(values), None) is classes
    assert are_classes(column([0.5] * len(values)), column(values)) is classes  # the truth goes first


@pytest.mark.parametrize(
    ("prediction", "label"),
    [
        ([1, 0, 1, 0], [1.0, 1.0, NAN, None]),
        (["1", "0", "1", "0"], [1, 1, None, None]),
        ([True, False, True, False], [1, 1, None, None]),
        ([1.0, 0.0, 1.0, 0.0], [True, True, None, None]),
        ([1, 0, 1, 0], [Decimal("1.00"), Decimal("1.00"), None, None]),
        (["yes", "no", "yes", "no"], ["yes", "yes", None, None]),
    ],
)
def test_a_class_is_right_or_wrong_however_it_is_written(prediction, label):
    found = answers(prediction, label)

    assert found.classes
    np.testing.assert_array_equal(rightness(found, 1.0), [1.0, 0.0, NAN, NAN])


def test_an_answer_that_was_not_given_is_not_known_to_be_right():
    np.testing.assert_array_equal(rightness(answers(["a", None], ["a", "a"]), 1.0), [1.0, NAN])


def test_without_labels_nothing_is_known():
    assert np.isnan(rightness(answers(["a", "b"]), 1.0)).all()
    assert scale_of(answers([1.5, 2.5])) == 1.0


def test_a_number_loses_by_its_distance_over_four_usual_ones():
    found = answers([1.5, 2.5, 9.25, 0.0], [1.0, 2.0, 1.25, None])  # distances .5, .5, 8

    assert scale_of(found) == 2.0
    np.testing.assert_allclose(rightness(found, 2.0), [0.75, 0.75, 0.0, NAN])


@pytest.mark.parametrize("label", [[1.5, 2.5], [None, NAN]])
def test_a_scale_is_never_zero(label):
    assert scale_of(answers([1.5, 2.5], [*label])) == 1.0


def test_accuracy_auc_and_f1_are_those_of_the_book():
    truth = [1, 1, 1, 0, 0, 0, 0, 0] * 4
    before = answers(truth, truth, [0.9, 0.8, 0.7, 0.1, 0.2, 0.3, 0.4, 0.1] * 4)
    now = answers([1, 1, 0, 0, 0, 0, 0, 1] * 4, truth, [0.9, 0.6, 0.4, 0.1, 0.2, 0.3, 0.3, 0.8] * 4)

    found = measured(before, now)

    assert set(found) == {"accuracy", "AUC", "F1"}
    assert (found["accuracy"].before, found["accuracy"].now) == (1.0, 0.75)
    assert (found["AUC"].before, found["AUC"].now) == (1.0, 13 / 15)  # two of fifteen pairs out of order
    assert (found["F1"].before, found["F1"].now) == (1.0, pytest.approx(2 * 2 / (2 * 2 + 1 + 1)))
    for one in found.values():
        assert one.better == "up"
        assert one.now_low <= one.now <= one.now_high
    assert [one.metric for one in found.values() if not one.tested] == ["F1"]


def test_the_positive_class_is_the_later_one_in_order():
    found = measured(answers(["no", "yes"], ["no", "yes"]), answers(["yes", "yes"], ["no", "yes"]))

    assert found["F1"].now == pytest.approx(2 / 3)  # one hit, one false alarm; of "no" it would be 0
    assert "AUC" not in found  # no scores


def test_more_than_two_classes_have_an_accuracy_alone():
    assert set(measured(answers(list("abc"), list("abc")), answers(list("abb"), list("abc")))) == {"accuracy"}


def test_a_class_that_never_came_leaves_its_measures_out():
    before = answers([1, 0], [1, 0], [0.9, 0.1])
    now = answers([0, 0], [0, 0], [0.2, 0.1])

    assert set(measured(before, now)) == {"accuracy"}
    assert unmeasured(before, now) == "AUC needs two classes: the current labels have only one"
    assert unmeasured(now, before) == "AUC needs two classes: the reference's labels have only one"
    assert unmeasured(before, before) == ""


def test_a_difference_of_means_has_the_p_value_of_a_t_test():
    random = np.random.default_rng(3)
    truth = random.normal(size=500)
    before, now = (answers((truth + random.normal(0, s, 500)).tolist(), truth.tolist()) for s in (0.3, 0.33))

    found = measured(before, now)["mean absolute error"]

    one, two = (np.abs(np.asarray(each.prediction) - np.asarray(each.label)) for each in (before, now))
    assert found.better == "down"
    assert (found.before, found.now) == (pytest.approx(one.mean()), pytest.approx(two.mean()))
    assert found.p_value == pytest.approx(ttest_ind(one, two, equal_var=False).pvalue)
    assert found.now_high == pytest.approx(student.interval(0.95, 499, two.mean(), sem(two))[1])


def test_means_without_spread_are_no_finding():
    before = answers([1.5, 2.5] * 10, [1.25, 2.25] * 10)

    found = measured(before, answers([2.5, 3.5] * 10, [1.25, 2.25] * 10))

    assert found["mean absolute error"].p_value == 1.0


@pytest.mark.parametrize("rows", [1, 2, 9])
def test_a_handful_of_answers_is_shown_and_not_tested(rows):
    random = np.random.default_rng(3)
    truth = (random.random(5_000) < 0.5).astype(int)
    said = np.where(random.random(5_000) < 0.78, truth, 1 - truth)
    price = random.normal(100, 9, 5_000)
    one = [1, 0, 1, 0, 1, 0, 1, 0, 1][:rows]

    found = {
        **measured(answers(said, truth, random.random(5_000)), answers(one, one, [0.5] * rows)),
        **measured(answers(price + 1.5, price), answers(price[:rows], price[:rows])),
    }

    assert {one.metric for one in found.values() if one.tested} == set()
    assert all(one.p_value == 1.0 for one in found.values())
    assert found["accuracy"].now_low < 0.78  # nothing is sure of so few


@pytest.mark.parametrize("rows", [10, 12])
def test_a_few_equal_answers_do_not_make_certainty(rows):
    """Without spread of their own they would: the error of a share near 1 is not 0."""
    random = np.random.default_rng(3)
    truth = (random.random(5_000) < 0.5).astype(int)
    said = np.where(random.random(5_000) < 0.78, truth, 1 - truth)
    price = random.normal(100, 9, 5_000)
    price_now = price[:rows]
    one = ([1, 0] * rows)[:rows]

    accuracy = measured(answers(said, truth), answers(one, one))["accuracy"]
    error = measured(answers(price + random.normal(0, 1, 5_000), price), answers(price_now, price_now))

    assert accuracy.tested
    assert accuracy.p_value == pytest.approx(0.78**rows, abs=0.06)
    assert error["mean absolute error"].p_value > 1e-6


def test_p_values_of_few_answers_hold_their_level():
    random = np.random.default_rng(11)
    found = {"accuracy": 0, "AUC": 0, "mean absolute error": 0}
    for _ in range(400):
        sides = []
        for n in (400, 24):
            score = random.beta(5, 1, n)
            truth = np.arange(n) % 2
            sides.append(
                (random.random(n) < 0.97, np.ones(n, bool), score, truth, random.lognormal(0, 0.7, n))
            )
        classes = measured(*(answers(said, right) for said, right, *_ in sides))
        ranked = measured(*(answers(truth, truth, score) for _, _, score, truth, _ in sides))
        numbers = measured(*(answers(error + 0.5, np.full(len(error), 0.5)) for *_, error in sides))
        for metric, one in (("accuracy", classes), ("AUC", ranked), ("mean absolute error", numbers)):
            found[metric] += one[metric].p_value <= 0.01

    assert max(found.values()) <= 11, found  # of 400 at .01; more in 1 of 1,000 runs


def test_p_values_of_an_accuracy_that_did_not_change_are_uniform():
    random = np.random.default_rng(11)
    values = []
    for _ in range(400):
        sides = [answers((random.random(300) < 0.8).tolist(), [True] * 300) for _ in range(2)]
        values.append(measured(*sides)["accuracy"].p_value)

    assert sum(value <= 0.05 for value in values) <= 36  # of 400 at .05; more in 1 of 1,000 runs
    assert sum(value <= 0.5 for value in values) >= 165


def test_current_answers_are_read_as_the_references_are():
    prices = answers(list(range(500)), list(range(500)))
    few = answers(list(range(50)), list(range(50)))
    assert (prices.classes, few.classes) == (False, True)

    alike = like(prices, few)

    assert alike is not None
    assert not alike.classes
    other = like(few, prices)
    assert other is not None
    assert other.classes
    assert like(prices, answers(["cheap"], [1])) is None
    assert like(prices, answers([1], ["cheap"])) is None
    assert like(prices, answers([Decimal("1.5")], [None])) is not None


@settings(max_examples=60, deadline=None)
@given(st.lists(st.one_of(st.none(), st.just(NAN), st.integers(-(2**40), 2**40).map(float)), max_size=20))
def test_whole_numbers_are_written_as_such_and_nothing_else_is_a_class(values):
    texts = class_texts(column(values, pa.float64())).to_pylist()

    assert texts == [None if value is None or np.isnan(value) else str(int(value)) for value in values]


def test_one_number_on_each_side_leaves_everything_open():
    """A single distance says nothing of its spread."""
    (found,) = measured(answers([1.5], [1.25]), answers([2.5], [0.75])).values()
    assert (found.before, found.now) == (0.25, 1.75)
    assert (found.now_low, found.now_high) == (0.0, float("inf"))
    assert not found.tested


def test_without_scores_or_labels_no_word_is_needed_of_auc():
    plain, scored = answers([0, 1], [0, 1]), answers([0, 1], [0, 1], [0.1, 0.9])
    assert unmeasured(plain, scored) == ""
    assert unmeasured(scored, answers([0, 1], None, [0.1, 0.9])) == ""
    assert unmeasured(scored, scored) == ""


def test_nothing_is_right_or_wrong_without_labels():
    unlabelled = answers([0.5, 1.5])
    assert np.isnan(rightness(unlabelled, 1.0)).all()
    assert scale_of(unlabelled) == 1.0
