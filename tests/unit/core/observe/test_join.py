from __future__ import annotations

import numpy as np
import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from aright.core.model.columns import CATEGORY, TIME
from aright.core.observe.join import attach_predictions, join_outcomes


def predictions(**columns):
    base = {"id": ["a", "b", "c"], "unit": ["u", "v", "u"], "time": pa.array([1, 2, 3], TIME)}
    return pa.table({**base, **columns})


def outcomes(rows):
    return pa.table(
        {
            "time": pa.array([row.get("time", 9) for row in rows], TIME),
            "prediction_id": pa.array([row.get("id") for row in rows], pa.string()),
            "unit": pa.array([row.get("unit") for row in rows], pa.string()),
            "kind": pa.array([row["kind"] for row in rows], CATEGORY),
            "value": pa.array([row.get("value") for row in rows], pa.float32()),
        }
    )


def test_graded_kinds_are_means_and_null_where_nothing_came():
    joined = join_outcomes(
        predictions(),
        outcomes([{"id": "a", "kind": "click", "value": 1.0}, {"id": "a", "kind": "click", "value": 0.0}]),
    )

    assert joined["outcome.click"].to_pylist() == [0.5, None, None]


def test_event_kinds_are_one_or_zero_however_often_they_came():
    joined = join_outcomes(
        predictions(), outcomes([{"id": "b", "kind": "complaint"}, {"id": "b", "kind": "complaint"}])
    )

    assert joined["outcome.complaint"].to_pylist() == [0.0, 1.0, 0.0]


def test_an_outcome_without_a_prediction_is_about_the_units_latest():
    joined = join_outcomes(
        predictions(),
        outcomes(
            [
                {"unit": "u", "kind": "complaint", "time": 2},
                {"unit": "nobody", "kind": "complaint", "time": 5},
            ]
        ),
    )

    assert joined["outcome.complaint"].to_pylist() == [1.0, 0.0, 0.0]


def test_values_that_are_no_numbers_are_no_grades():
    joined = join_outcomes(predictions(), outcomes([{"id": "a", "kind": "click", "value": float("nan")}]))

    assert joined["outcome.click"].to_pylist() == [None, None, None]


def test_a_wild_value_weighs_as_much_as_any_other():
    table = outcomes([{"id": "a", "kind": "click", "value": 5}, {"id": "a", "kind": "click", "value": 0}])
    assert join_outcomes(predictions(), table)["outcome.click"].to_pylist() == [0.5, None, None]


def test_grades_come_on_their_kinds_scale():
    table = outcomes(
        [{"id": name, "kind": "stars", "value": value} for name, value in zip("abc", (1, 4, 9), strict=True)]
    )
    joined = join_outcomes(predictions(), table, {"stars": (1.0, 5.0)})
    assert joined["outcome.stars"].to_pylist() == [0.0, 0.75, 1.0]


def test_outcomes_get_the_attributes_of_their_prediction_and_keep_their_unit_without_one():
    attached = attach_predictions(
        outcomes([{"id": "b", "kind": "click", "value": 1.0}, {"id": "zz", "unit": "w", "kind": "click"}]),
        predictions(**{"attr.region": pa.array(["n", "s", "n"], CATEGORY), "version": ["1", "2", "1"]}),
    )

    assert attached["attr.region"].to_pylist() == ["s", None]
    assert attached["version"].to_pylist() == ["2", None]
    assert attached["unit"].to_pylist() == ["v", "w"]


def test_nothing_meets_nothing():
    empty = predictions().slice(0, 0)

    assert join_outcomes(empty, outcomes([{"id": "a", "kind": "click", "value": 1.0}])).num_rows == 0
    assert attach_predictions(outcomes([{"id": "a", "kind": "click"}]), empty)["unit"].to_pylist() == [None]


@settings(deadline=None, max_examples=50)
@given(
    st.lists(st.tuples(st.sampled_from("uvw"), st.integers(0, 20)), min_size=1, max_size=20),
    st.lists(st.tuples(st.sampled_from("uvwx"), st.integers(0, 25)), min_size=1, max_size=20),
)
def test_the_units_latest_prediction_is_the_one_a_slow_search_finds(made, came):
    table = pa.table(
        {
            "id": [str(number) for number in range(len(made))],
            "unit": [unit for unit, _ in made],
            "time": pa.array([at for _, at in made], TIME),
        }
    )
    joined = join_outcomes(
        table, outcomes([{"unit": unit, "time": at, "kind": "complaint"} for unit, at in came])
    )

    hit = set()
    for unit, at in came:
        fitting = [(when, row) for row, (who, when) in enumerate(made) if who == unit and when <= at]
        if fitting:
            hit.add(max(fitting)[1])
    assert set(np.flatnonzero(np.asarray(joined["outcome.complaint"]))) == hit
