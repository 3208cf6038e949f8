"""Compression, the other kinds of rows, and changes."""

from __future__ import annotations

import gzip
import json
import zlib
from typing import Any

import cramjam
import msgspec
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aright.core.model.change import Change
from aright.core.model.columns import OUTCOME_FIELDS, PROCESS_FIELDS
from aright.core.model.frame import Encoding, Format, Kind
from aright.core.observe.intake import Intake, UnreadableError
from tests.unit.core.observe.intake.intake_bodies import (
    NOW,
    SQUEEZERS,
    attempt,
    lines,
    noted,
    packed,
    read_arrow,
    read_body,
    row,
    told,
)

# --- compression -------------------------------------------------------------------------------------


@pytest.mark.parametrize("encoding", sorted(SQUEEZERS))
def test_compressed_bodies_are_read(encoding: Encoding) -> None:
    body = SQUEEZERS[encoding](lines([row(n) for n in range(500)]))
    assert read_body(body, encoding=encoding).good == 500
    assert read_body(body + SQUEEZERS[encoding](b"\n" + lines([row(501)])), encoding=encoding).good == 501


@pytest.mark.parametrize("encoding", sorted(SQUEEZERS))
@pytest.mark.parametrize("keep", [1, 10, -1, -4, -9])
def test_a_body_cut_off_is_told(encoding: Encoding, keep: int) -> None:
    body = SQUEEZERS[encoding](lines([row(n) for n in range(500)]))
    with pytest.raises(UnreadableError, match=f"not whole {encoding.name.lower()}") as caught:
        read_body(body[:keep], encoding=encoding)
    assert "Content-Encoding" in caught.value.fix


@pytest.mark.parametrize("encoding", sorted(SQUEEZERS))
def test_a_body_that_is_not_compressed_at_all_is_told(encoding: Encoding) -> None:
    with pytest.raises(UnreadableError, match="not whole"):
        read_body(lines([row(1)]), encoding=encoding)


@pytest.mark.parametrize("encoding", sorted(SQUEEZERS))
def test_a_bomb_is_not_unpacked(encoding: Encoding) -> None:
    bomb = SQUEEZERS[encoding](bytes(100_000_000))
    assert len(bomb) < 200_000
    with pytest.raises(UnreadableError, match="larger than 1,000,000 bytes once decompressed"):
        read_body(bomb, encoding=encoding, limit=1_000_000)


@pytest.mark.parametrize("encoding", sorted(Encoding))
def test_an_empty_body_is_told(encoding: Encoding) -> None:
    with pytest.raises(UnreadableError, match="empty"):
        read_body(b"", encoding=encoding)
    if encoding in SQUEEZERS:
        with pytest.raises(UnreadableError, match="empty once decompressed"):
            read_body(SQUEEZERS[encoding](b""), encoding=encoding)


def test_a_plain_body_is_bounded_too() -> None:
    with pytest.raises(UnreadableError, match="larger than 10 bytes"):
        read_body(lines([row(1)]), limit=10)


def test_cloudevents_are_changes_alone() -> None:
    with pytest.raises(UnreadableError, match="changes alone"):
        read_body(b"{}", form=Format.CLOUDEVENTS)


@settings(deadline=None, max_examples=100)
@given(data=st.data(), encoding=st.sampled_from(sorted(SQUEEZERS)))
def test_any_damage_is_answered(data: st.DataObject, encoding: Encoding) -> None:
    body = bytearray(SQUEEZERS[encoding](lines([row(n) for n in range(20)])))
    for _ in range(data.draw(st.integers(1, 4))):
        body[data.draw(st.integers(0, len(body) - 1))] = data.draw(st.integers(0, 255))
    try:
        found = read_body(bytes(body), encoding=encoding)
    except UnreadableError as error:
        fix = error.fix
    else:
        fix = "none needed" if found.good + found.bad_count else ""
    assert fix


def test_both_compressors_are_real() -> None:
    assert gzip.decompress(SQUEEZERS[Encoding.GZIP](b"a")) == b"a"
    assert bytes(cramjam.zstd.decompress(SQUEEZERS[Encoding.ZSTD](b"a"))) == b"a"
    assert zlib.decompress(SQUEEZERS[Encoding.GZIP](b"a"), 31) == b"a"


# --- outcomes ----------------------------------------------------------------------------------------


def outcomes(*rows: dict[str, Any]) -> Intake:
    return read_body(lines(rows), kind=Kind.OUTCOMES)


def outcome(**fields: object) -> dict[str, Any]:
    return {"time": NOW, "service": "shop", "kind": "click", "prediction_id": "r1", **fields}


