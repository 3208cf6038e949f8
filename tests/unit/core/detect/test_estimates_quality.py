"""The quality of rows without labels, beside the reference's."""

import numpy as np
import pyarrow as pa
import pytest

from aright.core.detect.estimates import NoEstimate
from aright.core.detect.estimates_quality import Guess, Taught, guess, taught_by
from aright.core.detect.quality import answers_of, rightness
from tests.unit.core.detect.labelled_world import classes_table, many_table, reason_of


def column(values, kind=None):
    return pa.chunked_array([pa.array(values, kind)])


def read(table, *, labels=True, score="score"):
    return answers_of(
        table["said"],
        table["label"] if labels else None,
        table[score] if score in table.column_names else None,
    )


def both(reference, current, features=("x", "group"), score="score"):
    taught = taught_by(read(reference, score=score), reference, features)
    assert isinstance(taught, Taught), taught
    found = guess(taught, read(current, labels=False, score=score), current)
    assert isinstance(found, Guess), found
    return found


def test_measures_stand_beside_the_references():
    rng = np.random.default_rng(1)
    reference, current = classes_table(rng, 5_000), classes_table(rng, 5_000)
    found = both(reference, current)
    assert [one.metric for one in found.qualities] == ["accuracy", "AUC", "F1"]
    real = rightness(read(current), 1.0)
    assert found.right.mean() == pytest.approx(real.mean(), abs=0.03)
    assert found.qualities[0].now == pytest.approx(found.right.mean())
    assert found.qualities[0].now_low <= real.mean() <= found.qualities[0].now_high
    assert all(one.estimated for one in found.qualities)
    assert all(one.p_value > 0.001 for one in found.qualities)


def test_a_confidence_follows_the_answer_and_has_no_auc():
    rng = np.random.default_rng(2)
    reference, current = classes_table(rng, 5_000), classes_table(rng, 5_000)
    for name in ("reference", "current"):
        table = reference if name == "reference" else current
        score = np.asarray(table["score"])
        sure = table.set_column(2, "score", pa.array(np.maximum(score, 1 - score)))
        reference, current = (sure, current) if name == "reference" else (reference, sure)
    unsure = current.filter(np.asarray(current["score"]) < 0.7)
    found = both(reference, unsure)
    assert [one.metric for one in found.qualities] == ["accuracy", "F1"]
    assert found.qualities[0].now_high < found.qualities[0].before
    assert found.right.mean() == pytest.approx(rightness(read(unsure), 1.0).mean(), abs=0.03)


def test_more_classes_have_an_accuracy():
    rng = np.random.default_rng(3)
    found = both(many_table(rng, 3_000), many_table(rng, 500), features=(), score="sure")
    assert [one.metric for one in found.qualities] == ["accuracy"]


def test_a_feature_may_be_called_anything():
    rng = np.random.default_rng(4)
    tables = [classes_table(rng, 2_000).rename_columns(["prediction", *"abcd"]) for _ in range(2)]
    answers = [answers_of(each["c"], each["d"], each["b"]) for each in tables]
    taught = taught_by(answers[0], tables[0], ("prediction", "a"))
    assert isinstance(taught, Taught)
    assert isinstance(guess(taught, answers[1], tables[1]), Guess)


def test_few_rows_are_not_tested():
    rng = np.random.default_rng(5)
    found = both(classes_table(rng, 2_000), classes_table(rng, 8))
    assert not any(one.tested for one in found.qualities)


def test_why_there_is_none_is_said():
    rng = np.random.default_rng(6)
    table = classes_table(rng, 500)
    wrong = table.set_column(2, "score", pa.array(np.linspace(-1, 1, 500)))
    assert "no labels" in reason_of(taught_by(read(table, labels=False), table, ()))
    assert "no scores" in reason_of(taught_by(read(table, score="none"), table, ()))
    assert "must be probabilities" in reason_of(taught_by(read(wrong), wrong, ()))
    taught = taught_by(read(table), table, ())
    assert isinstance(taught, Taught)
    assert "must be probabilities" in reason_of(guess(taught, read(wrong, labels=False), wrong))
    assert isinstance(guess(taught, read(table, labels=False, score="none"), table), NoEstimate)
    few = table.slice(0, 3)
    assert "too few" in reason_of(guess(taught, read(few, labels=False), few))
    numbers = answers_of(column([0.5] * 500), column([0.7] * 500), None)
    assert isinstance(taught_by(numbers, table, ()), NoEstimate)
