"""Metrics: levels, counters, distributions, and what they are called."""

from __future__ import annotations

import contextlib
import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aright.core.model.frame import Format, Kind
from aright.core.observe.counters import Counters
from aright.core.observe.intake import UnreadableError, otlp_metrics, otlp_proto
from aright.core.observe.intake.otlp_histograms import explicit, quantile
from aright.core.observe.intake.otlp_schema import MARK_WHOLE
from tests.unit.core.observe.intake.otlp_bodies import NANO, NOW, SHOP, metrics, read_otlp

FORMATS = pytest.mark.parametrize("form", [Format.OTLP_PROTO, Format.OTLP_JSON])
DELTA, CUMULATIVE = 1, 2
SECOND = 1_000_000_000


def said(found):
    """Return process metrics as name to value, a list where there are several."""
    values: dict[str, list[Any]] = {}
    for row in [] if found.rows is None else found.rows.to_pylist():
        values.setdefault(row["name"], []).append(pytest.approx(row["value"], rel=1e-6))
    return {name: each[0] if len(each) == 1 else each for name, each in values.items()}


def counters(found):
    table = found.others.get(Kind.COUNTERS)
    return [] if table is None else table.to_pylist()


@FORMATS
def test_levels_are_taken_as_they_are(form):
    found = read_otlp(
        metrics(
            {
                "name": "queue.depth",
                "points": [{"as_int": -1, "attributes": {"queue": "a"}}, {"as_double": 2.5}],
            },
            {
                "name": "pool.size",
                "shape": "sum",
                "aggregation_temporality": CUMULATIVE,
                "points": [
                    {"as_int": 3, "attributes": {"pool": "a"}},
                    {"as_int": 4, "attributes": {"pool": "b"}},
                ],
            },
        ),
        form,
    )
    assert said(found) == {"queue.depth": [-1, 2.5], "pool.size": 7}
    assert (found.good, found.bad_count) == (4, 0)
    assert found.rows is not None
    row = found.rows.to_pylist()[0]
    assert row["time"].timestamp() * 1e6 == NOW
    assert (row["service"], row["host"], row["version"]) == ("shop", "node-7", "1.4")


@FORMATS
def test_names_are_the_current_ones(form):
    found = read_otlp(
        metrics(
            {
                "name": "process.runtime.cpython.memory",
                "shape": "sum",
                "aggregation_temporality": CUMULATIVE,
                "points": [
                    {"as_int": 100, "attributes": {"type": "rss"}},
                    {"as_int": 900, "attributes": {"type": "vms"}},
                ],
            },
            {"name": "process.cpu.utilization", "points": [{"as_double": 0.25}]},
            {
                "name": "system.memory.usage",
                "points": [{"as_int": 1, "attributes": {"system.memory.state": "used"}}],
            },
        ),
        form,
    )
    assert said(found) == {
        "process.memory.usage": 100,
        "rss_bytes": 100,
        "process.memory.virtual": 900,
        "process.cpu.utilization": 0.25,
        "cpu_percent": 25,
        "system.memory.usage{state=used}": 1,
    }


@FORMATS
def test_cumulative_sums_wait_to_be_differenced(form):
    def at(seconds, value):
        point = {
            "time_unix_nano": NANO + seconds * SECOND,
            "as_int": value,
            "attributes": {"code": "200", "path": "/"},
        }
        total = {
            "name": "requests",
            "shape": "sum",
            "is_monotonic": True,
            "aggregation_temporality": CUMULATIVE,
            "points": [point],
        }
        return read_otlp(metrics(total), form, at=NOW + 120_000_000)

    counting = Counters()
    for seconds, value in ((0, 2**40), (20, 2**40 + 100)):
        found = at(seconds, value)
        assert found.rows is None
        (row,) = counters(found)
        assert (row["role"], row["value"], row["bound"]) == ("total", value, None)
        counting.add(found.others[Kind.COUNTERS])
    (measure,) = counting.close(NOW + 30_000_000).measures
    assert (measure.name, measure.total) == ("requests_per_second", 5.0)


def histogram(temporality, **fields):
    return {
        "name": "http.server.duration",
        "shape": "histogram",
        "aggregation_temporality": temporality,
        "points": [
            {
                "start_time_unix_nano": NANO - 10 * SECOND,
                "count": 100,
                "sum": 5_000.0,
                "explicit_bounds": [10.0, 100.0, 1_000.0],
                "bucket_counts": [50, 45, 5, 0],
                "attributes": {"http.route": route},
                **fields,
            }
            for route in ("/a", "/b")
        ],
    }


