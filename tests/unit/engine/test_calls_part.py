"""The part of a watch that folds spans: points, what a restart takes up, and the halves of calls."""

from __future__ import annotations

import pyarrow as pa

from aright.adapters.memory_state.state import MemoryState
from aright.core.model.calls import CallLimits
from aright.core.model.columns import TIME
from aright.core.model.frame import Kind
from aright.core.model.service import Service
from aright.core.observe.calls_limits import SPANS, WINDOWS
from aright.engine.calls import CallsPart
from aright.engine.parts import Told
from aright.engine.settings import Settings

SETTINGS = Settings()


def spans(window: int, count: int = SPANS) -> pa.Table:
    start = window * SETTINGS.width
    return pa.table(
        {
            "time": pa.array([start] * count, TIME),
            "trace_id": [f"{window}-{number}" for number in range(count)],
            "id": [f"{window}-{number}-s" for number in range(count)],
            "parent_id": [f"{window}-{number}-c" for number in range(count)],
            "kind": ["server"] * count,
            "duration_ms": [10.0] * count,
            "status": ["unset"] * count,
        }
    )


def test_spans_become_points_and_limits_outlive_a_restart():
    state, part, told = MemoryState(), CallsPart(Service(key="search"), SETTINGS), Told()
    assert part.kinds == {Kind.SPANS}
    for window in range(WINDOWS):
        part.take(Kind.SPANS, spans(window))
        assert part.has_open()
        with state.transaction() as tx:
            told = part.close(tx, window * SETTINGS.width, now=0, quiet=False)
    assert {point.name for point in told.points} >= {"calls:error_share", "process:calls.requests"}
    assert told.halves is not None
    assert len(told.halves.served) == 2 * SPANS
    with state.transaction() as tx:
        limits = tx.get(CallLimits, "search")
    assert limits is not None
    again = CallsPart(Service(key="search"), SETTINGS)
    with state.transaction() as tx:
        again.resume(tx, WINDOWS * SETTINGS.width)
        again.take(Kind.SPANS, spans(WINDOWS))
        told = again.close(tx, WINDOWS * SETTINGS.width, now=0, quiet=False)
    assert "calls:slow_share" in {point.name for point in told.points}


def test_spans_that_come_too_late_are_counted():
    state, part = MemoryState(), CallsPart(Service(key="search"), SETTINGS)
    part.take(Kind.SPANS, spans(0, 3))
    with state.transaction() as tx:
        assert part.close(tx, SETTINGS.width, now=0, quiet=False).late == 3
