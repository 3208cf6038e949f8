"""Tables as people have them: columns of odd types, answers of mixed ones, labels with holes."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from aright.core.observe.roles import Role
from aright.engine.investigation import Question, investigate
from tests.unit.engine.odd_columns import ODD, ROWS


@pytest.mark.parametrize("name", ["f", "id", "time", "score", "prediction", "label"])
@pytest.mark.parametrize("kind", ODD)
def test_a_column_of_any_type_under_any_name_is_read_or_left_out(kind, name):
    columns = {"age": np.arange(float(ROWS)), "prediction": ["a", "b"] * 50, name: ODD[kind]}

    report = investigate(pa.table(columns), pa.table(columns), Question())

    assert not report.found
    assert "age" in report.looked_at


def classified(seed, rows=4_000, right=0.9):
    random = np.random.default_rng(seed)
    truth = random.random(rows) < 0.5
    return random, truth, np.where(random.random(rows) < right, truth, ~truth)


def test_labels_with_nan_for_unknown_are_classes_still():
    random, truth, said = classified(1)
    _, truth_now, said_now = classified(2, right=0.8)
    known = random.random(4_000) < 0.5

    report = investigate(
        pa.table({"prediction": said.astype(int), "label": np.where(known, truth.astype(float), np.nan)}),
        pa.table({"prediction": said_now.astype(int), "label": np.where(known, truth_now, np.nan)}),
        Question(),
    )

    accuracy = report.quality[0]
    assert accuracy.metric == "accuracy"
    assert accuracy.before == pytest.approx(0.9, abs=0.03)
    assert accuracy.now == pytest.approx(0.8, abs=0.03)
    assert accuracy.p_value < 1e-6


def test_truth_values_label_answers_of_zero_and_one():
    _, truth, said = classified(1)
    rows = pa.table({"prediction": said.astype(int), "label": truth})

    measured = {one.metric: one for one in investigate(rows, rows, Question()).quality}

    assert measured["accuracy"].now == pytest.approx(0.9, abs=0.03)
    assert measured["F1"].now == pytest.approx(0.9, abs=0.03)


def test_a_few_current_numbers_are_not_taken_for_classes():
    """Sixty prices may all be whole; the loss of each is its distance all the same."""
    random = np.random.default_rng(1)
    price = random.integers(0, 1_000, 3_000)
    reference = pa.table({"prediction": price + random.integers(-5, 6, 3_000), "label": price})
    dear = random.integers(0, 1_000, 60)
    current = pa.table({"prediction": dear + random.integers(-5, 6, 60), "label": dear})

    report = investigate(reference, current, Question())

    assert [one.metric for one in report.quality] == ["mean absolute error"]
    assert not report.found


def test_answers_that_became_texts_are_told_and_not_subtracted():
    random = np.random.default_rng(1)
    price = random.normal(100, 20, 500)
    reference = pa.table({"prediction": price + 1, "label": price})
    current = pa.table({"prediction": [f"{each:.0f} EUR" for each in price], "label": price})

    report = investigate(reference, current, Question())

    assert report.quality == ()
    assert report.moved[0].column == "prediction"


@pytest.mark.parametrize("role", [Role.FEATURE, Role.SEGMENT])
def test_a_named_column_that_one_table_lacks_is_noted(role):
    _, truth, said = classified(1)
    _, truth_now, said_now = classified(2, right=0.7)
    reference = pa.table({"prediction": said.astype(int), "label": truth.astype(int), "age": said})
    current = pa.table({"prediction": said_now.astype(int), "label": truth_now.astype(int), "age": said_now})

    report = investigate(
        reference,
        current.append_column("fresh", pa.array([1] * 4_000)),
        Question(told={role: ("age", "fresh")}),
    )

    assert report.found
    assert report.scope is not None
    assert "fresh was left out: only in the current file" in report.notes
