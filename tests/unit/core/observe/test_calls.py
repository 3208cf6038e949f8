from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from aright.core.model.columns import TIME
from aright.core.model.times import SECOND
from aright.core.observe.calls import ERRORS, MEASURED, SLOW, CallWindows
from aright.core.observe.calls import MOST_SPANS as MOST
from aright.core.observe.calls_limits import SPANS, WINDOWS
from aright.core.observe.calls_rows import of_requests, read_calls

WIDTH = 30 * SECOND


class Trace:
    """Collects spans of one service."""

    def __init__(self) -> None:
        self.rows: list[dict[str, object]] = []

    def span(self, trace: str, span: str, **told: object) -> Trace:
        row = {
            "time": 0,
            "trace_id": trace,
            "id": f"{trace}-{span}",
            "parent_id": None,
            "kind": "server",
            "duration_ms": 10.0,
            "status": "unset",
            "message": None,
            "http_status": 200,
            "peer": None,
            "route": "GET /",
            "attributes": b"{}",
        }
        self.rows.append(row | told)
        return self

    def table(self) -> pa.Table:
        plain = pa.Table.from_pylist(self.rows)
        return plain.set_column(0, "time", plain["time"].cast(TIME))


def shares(windows: CallWindows, start: int = 0) -> dict[str, tuple[float, float]]:
    return {point.name: (point.n, point.total) for point in windows.close(start).points}


def test_errors_are_counted_by_trace_so_that_retries_count_once():
    spans = Trace()
    for number in range(9):
        spans.span("burst", f"try{number}", status="error", http_status=503)
    for number in range(9):
        spans.span(f"fine{number}", "only")
    windows = CallWindows("search", WIDTH)
    windows.add(spans.table())
    assert shares(windows)[ERRORS] == (10.0, 1.0)


def test_callees_are_told_apart():
    spans = Trace()
    for number in range(20):
        told = {"kind": "client", "peer": "maps"}
        spans.span(f"t{number}", "a", **told, parent_id="p", status="error", http_status=504)
        spans.span(f"t{number}", "b", **told, parent_id="p", time=20_000)
        spans.span(f"t{number}", "c", **(told | {"peer": "index"}), parent_id="p")
    windows = CallWindows("search", WIDTH)
    windows.add(spans.table())
    found = shares(windows)
    assert found["calls:peer_error_share:maps"] == (20.0, 10.0)
    assert found["calls:peer_timeout_share:maps"] == (20.0, 10.0)
    assert found["calls:peer_retry_share:maps"] == (20.0, 10.0)
    assert found["calls:peer_error_share:index"] == (20.0, 0.0)
    assert found["calls:peer_retry_share:index"] == (20.0, 0.0)
    assert ERRORS not in found


@pytest.mark.parametrize(
    "told",
    [
        {"http_status": 504},
        {"message": "ReadTimeout: no answer within 2 s"},
        {"attributes": b'{"error.type":"httpx.ConnectTimeout"}'},
        {"attributes": b'{"rpc.grpc.status_code":4}'},
        {"message": "context deadline exceeded"},
    ],
)
def test_timeouts_are_known_by_status_message_or_type(told):
    table = (
        Trace().span("t", "a", kind="client", status="error", http_status=None, **told).table()
        if "http_status" not in told
        else Trace().span("t", "a", kind="client", status="error", **told).table()
    )
    assert read_calls(table, np.array([0])).timed_out.tolist() == [True]


def test_what_is_no_timeout():
    spans = Trace().span("t", "a", kind="client", status="error", message="connection refused")
    spans.span("t", "b", kind="client", attributes=b'{"timeout_ms":2000,"error.type":"none"}')
    assert read_calls(spans.table(), np.array([0, 0])).timed_out.tolist() == [False, False]


def test_a_callers_own_fault_is_no_failure_of_the_callee():
    spans = Trace()
    for status in (400, 404, 408, 429, 500):
        spans.span("t", str(status), kind="client", status="error", http_status=status)
    spans.span("t", "gone", kind="client", status="error", http_status=None)
    assert read_calls(spans.table(), np.zeros(6, int)).failed.tolist() == [
        False,
        False,
        True,
        True,
        True,
        True,
    ]


