"""Remote-write messages, written by protobuf's own library and read by ours."""

from __future__ import annotations

import math
import struct
from typing import Any

import cramjam
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aright.core.model.frame import Encoding, Format, Kind
from aright.core.observe.intake import UnreadableError
from aright.core.observe.intake.prometheus_series import Role, series_of
from aright.core.observe.intake.remote_write import decode_first, decode_second
from bench.remote_write_bodies import bare_classes
from tests.unit.core.observe.intake.intake_bodies import NOW, noted, read_body

STALE = struct.unpack("<d", struct.pack("<Q", 0x7FF0000000000002))[0]
MILLIS = NOW // 1_000
FORMS = {"1.0": Format.REMOTE_WRITE_1, "2.0": Format.REMOTE_WRITE_2}
BOTH = pytest.mark.parametrize("version", ["1.0", "2.0"])

Told = list[tuple[dict[str, str], list[tuple[int, float]]]]


def written(version: str, told: Told, kinds: list[int] | None = None) -> bytes:
    request: Any = bare_classes()[version]()
    table = {"": 0}
    for at, (labels, samples) in enumerate(told):
        one = request.timeseries.add()
        for pair in labels.items():
            if version == "1.0":
                one.labels.add(name=pair[0], value=pair[1])
            else:
                one.labels_refs.extend(table.setdefault(text, len(table)) for text in pair)
        for time, value in samples:
            one.samples.add(timestamp=time, value=value)
        if kinds:
            one.metadata.type = kinds[at]
            one.metadata.help_ref = 1
    if version == "2.0":
        request.symbols.extend(table)
    return bytes(request.SerializeToString())


def read(version: str, told: Told, **more: Any) -> Any:
    body = bytes(cramjam.snappy.compress_raw(written(version, told, **more)))
    return read_body(body, kind=Kind.PROCESS, form=FORMS[version], encoding=Encoding.SNAPPY)


def named(name: str, **labels: str) -> dict[str, str]:
    return {"__name__": name, "instance": "10.0.0.1:80", "job": "shop", **labels}


@BOTH
def test_a_level_is_a_process_metric(version):
    found = read(version, [(named("queue_length", version="1.4"), [(MILLIS, 7.5)])])
    assert found.good == 1
    assert found.rows.to_pylist() == [
        {
            "time": found.rows["time"][0].as_py(),
            "service": "shop",
            "host": "10.0.0.1:80",
            "version": "1.4",
            "name": "queue_length",
            "value": 7.5,
        }
    ]
    assert found.rows["time"].cast("int64").to_pylist() == [NOW]
    assert not found.others


@BOTH
def test_what_only_grows_is_kept_to_be_differenced(version):
    told = [
        (named("requests_total"), [(MILLIS, 3.0)]),
        (named("wait_bucket", le="0.5"), [(MILLIS, 1.0)]),
        (named("wait_bucket", le="+Inf"), [(MILLIS, 2.0)]),
        (named("wait_count"), [(MILLIS, 2.0)]),
        (named("wait_sum"), [(MILLIS, 0.0)]),
        (named("wait_created"), [(MILLIS, 1e9)]),
    ]
    found = read(version, told)
    assert found.good == 6
    assert found.rows is None
    rows = found.others[Kind.COUNTERS]
    assert rows["role"].to_pylist() == ["total", "bucket", "bucket", "count", "sum"]
    assert rows["name"].to_pylist() == ["requests", "wait", "wait", "wait", "wait"]
    assert rows["bound"].to_pylist() == [None, 0.5, math.inf, None, None]
    assert rows["value"].to_pylist() == [3, 1, 2, 2, 0]
    assert len(set(rows["series"].to_pylist())) == 5


