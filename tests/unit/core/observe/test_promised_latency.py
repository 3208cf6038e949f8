"""Answers beyond a promised limit are counted for the services that promise one."""

from __future__ import annotations

import pyarrow as pa

from aright.core.model.columns import TIME
from aright.core.model.service import Service
from aright.core.model.signal import ALL
from aright.core.observe.catalogue import kind_of
from aright.core.observe.windows import Observer

ROWS = pa.table(
    {
        "id": ["a", "b", "c", "d"],
        "time": pa.array([1, 2, 3, 4], TIME),
        "unit": ["u", "u", "v", "w"],
        "latency_ms": [100.0, 400.0, 350.0, None],
    }
)


def test_each_limit_is_a_signal_of_its_own() -> None:
    service = Service(key="shop", latency_limits=(300.0, 2.5))
    observer = Observer(service, 30_000_000)
    observer.add(ROWS)
    points = {(p.name, p.segment): (p.n, p.total) for p in observer.close(0).points if "slower" in p.name}
    assert points["slower:300", ALL] == (2, 1.5), (
        "a unit's answers count as one, unknown latencies not at all"
    )
    assert points["slower:2.5", ALL] == (2, 2)
    assert kind_of("slower:300").harm is False


def test_nobody_else_has_them() -> None:
    observer = Observer(Service(key="shop"), 30_000_000)
    observer.add(ROWS)
    assert not [point for point in observer.close(0).points if point.name.startswith("slower:")]