@FORMATS
def test_delta_histograms_say_rate_mean_and_quantiles(form):
    found = read_otlp(metrics(histogram(DELTA)), form)
    assert said(found) == {
        "http.server.request.duration_count_per_second": 20,
        "http.server.request.duration_mean": 0.05,
        "http.server.request.duration_p50": 0.01,
        "http.server.request.duration_p99": pytest.approx(0.1 + 0.9 * 0.8),
    }


@FORMATS
def test_cumulative_histograms_give_the_same_by_difference(form):
    counting = Counters()
    for seconds, factor in ((0, 1), (20, 2)):
        points = histogram(
            CUMULATIVE,
            time_unix_nano=NANO + seconds * SECOND,
            count=100 * factor,
            sum=5_000.0 * factor,
            bucket_counts=[50 * factor, 45 * factor, 5 * factor, 0],
        )
        found = read_otlp(metrics(points), form, at=NOW + 60_000_000)
        assert {row["role"] for row in counters(found)} == {"count", "sum", "bucket"}
        counting.add(found.others[Kind.COUNTERS])
    told = {each.name: each.total for each in counting.close(NOW + 30_000_000).measures}
    assert told["http.server.request.duration_count_per_second"] == 10
    assert told["http.server.request.duration_mean"] == pytest.approx(0.05)
    assert told["http.server.request.duration_p99"] == pytest.approx(0.82)


@FORMATS
def test_a_sum_that_was_not_sent_gives_no_mean(form):
    for temporality in (DELTA, CUMULATIVE):
        fields = histogram(temporality)
        for point in fields["points"]:
            del point["sum"]
        found = read_otlp(metrics(fields), form)
        assert not any(name.endswith("_mean") for name in said(found))
        assert not any(row["role"] == "sum" for row in counters(found))


@FORMATS
def test_exponential_histograms(form):
    values = np.random.default_rng(1).lognormal(0.0, 1.0, 5_000)
    scale = 5
    places = np.ceil(np.log2(values) * 2**scale).astype(int) - 1
    first = int(places.min())
    point = {
        "start_time_unix_nano": NANO - 10 * SECOND,
        "count": len(values) + 10,
        "sum": float(values.sum()),
        "scale": scale,
        "zero_count": 10,
        "positive": {"offset": first, "bucket_counts": np.bincount(places - first).tolist()},
    }
    fields = {"name": "wait", "shape": "exponential_histogram", "points": [point]}
    told = said(read_otlp(metrics({**fields, "aggregation_temporality": DELTA}), form))
    assert told["wait_count_per_second"] == 501
    for name, share in (("wait_p50", 0.5), ("wait_p99", 0.99)):
        true = float(np.quantile(np.append(values, np.zeros(10)), share))
        assert true == pytest.approx(told[name].expected, rel=0.1)
    rows = counters(read_otlp(metrics({**fields, "aggregation_temporality": CUMULATIVE}), form))
    buckets = [row for row in rows if row["role"] == "bucket"]
    assert buckets[-1]["bound"] == math.inf
    assert buckets[-1]["value"] == len(values) + 10
    assert len({row["series"] for row in rows}) == len(rows)


@FORMATS
def test_delta_sums_are_rates(form):
    points = [
        {"start_time_unix_nano": NANO - 5 * SECOND, "as_int": 50, "attributes": {"code": code}}
        for code in ("200", "500")
    ]
    fields = {"name": "requests", "shape": "sum", "is_monotonic": True, "aggregation_temporality": DELTA}
    assert said(read_otlp(metrics({**fields, "points": points}), form)) == {"requests_per_second": 20}


@FORMATS
def test_summaries(form):
    point = {
        "count": 10,
        "sum": 5.0,
        "quantile_values": [{"quantile": 0.5, "value": 0.4}, {"quantile": 7, "value": 1}],
    }
    found = read_otlp(metrics({"name": "gc", "shape": "summary", "points": [point]}), form)
    assert said(found) == {"gc_p50": 0.4}
    assert [(row["role"], row["value"]) for row in counters(found)] == [("count", 10), ("sum", 5)]