@BOTH
def test_the_same_labels_are_the_same_series_in_any_order(version):
    def ident(labels: dict[str, str]) -> int:
        rows = read(version, [(labels, [(MILLIS, 1.0)])]).others[Kind.COUNTERS]
        return int(rows["series"][0].as_py())

    labels = named("requests_total", code="200")
    assert ident(labels) == ident(dict(reversed(labels.items())))
    assert ident(labels) != ident(named("requests_total", code="500"))


@BOTH
def test_stale_markers_are_taken_and_say_nothing(version):
    found = read(version, [(named("up"), [(MILLIS, STALE)]), (named("up"), [(MILLIS, math.inf)])])
    assert (found.good, found.bad_count, found.rows) == (2, 0, None)


@BOTH
def test_series_of_no_service_and_samples_far_away_are_set_aside(version):
    told = [
        ({"__name__": "up"}, [(MILLIS, 1.0)]),
        ({"job": "shop"}, [(MILLIS, 1.0)]),
        (named("up", instance="x" * 2_000), [(MILLIS, 1.0)]),
        (named("up"), [(MILLIS - 90 * 86_400_000, 1.0)]),
        (named("up"), [(MILLIS + 10_000_000, 1.0)]),
        (named("up"), [(5, 1.0)]),
        (named("up"), [(MILLIS, 1.0)]),
    ]
    found = read(version, told)
    assert (found.good, found.bad_count, found.rows.num_rows) == (1, 6, 1)
    assert sorted(bad.field for bad in found.bad) == ["labels"] * 3 + ["timestamp"] * 3


def test_declared_types_come_before_names():
    told = [
        (named("errors"), [(MILLIS, 1.0)]),
        (named("orders_total"), [(MILLIS, 1.0)]),
        (named("errors_count"), [(MILLIS, 1.0)]),
        (named("strange"), [(MILLIS, 0.0)]),
    ]
    found = read("2.0", told, kinds=[1, 2, 1, 99])
    assert found.rows["name"].to_pylist() == ["orders_total", "strange"]
    rows = found.others[Kind.COUNTERS]
    assert rows["name"].to_pylist() == ["errors", "errors_count"]
    assert set(rows["role"].to_pylist()) == {"total"}


@BOTH
def test_native_histograms_are_left_out_and_said(version):
    body = written(version, [(named("up"), [(MILLIS, 1.0)])])
    # labels "a"="b" (1.0) or references (2.0), then a histogram, then an exemplar
    series = {
        "1.0": "0a060a01611201622200" + "1a00",
        "2.0": "0a020102" + "1a00" + "2200",
    }[version]
    more = bytes.fromhex({"1.0": "0a", "2.0": "2a"}[version] + f"{len(series) // 2:02x}" + series)
    found = read_body(body + more, kind=Kind.PROCESS, form=FORMS[version])
    assert found.good == 1
    assert noted(found) == [("histograms", "1 native histograms were left out")]


@BOTH
def test_an_empty_message_has_nothing(version):
    found = read_body(b"\x1a\x00", kind=Kind.PROCESS, form=FORMS[version])
    assert (found.good, found.bad_count) == (0, 0)


@pytest.mark.parametrize(
    "wire",
    [
        "ffff",
        "2a0f" + "0a020102" + "120b09000000000000f03f1005",  # no table
        "220161" + "2a0f" + "0a020002" + "120b09000000000000f03f1005",
        "220161" + "2a16" + "0a020080" + "1210" + "09000000000000f03f" + "1080808080803b",  # cut off
        "220161" + "2a17" + "0a03000000" + "1210" + "09000000000000f03f" + "10808080808001",  # no value
        "220161" + "2a16" + "0a020005" + "1210" + "09000000000000f03f" + "10808080808001",  # beyond
    ],
)
def test_what_is_no_message_is_refused(wire):
    with pytest.raises(UnreadableError) as caught:
        decode_second(bytes.fromhex(wire))
    assert caught.value.fix


def test_what_is_no_first_message_is_refused():
    with pytest.raises(UnreadableError):
        decode_first(b"\x0a\xff")
    with pytest.raises(UnreadableError):
        decode_first(b"\x0a\x02\x0a\x7f")


