"""Payloads: documents as they are or as text; what cannot be kept is set aside with its reason."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aright.core.model.frame import Format, Kind
from aright.core.observe.intake import UnreadableError
from tests.unit.core.observe.intake.intake_bodies import NOW, array, attempt, lines, read_body

if TYPE_CHECKING:
    from collections.abc import Callable

    from aright.core.observe.intake import Intake

DOCUMENT = {"base": "EUR", "rates": [{"to": "USD", "price": 1.5}], "none": None}


def row(**given: Any) -> dict[str, Any]:
    return {
        "time": NOW,
        "service": "shop",
        "dependency": "rates",
        "endpoint": "GET /v1/rates",
        "body": DOCUMENT,
        **given,
    }


def read_rows(rows: list[dict[str, Any]]) -> Intake:
    return read_body(lines(rows), kind=Kind.PAYLOADS)


def bodies(found: Intake) -> list[object]:
    assert found.rows is not None
    return [json.loads(body) for body in found.rows["body"].to_pylist()]


@pytest.mark.parametrize(
    ("write", "form"),
    [
        (lines, Format.NDJSON),
        (array, Format.NDJSON),
        (msgspec.msgpack.encode, Format.MSGPACK),
    ],
)
def test_a_document_comes_as_itself_or_as_text(
    write: Callable[[list[dict[str, Any]]], bytes], form: Format
) -> None:
    rows = [
        row(direction="request", status=200, latency_ms=2.5, version="7", trace_id="t"),
        row(body=json.dumps(DOCUMENT)),
        row(body='"a text"'),
        row(body=[1, 2.5, True]),
        row(body=None),
    ]
    found = read_body(write(rows), kind=Kind.PAYLOADS, form=form)
    assert (found.good, found.bad) == (5, ())
    assert bodies(found) == [DOCUMENT, DOCUMENT, "a text", [1, 2.5, True], None]
    assert found.rows is not None
    assert found.rows["direction"].to_pylist() == ["request"] + ["response"] * 4
    assert found.rows["latency_ms"].to_pylist() == [2.5] + [None] * 4


def test_numbers_in_text_stay_as_they_were_written() -> None:
    found = read_rows([row(body='{"price": 12.50, "big": 123456789012345678901234567890}')])
    assert found.rows is not None
    assert found.rows["body"].to_pylist()[0] == b'{"price": 12.50, "big": 123456789012345678901234567890}'


@pytest.mark.parametrize(
    ("bad", "field", "problem"),
    [
        ({"body": "plain text"}, "body", "no JSON: JSON is malformed"),
        ({"body": '{"torn": '}, "body", "no JSON: Input data was truncated"),
        ({"body": "[" * 5000 + "]" * 5000}, "body", "nested too deeply"),
        ({"body": "x" * 3 + "\ud800"}, "", "not valid UTF-8"),
        ({"body": list(range(400_000))}, "body", "larger than 1,048,576 bytes"),
        ({"direction": "sideways"}, "direction", "Invalid enum value 'sideways'"),
        ({"dependency": ""}, "dependency", "empty"),
        ({"dependency": "a\nb"}, "dependency", "no usable name"),
        ({"endpoint": "x" * 201}, "endpoint", "no usable name"),
        ({"status": "ok"}, "status", "Expected int | null, got str"),
        ({"latency_ms": -1}, "latency_ms", "negative or not finite"),
        ({"time": NOW * 2}, "time", "2082-01-01T00:00:00.000Z is in the future"),
    ],
)
def test_a_bad_row_is_set_aside_with_field_and_fix(bad: dict[str, Any], field: str, problem: str) -> None:
    found = read_rows([row(), row(**bad)])
    assert (found.good, found.bad_count) == (1, 1)
    assert (found.bad[0].row, found.bad[0].field) == (1, field)
    assert found.bad[0].problem.startswith(problem)


def test_what_is_missing_is_named() -> None:
    for name in ("time", "service", "dependency", "endpoint", "body"):
        given = row()
        del given[name]
        found = read_rows([given])
        assert (found.bad[0].field, found.bad[0].problem) == (name, "required, but missing")


def test_an_unknown_field_is_left_out_with_a_note() -> None:
    found = read_rows([row(url="http://rates/1?key=secret")])
    assert (found.good, [note.field for note in found.notes]) == (1, ["url"])


def test_nan_which_json_has_not_is_null() -> None:
    found = read_body(lines([row()]).replace(b"1.5", b"NaN"), kind=Kind.PAYLOADS)
    assert bodies(found) == [{"base": "EUR", "rates": [{"to": "USD", "price": None}], "none": None}]


def test_endpoints_in_one_body_are_bounded() -> None:
    found = read_rows([row(endpoint=f"GET /{number}") for number in range(1_010)])
    assert (found.good, found.bad_count) == (1_000, 10)
    assert found.bad[0].field == "endpoint"


def test_arrow_is_not_read() -> None:
    with pytest.raises(UnreadableError, match="not read in this format"):
        read_body(b"ARROW1", kind=Kind.PAYLOADS, form=Format.ARROW)


@settings(deadline=None, max_examples=60)
@given(st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
def test_no_body_breaks_the_reader(body: bytes) -> None:
    attempt(body, kind=Kind.PAYLOADS)
    attempt(body, kind=Kind.PAYLOADS, form=Format.MSGPACK)
    attempt(lines([row(body=body.decode("latin-1"))]), kind=Kind.PAYLOADS)
