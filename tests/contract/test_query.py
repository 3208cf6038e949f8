"""One battery for all query engines, then that they agree on whatever is asked."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aright.adapters.duckdb_query import DuckDbQuery
from aright.adapters.memory_query import MemoryQuery
from aright.core.model.columns import CATEGORY, TIME
from aright.core.model.filter_text import read_filter
from aright.core.model.filters import Compare, Every, FilterError, IsNull, Like, Not, OneOf, Some
from aright.ports.query import SlowQueryError

if TYPE_CHECKING:
    from aright.core.model.filters import Filter, Value
    from aright.ports.query import Query

NAN = math.nan
ROWS = pa.table(
    {
        "id": ["r0", "r1", "r2", "r3", "r4"],
        "time": pa.array([1_000_000, 2_000_000, 3_000_000, 4_000_000, 5_000_000], TIME),
        "attr.region": pa.array(["north", "south", None, "no%th", "O'Hare"]).cast(CATEGORY),
        'attr.odd " name': ["a", "b", "c", "d", None],
        "feat.age": pa.array([1.5, NAN, None, -2.0, 3.0], pa.float32()),
        "status": pa.array([200, 500, None, 404, 200], pa.int32()),
        "fallback": [True, False, None, True, False],
        "items": [["x"], [], None, ["y", "z"], ["x"]],
        "body": pa.array([b"{}", b"[]", None, b"1", b"2"], pa.binary()),
    }
)


@pytest.fixture(params=["memory", "duckdb"])
def query(request: pytest.FixtureRequest) -> Query:
    return MemoryQuery() if request.param == "memory" else DuckDbQuery()


def found(query: Query, text: str) -> list[str]:
    ids: list[str] = query.matching(ROWS, read_filter(text))["id"].to_pylist()
    return ids


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("TRUE", ["r0", "r1", "r2", "r3", "r4"]),
        ("FALSE", []),
        ("\"attr.region\" = 'north'", ["r0"]),
        ("\"attr.region\" = 'O''Hare'", ["r4"]),
        ("NOT \"attr.region\" = 'north'", ["r1", "r3", "r4"]),
        ("\"attr.region\" <> 'north'", ["r1", "r3", "r4"]),
        ('"attr.region" IS NULL', ["r2"]),
        ('"attr.region" IS NOT NULL AND status < 500', ["r0", "r3", "r4"]),
        ("\"attr.region\" LIKE 'no%'", ["r0", "r3"]),
        ("\"attr.region\" NOT LIKE '%o%h'", ["r4"]),
        ("\"attr.region\" IN ('south', 'O''Hare')", ["r1", "r4"]),
        ("\"attr.region\" NOT IN ('south', 'O''Hare')", ["r0", "r3"]),
        ('"attr.odd "" name" = \'b\'', ["r1"]),
        ('"feat.age" > 2', ["r1", "r4"]),
        ('"feat.age" < 2', ["r0", "r3"]),
        ('"feat.age" >= 1.5', ["r0", "r1", "r4"]),
        ('"feat.age" BETWEEN -2 AND 1.5', ["r0", "r3"]),
        ('"feat.age" IN (3, -2)', ["r3", "r4"]),
        ("\"feat.age\" = '3'", ["r4"]),
        ("status = 500 OR status = 404", ["r1", "r3"]),
        ("fallback", ["r0", "r3"]),
        ("NOT fallback", ["r1", "r4"]),
        ("fallback = FALSE", ["r1", "r4"]),
        ("fallback = 'true'", ["r0", "r3"]),
        ("\"time\" >= TIMESTAMPTZ '1970-01-01T00:00:04Z'", ["r3", "r4"]),
        ("\"time\" < '1970-01-01T00:00:02Z'", ["r0"]),
        ("nowhere = 'x'", []),
        ("NOT nowhere = 'x'", []),
        ("nowhere IS NULL AND status = 500", ["r1"]),
        ("items IS NULL", ["r2"]),
        ("body IS NOT NULL", ["r0", "r1", "r3", "r4"]),
    ],
)
def test_a_filter_selects_its_rows(query: Query, text: str, ids: list[str]) -> None:
    assert found(query, text) == ids


def test_all_columns_come_back_as_they_were(query: Query) -> None:
    kept = query.matching(ROWS, read_filter("status = 200"))
    assert kept.schema == ROWS.schema
    assert kept.to_pylist() == ROWS.take([0, 4]).to_pylist()
    assert query.matching(ROWS.slice(0, 0), read_filter("status = 200")).num_rows == 0


@pytest.mark.parametrize(
    "text", ["\"attr.region\" = TIMESTAMP '1970-01-01'", "status = 'many'", "body = 'x'", "status LIKE '2%'"]
)
def test_a_constant_of_another_type_is_told(query: Query, text: str) -> None:
    with pytest.raises(FilterError, match="cannot be held against"):
        found(query, text)


HOSTILE = ("'; DROP TABLE rows; --", '"; SELECT 1; --', "\\%_", "read_csv('/etc/passwd')", "\x00", "ünï", "")


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_names_and_values_are_names_and_values(query: Query, text: str) -> None:
    rows = pa.table({"id": ["a", "b"], f"attr.{text}": [text, "other"]})
    for where in (Compare(f"attr.{text}", "=", text), OneOf(f"attr.{text}", (text, "never"))):
        assert query.matching(rows, where)["id"].to_pylist() == ["a"]
    assert query.matching(rows, Not(IsNull(f"attr.{text}")))["id"].to_pylist() == ["a", "b"]


COLUMNS = ("attr.region", 'attr.odd " name', "feat.age", "status", "fallback", "nowhere")
CONSTANTS: dict[str, st.SearchStrategy[Value]] = {
    "feat.age": st.sampled_from([-2, 0, 1.5, 3]),
    "status": st.sampled_from([199.5, 200, 404, 500]),
    "fallback": st.booleans(),
}
TEXTS: st.SearchStrategy[Value] = st.sampled_from(["north", "no%th", "O'Hare", "a", "", "zz", "\\"])


@st.composite
def conditions(draw: st.DrawFn) -> Filter:
    column = draw(st.sampled_from(COLUMNS))
    values: st.SearchStrategy[Value] = CONSTANTS.get(column, TEXTS)
    kind = draw(st.sampled_from(["compare", "one", "null", "like"]))
    if kind == "null":
        return IsNull(column)
    if kind == "one":
        return OneOf(column, tuple(draw(st.lists(values, min_size=1, max_size=3))))
    if kind == "like" and column not in CONSTANTS:
        return Like(column, draw(st.sampled_from(["%", "no%", "_", "%o%", "\\%", ""])))
    return Compare(column, draw(st.sampled_from(["=", "<>", "<", "<=", ">", ">="])), draw(values))


FILTERS = st.recursive(
    conditions(),
    lambda inner: st.one_of(
        inner.map(Not),
        st.lists(inner, max_size=3).map(lambda parts: Every(tuple(parts))),
        st.lists(inner, max_size=3).map(lambda parts: Some(tuple(parts))),
    ),
    max_leaves=6,
)


@settings(deadline=None, max_examples=60)
@given(FILTERS)
def test_engines_agree(where: Filter) -> None:
    answers = [each.matching(ROWS, where)["id"].to_pylist() for each in (MemoryQuery(), DuckDbQuery())]
    assert answers[0] == answers[1]


def test_duckdb_gives_up_in_time() -> None:
    rows = pa.table({"text": ["aaaa" * 250] * 20_000})
    slow = Some(tuple(Like("text", "%a" * 200 + f"{n}%") for n in range(50)))
    with pytest.raises(SlowQueryError, match="took more than"):
        DuckDbQuery(seconds=0.05).matching(rows, slow)
