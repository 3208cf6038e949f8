"""Rows written one by one: JSON lines, a JSON array, msgpack."""

from __future__ import annotations

import json
import math
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aright.core.model.columns import CATEGORY, PREDICTION_FIELDS
from aright.core.model.frame import Format, Kind
from aright.core.model.times import DAY
from aright.core.observe.intake import Intake, UnreadableError
from tests.unit.core.observe.intake.intake_bodies import (
    NOW,
    ROW_WRITERS,
    Row,
    attempt,
    lines,
    noted,
    packed,
    read_body,
    row,
    told,
)

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.fixture(params=sorted(ROW_WRITERS))
def read_rows(request: pytest.FixtureRequest) -> Callable[..., Intake]:
    form, write = ROW_WRITERS[request.param]

    def read_them(*rows: object, kind: Kind = Kind.PREDICTIONS) -> Intake:
        return read_body(write(rows), kind=kind, form=form)  # type: ignore[arg-type]  # rows may be anything

    return read_them


FULL: Row = row(
    model="mf",
    version="7",
    arm="canary",
    unit="u1",
    attributes={"region": "north", "plan": "free"},
    features={"profiles.norm": 0.5, "size": 3, "plan": "x", "new": True, "gone": None},
    output={"items": ["a", "b"]},
    confidence=0.25,
    latency_ms=12.5,
    status=200,
    fallback=False,
    pool="p",
    host="h",
    trace_id="t",
)


def test_a_full_prediction_fills_its_columns(read_rows: Callable[..., Intake]) -> None:
    found = read_rows(FULL)
    assert found.rows is not None
    assert found.rows.drop_columns(["time"]).to_pylist() == [
        {
            "id": "r0",
            "service": "shop",
            "model": "mf",
            "version": "7",
            "arm": "canary",
            "unit": "u1",
            "status": 200,
            "fallback": False,
            "latency_ms": 12.5,
            "confidence": 0.25,
            "items": ["a", "b"],
            "pool": "p",
            "host": "h",
            "trace_id": "t",
            "attr.region": "north",
            "attr.plan": "free",
            "feat.profiles.norm": 0.5,
            "feat.size": 3.0,
            "feat.plan": "x",
            "feat.new": 1.0,
        }
    ]
    schema = found.rows.schema
    assert all(field.type == PREDICTION_FIELDS.get(field.name, field.type) for field in schema)
    assert schema.field("attr.region").type == schema.field("feat.plan").type == CATEGORY
    assert (found.good, found.bad_count, found.notes) == (1, 0, ())


@pytest.mark.parametrize(
    ("output", "column", "value"),
    [
        ({"score": 0.5}, "score", 0.5),
        ({"number": 7}, "number", 7.0),
        ({"label": "cat"}, "label", "cat"),
        ({"label": 3}, "label", "3"),
        ({"label": True}, "label", "true"),
        ({"text": "hé"}, "text", "hé"),
        ({"items": [1, "b"]}, "items", ["1", "b"]),
        ({"items": []}, "items", []),
    ],
)
def test_outputs(read_rows: Callable[..., Intake], output: Row, column: str, value: object) -> None:
    rows = read_rows(row(output=output)).rows
    assert rows is not None
    assert rows[column].to_pylist() == [value]


def test_numbers_do_for_ids_and_categories(read_rows: Callable[..., Intake]) -> None:
    rows = read_rows(row(1) | {"id": 17, "unit": 5, "version": 1.5, "attributes": {"shard": 3}}).rows
    assert rows is not None
    assert (rows["id"][0].as_py(), rows["unit"][0].as_py()) == ("17", "5")
    assert (rows["version"][0].as_py(), rows["attr.shard"][0].as_py()) == ("1.5", "3")


@pytest.mark.parametrize(
    "time",
    [NOW, "2026-01-01T00:00:00Z", "2026-01-01T01:00:00+01:00", "2026-01-01T00:00:00.000000000Z"],
)
def test_times(read_rows: Callable[..., Intake], time: object) -> None:
    rows = read_rows(row(0) | {"time": time}, row(1)).rows
    assert rows is not None
    assert rows["time"].cast("int64").to_pylist() == [NOW, NOW + 1]