@FORMATS
def test_points_out_of_bounds_are_set_aside_and_the_others_kept(form):
    found = read_otlp(
        metrics(
            {
                "name": "good",
                "points": [
                    {"as_int": 1},
                    {"as_double": math.nan},
                    {"as_double": math.inf},
                    {"as_double": 1e300},
                    {"as_int": 1, "time_unix_nano": 0},
                    {"as_int": 1, "time_unix_nano": 2**64 - 2},
                    {"flags": 1},
                ],
            },
            {"name": "", "points": [{"as_int": 1}]},
            {"name": "bad\nname", "points": [{"as_int": 1}]},
            {
                "name": "up.down",
                "shape": "sum",
                "aggregation_temporality": DELTA,
                "points": [{"as_int": 1}, {"as_int": 2}],
            },
            {"name": "none"},
        ),
        form,
    )
    assert said(found) == {"good": 1}
    assert (found.good, found.bad_count) == (1, 9)
    assert [bad.row for bad in found.bad] == [1, 2, 3, 4, 5, 7, 8, 9, 10]


@FORMATS
def test_nothing_recorded_is_no_point(form):
    found = read_otlp(
        metrics({"name": "h", "shape": "histogram", "aggregation_temporality": 1, "points": [{"flags": 1}]}),
        form,
    )
    assert (found.good, found.bad_count, found.rows) == (0, 0, None)


@FORMATS
def test_buckets_that_do_not_fit_are_left_out(form):
    fields = histogram(DELTA, bucket_counts=[1, 2])
    found = read_otlp(metrics(fields), form)
    assert set(said(found)) == {
        "http.server.request.duration_count_per_second",
        "http.server.request.duration_mean",
    }
    assert "left out" in found.notes[0].problem


def test_histograms_with_other_bounds_are_laid_together():
    fields = histogram(DELTA)
    fields["points"][1] |= {"explicit_bounds": [50.0], "bucket_counts": [100, 0]}
    told = said(read_otlp(metrics(fields)))
    assert 0 < told["http.server.request.duration_p50"].expected <= 0.05


def test_more_names_than_there_may_be_are_refused():
    found = read_otlp(metrics(*({"name": f"m{number}", "points": [{"as_int": 1}]} for number in range(205))))
    assert (found.good, found.bad_count) == (200, 5)


def test_more_points_than_there_may_be_are_refused(monkeypatch):
    few = [{"as_int": 1}] * 6
    for module, made in ((otlp_proto, [[*few, *few]]), (otlp_metrics, [few, few])):
        request = metrics(*({"name": "a", "points": points} for points in made))
        with monkeypatch.context() as patched:
            patched.setattr(module, "MAX_ENTRIES", 10)
            with pytest.raises(UnreadableError, match="more than"):
                read_otlp(request)


def test_the_unlikely_number_is_refused_not_misread():
    value = MARK_WHOLE - 2**64
    with contextlib.suppress(UnreadableError):
        found = read_otlp(metrics({"name": "a", "points": [{"as_int": value}, {"as_int": 1}]}))
        assert said(found) == {"a": [pytest.approx(float(value)), 1]}


@settings(deadline=None, max_examples=100)
@given(
    st.integers(-12, 25),
    st.integers(-2_000, 2_000),
    st.lists(st.integers(0, 50), max_size=40),
    st.integers(0, 9),
    st.floats(0, 10),
)
def test_explicit_bounds_hold_every_observation(scale, offset, counts, others, threshold):
    bounds, laid = explicit(scale, (offset, counts), others, threshold)
    assert len(laid) == len(bounds) + 1
    assert sum(laid) == sum(counts) + others
    assert bounds == sorted(set(bounds))
    found = quantile(bounds, laid, 0.5)
    assert found is None or min(0.0, bounds[0]) <= found <= bounds[-1]


@settings(deadline=None, max_examples=60)
@given(st.data())
def test_damaged_bodies_are_read_or_refused(data):
    made = metrics(histogram(DELTA), {"name": "a", "points": [{"as_int": 1}]}, resource=SHOP)
    body = bytearray(made.SerializeToString())
    for _ in range(data.draw(st.integers(1, 4))):
        body[data.draw(st.integers(0, len(body) - 1))] = data.draw(st.integers(0, 255))
    with contextlib.suppress(UnreadableError):
        read_otlp(bytes(body), kind=Kind.PROCESS)
