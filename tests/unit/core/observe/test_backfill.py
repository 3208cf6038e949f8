"""Files of rows become what the doors take."""

from __future__ import annotations

import datetime as dt

import pyarrow as pa
import pytest

from aright.core.model.frame import Kind
from aright.core.observe.backfill import backfill
from aright.core.observe.roles import Role, UnknownColumnError

AT = 1_767_225_600_000_000


def ready(table, kind=Kind.PREDICTIONS, service="shop", told=None, name="may"):
    return backfill(pa.table(table), kind, service=service, told=told or {}, name=name)


def test_the_wires_own_columns_stay_as_they_are():
    table = {
        "id": [7, 8],
        "time": [AT, AT - 1],
        "service": ["a", "b"],
        "label": ["yes", "no"],
        "attr.region": ["n", "s"],
        "feat.profiles.norm": [0.1, 0.2],
    }
    found = ready(table, service="")
    assert found.table.column_names == list(table)
    assert found.table["service"].to_pylist() == ["b", "a"], "in the order of their time"
    assert found.rows.tolist() == [1, 0]
    assert found.times.tolist() == [AT - 1, AT]
    assert found.bad == ()
    assert found.notes == ()


def test_other_columns_get_their_place_by_role():
    rows = range(200)
    found = ready(
        {
            "request_id": [f"r{row}" for row in rows],
            "created_at": [AT + row for row in rows],
            "y_pred": ["spam" if row % 3 else "ham" for row in rows],
            "probability": [0.5 + row / 1000 for row in rows],
            "y_true": ["spam" for row in rows],
            "country": ["de" if row % 2 else "fr" for row in rows],
            "length": [row / 7 for row in rows],
            "version": ["v1" for row in rows],
        }
    )
    assert found.table.column_names == [
        "id", "time", "service", "version", "label", "score", "attr.country", "feat.country", "feat.length",
    ]  # fmt: skip
    assert any("y_true is left out: it is the truth" in note for note in found.notes)


@pytest.mark.parametrize(
    ("answers", "column"),
    [
        ([1, 2, 1], "label"),
        ([1.0, 0.0, 1.0], "label"),
        ([0.5, 2.5, 1.0], "number"),
        ([True, False, True], "label"),
    ],
)
def test_an_answer_is_a_class_or_a_number(answers, column):
    found = ready({"time": [AT] * 3, "prediction": answers})
    assert found.table[column].to_pylist() == answers
    assert found.table["id"].to_pylist() == ["may-1", "may-2", "may-3"]


@pytest.mark.parametrize(
    "times",
    [
        [AT // 10**6] * 2,
        [AT // 1000] * 2,
        [AT] * 2,
        [AT * 1000] * 2,
        ["2026-01-01T00:00:00", "2026-01-01T01:00:00+01:00"],
        [dt.date(2026, 1, 1)] * 2,
        pa.array([AT // 10**6] * 2, pa.timestamp("s")),
        pa.array([AT * 1000] * 2, pa.timestamp("ns", "Europe/Berlin")),
        pa.array(["2026-01-01"] * 2).dictionary_encode(),
    ],
)
def test_times_of_every_kind(times):
    assert ready({"when": times, "age": [1, 2]}, told={Role.TIME: ("when",)}).times.tolist() == [AT, AT]


def test_rows_without_a_time_are_set_aside_with_their_place():
    found = ready({"time": ["2026-01-02", "soon", None, "2026-01-01"], "x": [1, 2, 3, 4]})
    assert [(bad.row, bad.problem) for bad in found.bad] == [
        (1, '"soon" is no time'),
        (2, "required, but missing"),
    ]
    assert found.rows.tolist() == [3, 0]


@pytest.mark.parametrize(
    ("table", "service", "said"),
    [
        ({"age": [1]}, "shop", "no column says when"),
        ({"time": [AT]}, "", "--service"),
        ({"time": [2026]}, "shop", "2026 is no instant since 1970"),
        ({"time": [0.5]}, "shop", "it is of type double"),
        ({"time": pa.array([2**62], pa.timestamp("s"))}, "shop", "cannot be the time"),
    ],
)
def test_what_no_row_can_do_without(table, service, said):
    with pytest.raises(UnknownColumnError, match=said):
        ready(table, service=service, told={Role.TIME: ("time",)} if "time" in table else {})


def test_truths_are_graded_where_the_answers_stand_beside_them():
    table = {"id": ["a", "b", "c"], "time": [AT] * 3, "prediction": [1, 0, 1], "label": [1.0, 1.0, None]}
    found = ready(table, Kind.OUTCOMES)
    assert found.table.select(["prediction_id", "kind", "value"]).to_pylist() == [
        {"prediction_id": "a", "kind": "label", "value": 1.0},
        {"prediction_id": "b", "kind": "label", "value": 0.0},
    ]
    assert found.notes == ("1 row left out: no label yet",)


def test_outcomes_in_the_wires_own_columns():
    table = {"prediction_id": ["a"], "time": [AT], "service": ["shop"], "kind": ["click"], "value": [1.0]}
    found = ready(table, Kind.OUTCOMES)
    assert found.table.to_pylist()[0]["kind"] == "click"
    assert set(found.table.column_names) == set(table)


def test_a_regressors_truth_has_no_grade():
    found = ready({"time": [AT], "id": ["a"], "prediction": [0.5], "label": [0.25]}, Kind.OUTCOMES)
    assert "value" not in found.table.column_names
    assert found.table["prediction_id"].to_pylist() == ["a"]