MICRO = "; integers are microseconds"
CLOCK = "our clock says 2026-01-01T00:00:00.000Z"

BAD: list[tuple[object, str, str]] = [
    ({"id": "a", "time": NOW}, "service", "required, but missing"),
    (row(9) | {"time": "yesterday"}, "time", "Invalid RFC3339 encoded datetime"),
    (row(9) | {"time": "2026-01-01T00:00:00"}, "time", "Expected datetime with a timezone component"),
    (row(9) | {"time": 1.5}, "time", "Expected int | datetime, got float"),
    (row(9) | {"time": None}, "time", "Expected int | datetime, got null"),
    (row(9) | {"time": NOW // 1_000_000}, "time", f"{NOW // 1_000_000} looks like seconds{MICRO}"),
    (row(9) | {"time": NOW // 1000}, "time", f"{NOW // 1000} looks like milliseconds{MICRO}"),
    (row(9) | {"time": NOW * 1_000}, "time", "Expected int <= 4102444800000000"),
    (row(9) | {"time": NOW + 400_000_000}, "time", f"2026-01-01T00:06:40.000Z is in the future: {CLOCK}"),
    (row(9) | {"time": NOW - 31 * DAY}, "time", f"2025-12-01T00:00:00.000Z is too long ago: {CLOCK}"),
    (row(9, latency_ms=-1), "latency_ms", "negative or not finite"),
    (row(9, latency_ms="12"), "latency_ms", "Expected float | null, got str"),
    (row(9, status=2**40), "status", "Expected int <= 2147483647"),
    (row(9, fallback="no"), "fallback", "Expected bool | null, got str"),
    (row(9, features={"a": [1]}), "features[...]", "Expected bool | float | str | null, got array"),
    (row(9, output={"items": [{}]}), "output.items[0]", "Expected int | float | str, got object"),
    (row(9, output={"items": ["x"] * 1_001}), "output.items", "more than 1,000 items"),
    (row(9, output={"items": ["x" * 1_025]}), "output.items", "an item is null or longer than 1,024 bytes"),
    (row(9, attributes={"a": "x" * 1_025}), "attributes.a", "longer than 1,024 bytes"),
    (row(9, features={"a": "x" * 1_025}), "features.a", "longer than 1,024 bytes"),
    (row(9) | {"id": ""}, "id", "empty"),
    (row(9) | {"id": "x" * 2_000}, "id", "longer than 1,024 bytes"),
    (row(9) | {"service": "a\nb"}, "service", "no usable name"),
    (row(9) | {"service": "é" * 41}, "service", "no usable name"),
    (row(1), "id", 'id "r1" is in this body already; its first row was taken'),
    (5, "", "Expected object, got int"),
    (None, "", "Expected object, got null"),
    ([], "", "Expected object, got array"),
]  # fmt: skip


@pytest.mark.parametrize(("bad", "field", "problem"), BAD)
def test_a_bad_row_is_told_and_the_good_ones_are_kept(
    read_rows: Callable[..., Intake], bad: object, field: str, problem: str
) -> None:
    found = read_rows(row(1), bad, row(2))
    assert told(found) == [(1, field, problem)]
    assert found.rows is not None
    assert found.rows["id"].to_pylist() == ["r1", "r2"]


def test_a_bad_row_is_kept_for_reading_cut_to_500_characters(read_rows: Callable[..., Intake]) -> None:
    (bad,) = read_rows(row(0, latency_ms=-1, trace_id="q" * 900)).bad
    assert "r0" in bad.text
    assert len(bad.text) == 500


def test_the_first_twenty_bad_rows_are_described_and_all_are_counted(
    read_rows: Callable[..., Intake],
) -> None:
    found = read_rows(row(99), *(row(n, latency_ms=-1) for n in range(60)), *[{}] * 30)
    assert (found.good, found.bad_count, len(found.bad)) == (1, 90, 20)


def test_a_row_that_fell_out_does_not_claim_its_id(read_rows: Callable[..., Intake]) -> None:
    found = read_rows(row(1, latency_ms=-1), row(1), row(1))
    assert [(bad.row, bad.field) for bad in found.bad] == [(0, "latency_ms"), (2, "id")]
    assert found.good == 1


def test_unknown_fields_are_ignored_and_noted_once(read_rows: Callable[..., Intake]) -> None:
    found = read_rows(row(1, color="red"), row(2, color="blue"))
    assert (found.good, noted(found)) == (2, [("color", "unknown field, ignored")])


def test_unknown_fields_beside_bad_rows_are_noted_too(read_rows: Callable[..., Intake]) -> None:
    found = read_rows(row(1, latency_ms="x"), row(2, color="red"))
    assert (found.good, found.bad_count, noted(found)) == (1, 1, [("color", "unknown field, ignored")])


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_features_that_are_not_finite_are_kept(value: float) -> None:
    for form, write in ROW_WRITERS.values():
        if write is lines or form is Format.MSGPACK:
            body = b"\n".join(json.dumps(r).encode() for r in (row(1, features={"a": value}), row(2)))
            found = read_body(
                body if write is lines else packed([row(1, features={"a": value}), row(2)]), form=form
            )
            assert found.rows is not None
            assert str(found.rows["feat.a"].to_pylist()) == str([value, None])


def test_numbers_beyond_the_range_are_infinite() -> None:
    found = read_body(b'{"id": 1, "time": 1767225600000000, "service": "s", "features": {"a": 1e999}}')
    assert found.rows is not None
    assert found.rows["feat.a"].to_pylist() == [math.inf]


def test_a_feature_of_mixed_types_becomes_what_more_of_its_values_are(
    read_rows: Callable[..., Intake],
) -> None:
    found = read_rows(
        *(row(n, features={"a": value, "b": value}) for n, value in enumerate([1, 2, "3", "x"]))
    )
    assert found.rows is not None
    assert found.rows["feat.a"].to_pylist() == [1.0, 2.0, 3.0, None]
    texts = read_rows(*(row(n, features={"a": value}) for n, value in enumerate([1, "a", "b"])))
    assert texts.rows is not None
    assert texts.rows["feat.a"].to_pylist() == ["1", "a", "b"]


def test_all_null_is_no_column(read_rows: Callable[..., Intake]) -> None:
    found = read_rows(row(1, features={"a": None}, attributes={"b": None}, model=None, output={}))
    assert found.rows is not None
    assert found.rows.column_names == ["id", "time", "service"]


def test_ten_thousand_features_are_bounded(read_rows: Callable[..., Intake]) -> None:
    found = read_rows(row(features={f"f{n}": n for n in range(10_000)}))
    assert found.rows is not None
    assert len(found.rows.column_names) == 2_003
    assert noted(found) == [
        (
            "features",
            'more than 2,000 distinct features in one body: "f2000" and all further ones are left out',
        )
    ]


def test_attributes_are_bounded(read_rows: Callable[..., Intake]) -> None:
    found = read_rows(*(row(n, attributes={f"a{n}": "x"}) for n in range(300)))
    assert found.rows is not None
    assert (found.good, len(found.rows.column_names)) == (300, 203)


@pytest.mark.parametrize("name", ["", "a\x00b", "a\u202eb", "n" * 201])
def test_odd_names_are_left_out(read_rows: Callable[..., Intake], name: str) -> None:
    found = read_rows(row(features={name: 1.0, "ok.": 2.0}))
    assert found.rows is not None
    assert found.rows.column_names[3:] == ["feat.ok."]
    assert [problem for _, problem in noted(found)] == ["no usable name, left out"]


def test_services_are_bounded(read_rows: Callable[..., Intake]) -> None:
    found = read_rows(*(row(n) | {"service": f"s{n}"} for n in range(130)))
    assert (found.good, found.bad_count) == (100, 30)


def test_long_text_is_cut_and_noted(read_rows: Callable[..., Intake]) -> None:
    found = read_rows(row(output={"text": "é" * 70_000}))
    assert found.rows is not None
    assert len(found.rows["text"][0].as_py()) == 65_536
    assert noted(found) == [("text", "longer than 65,536 characters: cut")]


@pytest.mark.parametrize("body", [b"\n \n", b"[]", b"[ ]", b"\xef\xbb\xbf"])
def test_no_rows_in_json(body: bytes) -> None:
    found = read_body(body)
    assert (found.good, found.bad_count, found.rows) == (0, 0, None)
    assert noted(found) == [("", "the body has no rows")]


def test_no_rows_in_msgpack() -> None:
    assert noted(read_body(b"\x90", form=Format.MSGPACK)) == [("", "the body has no rows")]


# --- whatever comes ----------------------------------------------------------------------------------

_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
_FIELDS = st.sampled_from(
    [
        "id",
        "time",
        "service",
        "model",
        "unit",
        "attributes",
        "features",
        "output",
        "latency_ms",
        "status",
        "x",
    ]
)


@settings(deadline=None, max_examples=150)
@given(changes=st.lists(st.dictionaries(_FIELDS, _JSON, max_size=4), min_size=1, max_size=4))
def test_any_json_in_any_field_is_taken_or_told(changes: list[Row]) -> None:
    rows = [row(n, features={"a": 1.0}) | change for n, change in enumerate(changes)]
    for form, write in ROW_WRITERS.values():
        try:
            body = write(rows)
        except (OverflowError, UnicodeEncodeError):
            continue
        found = read_body(body, form=form)
        assert found.good + found.bad_count == len(rows)


@settings(deadline=None, max_examples=150)
@given(
    body=st.binary(max_size=200),
    form=st.sampled_from([Format.NDJSON, Format.MSGPACK, Format.ARROW]),
    kind=st.sampled_from([Kind.PREDICTIONS, Kind.OUTCOMES, Kind.PROCESS, Kind.CHANGES]),
)
def test_any_bytes_are_answered(body: bytes, form: Format, kind: Kind) -> None:
    attempt(body, form=form, kind=kind)


@settings(deadline=None, max_examples=150)
@given(data=st.data(), form=st.sampled_from(sorted(ROW_WRITERS)))
def test_any_damage_to_a_good_body_is_answered(data: st.DataObject, form: str) -> None:
    kind, write = ROW_WRITERS[form]
    body = bytearray(write([FULL, row(1, output={"score": 0.5})]))
    for _ in range(data.draw(st.integers(1, 4))):
        body[data.draw(st.integers(0, len(body) - 1))] = data.draw(st.integers(0, 255))
    attempt(bytes(body), form=kind)


@pytest.mark.parametrize("confidence", ["0.5", "NaN"])
def test_rows_nested_too_deeply_are_told_and_the_others_kept(confidence: str) -> None:
    deep = "[" * 100_000 + "]" * 100_000
    bomb = f'{{"id": "b", "time": {NOW}, "service": "shop", "confidence": {confidence}, "x": {deep}}}'
    good = lines([row(1), row(2)])
    found = read_body(b"\n".join([bomb.encode(), good]))
    assert found.good == 2
    assert told(found) == [(0, "", "nested too deeply")]
    with pytest.raises(UnreadableError, match="row 0 is nested too deeply"):
        read_body(b"[" + bomb.encode() + b"," + good.replace(b"\n", b",") + b"]")


def test_a_zone_holds_beside_a_library_that_makes_arrow_drop_it() -> None:
    code = (
        "import warnings; warnings.simplefilter('ignore')\n"
        "import pandera.pandas\n"
        "from aright.core.model.frame import *\n"
        "from aright.core.observe.intake import read\n"
        'row = b\'{"id": "a", "service": "s", "time": "2026-01-01T01:00:00+01:00"}\'\n'
        "about = dict(kind=Kind.PREDICTIONS, format=Format.NDJSON, encoding=Encoding.IDENTITY)\n"
        "frame = Frame(received_at=1767225600000000, body=row, **about)\n"
        "print(read(frame, limit_bytes=1_000).rows['time'][0].value)\n"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert said.strip() == "1767225600000000"