def test_a_client_that_says_it_resends_is_believed():
    spans = Trace()
    for number in range(10):
        said = b'{"http.request.resend_count":1}' if number % 2 else b"{}"
        spans.span(f"t{number}", "a", kind="client", peer="maps", attributes=said)
    windows = CallWindows("search", WIDTH)
    windows.add(spans.table())
    assert shares(windows)["calls:peer_retry_share:maps"] == (10.0, 5.0)


def test_a_span_belongs_to_the_window_in_which_it_ended():
    spans = Trace().span("slow", "a", time=20 * SECOND, duration_ms=15_000.0).span("quick", "b")
    windows = CallWindows("search", WIDTH)
    windows.add(spans.table())
    assert shares(windows)[ERRORS] == (1.0, 0.0)
    assert windows.has_open()
    assert shares(windows, WIDTH)[ERRORS] == (1.0, 0.0)
    assert not windows.has_open()


def test_spans_within_the_service_are_left_out():
    spans = Trace().span("t", "a", kind="internal")
    windows = CallWindows("search", WIDTH)
    windows.add(spans.table())
    assert not windows.has_open()
    assert windows.close(0).points == ()
    assert of_requests(spans.table()).num_rows == 0


def test_late_spans_are_told():
    windows = CallWindows("search", WIDTH)
    windows.add(Trace().span("t", "a").table())
    closed = windows.close(WIDTH)
    assert closed.late == 1
    assert ERRORS not in {point.name for point in closed.points}


def test_slow_is_slower_than_nearly_all_at_first():
    windows, spans, found = CallWindows("search", WIDTH), Trace(), {}
    for number in range(WINDOWS + 1):
        spans = Trace()
        for each in range(SPANS):
            took = 1_000.0 if number == WINDOWS and each < 30 else 10.0 + each % 10
            spans.span(f"{number}-{each}", "s", time=number * WIDTH, duration_ms=took)
            spans.span(
                f"{number}-{each}", "c", time=number * WIDTH, duration_ms=took, kind="client", peer="maps"
            )
        windows.add(spans.table())
        found = shares(windows, number * WIDTH)
    assert windows.limits is not None
    assert 18 < windows.limits.served_ms < 21
    assert found[SLOW] == (100.0, 30.0)
    assert found["calls:peer_slow_share:maps"] == (100.0, 30.0)
    again = CallWindows("search", WIDTH, windows.limits)
    again.add(spans.table())
    assert shares(again, WINDOWS * WIDTH)[SLOW] == (100.0, 30.0)


def test_requests_and_latency_stand_beside_the_metrics_and_silence_is_a_zero():
    spans = Trace()
    for each in range(10):
        spans.span(f"t{each}", "a", duration_ms=float(each))
    windows = CallWindows("search", WIDTH)
    windows.add(spans.table())
    found = shares(windows)
    assert found[MEASURED + "requests"] == (1.0, 10.0)
    assert found[MEASURED + "latency_ms_p50"] == (1.0, 4.5)
    assert shares(windows, WIDTH) == {MEASURED + "requests": (1.0, 0.0)}


def test_callers_and_callees_keep_the_same_traces():
    caller, callee = CallWindows("web", WIDTH), CallWindows("search", WIDTH)
    for number in range(600):
        made = Trace().span(f"t{number}", "made", kind="client", peer="search.local")
        served = Trace().span(f"t{number}", "served", parent_id=f"t{number}-made")
        caller.add(made.table())
        callee.add(served.table())
    one, other = caller.close(0).halves, callee.close(0).halves
    assert one is not None
    assert other is not None
    matched = set(one.made) & set(other.served)
    assert len(matched) == 256
    assert {one.made[span] for span in matched} <= {"search.local", ""}
    assert one.peers == ("search.local",)


def test_memory_is_bounded_by_keeping_whole_traces(monkeypatch):
    monkeypatch.setattr("aright.core.observe.calls.MOST_SPANS", 100)
    monkeypatch.setattr("aright.core.observe.calls.AT_ONCE", 20)
    windows = CallWindows("search", WIDTH)
    for number in range(300):
        windows.add(Trace().span(f"t{number}", "a").span(f"t{number}", "b").table())
    found = shares(windows)
    assert 0 < found[ERRORS][0] <= 50
    assert 200 < found[MEASURED + "requests"][1] < 1_600
    windows.add(Trace().span("x", "a", time=WIDTH).table())
    assert shares(windows, WIDTH)[ERRORS] == (1.0, 0.0)
    assert MOST > 100
