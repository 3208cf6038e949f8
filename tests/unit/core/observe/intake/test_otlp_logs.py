"""Log records."""

from __future__ import annotations

import contextlib
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aright.core.model.frame import Format, Kind
from aright.core.observe.intake import UnreadableError
from aright.core.observe.intake.otlp_logs import MAX_BODY
from tests.unit.core.observe.intake.otlp_bodies import NANO, NOW, TRACE, as_json, logs, read_otlp

FORMATS = pytest.mark.parametrize("form", [Format.OTLP_PROTO, Format.OTLP_JSON])


def rows_of(found):
    return [] if found.rows is None else found.rows.to_pylist()


@FORMATS
def test_a_record_fills_the_columns(form):
    record = {
        "severity_number": 17,
        "severity_text": "ERROR",
        "body": "the bank did not answer",
        "trace_id": TRACE,
        "span_id": b"spanspan",
        "attributes": {"exception.type": "TimeoutError", "tries": 3},
    }
    (row,) = rows_of(read_otlp(logs(record), form))
    assert row["time"].timestamp() * 1e6 == NOW
    assert (row["service"], row["version"], row["host"]) == ("shop", "1.4", "node-7")
    assert (row["severity"], row["body"]) == (17, "the bank did not answer")
    assert (row["trace_id"], row["span_id"]) == (TRACE.hex(), b"spanspan".hex())
    assert json.loads(row["attributes"]) == {"exception.type": "TimeoutError", "tries": 3}


@FORMATS
def test_what_a_record_lacks_is_null(form):
    first, second, third = rows_of(
        read_otlp(
            logs(
                {"time_unix_nano": 0, "observed_time_unix_nano": NANO, "severity_text": "Warning"},
                {"body": {"a": [1, True]}, "severity_number": 9},
                {"body": "x" * 10_000, "severity_text": "loud"},
            ),
            form,
        )
    )
    assert first["time"].timestamp() * 1e6 == NOW
    assert (first["severity"], first["body"]) == (13, None)
    assert (second["severity"], second["body"]) == (9, '{"a":[1,true]}')
    assert (third["severity"], len(third["body"])) == (None, MAX_BODY)
    assert "trace_id" not in first


@FORMATS
def test_times_out_of_bounds_are_set_aside(form):
    found = read_otlp(logs({"body": "good"}, {"time_unix_nano": 0}, {"time_unix_nano": 1}), form)
    assert (found.good, found.bad_count) == (1, 2)


def test_severities_by_name_in_json():
    body = json.loads(as_json(logs({}, {}, {})))
    records = body["resourceLogs"][0]["scopeLogs"][0]["logRecords"]
    for record, name in zip(records, ("WARN2", "FATAL", "LOUD"), strict=True):
        record["severityNumber"] = f"SEVERITY_NUMBER_{name}"
    found = read_otlp(json.dumps(body).encode(), Format.OTLP_JSON, kind=Kind.LOGS)
    assert [row["severity"] for row in rows_of(found)] == [14, 21, None]


def test_nothing_is_a_request_without_rows():
    assert read_otlp(logs()).rows is None


def test_other_kinds_have_no_otlp():
    with pytest.raises(UnreadableError, match="no outcomes"):
        read_otlp(logs({}).SerializeToString(), kind=Kind.OUTCOMES)


@settings(deadline=None, max_examples=60)
@given(st.data())
def test_damaged_bodies_are_read_or_refused(data):
    body = bytearray(logs({"body": {"a": [1, "b"]}, "attributes": {"c": "d"}}).SerializeToString())
    for _ in range(data.draw(st.integers(1, 4))):
        body[data.draw(st.integers(0, len(body) - 1))] = data.draw(st.integers(0, 255))
    with contextlib.suppress(UnreadableError):
        read_otlp(bytes(body), kind=Kind.LOGS)
