"""The quick road of Arrow bodies says what the general road says, and takes what it may take."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pytest

from aright.core.model.frame import Format, Kind
from aright.core.observe.intake import UnreadableError, arrow
from aright.core.observe.intake.arrow_messages import measure
from aright.core.observe.intake.arrow_quick import read_quickly
from aright.core.observe.intake.bounds import FUTURE, PAST
from aright.core.observe.intake.distinct import are_distinct, are_equal
from tests.unit.core.observe.intake.intake_bodies import NOW, read_body, stream

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

ROWS = 100


def category(*values: str | None, code: int = 0) -> pa.Array:
    codes = np.full(ROWS, code, np.int32)
    return pa.DictionaryArray.from_arrays(codes, pa.array(values, pa.string()), safe=False)


def floats(value: float | None = 1.0, at: int = 7) -> pa.Array:
    return pa.array([value if n == at else 1.0 for n in range(ROWS)], pa.float32())


def texts(value: str | None, at: int = 7) -> pa.Array:
    return pa.array([value if n == at else f"text-{n:04}" for n in range(ROWS)], pa.string())


def instants(value: int | None = NOW, at: int = 7) -> pa.Array:
    return pa.array([value if n == at else NOW + n for n in range(ROWS)], pa.timestamp("us", "UTC"))


def lists(value: Sequence[str | None] | None) -> pa.Array:
    return pa.array([value if n == 7 else ["a", "b"] for n in range(ROWS)], pa.list_(pa.string()))


PREDICTIONS = {
    "id": pa.array([f"id-{n:04}" for n in range(ROWS)]),
    "time": instants(),
    "service": pa.array(["shop"] * ROWS),
    "unit": texts("u"),
    "latency_ms": floats(),
    "attr.region": category("north", "south"),
    "feat.profiles.norm": floats(),
}
OUTCOMES = {
    "time": instants(),
    "service": pa.array(["shop"] * ROWS),
    "kind": category("click"),
    "prediction_id": texts("p"),
    "value": floats(),
}
PROCESS = {
    "time": instants(),
    "service": pa.array(["shop"] * ROWS),
    "name": category("cpu_percent"),
    "value": floats(),
}
GOOD = {Kind.PREDICTIONS: PREDICTIONS, Kind.OUTCOMES: OUTCOMES, Kind.PROCESS: PROCESS}

CHANGES: list[tuple[Kind, str, pa.Array]] = [
    *(
        (Kind.PREDICTIONS, "id", column)
        for column in (texts(None), texts(""), texts("i"), texts("text-0008"))
    ),
    *((Kind.PREDICTIONS, "id", column) for column in (texts("x" * 1_025), texts("naïve"), texts("y" * 900))),
    (Kind.PREDICTIONS, "id", pa.array([f"{n % 99:0100}" for n in range(ROWS)])),
    *((kind, "time", instants(None)) for kind in GOOD),
    *((kind, "time", instants(at)) for kind in GOOD for at in (NOW + FUTURE + 1, NOW - PAST - 1, 0, -1)),
    *((kind, "service", pa.array(["shop"] * 99 + [odd])) for kind in GOOD for odd in ("", "a\nb", "desk")),
    *((kind, "service", category("shop", "other")) for kind in GOOD),
    *((kind, "service", pa.array([f"shop-{n % 120:03}" for n in range(ROWS)])) for kind in GOOD),
    *((Kind.PREDICTIONS, "latency_ms", floats(x)) for x in (None, 0.0, -0.0, -1.0, np.nan, np.inf)),
    (Kind.PREDICTIONS, "latency_ms", pa.nulls(ROWS, pa.float32())),
    *((Kind.PREDICTIONS, "unit", texts(unit)) for unit in (None, "", "x" * 1_025)),
    *((Kind.PREDICTIONS, "attr.region", category(*two)) for two in (("a", "a"), ("a", None), ("x" * 1_025,))),
    (Kind.PREDICTIONS, "attr.region", category("unused", "x" * 1_025)),
    (Kind.PREDICTIONS, "attr.region", category(*map(str, range(300)))),
    (Kind.PREDICTIONS, "attr.", category("a")),
    (Kind.PREDICTIONS, "feat.a\nb", floats()),
    *((Kind.PREDICTIONS, "feat.f", floats(x)) for x in (None, np.nan, np.inf)),
    (Kind.PREDICTIONS, "feat.f", pa.nulls(ROWS, pa.float64())),
    *((Kind.PREDICTIONS, "items", lists(x)) for x in (None, [], ["c"], [None], ["x" * 1_025], ["c"] * 1_001)),
    (Kind.PREDICTIONS, "text", texts("x" * 70_000)),
    (Kind.PREDICTIONS, "nothing_of_ours", floats()),
    *((Kind.OUTCOMES, "prediction_id", texts(x)) for x in (None, "", "x" * 1_025)),
    *((Kind.OUTCOMES, "kind", category(x)) for x in ("", "label", "a\nb", "x" * 81)),
    *((Kind.OUTCOMES, "value", floats(x)) for x in (None, np.nan)),
    *((Kind.PROCESS, "name", category(x)) for x in ("", "a\nb", "x" * 201)),
    *((Kind.PROCESS, "value", floats(x)) for x in (None, np.nan, -np.inf, -3.0)),
]


def told(body: bytes, kind: Kind) -> str:
    try:
        found = read_body(body, kind=kind, form=Format.ARROW)
    except UnreadableError as error:
        return f"{error.problem}; {error.fix}"
    rows = found.rows
    lines = [] if rows is None else [str(rows.schema), str(rows.to_pylist())]
    return "\n".join([str((found.good, found.bad_count, found.bad, found.notes)), *lines])


def quick(body: bytes, kind: Kind) -> pa.Table | None:
    return read_quickly(body, body[: measure(body).schema], kind, NOW)


@pytest.fixture
def generally(monkeypatch: pytest.MonkeyPatch) -> Callable[[bytes, Kind], str]:
    def tell(body: bytes, kind: Kind) -> str:
        with monkeypatch.context() as patch:
            patch.setattr(arrow, "read_quickly", lambda *_: None)
            return told(body, kind)

    return tell


@pytest.mark.parametrize("kind", GOOD)
def test_good_bodies_take_the_quick_road(kind: Kind, generally: Callable[[bytes, Kind], str]) -> None:
    table = pa.table(GOOD[kind])
    for schema in (
        table.schema,
        table.schema.with_metadata({"pandas": "{}"}),
        pa.schema([field.with_metadata({"x": "y"}) for field in table.schema]),
        pa.schema([field.with_nullable(False) for field in table.schema]),
    ):
        body = stream(table.cast(schema))
        rows = quick(body, kind)
        assert rows is not None
        assert rows.schema.metadata is None
        assert all(field.nullable and field.metadata is None for field in rows.schema)
        assert told(body, kind) == generally(body, kind)


@pytest.mark.parametrize(("kind", "name", "column"), CHANGES)
def test_what_is_odd_is_told_as_on_the_general_road(
    kind: Kind, name: str, column: pa.Array, generally: Callable[[bytes, Kind], str]
) -> None:
    body = stream(pa.table({**GOOD[kind], name: column}))
    assert told(body, kind) == generally(body, kind)


@pytest.mark.parametrize("kind", GOOD)
def test_the_order_of_columns_is_ours(kind: Kind, generally: Callable[[bytes, Kind], str]) -> None:
    turned = dict(reversed(GOOD[kind].items()))
    body = stream(pa.table(turned))
    assert quick(body, kind) is not None
    assert told(body, kind) == generally(body, kind)


def test_codes_beyond_their_dictionary_never_come_through(
    generally: Callable[[bytes, Kind], str],
) -> None:
    body = stream(pa.table({**PREDICTIONS, "attr.region": category("a", code=3)}))
    assert quick(body, Kind.PREDICTIONS) is None
    assert told(body, Kind.PREDICTIONS) == generally(body, Kind.PREDICTIONS)


def test_several_batches_and_none_take_the_general_road(generally: Callable[[bytes, Kind], str]) -> None:
    table = pa.table({name: pa.chunked_array([column, column]) for name, column in PREDICTIONS.items()})
    for body in (stream(table), stream(table.slice(0, 0))):
        assert quick(body, Kind.PREDICTIONS) is None
        assert told(body, Kind.PREDICTIONS) == generally(body, Kind.PREDICTIONS)


def test_a_header_that_came_before_is_held_against_its_own_body() -> None:
    small = stream(pa.table(PREDICTIONS), compression="zstd")
    before = measure(small)
    length = pa.array(range(ROWS), pa.int64()).nbytes.to_bytes(8, "little")  # of the times, once decompressed
    huge = small.replace(length, (1 << 40).to_bytes(8, "little"))
    assert huge != small
    assert measure(huge).inflated > before.inflated + (1 << 39)
    assert measure(small) == before
    with pytest.raises(UnreadableError, match="cut off"):
        measure(small[: len(small) // 2])


@pytest.mark.parametrize("width", [1, 7, 8, 9, 64, 65])
def test_repeats_are_seen_at_every_width(width: int) -> None:
    count = 10 if width == 1 else 90
    ids = [f"{n:0{width}}" for n in range(count)]
    assert are_distinct(pa.array(ids))
    assert not are_distinct(pa.array([*ids, ids[3]]))
    assert are_distinct(pa.array(["before", *ids]).slice(1))


def test_texts_of_no_length_and_of_several_are_compared_too() -> None:
    assert not are_distinct(pa.array([""] * 50))
    assert are_distinct(pa.array(["x" * n for n in range(50)]))
    assert not are_distinct(pa.array(["x" * (n % 49) for n in range(50)]))
    assert are_equal(pa.array(["desk", "shop", "shop"]).slice(1))
    assert not are_equal(pa.array([], pa.string()))
