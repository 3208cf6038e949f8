"""Tables laid one behind the other."""

from __future__ import annotations

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aright.core.model.columns import CATEGORY
from aright.core.model.frame import Kind
from aright.core.model.tables import FIELDS, as_text, concat_rows, empty, feature_array


def category(*values: str | None) -> pa.Array:
    return pa.array(values, pa.string()).dictionary_encode()


def test_nothing_cannot_be_laid_out() -> None:
    with pytest.raises(ValueError, match="empty"):
        concat_rows([])


def test_one_table_is_itself() -> None:
    table = empty(Kind.OUTCOMES)
    assert concat_rows([table]) is table
    assert table.schema.names == list(FIELDS[Kind.OUTCOMES])


def test_missing_columns_are_null_and_dictionaries_are_one() -> None:
    first = pa.table({"id": ["a"], "feat.x": pa.array([1.0], pa.float32()), "attr.r": category("n")})
    second = pa.table({"id": ["b"], "attr.r": category("s"), "feat.x": [2.0], "model": category("m")})
    joined = concat_rows([first, second])
    assert joined.column_names == ["id", "model", "attr.r", "feat.x"]
    assert joined["feat.x"].type == pa.float64()
    assert joined["model"].to_pylist() == [None, "m"]
    assert (
        joined["attr.r"].chunk(0).dictionary.to_pylist() == joined["attr.r"].chunk(1).dictionary.to_pylist()
    )


def test_the_commoner_type_of_a_feature_wins() -> None:
    numbers = pa.table({"feat.x": [1.0, 2.5, None]})
    texts = pa.table({"feat.x": category("7", "many", None, "x")})
    assert concat_rows([numbers, texts])["feat.x"].to_pylist() == ["1", "2.5", None, "7", "many", None, "x"]
    assert concat_rows([numbers, texts.slice(0, 2)])["feat.x"].to_pylist() == [1.0, 2.5, None, 7.0, None]
    other = pa.table({"feat.y": [1.0]})
    assert concat_rows([numbers, other, texts])["feat.x"].type == CATEGORY


@settings(deadline=None, max_examples=100)
@given(st.lists(st.none() | st.booleans() | st.floats() | st.text(max_size=3), max_size=20))
def test_any_values_make_a_feature(values: list[float | str | bool | None]) -> None:
    array = feature_array(values)
    assert len(array) == len(values)
    assert array.type in {pa.float64(), CATEGORY}
    assert all(text is None or isinstance(text, str) for text in map(as_text, values))
