from __future__ import annotations

from contextlib import suppress

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aright.core.diagnose.sql import all_of, equals, identifier, literal
from aright.core.model.filter_fit import fit
from aright.core.model.filter_text import DEEPEST, LONGEST, read_filter, write_filter
from aright.core.model.filters import (
    Compare,
    Every,
    FilterError,
    Instant,
    IsNull,
    Like,
    Not,
    OneOf,
    Some,
    columns_of,
    without,
)

A = Compare("a", "=", 1)
C = Compare("c", "=", value=True)


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("true", Every()),
        ("NOT FALSE", Not(Some())),
        (
            "a = 1 AND b = 2 OR c = 3",
            Some((Every((Compare("a", "=", 1), Compare("b", "=", 2))), Compare("c", "=", 3))),
        ),
        (
            "a = 1 AND (b = 2 OR c)",
            Every((Compare("a", "=", 1), Some((Compare("b", "=", 2), Compare("c", "=", True))))),
        ),
        ("a != -1.5e3", Compare("a", "<>", -1500.0)),
        ("a = 12345678901234567890", Compare("a", "=", 1.2345678901234567e19)),
        ("a IN (1, 'x', TRUE)", OneOf("a", (1, "x", True))),
        ("a NOT LIKE '%''s'", Not(Like("a", "%'s"))),
        ("a IS NOT NULL", Not(IsNull("a"))),
        ("a NOT BETWEEN 1 AND 2", Not(Every((Compare("a", ">=", 1), Compare("a", "<=", 2))))),
        ("t < TIMESTAMP '1970-01-01 00:00:01'", Compare("t", "<", Instant(1_000_000))),
        ("t < TIMESTAMPTZ '1970-01-01T01:00:00+01:00'", Compare("t", "<", Instant(0))),
        ("a = FALSE", Compare("a", "=", False)),
    ],
)
def test_what_is_read(text, where):
    assert read_filter(text) == where


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "a column is wanted, not its end"),
        ("1 = 1", "a column is wanted, not '1'"),
        ("a = b", "a constant is wanted, not 'b'"),
        ("a = 1 b", "AND or the end is wanted, not 'b'"),
        ("a = 1; SELECT 1", "';"),
        ("a = (SELECT 1)", "a constant is wanted"),
        ("read_csv('/etc/passwd')", "AND or the end is wanted"),
        ("a LIKE b", "text in quotes is wanted"),
        ("a NOT 1", "IN, LIKE or BETWEEN is wanted"),
        ("a IN (1", ") is wanted"),
        ("a IS 1", "NULL is wanted"),
        ("t > TIMESTAMP 'soon'", "'soon' in the filter is no time"),
        ("a = 1e999", "beyond all numbers"),
        ("a = 'open", "cannot be read"),
        ("a -- b", "cannot be read"),
        ("(" * (DEEPEST + 2) + "a" + ")" * (DEEPEST + 2), "nested more than"),
        ("NOT " * 60 + "a", "nested more than"),
        ("a" * (LONGEST + 1), "are read at most"),
    ],
)
def test_nothing_else_is_read(text, problem):
    with pytest.raises(FilterError) as told:
        read_filter(text)
    assert problem in str(told.value)


@settings(deadline=None, max_examples=100)
@given(st.text(max_size=60))
def test_any_text_is_read_or_refused(text):
    with suppress(FilterError):
        columns_of(read_filter(text))


@settings(deadline=None, max_examples=100)
@given(st.text(max_size=20), st.text(max_size=20))
def test_what_steps_write_is_read_as_they_meant_it(name, value):
    plain = [each.replace("\x00", "\ufffd") for each in (name, value)]
    both = all_of([equals(name, value), f"{identifier(name)} <> {literal(value)}"])
    assert read_filter(both) == Every((Compare(plain[0], "=", plain[1]), Compare(plain[0], "<>", plain[1])))


def test_conditions_on_a_column_are_taken_out_where_all_rows_must_meet_them():
    text = (
        "\"time\" >= TIMESTAMPTZ '2026-01-01T00:00:00Z' AND a = '\"time\" >= 1' AND (\"time\" < 'x' OR b = 1)"
    )
    rest = without(read_filter(text), "time")
    assert columns_of(rest) == ("a", "time", "b")
    assert without(read_filter("NOT time IS NULL"), "time") == Every()


def test_constants_take_their_columns_type():
    rows = pa.table({"n": [1], "s": ["x"], "t": pa.array([0], pa.timestamp("us", tz="UTC")), "b": [True]})
    where = Every(
        (
            Compare("n", "=", "1.5"),
            Compare("s", "=", 3),
            OneOf("s", (True,)),
            Compare("t", "<", "1970-01-01T00:00:01Z"),
            Compare("t", ">", Instant(5)),
            Compare("b", "=", "TRUE"),
            Compare("b", "=", True),
            Not(IsNull("gone")),
            Like("gone", "%"),
        )
    )
    columns, fitted = fit(rows, where)
    assert columns.column_names == ["n", "s", "t", "b", "gone"]
    assert isinstance(fitted, Every)
    values = [part.value for part in fitted.parts if isinstance(part, Compare)]
    assert values == [1.5, "3", Instant(1_000_000), Instant(5), True, True]


@pytest.mark.parametrize(
    "where",
    [
        Compare("n", "=", "nan"),
        Compare("n", "=", "many"),
        Compare("n", "=", True),
        Compare("n", "=", Instant(0)),
        Compare("s", "=", Instant(0)),
        Compare("t", "=", 5),
        Compare("t", "=", "soon"),
        Compare("b", "=", "yes"),
        Compare("b", "=", 1),
        Compare("l", "=", "x"),
        Like("n", "%"),
        Some((OneOf("l", (1,)),)),
    ],
)
def test_constants_that_cannot_be_of_that_type_are_told(where):
    time = pa.array([0], pa.timestamp("us", tz="UTC"))
    rows = pa.table({"n": [1], "s": ["x"], "t": time, "b": [True], "l": [["x"]]})
    with pytest.raises(FilterError, match="cannot be held against"):
        fit(rows, where)


CONSTANTS = st.one_of(
    st.text(max_size=8),
    st.integers(-(10**17), 10**17),
    st.floats(allow_nan=False, allow_infinity=False),
    st.booleans(),
    st.integers(0, 4 * 10**15).map(Instant),
)
NAMES = st.text(max_size=8)
CONDITIONS = st.one_of(
    st.builds(Compare, NAMES, st.sampled_from(["=", "<>", "<", "<=", ">", ">="]), CONSTANTS),
    st.builds(OneOf, NAMES, st.lists(CONSTANTS, min_size=1, max_size=3).map(tuple)),
    st.builds(Like, NAMES, st.text(max_size=8)),
    st.builds(IsNull, NAMES),
)
WHOLE = st.recursive(
    CONDITIONS,
    lambda inner: st.one_of(
        st.builds(Not, inner),
        *(st.lists(inner, min_size=2, max_size=3).map(tuple).map(kind) for kind in (Every, Some)),
    ),
    max_leaves=6,
)


@settings(deadline=None, max_examples=200)
@given(WHOLE)
def test_what_is_written_is_read_as_the_same(where):
    assert read_filter(write_filter(where)) == where


def test_nothing_is_written_as_all_or_none():
    assert [write_filter(each) for each in (Every(), Some(), Not(Every()))] == ["TRUE", "FALSE", "NOT TRUE"]
