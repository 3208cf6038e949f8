"""Which column is what: by type, name and value, and by a person's word first."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aright.core.observe.canonical import canonical
from aright.core.observe.roles import Role, Roles, UnknownColumnError, infer_roles

DAY = dt.datetime(2026, 5, 1, tzinfo=dt.UTC)


def table(rows=200, **columns):
    return pa.table({"age": np.arange(rows) % 50, **columns})


@pytest.mark.parametrize(
    "times",
    [
        [DAY + dt.timedelta(minutes=at) for at in range(200)],
        [2020 + at % 4 for at in range(200)],
        [f"2026-05-01T00:{at % 60:02}:00Z" for at in range(200)],
    ],
)
def test_a_time_may_be_a_date_a_year_or_a_text(times):
    roles = infer_roles(table(time=times), table(time=times), {})

    assert (roles.time, roles.features) == ("time", ("age",))


def test_a_name_alone_makes_no_role():
    random = np.random.default_rng(1)
    odd = {
        "id": ["same"] * 200,  # of an id no two are alike
        "year": random.random(200),  # no year is a fraction
        "score": random.normal(size=200) * 9,  # a score is within 0 and 1
    }

    roles = infer_roles(table(**odd), table(**odd), {})

    assert (roles.id, roles.time, roles.score) == ("", "", "")
    assert roles.features == ("age", *odd)


def test_of_columns_that_fit_one_that_both_tables_have_goes_first():
    minutes = [DAY + dt.timedelta(minutes=at) for at in range(200)]

    roles = infer_roles(table(time=minutes), table(time=minutes, date=minutes), {})

    assert (roles.time, roles.features) == ("time", ("age",))
    assert roles.ignored == (("date", "only in the current file"),)


def test_a_score_that_became_a_text_is_a_feature():
    roles = infer_roles(table(score=[0.5] * 200), table(score=["high"] * 200), {})

    assert (roles.score, roles.features) == ("", ("age", "score"))


@pytest.mark.parametrize("kind", [pa.string(), pa.bool_(), pa.timestamp("us")])
def test_a_score_is_a_number(kind):
    one = table(odd=pa.nulls(200, kind))

    with pytest.raises(UnknownColumnError, match=r"'odd' cannot be the score; it is of type .* is a number"):
        infer_roles(one, one, {Role.SCORE: ("odd",)})


def test_a_column_has_one_role():
    with pytest.raises(UnknownColumnError, match="'age' cannot be both the prediction and the label"):
        infer_roles(table(), table(), {Role.PREDICTION: ("age",), Role.LABEL: ("age",)})


def test_an_empty_score_is_none():
    empty = pa.nulls(200, pa.float64())

    assert infer_roles(table(score=empty), table(score=empty), {}).score == ""


def test_what_cannot_be_compared_is_left_out_with_its_reason():
    names = [f"name {at}" for at in range(200)]
    one = table(gone=[1.0] * 200, box=[[1]] * 200, name=names)
    two = table(fresh=[1.0] * 200, box=[[1]] * 200, name=names)

    roles = infer_roles(one, two, {})

    assert roles.features == ("age",)
    assert dict(roles.ignored) == {
        "gone": "only in the reference",
        "fresh": "only in the current file",
        "box": "of type list<item: int64>: flatten it into columns first",
        "name": "nearly every value is another: a name or free text",
    }


def test_a_persons_word_cannot_make_up_a_column():
    one, two = table(gone=["a", "b"] * 100, box=[1] * 200), table(fresh=["a", "b"] * 100, box=[[1]] * 200)
    named = ("age", "gone", "fresh", "box")

    for role in (Role.FEATURE, Role.SEGMENT):
        roles = infer_roles(one, two, {role: named})

        assert (roles.features if role is Role.FEATURE else roles.segments) == ("age",)
        assert {name for name, _ in roles.ignored} == {"gone", "fresh", "box"}
        made = canonical(two, roles, right=np.ones(200), start=0, end=10)
        assert made.num_rows == 200


def test_a_persons_word_overrules_what_looks_like_free_text():
    names = [f"name {at}" for at in range(200)]

    assert infer_roles(table(name=names), table(name=names), {Role.FEATURE: ("name",)}).features == ("name",)


def test_a_column_that_is_nowhere_is_told_with_those_that_are():
    with pytest.raises(UnknownColumnError, match="no column 'nope' for the segment: there are age"):
        infer_roles(table(), table(), {Role.SEGMENT: ("nope",)})


@pytest.mark.parametrize("role", [Role.ID, Role.TIME, Role.PREDICTION, Role.SCORE, Role.LABEL])
def test_a_list_can_be_no_label_even_where_a_person_says_so(role):
    one = table(box=[0.5 if role is Role.SCORE else "a"] * 200)
    two = table(box=[["a"]] * 200)

    with pytest.raises(UnknownColumnError, match=f"cannot be the {role.value}; it is of type list"):
        infer_roles(one, two, {role: ("box",)})


def test_bytes_are_no_text():
    hashes = [bytes([at % 256]) for at in range(200)]

    for name in ("id", "prediction", "label", "hash"):
        roles = infer_roles(table(**{name: hashes}), table(**{name: hashes}), {})

        assert roles.features == ("age",)
        assert roles.ignored == ((name, "of type binary: turn it into numbers or text first"),)


def test_half_floats_may_be_scores():
    half = np.linspace(0, 1, 200).astype(np.float16)

    assert infer_roles(table(score=half), table(score=half), {}).score == "score"


def test_segments_are_columns_of_few_values():
    columns = {
        "shop": [f"s{at % 64}" for at in range(200)],
        "street": [f"s{at % 65}" for at in range(200)],
        "floor": [at % 12 for at in range(200)],
        "seat": [at % 13 for at in range(200)],
        "weight": [float(at % 3) for at in range(200)],
        "born": [DAY + dt.timedelta(days=at % 3) for at in range(200)],
        "one": ["x"] * 200,
    }

    assert infer_roles(table(**columns), table(**columns), {}).segments == ("shop", "floor")


class TestTheLabelIsGuessed:
    """A label of any name is known by its values, where one column alone can be it."""

    said = pa.array(["yes", "no"] * 100)
    nearly = pa.array(["yes", "no"] * 80 + ["no", "yes"] * 20)  # kappa .6

    def label(self, reference, current=None):
        one = pa.table({"prediction": self.said, **reference})
        return infer_roles(one, one if current is None else current, {}).label

    def test_by_agreement(self):
        assert self.label({"bought": self.nearly}) == "bought"

    def test_not_by_values_of_another_kind(self):
        assert self.label({"bought": pa.array(["1", "0"] * 100)}) == ""

    def test_not_by_agreement_of_chance(self):
        assert self.label({"bought": pa.array(["yes", "yes", "no", "no"] * 50)}) == ""

    def test_not_where_no_row_has_both(self):
        assert self.label({"bought": pa.nulls(200, pa.string())}) == ""

    def test_not_between_two(self):
        assert self.label({"bought": self.nearly, "kept": self.nearly}) == ""

    def test_the_one_that_comes_late_goes_first(self):
        current = pa.table({"prediction": self.said, "kept": self.nearly})
        assert self.label({"bought": self.nearly, "kept": self.nearly}, current) == "bought"

    def test_not_where_all_answers_are_alike(self):
        one = pa.table({"prediction": ["yes"] * 200, "bought": ["yes"] * 200})
        assert infer_roles(one, one, {}).label == ""

    def test_a_chance_of_one_is_no_agreement(self):
        one = pa.table({"prediction": ["yes"] * 199 + ["no"], "bought": ["yes"] * 200})
        assert infer_roles(one, one, {}).label == ""


NAMES = st.sampled_from(["id", "time", "score", "prediction", "label", "a", "b", "Year", "row_id", "y"])
VALUES = st.sampled_from(
    [
        pa.array([1, 2, None]),
        pa.array(["x", "y", None]),
        pa.array([0.5, None, float("nan")]),
        pa.array([True, False, None]),
        pa.array([[1], None, []]),
        pa.nulls(3),
        pa.array([DAY, None, DAY]),
        pa.array([b"x", b"\xff", None]),
    ]
)


@settings(max_examples=100, deadline=None)
@given(st.dictionaries(NAMES, VALUES, min_size=1), st.dictionaries(NAMES, VALUES, min_size=1))
def test_every_column_of_any_two_tables_has_one_role(one, two):
    roles = infer_roles(pa.table(one), pa.table(two), {})

    single = [name for name in (roles.id, roles.time, roles.prediction, roles.score, roles.label) if name]
    ignored = [name for name, _ in roles.ignored]
    assert sorted([*single, *roles.features, *ignored]) == sorted({*one, *two})
    assert set(roles.segments) <= set(roles.features) <= one.keys() & two.keys()


def test_a_feature_that_is_a_time_is_the_number_of_its_microseconds():
    rows = pa.table({"born": pa.array([DAY, None], pa.timestamp("ms", tz="UTC")), "day": [DAY.date()] * 2})

    made = canonical(rows, Roles(features=("born", "day")), right=np.array([1.0, np.nan]), start=5, end=9)

    assert made["feat.born"].to_pylist() == [DAY.timestamp() * 1e6, None]
    assert made["feat.day"].to_pylist() == [DAY.timestamp() * 1e6] * 2
    assert made["outcome.accuracy"].to_pylist() == [1.0, None]
    assert made["time"].cast(pa.int64()).to_pylist() == [5, 7]
