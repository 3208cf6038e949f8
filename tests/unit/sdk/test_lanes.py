"""Batches: joined rows, squeezed when big."""

from __future__ import annotations

import sys
import zlib
from typing import TYPE_CHECKING

import cramjam
import msgspec

from aright.sdk.buffer import BATCH_BYTES, BATCH_ROWS, ROW_BYTES, Buffer
from aright.sdk.lanes import ADDRESSES, COMPRESS_FROM, Lane, pack

if TYPE_CHECKING:
    import pytest

ROWS = [msgspec.msgpack.encode({"n": n}) for n in range(500)]


def test_every_lane_has_an_address() -> None:
    assert set(ADDRESSES) == set(Lane)
    assert [lane.value for lane in Lane] == [1, 2, 3, 4, 5]  # they stand in spool files


def test_small_bodies_go_as_they_are() -> None:
    batch = pack(Lane.PROCESS, ROWS[:3])
    assert (batch.encoding, batch.rows) == ("", 3)
    assert len(batch.body) < COMPRESS_FROM
    assert msgspec.msgpack.decode(batch.body) == [{"n": 0}, {"n": 1}, {"n": 2}]


def test_big_ones_are_squeezed() -> None:
    batch = pack(Lane.PROCESS, ROWS)
    assert batch.encoding == "zstd"
    assert msgspec.msgpack.decode(bytes(cramjam.zstd.decompress(batch.body)))[-1] == {"n": 499}


def test_gzip_serves_where_zstd_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "cramjam", None)
    batch = pack(Lane.PROCESS, ROWS)
    assert batch.encoding == "gzip"
    assert msgspec.msgpack.decode(zlib.decompress(batch.body, 31))[-1] == {"n": 499}


def test_the_buffer_is_bounded_in_bytes_and_gives_room_back() -> None:
    buffer = Buffer(rows=100, size=100)
    assert [buffer.put(Lane.OUTCOME, b"x" * 60) for _ in range(2)] == [1, "queue_full"]
    assert buffer.take(Lane.OUTCOME) == [b"x" * 60]
    assert buffer.put(Lane.PREDICTION, b"x" * 100) == 1
    assert buffer.put(Lane.PREDICTION, b"x" * (ROW_BYTES + 1)) == "too_large"


def test_what_is_taken_at_once_is_bounded() -> None:
    buffer = Buffer(rows=10_000, size=1 << 30)
    for _ in range(BATCH_ROWS + 1):
        buffer.put(Lane.OUTCOME, b"small")
    assert [len(buffer.take(Lane.OUTCOME)) for _ in range(3)] == [BATCH_ROWS, 1, 0]
    for _ in range(4):
        buffer.put(Lane.OUTCOME, b"x" * (BATCH_BYTES // 2))
    assert [len(buffer.take(Lane.OUTCOME)) for _ in range(3)] == [2, 2, 0]
