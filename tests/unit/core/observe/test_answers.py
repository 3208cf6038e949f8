from __future__ import annotations

import pyarrow as pa

from aright.core.model.columns import SPAN_FIELDS, TIME
from aright.core.model.tables import units_of
from aright.core.observe.answers import answers_of


def test_spans_without_optional_columns_are_answers_too():
    rows = pa.table(
        {
            "time": pa.array([1, 2], TIME),
            "service": ["s", "s"],
            "trace_id": ["a", "b"],
            "id": ["1", "2"],
            "kind": ["server", "consumer"],
            "duration_ms": [5.0, 7.0],
        }
    )
    found = answers_of(rows)
    assert found["status"].to_pylist() == [200, 200]
    assert found.column_names[-1] == "latency_ms"
    assert units_of(found) == "traces"


def test_no_spans_are_no_answers():
    assert answers_of(pa.schema(list(SPAN_FIELDS.items())).empty_table()).num_rows == 0


def test_what_is_counted_is_named():
    assert units_of(pa.table({"id": ["1"]})) == "answers"
    assert units_of(pa.table({"unit": pa.nulls(1, pa.string())})) == "answers"
    assert units_of(pa.table({"unit": ["u", None], "trace_id": ["t", "t"]})) == "users"
