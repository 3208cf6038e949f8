"""Class probabilities, in every format: what is derived of them, and what is left out."""

from __future__ import annotations

import math

import msgspec
import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aright.core.model.frame import Format
from aright.core.observe.intake.bounds import MAX_CLASSES
from aright.core.observe.intake.probabilities import of_maps
from tests.unit.core.observe.intake.intake_bodies import NOW, lines, read_body

SURE = {"cat": 0.9, "dog": 0.06, "cow": 0.04}
TORN = {"cat": 0.25, "dog": 0.25, "cow": 0.5}


def row(number, probabilities, **output):
    return {
        "id": f"p{number}",
        "time": NOW,
        "service": "pets",
        "output": {"probabilities": probabilities, **output},
    }


def rows_of(body, form=Format.NDJSON):
    rows = read_body(body, form=form).rows
    assert rows is not None
    return rows


def arrow(table):
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as stream:
        stream.write_table(table)
    return sink.getvalue().to_pybytes()


def fixed(many):
    return {
        "id": [f"p{at}" for at in range(many)],
        "time": pa.array([NOW] * many, pa.timestamp("us", "UTC")),
        "service": ["pets"] * many,
    }


def as_map(maps):
    return pa.array(
        [None if each is None else list(each.items()) for each in maps], pa.map_(pa.string(), pa.float64())
    )


BODIES = {
    "ndjson": (Format.NDJSON, lambda maps: lines([row(at, each) for at, each in enumerate(maps)])),
    "msgpack": (
        Format.MSGPACK,
        lambda maps: msgspec.msgpack.encode([row(at, each) for at, each in enumerate(maps)]),
    ),
    "arrow map": (
        Format.ARROW,
        lambda maps: arrow(pa.table({**fixed(len(maps)), "probabilities": as_map(maps)})),
    ),
    "arrow struct": (Format.ARROW, lambda maps: arrow(pa.table({**fixed(len(maps)), "probabilities": maps}))),
    "arrow output": (
        Format.ARROW,
        lambda maps: arrow(
            pa.table({**fixed(len(maps)), "output": [{"probabilities": each} for each in maps]})
        ),
    ),
}


@pytest.mark.parametrize("form", BODIES)
def test_label_confidence_entropy_and_margin_follow_in_every_format(form):
    kind, write = BODIES[form]
    rows = rows_of(write([SURE, TORN, None]), kind)
    assert rows["label"].to_pylist() == ["cat", "cow", None]
    assert rows["confidence"].to_pylist()[:2] == pytest.approx([0.9, 0.5])
    assert rows["margin"].to_pylist()[:2] == pytest.approx([0.84, 0.25])
    entropy = -sum(share * math.log(share) for share in SURE.values()) / math.log(3)
    assert rows["entropy"][0].as_py() == pytest.approx(entropy)
    assert rows["entropy"][2].as_py() is None
    assert "probabilities" not in rows.column_names


def test_a_label_and_a_confidence_that_are_told_stay():
    body = lines([{**row(0, SURE, label="dog"), "confidence": 0.125}, row(1, TORN)])
    rows = rows_of(body)
    assert rows["label"].to_pylist() == ["dog", "cow"]
    assert rows["confidence"].to_pylist() == [0.125, 0.5]


def test_the_likeliest_classes_alone_leave_the_rest_to_one_more():
    _, found = of_maps([{"cat": 0.5, "dog": 0.25}])
    shares = (0.5, 0.25, 0.25)
    assert found.entropy[0] == pytest.approx(-sum(p * math.log(p) for p in shares) / math.log(3))
    assert found.margin[0] == 0.25


@pytest.mark.parametrize("share", [0.9, 0.1])
def test_one_class_alone_is_held_against_its_opposite(share):
    _, found = of_maps([{"spam": share}])
    assert found.best.tolist() == [-1]
    assert found.top[0] == pytest.approx(0.9)
    assert found.margin[0] == pytest.approx(0.8)


@pytest.mark.parametrize(
    "wrong",
    [
        {"cat": 0.9, "dog": 0.8},
        {"cat": -0.1, "dog": 1.0},
        {"cat": 0.5, "dog": None},
        {"cat": 0.0, "dog": 0.0},
        {f"c{at}": 1e-9 for at in range(MAX_CLASSES + 1)},
    ],
)
def test_what_are_no_probabilities_is_left_out_with_a_note_and_the_row_stays(wrong):
    found = read_body(lines([row(0, SURE), row(1, wrong)]))
    assert found.good == 2
    assert rows_of(lines([row(0, SURE), row(1, wrong)]))["entropy"].to_pylist()[1] is None
    assert [(note.field, note.row) for note in found.notes] == [("output.probabilities", 1)]


def test_columns_of_other_types_are_left_out_with_a_note():
    body = arrow(pa.table({**fixed(1), "probabilities": ["cat"]}))
    found = read_body(body, form=Format.ARROW)
    assert [note.field for note in found.notes] == ["probabilities"]
    texts = arrow(pa.table({**fixed(1), "probabilities": [{"cat": "sure"}]}))
    assert rows_of(texts, Format.ARROW).column_names == ["id", "time", "service"]


def test_an_empty_map_says_nothing():
    rows = rows_of(lines([row(0, {}), row(1, SURE)]))
    assert rows["label"].to_pylist() == [None, "cat"]
    assert "label" not in rows_of(lines([row(0, {})])).column_names


def test_slices_of_maps_and_rows_under_nulls_are_read_right():
    column = as_map([SURE, None, TORN, SURE]).slice(1, 2)
    rows = rows_of(arrow(pa.table({**fixed(2), "probabilities": column})), Format.ARROW)
    assert rows["label"].to_pylist() == [None, "cow"]


@settings(deadline=None, max_examples=80)
@given(
    st.lists(
        st.none() | st.dictionaries(st.text(max_size=3), st.none() | st.floats(allow_nan=True), max_size=4),
        max_size=5,
    )
)
def test_whatever_is_told_stays_within_its_bounds(maps):
    names, found = of_maps(maps)
    for values in (found.top, found.entropy, found.margin):
        assert ((values >= 0) & (values <= 1 + 1e-6) | np.isnan(values)).all()
    assert (found.best < len(names)).all()
    assert not set(found.wrong) & set(np.flatnonzero(found.best >= 0))
