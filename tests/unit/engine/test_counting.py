from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from aright.adapters.memory_state.state import MemoryState
from aright.core.model.bookkeeping import Quarantined
from aright.core.model.frame import Encoding, Format, Frame, Kind
from aright.core.model.service import Service
from aright.core.model.times import DAY, SECOND
from aright.core.observe.counters import MOST_SERIES
from aright.core.observe.intake import read
from aright.engine.counting import CountingPart
from aright.engine.settings import Settings
from bench.remote_write_bodies import first

if TYPE_CHECKING:
    import pyarrow as pa

START = 1_795_000_000_000_000 // 30_000_000 * 30_000_000
WIDTH = 30 * SECOND


def counters(*samples: tuple[dict[str, str], int, float]) -> pa.Table:
    body = b"".join(
        first(
            [{"job": "shop", **labels} for labels, _, _ in mine],
            (START + at * SECOND) // 1_000,
            [v for *_, v in mine],
        )
        for at in sorted({at for _, at, _ in samples})
        if (mine := [each for each in samples if each[1] == at])
    )
    frame = Frame(
        kind=Kind.PROCESS,
        format=Format.REMOTE_WRITE_1,
        encoding=Encoding.IDENTITY,
        received_at=START,
        body=body,
    )
    return read(frame, limit_bytes=1 << 30).others[Kind.COUNTERS]


@pytest.fixture
def part() -> CountingPart:
    return CountingPart(Service(key="shop"), Settings())


def test_rates_are_process_metrics(part: CountingPart) -> None:
    name = {"__name__": "orders_total"}
    part.take(Kind.COUNTERS, counters((name, 0, 10.0), (name, 20, 50.0)))
    assert part.has_open()
    with MemoryState().transaction() as tx:
        part.resume(tx, START)
        told = part.close(tx, START, now=START + WIDTH, quiet=False)
        assert not tx.list(Quarantined)
    assert not part.has_open()
    assert [(point.name, point.start, point.value) for point in told.points] == [
        ("process:orders_per_second", START, 2.0),
        ("process_top:orders_per_second", START, 2.0),
    ]


def test_what_finds_no_room_is_said_once_a_day(part: CountingPart) -> None:
    state = MemoryState()
    many = [({"__name__": f"m{at % 3}_total", "n": str(at)}, 0, 1.0) for at in range(MOST_SERIES + 7)]
    rows = counters(*many)
    for day, window in ((0, 0), (0, 1), (1, 2)):
        part.take(Kind.COUNTERS, rows)
        with state.transaction() as tx:
            part.close(tx, START + window, now=START + WIDTH + day * DAY, quiet=False)
            (said,) = tx.list(Quarantined)
        assert said.at == START + WIDTH + day * DAY
        assert said.count == 7
        assert "such as those of m0, m1, m2" in said.rows[0].problem
        assert "write_relabel_configs" in said.rows[0].fix
