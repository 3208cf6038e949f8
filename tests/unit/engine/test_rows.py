"""Rows at rest and at hand are read as one, whenever they are written."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aright.adapters.memory_segments import MemorySegments
from aright.adapters.parquet import ParquetSegments, ParquetSettings
from aright.core.model.columns import TIME
from aright.core.model.frame import Kind
from aright.engine.rows import Rows

if TYPE_CHECKING:
    from pathlib import Path

P = Kind.PREDICTIONS


def table(*times: int, service: str = "shop", **columns: pa.Array) -> pa.Table:
    ids = [f"{service}-{time}" for time in times]
    return pa.table({"id": ids, "time": pa.array(times, TIME), "service": [service] * len(times), **columns})


def test_nothing_is_written_until_it_is_flushed(tmp_path: Path) -> None:
    segments = ParquetSegments(ParquetSettings(folder=tmp_path))
    rows = Rows(segments)
    rows.add(P, "shop", table(3, 1))
    rows.reach(70)
    assert segments.last_position() == 0
    assert (rows.waiting, rows.reached) == (2, 70)
    assert rows.waiting_bytes > 0
    assert rows.services() == ["shop"]
    assert rows.scan(P, "shop", 0, 9)["id"].to_pylist() == ["shop-1", "shop-3"]
    assert rows.flush() == 70
    assert segments.last_position() == 70
    assert (rows.waiting, rows.waiting_bytes) == (0, 0)
    assert rows.scan(P, "shop", 0, 9)["id"].to_pylist() == ["shop-1", "shop-3"]


def test_positions_without_rows_move_on_too() -> None:
    rows = Rows(MemorySegments())
    rows.add(P, "shop", table())
    rows.reach(50)
    assert rows.flush() == 50
    assert rows.services() == []


def test_what_was_written_beyond_the_checkpoint_is_deleted_and_read_again() -> None:
    segments = MemorySegments()
    rows = Rows(segments)
    for at in (10, 20):
        rows.add(P, "shop", table(at))
        rows.reach(at)
        rows.flush()
    again = Rows(segments)
    again.start(10)
    assert again.scan(P, "shop", 0, 99)["id"].to_pylist() == ["shop-10"]
    again.add(P, "shop", table(20))
    again.reach(20)
    assert again.flush() == 20
    assert again.scan(P, "shop", 0, 99)["id"].to_pylist() == ["shop-10", "shop-20"]


def test_services_do_not_settle_a_columns_type_among_them() -> None:
    rows = Rows(MemorySegments())
    numbers = {"feat.size": pa.array([1.5])}
    texts = {"feat.size": pa.array(["XL", "S"]).dictionary_encode()}
    rows.add(P, "desk", table(1, service="desk", **numbers))
    rows.add(P, "shop", table(1, 2, **texts))
    rows.reach(9)
    rows.flush()
    assert rows.scan(P, "desk", 0, 9)["feat.size"].to_pylist() == [1.5]
    assert rows.scan(P, "shop", 0, 9)["feat.size"].to_pylist() == ["XL", "S"]


@pytest.mark.parametrize("count", [10, 300])
def test_many_small_pieces_are_read_as_one(count: int) -> None:
    rows = Rows(MemorySegments())
    for at in range(count):
        rows.add(P, "shop", table(count - at, **{"attr.a": pa.array([f"v{at % 7}"]).dictionary_encode()}))
    wanted = [f"shop-{at}" for at in range(1, count + 1)]
    assert rows.scan(P, "shop", 0, 999)["id"].to_pylist() == wanted
    assert rows.scan(P, "shop", 0, 999)["id"].to_pylist() == wanted
    assert rows.scan(P, "shop", 3, 5)["id"].to_pylist() == wanted[2:4]


@given(
    st.lists(st.tuples(st.lists(st.integers(0, 50), max_size=5), st.booleans()), max_size=12),
    st.integers(0, 50),
    st.integers(0, 50),
)
@settings(deadline=None, max_examples=50)
def test_when_rows_are_flushed_cannot_be_seen(
    portions: list[tuple[list[int], bool]], start: int, end: int
) -> None:
    flushing, keeping = Rows(MemorySegments()), Rows(MemorySegments())
    for number, (times, flush) in enumerate(portions):
        for rows in (flushing, keeping):
            rows.add(P, "shop", table(*times, latency_ms=pa.array([float(number)] * len(times))))
            rows.reach(number + 1)
        if flush:
            flushing.flush()
    assert flushing.scan(P, "shop", start, end) == keeping.scan(P, "shop", start, end)
    assert flushing.services() == keeping.services()
