"""Bodies for the ingest benchmark: predictions of a plausible service, in each format."""

from __future__ import annotations

import time
from typing import Any

import msgspec
import numpy as np
import pyarrow as pa

CONTENT_TYPES = {
    "arrow": "application/vnd.apache.arrow.stream",
    "msgpack": "application/msgpack",
    "ndjson": "application/x-ndjson",
}
ATTRIBUTES = 8
FEATURES = 14


def arrow_body(events: int, seed: int = 1) -> bytes:
    """Return an Arrow IPC stream of ``events`` predictions, categories as dictionaries."""
    rng = np.random.default_rng(seed)
    now = time.time_ns() // 1_000
    columns: dict[str, pa.Array] = {
        "id": pa.array([f"{seed:04x}{n:012x}" for n in range(events)]),
        "time": pa.array(now - np.arange(events)[::-1], pa.int64()).cast(pa.timestamp("us", "UTC")),
        "service": pa.array(["recommendations"] * events),
        "model": _category(rng, ["ranker"], events),
        "version": _category(rng, ["41", "42"], events),
        "arm": _category(rng, ["stable", "canary"], events),
        "unit": pa.array([f"{n:012x}" for n in rng.integers(0, 100_000, events)]),
        "status": pa.array(np.full(events, 200, np.int32)),
        "fallback": pa.array(rng.random(events) < 0.02),
        "latency_ms": pa.array(rng.lognormal(3, 0.5, events).astype(np.float32)),
        "score": pa.array(rng.random(events, np.float32)),
    }
    for number in range(ATTRIBUTES):
        columns[f"attr.a{number}"] = _category(rng, [f"v{value}" for value in range(2 + 3 * number)], events)
    for number in range(FEATURES):
        columns[f"feat.source{number % 3}.f{number}"] = pa.array(rng.standard_normal(events, np.float32))
    table = pa.table(columns)
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as stream:
        stream.write_table(table)
    body: bytes = sink.getvalue().to_pybytes()
    return body


def row_body(events: int, form: str, seed: int = 1) -> bytes:
    """Return the like as ``msgpack`` or ``ndjson``."""
    rng = np.random.default_rng(seed)
    now = time.time_ns() // 1_000
    rows = [_row(rng, f"{seed:04x}{n:012x}", now - events + n) for n in range(events)]
    if form == "msgpack":
        return msgspec.msgpack.encode(rows)
    return b"\n".join(msgspec.json.encode(row) for row in rows)


def _row(rng: np.random.Generator, name: str, at: int) -> dict[str, Any]:
    picked = rng.integers(0, 20, ATTRIBUTES).tolist()
    values = rng.standard_normal(FEATURES).round(6).tolist()
    return {
        "id": name,
        "time": at,
        "service": "recommendations",
        "model": "ranker",
        "version": "42",
        "arm": "stable",
        "unit": f"{int(rng.integers(0, 100_000)):012x}",
        "attributes": {f"a{number}": f"v{value}" for number, value in enumerate(picked)},
        "features": {f"source{number % 3}.f{number}": value for number, value in enumerate(values)},
        "output": {"score": float(rng.random())},
        "latency_ms": float(rng.lognormal(3, 0.5)),
        "status": 200,
        "fallback": False,
    }


def _category(rng: np.random.Generator, values: list[str], events: int) -> pa.Array:
    return pa.DictionaryArray.from_arrays(pa.array(rng.integers(0, len(values), events, np.int32)), values)