def test_outcomes_fill_their_columns() -> None:
    found = outcomes(outcome(value=1, unit="u", label=3, text="hm"), outcome(value=True), outcome(value=None))
    assert found.rows is not None
    assert found.rows.column_names == list(OUTCOME_FIELDS)
    assert found.rows.schema.types == list(OUTCOME_FIELDS.values())
    assert found.rows["value"].to_pylist() == [1.0, 1.0, None]
    assert found.rows["label"].to_pylist() == ["3", None, None]


@pytest.mark.parametrize(
    ("bad", "field", "problem"),
    [
        (outcome(prediction_id=None), "prediction_id", "neither prediction_id nor unit is given"),
        (outcome(prediction_id=""), "prediction_id", "neither prediction_id nor unit is given"),
        (outcome(kind=None), "kind", "Expected str, got null"),
        (outcome(kind=""), "kind", "empty"),
        (outcome(kind="a\x00"), "kind", "no usable name"),
        (outcome(value="good"), "value", "Expected bool | float | null, got str"),
        (outcome(time=NOW * 1_000), "time", "Expected int <= 4102444800000000"),
    ],
)
def test_bad_outcomes_are_told(bad: dict[str, Any], field: str, problem: str) -> None:
    found = outcomes(outcome(), bad, outcome(prediction_id=None, unit="u"))
    assert (found.good, told(found)) == (2, [(1, field, problem)])


def test_outcomes_in_arrow() -> None:
    table = pa.table({"time": [NOW] * 2, "service": ["shop"] * 2, "kind": ["click"] * 2, "unit": [1, None]})
    found = read_arrow(table, kind=Kind.OUTCOMES)
    assert (found.good, told(found)) == (1, [(1, "prediction_id", "neither prediction_id nor unit is given")])
    with pytest.raises(UnreadableError, match='column "kind" is missing'):
        read_arrow(table.drop_columns(["kind"]), kind=Kind.OUTCOMES)


def test_kinds_of_outcomes_are_bounded() -> None:
    found = outcomes(*(outcome(kind=f"k{n}") for n in range(60)))
    assert (found.good, found.bad_count) == (50, 10)
    assert found.bad[0].problem == "more than 50 different ones in one body"


# --- process metrics ---------------------------------------------------------------------------------


def test_each_metric_becomes_a_row() -> None:
    rows = [
        {
            "time": NOW,
            "service": "shop",
            "host": "h",
            "version": 7,
            "metrics": {"cpu_percent": 5, "rss_bytes": 2.5},
        },
        {"time": NOW + 1, "service": "shop", "metrics": {"cpu_percent": 6}},
    ]
    for body, form in ((lines(rows), Format.NDJSON), (packed(rows), Format.MSGPACK)):
        found = read_body(body, kind=Kind.PROCESS, form=form)
        assert found.rows is not None
        assert found.good == 2
        assert found.rows.column_names == list(PROCESS_FIELDS)
        assert found.rows.schema.types == list(PROCESS_FIELDS.values())
        assert found.rows["name"].to_pylist() == ["cpu_percent", "rss_bytes", "cpu_percent"]
        assert found.rows["value"].to_pylist() == [5.0, 2.5, 6.0]
        assert found.rows["host"].to_pylist() == ["h", "h", None]


def test_bad_metrics_are_left_out_and_a_row_without_any_is_set_aside() -> None:
    rows = [
        {"time": NOW, "service": "shop", "metrics": {"cpu_percent": float("nan"), "rss_bytes": 1, "x\n": 2}},
        {"time": NOW, "service": "shop", "metrics": {"cpu_percent": None}},
        {"time": NOW, "service": "shop", "metrics": {}},
        {"time": NOW, "service": "shop", "metrics": {"cpu_percent": "5"}},
        {"time": NOW - 10**15, "service": "shop", "metrics": {"cpu_percent": 5}},
    ]
    found = read_body(lines(rows), kind=Kind.PROCESS)
    assert found.good == 1
    assert [(bad.row, bad.field) for bad in found.bad] == [
        (1, "metrics"),
        (2, "metrics"),
        (3, "metrics[...]"),
        (4, "time"),
    ]
    assert sorted(field for field, _ in noted(found)) == ["metrics.cpu_percent", "metrics.x\n"]


@pytest.mark.parametrize("metrics", [{}, {"cpu_percent": None}, {"cpu_percent": float("nan")}])
def test_a_body_without_any_metric_that_can_be_taken_is_all_bad(metrics: dict[str, float | None]) -> None:
    found = read_body(lines([{"time": NOW, "service": "shop", "metrics": metrics}]), kind=Kind.PROCESS)
    assert (found.rows, found.good, found.bad_count) == (None, 0, 1)
    assert found.bad[0].problem == "no metric that can be taken"


