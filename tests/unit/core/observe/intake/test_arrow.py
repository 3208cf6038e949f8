"""Arrow IPC streams: columns of any type, bent and hostile ones among them."""

from __future__ import annotations

import math
import struct
from decimal import Decimal

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aright.core.model.columns import CATEGORY, PREDICTION_FIELDS
from aright.core.model.frame import Format, Kind
from aright.core.observe.intake import UnreadableError
from aright.core.observe.intake.arrow_messages import measure
from aright.core.observe.intake.arrow_strings import mend
from tests.unit.core.observe.intake.intake_bodies import (
    NOW,
    attempt,
    columns,
    noted,
    read_arrow,
    read_body,
    stream,
    told,
)


def dictionary(values: list[object], indices: list[int | None], index: pa.DataType = None) -> pa.Array:
    return pa.DictionaryArray.from_arrays(pa.array(indices, index or pa.int32()), pa.array(values))


def test_our_own_types_are_not_touched() -> None:
    table = columns(
        3,
        **{
            "score": pa.array([0.5, math.nan, None], pa.float32()),
            "attr.a": dictionary(["x", "y"], [0, 1, None]),
            "feat.f": pa.array([1.0, 2.0, math.inf], pa.float32()),
        },
    )
    body = stream(table)
    found = read_body(body, form=Format.ARROW)
    assert found.rows is not None
    assert (found.good, found.bad_count, found.notes) == (3, 0, ())
    assert str(found.rows.to_pylist()) == str(table.to_pylist())
    assert found.rows.schema.types == table.schema.types


def test_columns_lie_where_the_body_lies() -> None:
    body = stream(columns(100, **{"feat.f": pa.array(np.arange(100, dtype=np.float32))}))
    begin = pa.py_buffer(body).address
    rows = read_body(body, form=Format.ARROW).rows
    assert rows is not None
    for name in ("id", "time", "service", "feat.f"):
        addresses = [buffer.address for buffer in rows[name].chunk(0).buffers() if buffer is not None]
        assert addresses
        assert all(begin <= address < begin + len(body) for address in addresses)


def test_several_batches_with_their_own_dictionaries() -> None:
    first = columns(2, **{"attr.a": dictionary(["x", "y"], [0, 1])})
    second = columns(2, **{"attr.a": dictionary(["z", "x"], [0, 1])}).set_column(
        0, "id", pa.array(["s", "t"])
    )
    found = read_arrow(pa.concat_tables([first, second]))
    assert found.rows is not None
    assert found.rows["attr.a"].to_pylist() == ["x", "y", "z", "x"]


@pytest.mark.parametrize(
    "time",
    [
        pa.array([NOW, NOW + 1]),
        pa.array([NOW, NOW + 1], pa.uint64()),
        pa.array([NOW * 1_000, (NOW + 1) * 1_000], pa.timestamp("ns", "UTC")),
        pa.array([NOW * 1_000 + 7, (NOW + 1) * 1_000 + 999], pa.timestamp("ns")),
        pa.array([NOW, NOW + 1], pa.timestamp("us", "Africa/Casablanca")),
        pa.array([NOW, NOW + 1], pa.timestamp("us")),
        pa.array(["2026-01-01T00:00:00Z", "2026-01-01T01:00:00.000001+01:00"]),
        pa.array(["2026-01-01T00:00:00Z", "2026-01-01T01:00:00.000001999+01:00"]),
        pa.array(["2026-01-01T00:00:00Z", "2026-01-01T01:00:00.000001+01:00"]).dictionary_encode(),
    ],
)
def test_times_of_any_make(time: pa.Array) -> None:
    found = read_arrow(columns().set_column(1, "time", time))
    assert found.rows is not None
    assert found.bad_count == 0
    assert found.rows["time"].cast("int64").to_pylist() == [NOW, NOW + 1]


