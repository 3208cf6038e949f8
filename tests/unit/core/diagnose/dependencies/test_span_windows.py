"""Which spans and lines are looked at: both of the same stretches of time, and no more than can be."""

from dataclasses import replace

import pyarrow as pa
import pytest

from aright.core.diagnose.dependencies import span_windows
from aright.core.diagnose.dependencies.span_windows import SOON, looked_at
from aright.core.model.columns import LOG_FIELDS, SPAN_FIELDS
from aright.core.model.frame import Kind
from aright.core.model.tables import empty
from tests.unit.core.diagnose.dependencies.shop import ALARM, END, SECOND, START, Shop, table


@pytest.fixture(scope="module")
def whole():
    return Shop(seed=1).run().telemetry()


def times(rows):
    return rows["time"].cast(pa.int64()).to_numpy()


def test_all_of_both_is_taken_where_it_is_little(whole):
    spans, lines = looked_at(whole)
    assert (spans.num_rows, lines.num_rows) == (whole.spans.num_rows, whole.logs.num_rows)


def test_the_latest_are_taken_and_spans_only_where_lines_are_kept(whole, monkeypatch):
    monkeypatch.setattr(span_windows, "MAX_LINES", 1_600)
    spans, lines = looked_at(whole)
    assert lines.num_rows == 1_600
    assert times(spans).min() >= times(lines).min() - SOON
    assert times(spans).max() == times(whole.spans).max()


def test_what_is_judged_is_cut_as_well_where_it_is_very_much(whole, monkeypatch):
    monkeypatch.setattr(span_windows, "MAX_SPANS", 500)
    spans, _ = looked_at(whole)
    late = times(spans) >= ALARM - 60 * SECOND
    assert spans.num_rows <= 500
    assert 200 <= int(late.sum()) <= 260


def test_lines_that_began_lately_have_no_reference_and_are_left_out(whole):
    for since in (ALARM - 100 * SECOND, ALARM):
        late = whole.logs.filter(pa.array(times(whole.logs) >= since))
        spans, lines = looked_at(replace(whole, logs=late))
        assert lines.num_rows == 0
        assert spans.num_rows == whole.spans.num_rows


def test_requests_after_the_last_line_are_left_out(whole):
    until = END - 60 * SECOND
    early = whole.logs.filter(pa.array(times(whole.logs) < until))
    spans, _ = looked_at(replace(whole, logs=early))
    assert times(spans).max() < until + SECOND


def test_no_trace_is_cut_in_two_but_endless_ones():
    rows: list[dict[str, object]] = [
        {"time": ALARM - 61 * SECOND + turn * 30 * SECOND, "trace_id": trace, "id": str(turn), "service": "a"}
        for trace in ("short", "long")
        for turn in range(2 if trace == "short" else 6)
    ]
    telemetry = Shop().telemetry(spans=table(rows, SPAN_FIELDS), logs=empty(Kind.LOGS), reference=(0, START))
    spans, _ = looked_at(telemetry)
    assert sorted(zip(spans["trace_id"].to_pylist(), spans["id"].to_pylist(), strict=True)) == [
        ("long", str(turn)) for turn in range(3, 6)
    ]


def test_nothing_and_null_traces_are_borne():
    spans, lines = looked_at(Shop().telemetry())
    assert (spans.num_rows, lines.num_rows) == (0, 0)
    odd = table([{"time": ALARM, "service": "a"}], SPAN_FIELDS)
    assert looked_at(Shop().telemetry(spans=odd))[0].num_rows == 1
    one = table([{"time": ALARM, "service": "a"}], LOG_FIELDS)
    assert looked_at(Shop().telemetry(logs=one))[1].num_rows == 1
