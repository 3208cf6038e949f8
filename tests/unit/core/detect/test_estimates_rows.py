"""Stored rows as estimates need them, and what is said of an estimate that left its range."""

from __future__ import annotations

import pyarrow as pa
import pytest

from aright.core.detect.estimates import Estimate, NoEstimate
from aright.core.detect.estimates_alerts import confirmed, is_confirmed, left_range, signal_of
from aright.core.detect.estimates_late import Blend
from aright.core.detect.estimates_rows import MOST_FEATURES, estimable, known_truths
from aright.core.detect.estimates_rule import Usual
from aright.core.model.columns import CATEGORY, TIME
from aright.core.model.times import HOUR

SPAN = (10 * HOUR, 11 * HOUR)


def outcomes(*rows: tuple[str | None, str, str | None, float | None]) -> pa.Table:
    ids, kinds, labels, values = zip(*rows, strict=True)
    return pa.table(
        {
            "prediction_id": pa.array(ids, pa.string()),
            "kind": pa.array(kinds).cast(CATEGORY),
            "label": pa.array(labels, pa.string()).cast(CATEGORY),
            "value": pa.array(values, pa.float32()),
            "time": pa.array(range(len(rows)), TIME),
        }
    )


def made_of(rows, truths, **more):
    """Return rows with answers and truths, which there must be."""
    made = estimable(rows, truths, **more)
    assert not isinstance(made, NoEstimate), made
    return made


def test_the_last_truth_about_an_answer_counts():
    found = known_truths(
        outcomes(
            ("a", "label", "cat", None),
            ("a", "label", "dog", 0.0),
            ("b", "click", None, 1.0),
            (None, "label", "x", 1.0),
        )
    )
    assert found.to_pylist() == [{"prediction_id": "a", "label": "dog", "value": 0.0}]


def test_labels_stand_beside_their_truths_with_confidence_and_features():
    rows = pa.table(
        {
            "id": ["a", "b", "c"],
            "label": pa.array(["cat", "dog", "cat"]).cast(CATEGORY),
            "confidence": [0.9, 0.8, 0.7],
            "feat.size": [1.0, 2.0, 3.0],
            "attr.region": ["n", "s", "n"],
            "time": pa.array([1, 2, 3], TIME),
        }
    )
    truths = known_truths(outcomes(("b", "label", "cat", None), ("z", "label", "cat", None)))
    table, columns, _ = made_of(rows, truths)
    assert table["truth"].to_pylist() == [None, "cat", None]
    assert (columns.prediction, columns.label, columns.score) == ("said", "truth", "sure")
    assert columns.features == ("feature attr.region", "feature feat.size")


def test_a_score_decides_between_two_classes():
    rows = pa.table({"id": ["a", "b"], "score": [0.3, 0.9]})
    values = known_truths(outcomes(("a", "label", None, 1.0), ("b", "label", None, 0.0)))
    table, _, classes = made_of(rows, values, threshold=0.2)
    assert (table["said"].to_pylist(), table["truth"].to_pylist(), classes) == (
        ["1", "1"],
        ["1", "0"],
        ("0", "1"),
    )
    named = known_truths(outcomes(("a", "label", "fraud", None)))
    table, _, classes = made_of(rows, named, classes=("fraud", "good"))
    assert table["said"].to_pylist() == ["fraud", "good"]
    one = estimable(rows, named)
    assert isinstance(one, NoEstimate)
    assert "of 1" in one.reason


def test_numbers_have_numbers_for_truths_and_lists_have_none():
    truths = known_truths(outcomes(("a", "label", None, 4.5)))
    table, columns, _ = made_of(pa.table({"id": ["a", "b"], "number": [4.0, 5.0]}), truths)
    assert (table["truth"].to_pylist(), columns.score) == ([4.5, None], "")
    assert isinstance(estimable(pa.table({"id": ["a"], "items": [["x"]]}), truths), NoEstimate)


def test_features_are_bounded():
    many = {f"feat.f{number:02d}": [1.0] for number in range(40)}
    truths = known_truths(outcomes(("a", "label", None, 1.0)))
    _, columns, _ = made_of(pa.table({"id": ["a"], "number": [1.0], **many}), truths)
    assert len(columns.features) == MOST_FEATURES


def usual(value: float = 0.9) -> Usual:
    return Usual(
        value=value, measured=value, spread=0.01, windows=24, rows_share=0.01, doubt=0.0, gradients=()
    )


def blended(value: float, *, labelled: float = 0.5, better: str = "up", half: float = 0.01) -> Blend:
    return Blend(
        metric="accuracy",
        better=better,  # type: ignore[arg-type]  # one of two words
        value=value,
        low=value - half,
        high=value + half,
        labelled=labelled,
        trust=1.0,
    )


@pytest.mark.parametrize(
    ("one", "said"),
    [
        (blended(0.8), True),
        (blended(0.8, labelled=0.1), False),
        (blended(0.88), False),
        (blended(0.8, half=0.2), False),
        (blended(0.95), False),
        (blended(0.99, better="down"), True),
    ],
)
def test_labels_confirm_only_what_is_surely_and_unusually_worse(one, said):
    assert is_confirmed(one, usual()) is said


def test_alerts_say_what_was_estimated_and_what_labels_said():
    found = Estimate(
        metric="macro F1",
        better="up",
        value=0.71,
        low=0.68,
        high=0.74,
        label_error=0.01,
        calibration_error=0.01,
        share=True,
        gradients=(),
    )
    notice = left_range("shop", found, usual(), span=SPAN, now=SPAN[1], rows=500)
    assert (notice.harm, notice.signal, notice.units) == (False, "estimate:macro_f1", 500.0)
    assert "from 10:00 to 11:00; usual is 90" in notice.text
    harm = confirmed("shop", blended(0.7), usual(), share=False, span=SPAN, now=SPAN[1], rows=500)
    assert harm.harm
    assert harm.key == "shop/all/estimate:accuracy/harm"
    assert harm.text.startswith("accuracy was 0.7 (0.69 to 0.71) from 10:00 to 11:00 by the labels of 50")
    assert signal_of("log loss") == "estimate:log_loss"