def test_process_metrics_in_arrow() -> None:
    table = pa.table(
        {
            "time": [NOW] * 3,
            "service": ["shop"] * 3,
            "name": ["cpu", "rss", "x"],
            "value": [1.0, float("inf"), None],
        }
    )
    found = read_arrow(table, kind=Kind.PROCESS)
    assert found.good == 1
    assert [(bad.row, bad.field) for bad in found.bad] == [(1, "value"), (2, "value")]


# --- changes -----------------------------------------------------------------------------------------


def event(**fields: object) -> dict[str, Any]:
    return {
        "specversion": "1.0",
        "id": "7",
        "source": "/ci",
        "type": "dev.aright.change.deploy",
        "data": {"service": "shop", "what": "api", "before": "1.3", "after": 1.4, "title": "Deploy api 1.4"},
        **fields,
    }


def changes(body: object) -> Intake:
    return read_body(json.dumps(body).encode(), kind=Kind.CHANGES, form=Format.CLOUDEVENTS)


def test_a_change_is_read() -> None:
    assert changes(event(time="2026-01-01T00:00:01Z", extra="ignored")).changes == (
        Change(
            key="/ci 7",
            at=NOW + 1_000_000,
            service="shop",
            kind="deploy",
            what="api",
            before="1.3",
            after="1.4",
            source="/ci",
            title="Deploy api 1.4",
        ),
    )


def test_without_a_time_a_change_took_effect_when_it_came() -> None:
    assert changes(event()).changes[0].at == NOW


def test_the_subject_may_name_the_service() -> None:
    assert changes(event(subject="desk/model", data=None)).changes[0].service == "desk"


@pytest.mark.parametrize(
    ("bad", "field", "problem"),
    [
        (event(specversion="0.3"), "specversion", '"0.3" is not read'),
        (event(type="dev.aright.change.party"), "type", '"dev.aright.change.party" is no change'),
        (event(type="com.github.push"), "type", '"com.github.push" is no change'),
        (event(id=""), "id", "id or source is empty"),
        (event(data={}), "data.service", "no service is named"),
        (event(data={"service": "a\nb"}), "data.service", "no service is named"),
        (
            event(data={"service": "shop", "what": "x" * 2_000}),
            "data",
            "a text is longer than 1,024 characters",
        ),
        (event(time="yesterday"), "time", "Invalid RFC3339 encoded datetime"),
        (event(time="2031-01-01T00:00:00Z"), "time", None),
        (event(data=[]), "data", "Expected object | null, got array"),
        ({"id": "1"}, "specversion", "required, but missing"),
        (5, "", "Expected object, got int"),
        (event(), "id", "the same source and id are in this body already"),
    ],
)
def test_a_bad_change_is_told_and_the_good_ones_are_kept(
    bad: object, field: str, problem: str | None
) -> None:
    found = changes([event(), bad, event(id="8")])
    assert (found.good, len(found.changes), found.bad_count) == (2, 2, 1)
    assert (found.bad[0].row, found.bad[0].field) == (1, field)
    assert problem is None or found.bad[0].problem == problem


@pytest.mark.parametrize("body", [b"{", b"5", b'"x"', b"[" * 100_000, b"\xff", b"[{}"])
def test_what_is_no_event_at_all_is_told(body: bytes) -> None:
    with pytest.raises(UnreadableError):
        read_body(body, kind=Kind.CHANGES, form=Format.CLOUDEVENTS)


def test_broken_text_in_one_event_costs_no_other() -> None:
    good = msgspec.json.encode(event())
    body = b"[" + good.replace(b"api", b"\xff") + b"," + good + b"]"
    found = read_body(body, kind=Kind.CHANGES, form=Format.CLOUDEVENTS)
    assert (found.good, found.bad_count) == (1, 1)


def test_a_batch_is_bounded() -> None:
    with pytest.raises(UnreadableError, match="the batch is larger"):
        read_body(b"[" + b" " * (16 << 20), kind=Kind.CHANGES, form=Format.CLOUDEVENTS, limit=1 << 25)


def test_no_events() -> None:
    assert noted(changes([])) == [("", "the body has no rows")]


@settings(deadline=None, max_examples=100)
@given(data=st.data())
def test_any_damage_to_an_event_is_answered(data: st.DataObject) -> None:
    body = bytearray(json.dumps([event(), event(id="8", time=NOW)]).encode())
    for _ in range(data.draw(st.integers(1, 3))):
        body[data.draw(st.integers(0, len(body) - 1))] = data.draw(st.integers(0, 255))
    attempt(bytes(body), kind=Kind.CHANGES, form=Format.CLOUDEVENTS)
