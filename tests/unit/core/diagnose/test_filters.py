"""Filters select just the rows they name, whatever the names and values are."""

import duckdb
import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from aright.core.diagnose.sql import all_of, equals
from aright.core.diagnose.wording import LONGEST, listed, shown

TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), min_size=1, max_size=30)


@settings(max_examples=25, deadline=None)
@given(name=TEXT, value=TEXT, other=TEXT)
def test_a_filter_selects_its_rows_and_nothing_else(name, value, other):
    column = f"attr.{name}"
    rows = pa.table({column: [value, other, None]})
    with duckdb.connect() as connection:
        connection.register("rows", rows)
        query = f"SELECT count(*) FROM rows WHERE {equals(column, value)}"  # noqa: S608 - the quoting is the test
        (count,) = connection.execute(query).fetchone() or (None,)
    assert count == 1 + (value == other)


def test_conditions_join():
    assert all_of(["TRUE", equals("a", "x"), equals("b", "it's")]) == "\"a\" = 'x' AND \"b\" = 'it''s'"


@given(name=st.text(max_size=300))
def test_foreign_names_are_one_short_line(name):
    assert len(shown(name)) <= LONGEST
    assert "\n" not in shown(name)


def test_nothing_listed_is_nothing():
    assert not listed([])
