"""However many names, values and units are sent, a service's memory stays under its cap, and that is told."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from aright.core.model.columns import CATEGORY, TIME
from aright.core.model.frame import Kind
from aright.core.model.service import Service
from aright.core.observe.compact import compact
from aright.engine.recent import Recent
from aright.engine.settings import Settings
from aright.engine.watch import Watch

WIDTH = 30_000_000
CAP = 24 * 1024 * 1024
ROWS = 12_000
BODIES = 18
VALUES = 12
"""Attributes whose values are all different, so that more than two million come."""


def joined(numbers, ends):
    return pc.binary_join_element_wise(pa.array(numbers).cast(pa.string()), ends, "-")


def window_of(number):
    """Return which window a body is of: the first ten are open at once, then three bodies come for each."""
    return number if number < 10 else 10 + (number - 10) // 3


def flood(number):
    """Return a body in which every unit, nearly every value and every name is new."""
    first = number * ROWS
    numbers = np.arange(first, first + ROWS)
    unseen = joined(numbers, "x" * 20)
    columns = {
        "id": unseen,
        "time": pa.array(window_of(number) * WIDTH + np.sort(numbers % WIDTH)).cast(TIME),
        "service": pa.array(["shop"] * ROWS),
        "unit": unseen,
        "version": joined(numbers % 300 + number * 300, "v").dictionary_encode(),
        "host": joined(numbers % 900 + number * 900, "h").dictionary_encode(),
        "status": pa.array(np.full(ROWS, 200, np.int32)),
        "latency_ms": pa.array(np.full(ROWS, 5.0, np.float32)),
        "items": pa.array([["y" * 200] * 20] * 50 + [None] * (ROWS - 50), pa.list_(pa.string())),
        "text": pa.array(["z" * 20_000] * 100 + ["z"] * (ROWS - 100)),
    }
    for at in range(VALUES):
        columns[f"attr.a{at}"] = unseen.dictionary_encode()
    for at in range(40):
        columns[f"attr.n{number}-{at}"] = pa.array(["one", "two"] * (ROWS // 2)).cast(CATEGORY)
        columns[f"feat.n{number}-{at}"] = pa.array(np.full(ROWS, 1.5, np.float32))
    return pa.table(columns)


def outcomes(number):
    kinds = [f"kind-{number}-{at % 40}" for at in range(400)]
    return pa.table(
        {
            "time": pa.array([window_of(number) * WIDTH + 7] * 400, TIME),
            "service": ["shop"] * 400,
            "prediction_id": pa.array([f"{number * ROWS + at}-{'x' * 20}" for at in range(400)]),
            "unit": pa.nulls(400, pa.string()),
            "kind": pa.array(kinds).cast(CATEGORY),
            "value": pa.array([0.5] * 400, pa.float32()),
            "text": ["w" * 5_000] * 400,
        }
    )


@pytest.fixture(scope="module")
def flooded():
    """Return the watch after the flood, the bytes that it told on the way, and those that Arrow held."""
    watch = Watch(Service(key="shop"), Settings(state_bytes=CAP, lateness=0))
    told, held = [], []
    before = pa.total_allocated_bytes()
    for number in range(BODIES):
        watch.take(Kind.PREDICTIONS, flood(number))
        watch.take(Kind.OUTCOMES, outcomes(number))
        told.append(watch.measure().bytes)
        for window in range(window_of(number) if number >= 10 else 0):
            closed = watch.close(window * WIDTH)
            watch.learn(closed.points, now=window * WIDTH, quiet=False)
        held.append(pa.total_allocated_bytes() - before)
    return watch, told, held


def test_memory_stays_under_the_cap(flooded):
    _, told, _ = flooded
    assert max(told) <= CAP
    assert max(told) > CAP / 20  # it does look at what is there


def test_what_is_told_is_about_what_is_held(flooded):
    _, _, held = flooded
    assert max(held) <= 2 * CAP


def test_what_was_left_out_is_told(flooded):
    watch, _, _ = flooded
    left_out = watch.memory.left_out
    assert left_out.keys() >= {"attributes", "values", "units", "predictions", "kinds"}
    assert left_out["values"] > 2_000_000
    assert watch.memory.limit == CAP


def test_a_modest_service_loses_nothing():
    watch = Watch(Service(key="shop"), Settings())
    for number in range(3):
        rows = flood(0).slice(0, 300).select(["id", "time", "service", "unit", "status", "latency_ms"])
        watch.take(Kind.PREDICTIONS, rows)
        watch.close(number * WIDTH)
    assert watch.memory.left_out == {}
    assert 0 < watch.memory.bytes < 1_000_000


def test_the_oldest_predictions_go_first():
    recent = Recent(20_000)
    for number in range(40):
        ids = [f"{number}-{at}" for at in range(100)]
        recent.add(pa.table({"id": ids, "time": pa.array([number] * 100, TIME), "unit": ids}))
    kept = recent.table()["time"].cast(pa.int64()).to_pylist()
    assert recent.state_bytes <= 20_000
    assert max(kept) == 39
    assert len(kept) + recent.left_out == 4_000
    recent.forget(1_000)
    assert recent.table().num_rows == recent.state_bytes == 0


def test_one_body_too_large_is_halved_until_it_fits():
    recent = Recent(1_000)
    recent.add(pa.table({"id": ["a" * 50] * 400, "time": pa.array(range(400), TIME)}))
    assert recent.state_bytes <= 1_000
    assert recent.table()["time"].cast(pa.int64()).to_pylist()[-1] == 399


def test_a_copy_holds_no_more_than_its_rows():
    wide = pa.array([f"v{at}" * 20 for at in range(10_000)]).dictionary_encode()
    kept, left_out = compact(pa.table({"attr.a": wide, "id": pa.array(["x"] * 10_000)}).slice(0, 100))
    assert left_out == 0
    assert kept.nbytes < 20_000
    assert kept["attr.a"].to_pylist() == wide.slice(0, 100).to_pylist()
    empty, _ = compact(pa.table({"attr.a": wide}).slice(0, 0))
    assert empty.num_rows == 0
    nulls, _ = compact(pa.table({"attr.a": pa.array([None, "a"]).dictionary_encode()}))
    assert nulls["attr.a"].to_pylist() == [None, "a"]
