"""How far answers are apart, by kind."""

from __future__ import annotations

import math

import pyarrow as pa
import pytest

from aright.core.mitigate.shadow.apart import Answer, apart, distances


@pytest.mark.parametrize(
    ("one", "other", "threshold", "distance"),
    [
        (Answer(label="a"), Answer(label="b"), None, 1.0),
        (Answer(score=0.2), Answer(score=0.5), None, 0.3),
        (Answer(score=0.2), Answer(score=0.5), 0.7, 0.0),
        (Answer(number=-1.0), Answer(number=1.0), None, 1.0),
        (Answer(number=0.0), Answer(number=0.0), None, 0.0),
        (Answer(number=math.inf), Answer(number=1.0), None, 1.0),
        (Answer(items=[]), Answer(items=[]), None, 0.0),
        (Answer(text="a b"), Answer(text="a c"), None, 0.5),
        (Answer(text=""), Answer(text="a"), None, 1.0),
        (Answer(text="a"), Answer(label="a"), None, 1.0),
    ],
)
def test_answers_of_each_kind(one: Answer, other: Answer, threshold: float | None, distance: float) -> None:
    assert apart(one, other, threshold) == pytest.approx(distance)
    assert apart(other, one, threshold) == pytest.approx(distance)


def test_no_answer_has_no_distance() -> None:
    assert math.isnan(apart(Answer(), Answer(label="a")))
    assert math.isnan(distances(pa.table({"id": ["a"]}), pa.table({"text": ["a"]}))[0])