@pytest.mark.parametrize("unit", ["s", "ms"])
def test_coarser_times(unit: str) -> None:
    factor = {"s": 1_000_000, "ms": 1_000}[unit]
    time = pa.array([NOW // factor] * 2, pa.timestamp(unit, "UTC"))
    assert read_arrow(columns().set_column(1, "time", time)).good == 2


@pytest.mark.parametrize(
    ("time", "problem"),
    [
        (
            pa.array(["2026-01-01T00:00:00Z", "yesterday"]),
            '"yesterday" is no time with a zone, such as 2026-01-31',
        ),
        (
            pa.array(["2026-01-01T00:00:00Z", "2026-01-01"]),
            '"2026-01-01" is no time with a zone, such as 2026-01-31',
        ),
        (pa.array([NOW, 2**62]), f"{2**62} is in the future: our clock says"),
        (pa.array([NOW, -(2**63)]), f"{-(2**63)} is too long ago: our clock says"),
        (pa.array([NOW, NOW * 1_000]), "looks like nanoseconds"),
        (pa.array([NOW, None]), "required, but missing"),
    ],
)
def test_bad_times_cost_their_rows_alone(time: pa.Array, problem: str) -> None:
    found = read_arrow(columns().set_column(1, "time", time))
    assert found.good == 1
    assert [(bad.row, bad.field) for bad in found.bad] == [(1, "time")]
    assert problem in found.bad[0].problem


@pytest.mark.parametrize(
    ("name", "column", "values"),
    [
        ("id", pa.array([7, 8]), ["7", "8"]),
        ("id", pa.array(["a", "b"], pa.large_string()), ["a", "b"]),
        ("id", pa.array(["a", "b"], pa.string_view()), ["a", "b"]),
        ("id", dictionary(["a", "b"], [1, 0], pa.int8()), ["b", "a"]),
        ("service", dictionary(["shop"], [0, 0]), ["shop", "shop"]),
        ("version", pa.array([1.5, 2.0]), ["1.5", "2"]),
        ("version", pa.array([True, None]), ["true", None]),
        ("label", pa.array([3, 4], pa.int8()), ["3", "4"]),
        ("model", dictionary(["m", "n"], [1, None], pa.uint8()), ["n", None]),
        ("model", dictionary([1, 2], [1, 0]), ["2", "1"]),
        ("attr.a", dictionary(["x", None, "x"], [2, 1]), ["x", None]),
        ("attr.a", pa.array(["x", "y"], pa.large_string()), ["x", "y"]),
        ("status", pa.array([200, 500], pa.int64()), [200, 500]),
        ("status", pa.array(["200", "500"]), [200, 500]),
        ("fallback", pa.array([1, 0], pa.int8()), [True, False]),
        ("fallback", pa.array(["true", "false"]), [True, False]),
        ("latency_ms", pa.array([1, 2], pa.int64()), [1.0, 2.0]),
        ("latency_ms", pa.array([Decimal("1.5"), None]), [1.5, None]),
        ("score", pa.array([0.5, math.nan], pa.float64()), [0.5, math.nan]),
        ("items", pa.array([["a"], ["b"]], pa.large_list(pa.string())), [["a"], ["b"]]),
        ("items", pa.array([[1, 2], None], pa.list_(pa.int64())), [["1", "2"], None]),
        ("items", pa.array([["a", "b"], ["c", "d"]], pa.list_(pa.string(), 2)), [["a", "b"], ["c", "d"]]),
        ("feat.f", pa.array([1, 2], pa.int64()), [1.0, 2.0]),
        ("feat.f", pa.array([1, 2], pa.int8()), [1.0, 2.0]),
        ("feat.f", pa.array([2**63, 1], pa.uint64()), [2.0**63, 1.0]),
        ("feat.f", pa.array([True, None]), [1.0, None]),
        ("feat.f", pa.array([Decimal("1.5"), None]), [1.5, None]),
        ("feat.f", pa.array([1.0, 2.0], pa.float16()), [1.0, 2.0]),
        ("feat.f", pa.array(["a", "b"], pa.string_view()), ["a", "b"]),
        ("feat.f", dictionary([1.5, 2.5], [1, 0]), [2.5, 1.5]),
        ("feat.f", dictionary(["a", "b"], [1, None], pa.int16()), ["b", None]),
    ],
)
def test_castable_types_are_cast(name: str, column: pa.Array, values: list[object]) -> None:
    table = columns()
    at = table.column_names.index(name) if name in table.column_names else None
    table = table.append_column(name, column) if at is None else table.set_column(at, name, column)
    found = read_arrow(table)
    assert (found.good, found.bad_count, found.notes) == (2, 0, ())
    assert found.rows is not None
    assert str(found.rows[name].to_pylist()) == str(values)
    wanted = PREDICTION_FIELDS.get(name)
    kinds = {wanted} if wanted else {pa.float32(), pa.float64(), CATEGORY}
    assert found.rows[name].type in kinds


def test_structs_are_taken_apart() -> None:
    table = columns(
        attributes=pa.array([{"region": "n", "tier": 1}, None]),
        features=pa.array([{"p.norm": 0.5, "plan": "x"}, {"p.norm": None, "plan": "y"}]),
        output=pa.array([{"score": 0.5, "shape": 1}, {"score": None, "shape": 2}]),
    )
    found = read_arrow(table)
    assert found.rows is not None
    assert found.rows.drop_columns(["time"]).to_pydict() == {
        "id": ["r0", "r1"],
        "service": ["shop", "shop"],
        "score": [0.5, None],
        "attr.region": ["n", None],
        "attr.tier": ["1", None],
        "feat.p.norm": [0.5, None],
        "feat.plan": ["x", "y"],
    }
    assert noted(found) == [("output.shape", "unknown field, ignored")]


def test_unknown_and_repeated_columns_are_noted() -> None:
    table = columns(color=pa.array([1, 2]), score=pa.array([0.1, 0.2]))
    table = table.append_column("score", pa.array([9.0, 9.0]))
    found = read_arrow(table)
    assert found.rows is not None
    assert found.rows["score"].to_pylist() == pytest.approx([0.1, 0.2])
    assert [field for field, _ in noted(found)] == ["color", "score"]


@pytest.mark.parametrize(
    "column",
    [
        pa.array([{"a": 1}, {"a": 2}]),
        pa.array([[1], [2]]),
        pa.array([b"a", b"b"]),
        pa.array([1, 2], pa.timestamp("us")),
        pa.array([1, 2], pa.date32()),
        pa.RunEndEncodedArray.from_arrays([2], ["x"]),
        dictionary([["a"], ["b"]], [0, 1]),
    ],
)
def test_features_and_outputs_of_no_usable_type_are_left_out(column: pa.Array) -> None:
    found = read_arrow(columns(**{"feat.f": column, "score": column, "items": column}))
    assert found.rows is not None
    assert found.good == 2
    assert "feat.f" not in found.rows.column_names
    assert all("left out" in problem for _, problem in noted(found))


@pytest.mark.parametrize("name", ["id", "time", "service"])
def test_a_required_column_must_be_there_and_usable(name: str) -> None:
    table = columns()
    with pytest.raises(UnreadableError, match=f'column "{name}"'):
        read_arrow(table.drop_columns([name]))
    struct_column = pa.array([{"a": 1}, {"a": 2}])
    with pytest.raises(UnreadableError, match=f'column "{name}"'):
        read_arrow(table.set_column(table.column_names.index(name), name, struct_column))


def test_cells_that_cannot_be_cast_cost_their_rows() -> None:
    found = read_arrow(
        columns(4, status=pa.array(["200", "ok", "500", "no"]), latency_ms=pa.array([1.0, -1, 2, 3]))
    )
    assert told(found) == [(1, "status", '"ok" is no int32'), (3, "status", '"no" is no int32')]
    assert found.rows is not None
    assert found.rows["id"].to_pylist() == ["r0", "r2"]


def test_rows_out_of_range_cost_themselves() -> None:
    found = read_arrow(columns(2, status=pa.array([200, 2**40])))
    assert told(found) == [(1, "status", f'"{2**40}" is no int32')]


def test_null_columns_and_no_rows() -> None:
    found = read_arrow(columns(2, **{"feat.a": pa.nulls(2), "score": pa.nulls(2), "attr.b": pa.nulls(2)}))
    assert found.rows is not None
    assert found.rows.column_names == ["id", "time", "service"]
    none = read_arrow(columns(0))
    assert (none.good, none.rows) == (0, None)
    assert noted(none) == [("", "the body has no rows")]


def test_repeated_ids_keep_the_first() -> None:
    found = read_arrow(columns(3).set_column(0, "id", pa.array(["a", "b", "a"])))
    assert (found.good, told(found)[0][:2]) == (2, (2, "id"))


def test_ten_thousand_columns() -> None:
    found = read_arrow(columns(2, **{f"feat.f{n}": pa.array([1.0, 2.0]) for n in range(10_000)}))
    assert found.rows is not None
    assert found.rows.num_columns == 2_003
    assert "more than 2,000 distinct features" in found.notes[0].problem


def test_items_with_nulls_and_long_items_cost_their_rows() -> None:
    items = pa.array([["a"], ["b", None], ["x" * 2_000], None, ["y"] * 1_001])
    found = read_arrow(columns(5, items=items))
    assert [(bad.row, bad.field) for bad in found.bad] == [
        (1, "output.items"),
        (2, "output.items"),
        (4, "output.items"),
    ]


# --- damage ------------------------------------------------------------------------------------------


def test_broken_utf8_costs_its_rows_alone() -> None:
    ids = pa.array([b"a", b"\xff", b"c"]).view(pa.string())
    found = read_arrow(columns(3).set_column(0, "id", ids))
    assert found.rows is not None
    assert found.rows["id"].to_pylist() == ["a", "c"]
    assert told(found) == [(1, "id", "not valid UTF-8")]


def test_broken_utf8_in_a_dictionary_is_told() -> None:
    values = pa.array([b"a", b"\xff"]).view(pa.string())
    broken = pa.DictionaryArray.from_arrays(pa.array([0, 1], pa.int32()), values)
    with pytest.raises(UnreadableError, match=r'column "attr.a" is damaged'):
        read_arrow(columns(**{"attr.a": broken}))


def test_columns_with_other_damage_are_not_mended() -> None:
    offsets = pa.array([0, 1_000_000, 5], pa.int32()).buffers()[1]
    broken = pa.Array.from_buffers(pa.string(), 2, [None, offsets, pa.py_buffer(b"hello")])
    column = pa.chunked_array([broken])
    assert mend(column)[1] == []
    numbers = pa.chunked_array([[1, 2]])
    assert mend(numbers) == (numbers, [])


@pytest.mark.parametrize("keep", [0, 1, 7, 8, 100, 300, -1, -9, -20])
def test_a_stream_cut_off_anywhere_is_told(keep: int) -> None:
    body = stream(columns(50))
    with pytest.raises(UnreadableError) as caught:
        read_body(body[:keep], form=Format.ARROW)
    assert caught.value.fix


def test_an_arrow_file_and_trailing_bytes_are_told() -> None:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_file(sink, columns().schema) as writer:
        writer.write_table(columns())
    with pytest.raises(UnreadableError, match="Arrow IPC file"):
        read_body(sink.getvalue().to_pybytes(), form=Format.ARROW)
    with pytest.raises(UnreadableError, match="bytes follow"):
        read_body(stream(columns()) * 2, form=Format.ARROW)


@pytest.mark.parametrize("compression", ["lz4", "zstd"])
def test_bodies_compressed_inside_are_read_and_bounded(compression: str) -> None:
    table = columns(5_000, **{"feat.a": pa.array(np.zeros(5_000))})
    body = stream(table, compression=compression)
    assert measure(body).rows == 5_000
    assert measure(body).inflated >= 5_000 * 16
    assert read_body(body, form=Format.ARROW).good == 5_000
    with pytest.raises(UnreadableError, match="once decompressed"):
        read_body(body, form=Format.ARROW, limit=100_000)


def test_a_body_that_announces_any_size_is_not_believed() -> None:
    body = bytearray(stream(columns(5_000, **{"feat.a": pa.array(np.zeros(5_000))}), compression="zstd"))
    at = body.index(struct.pack("<q", 40_000))
    body[at : at + 8] = struct.pack("<q", 2**50)
    with pytest.raises(UnreadableError, match="once decompressed"):
        read_body(bytes(body), form=Format.ARROW, limit=1 << 26)


def views(text: bytes, count: int) -> pa.Array:
    """Return ``count`` views of one text."""
    one = np.frombuffer(pa.array([text.decode()], pa.string_view()).buffers()[1], np.int32)[:4]
    return pa.Array.from_buffers(
        pa.string_view(), count, [None, pa.py_buffer(np.tile(one, count).tobytes()), pa.py_buffer(text)]
    )


@pytest.mark.parametrize("views_of_it", [True, False])
def test_text_that_would_outgrow_the_bound_is_left_out(views_of_it: bool) -> None:
    text = "x" * 100_000
    repeated = views(text.encode(), 1_000) if views_of_it else dictionary([text], [0] * 1_000)
    found = read_arrow(columns(1_000, text=repeated))
    assert (found.good, noted(found)) == (
        1_000,
        [("text", "would take more than 67,108,864 bytes; left out")],
    )
    few = read_arrow(columns(2, text=repeated.slice(0, 2)))
    assert few.rows is not None
    assert few.rows["text"].to_pylist() == [text[:65_536]] * 2


def test_rows_that_take_few_bytes_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    huge = pa.table({"feat.a": pa.nulls(3_000_000)})
    with pytest.raises(UnreadableError, match="more than 2,000,000"):
        read_arrow(huge)
    monkeypatch.setattr("aright.core.observe.intake.arrow.MAX_CELLS", 1_000)
    wide = columns(100, **{f"feat.f{n}": pa.array([True] * 100) for n in range(20)})
    with pytest.raises(UnreadableError, match="too many for so many columns"):
        read_arrow(wide)


@settings(deadline=None, max_examples=200)
@given(data=st.data(), kind=st.sampled_from([Kind.PREDICTIONS, Kind.OUTCOMES, Kind.PROCESS]))
def test_any_damage_is_answered(data: st.DataObject, kind: Kind) -> None:
    table = columns(
        3,
        kind=["click"] * 3,
        name=["cpu"] * 3,
        value=[1.0, 2.0, 3.0],
        items=[["a"], None, ["b", "c"]],
        features=[{"a": 1.0}] * 3,
        **{"attr.a": dictionary(["x", "y"], [0, 1, None])},
    )
    body = bytearray(stream(table, compression=data.draw(st.sampled_from([None, "lz4", "zstd"]))))
    for _ in range(data.draw(st.integers(1, 6))):
        body[data.draw(st.integers(0, len(body) - 1))] = data.draw(st.integers(0, 255))
    attempt(bytes(body), form=Format.ARROW, kind=kind)
