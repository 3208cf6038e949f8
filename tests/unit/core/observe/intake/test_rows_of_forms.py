"""Rows in each form alone: JSON lines, arrays and msgpack."""

from __future__ import annotations

import json
import math

import msgspec
import pytest

from aright.core.model.frame import Format
from aright.core.model.times import to_datetime
from aright.core.observe.intake import UnreadableError
from tests.unit.core.observe.intake.intake_bodies import (
    NOW,
    Row,
    lines,
    packed,
    read_body,
    row,
    told,
)

# --- JSON lines alone --------------------------------------------------------------------------------


def test_blank_lines_count_as_lines() -> None:
    found = read_body(b"\n" + lines([row(1)]) + b"\r\n\n{}\n" + lines([row(2)]) + b"\n\n")
    assert (found.good, told(found)) == (2, [(3, "id", "required, but missing")])


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        (b'{"id": "a\xff", "time": 1, "service": "s"}', "not valid UTF-8"),
        (b'{"id": "\\ud800", "time": 1, "service": "s"}', "not valid UTF-8"),
        (b'{"id": "a", "x": ' + b"[" * 100_000, "nested too deeply"),
        (b'{"id": "a", "features": ' + b'{"a":' * 5_000 + b"1" + b"}" * 5_001, None),
        (b"{", "not valid JSON"),
        (b"\x00\x01", "not valid JSON"),
        (b"id,time,service", "not valid JSON"),
        (b'{"id": ' + b"9" * 5_000 + b"}", None),
    ],
)  # fmt: skip
def test_a_broken_line_costs_no_other(line: bytes, problem: str | None) -> None:
    found = read_body(b"\n".join([lines([row(1)]), line, lines([row(2)])]))
    assert (found.good, found.bad_count) == (2, 1)
    assert found.bad[0].row == 1
    if problem:
        assert found.bad[0].problem.startswith(problem)


def test_one_object_over_several_lines() -> None:
    found = read_body(json.dumps(row(1), indent=2).encode())
    assert (found.good, found.bad_count) == (1, 0)


def test_row_numbers_hold_over_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("aright.core.observe.intake.json_rows.CHUNK", 1_000)
    rows: list[Row] = [row(n, features={f"f{n // 50}": 1.0}) for n in range(200)]
    rows[150]["latency_ms"] = "slow"
    found = read_body(lines(rows))
    assert (found.good, told(found)[0][:2]) == (199, (150, "latency_ms"))
    assert found.rows is not None
    assert found.rows.column_names == ["id", "time", "service", "feat.f0", "feat.f1", "feat.f2", "feat.f3"]
    assert found.rows["feat.f2"].null_count == 149


def test_sparse_names_are_bounded_by_cells(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("aright.core.observe.intake.names.SPARSE_CELLS", 0)
    rows = [row(n, features={f"f{n}": 1.0}) for n in range(1_500)]
    body = lines(rows)
    found = read_body(body)
    assert found.rows is not None
    assert found.good == 1_500
    assert len(found.rows.column_names) - 3 == len(body) // 1_499
    assert "distinct features" in found.notes[0].problem


def test_too_many_lines() -> None:
    with pytest.raises(UnreadableError, match="more than 2,000,000"):
        read_body(b"\n" * 2_000_001)


# --- arrays alone ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "body",
    [
        b"[" + lines([row(1)]),
        b"[" + lines([row(1)]) + b",",
        b"[" + lines([row(1)]) + b",]",
        b"[" + lines([row(1)]) + b" 5]",
        b"[" * 100_000,
        b"[{]",
        b'[{"a": ' + b"[" * 100_000,
    ],
)
def test_an_array_that_breaks_off_is_unreadable(body: bytes) -> None:
    with pytest.raises(UnreadableError, match=r"malformed|nested too deeply") as caught:
        read_body(body)
    assert caught.value.fix


def test_an_array_with_broken_utf8_keeps_the_other_rows() -> None:
    body = b"[" + lines([row(1)]) + b', {"id": "\xff", "time": 1, "service": "s"}, ' + lines([row(2)]) + b"]"
    found = read_body(body)
    assert (found.good, told(found)) == (2, [(1, "", "not valid UTF-8")])


def test_an_array_with_nan_is_read() -> None:
    found = read_body(json.dumps([row(1, features={"a": math.nan}), row(2)]).encode())
    assert (found.good, found.bad_count) == (2, 0)


def test_an_array_is_bounded() -> None:
    with pytest.raises(UnreadableError, match="send NDJSON"):
        read_body(b"[" + b" " * (16 << 20) + b"]", limit=1 << 25)


# --- msgpack alone -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        (b"\x80", "no msgpack array"),
        (b"\xdd\xff\xff\xff\xff" + b"\x80" * 100, "cannot hold the 4,294,967,295 rows"),
        (b"\xdc\xff", "no msgpack array"),
        (packed([row(1), row(2)])[:-5], "not whole msgpack"),
        (packed([row(1)]) + b"\x01", "not whole msgpack"),
        (b"\x91" * 100_000, "nested too deeply|not whole"),
    ],
)
def test_msgpack_that_is_no_whole_array_is_unreadable(body: bytes, problem: str) -> None:
    with pytest.raises(UnreadableError, match=problem):
        read_body(body, form=Format.MSGPACK)


def test_msgpack_with_broken_utf8_and_odd_keys_keeps_the_other_rows() -> None:
    broken = msgspec.msgpack.encode(row(2)).replace(b"shop", b"sh\xffp")
    odd = msgspec.msgpack.encode({1: 2})
    body = b"\x94" + msgspec.msgpack.encode(row(1)) + broken + odd + msgspec.msgpack.encode(row(3))
    found = read_body(body, form=Format.MSGPACK)
    assert (found.good, [bad.row for bad in found.bad]) == (2, [1, 2])


def test_msgpack_timestamps() -> None:
    body = msgspec.msgpack.encode([row(1) | {"time": to_datetime(NOW)}])
    found = read_body(body, form=Format.MSGPACK)
    assert found.rows is not None
    assert found.rows["time"].cast("int64").to_pylist() == [NOW]