def test_a_sample_with_a_field_of_tomorrow_is_read():
    sample = "1210" + "09000000000000f03f" + "1005" + "1880808001"
    table = "220161" + "220162"
    got = decode_second(bytes.fromhex(table + "2a16" + "0a020001" + sample))
    assert (got.times.tolist(), got.values.tolist()) == ([5], [1.0])
    got = decode_first(bytes.fromhex("0a1a" + "0a060a0161120162" + sample))
    assert (got.times.tolist(), got.values.tolist()) == ([5], [1.0])


LABELS = st.dictionaries(
    st.sampled_from(["__name__", "job", "le", "x"]),
    st.text(max_size=40)
    | st.sampled_from(["\x12\x10\tabcdefgh\x10", "\x12\x07\x10", "a" * 200, "b" * 3_000]),
    max_size=4,
)
SAMPLES = st.lists(
    st.tuples(
        st.integers(0, 2**62) | st.integers(2**36, 2**41),
        st.floats(allow_nan=False) | st.sampled_from([0.0, -0.0, 1.0]),
    ),
    max_size=3,
)


@given(st.lists(st.tuples(LABELS, SAMPLES), max_size=8), st.sampled_from(["1.0", "2.0"]), st.booleans())
@settings(deadline=None, max_examples=150)
def test_all_that_is_written_is_read(told, version, typed):
    """Whatever labels, times and values there are: the quick way and the thorough one agree."""
    decode = decode_first if version == "1.0" else decode_second
    kinds = [index % 9 for index in range(len(told))] if typed and version == "2.0" else None
    got = decode(written(version, told, kinds))
    words = ("", "counter", "gauge", "histogram", "gaugehistogram", "summary", "info", "stateset", "")
    expected = [
        (series_of(labels, words[kinds[at]] if kinds else ""), time, value)
        for at, (labels, samples) in enumerate(told)
        for time, value in samples
    ]
    found = list(zip(got.series, got.times.tolist(), got.values.tolist(), strict=True))
    assert sorted(found, key=repr) == sorted(expected, key=repr) or sorted(
        map(_plain, found), key=repr
    ) == sorted(map(_plain, expected), key=repr)


def _plain(each: tuple[Any, int, float]) -> tuple[Any, int, float]:
    return each[0], each[1], each[2] + 0.0  # proto3 does not write zeros, negative ones neither


@pytest.mark.parametrize(
    ("name", "labels", "kind", "expected"),
    [
        ("process_resident_memory_bytes", {}, "", ("rss_bytes", Role.LEVEL)),
        ("wait", {"quantile": "0.99"}, "", ("wait_p99", Role.LEVEL)),
        ("wait", {"quantile": "0.999"}, "", ("wait_p99.9", Role.LEVEL)),
        ("wait", {"quantile": "many"}, "", ("wait", Role.LEVEL)),
        ("wait_bucket", {"le": "often"}, "", ("wait_bucket", Role.LEVEL)),
        ("wait_bucket", {"le": "NaN"}, "", ("wait_bucket", Role.LEVEL)),
        ("disk_total", {}, "gauge", ("disk_total", Role.LEVEL)),
        ("wait_seconds_sum", {}, "summary", ("wait_seconds", Role.SUM)),
        ("job_created", {}, "gauge", ("job_created", Role.LEVEL)),
    ],
)
def test_roles(name, labels, kind, expected):
    series = series_of({"__name__": name, "job": "shop", **labels}, kind)
    assert series is not None
    assert (series.name, series.role) == expected


def test_a_service_is_named_by_the_first_label_there_is():
    assert series_of({"__name__": "up", "job": "a", "service": "b"}).service == "b"  # type: ignore[union-attr]
    assert series_of({"__name__": "up", "job": "a", "service": ""}).service == "a"  # type: ignore[union-attr]
