"""What the first rows teach, and what is not counted before they have."""

from __future__ import annotations

import numpy as np
import pytest

from aright.core.model.service import Service
from aright.core.observe.grades import Grades
from aright.core.observe.learning import ROWS, WINDOWS, Learning
from aright.core.observe.partial import Partial
from aright.core.observe.signals.quality import VALUES_FOR_SCALE
from tests.unit.core.observe.rows import predictions


def test_grades_outside_zero_and_one_wait_for_their_scale():
    grades = Grades({})

    assert grades.scale("stars", np.array([0.0, 1.0])).tolist() == [0.0, 1.0]
    assert np.isnan(grades.scale("stars", np.array([4.0, 1.0]))).all()
    assert np.isnan(grades.scale("stars", np.array([1.0]))).all()  # the 4 is not forgotten
    assert grades.scales == {}


def test_a_scale_that_is_known_stays():
    grades = Grades({"stars": (1.0, 5.0)})

    assert grades.scale("stars", np.array([3.0, 9.0, -9.0])).tolist() == [0.5, 1.0, 0.0]
    assert grades.scale("stars", np.full(2 * VALUES_FOR_SCALE, 100.0)).tolist()[0] == 1.0
    assert grades.scales == {"stars": (1.0, 5.0)}


def test_no_grades_are_no_grades():
    assert Grades({}).scale("stars", np.zeros(0)).tolist() == []


@pytest.mark.parametrize(("windows", "rows"), [(WINDOWS - 1, 2 * ROWS), (WINDOWS, ROWS // WINDOWS - 1)])
def test_few_windows_or_few_rows_teach_nothing(windows, rows):
    learning = Learning(Service(key="shop"))
    for window in range(windows):
        learning.add(predictions([{"feat.age": at} for at in range(rows)], start=window * 30_000_000))

    assert learning.learn({}) is None


def test_a_window_without_rows_is_none():
    learning = Learning(Service(key="shop"))
    for _ in range(WINDOWS - 1):
        learning.add(predictions([{"feat.age": at} for at in range(ROWS)]))
    learning.add(predictions([]))

    assert learning.learn({}) is None


def taught():
    learning = Learning(Service(key="shop"))
    for window in range(WINDOWS):
        rows = [{"unit": f"u{at}", "feat.age": float(at % 50)} for at in range(ROWS)]
        learning.add(predictions(rows, start=window * 30_000_000))
    cuts = learning.learn({"stars": (1.0, 5.0)})
    assert cuts is not None
    return cuts


def test_what_is_learned_has_the_features_and_the_scales():
    cuts = taught()

    assert "feat.age" in cuts.columns
    assert cuts.scales == {"stars": (1.0, 5.0)}


def test_a_unit_counts_once_in_the_bins_however_its_rows_come():
    cuts = taught()
    once, twice = Partial(0), Partial(0)
    rows = predictions([{"unit": f"u{at}", "feat.age": float(at)} for at in range(40)])

    once.fold(rows, {}, cuts)
    twice.fold(rows, {}, cuts)
    twice.fold(rows, {}, cuts)

    assert once.binned == twice.binned == 40.0
    assert once.bins["feat.age"].tolist() == twice.bins["feat.age"].tolist()
    assert once.bins["feat.age"].sum() == 40.0


def test_rows_without_unit_and_id_are_units_of_their_own():
    partial = Partial(0)
    rows = predictions([{"feat.age": 1.0}] * 5).drop_columns(["unit", "id"])

    partial.fold(rows, {}, None)
    partial.fold(rows, {}, None)

    assert partial.served().tally("served").n[0] == 10.0


def test_of_countless_features_the_first_are_learned_and_those_that_signals_name():
    learning = Learning(Service(key="shop"))
    names = [f"f{at}" for at in range(200)]
    rows = predictions([{**{f"feat.{name}": 1.0 for name in names}, "feat.image.blur": 0.5}] * 3)
    part = learning.part_of(rows)
    assert "feat.image.blur" in part.column_names
    assert "feat.f127" in part.column_names
    assert "feat.f128" not in part.column_names
    assert learning.left_out == 72


def test_where_room_is_short_fewer_rows_are_kept_and_the_first_windows_go():
    learning = Learning(Service(key="shop"), room=40_000)
    rows = predictions([{"unit": f"u{at}", "feat.age": float(at)} for at in range(2_000)])
    for _ in range(20):
        learning.add(learning.part_of(rows))
    assert learning.state_bytes <= 40_000


def test_grades_of_countless_kinds_do_not_count():
    grades = Grades({})
    for at in range(100):
        grades.scale(f"kind-{at}", np.array([0.5]))
    assert np.isnan(grades.scale("kind-99", np.array([0.5]))).all()
    assert grades.scale("kind-0", np.array([0.5])).tolist() == [0.5]
    assert grades.left_out == 37
