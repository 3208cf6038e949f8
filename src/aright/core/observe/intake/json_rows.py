"""JSON: one row a line (NDJSON), one array, or one object over several lines.

The whole of a chunk is decoded at once; only where that fails is each row looked at, so that bad rows are
found and good ones kept. ``NaN`` and ``Infinity``, which Python's own encoder writes, are understood.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final, NamedTuple

import msgspec

from aright.core.observe.intake.bounds import MAX_ROWS
from aright.core.observe.intake.unreadable import UnreadableError
from aright.core.observe.intake.wire import ROW_TYPES, Fault, Row, explain, unknown_field

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from aright.core.model.frame import Kind
    from aright.core.observe.intake.quarantine import Quarantine

CHUNK: Final = 4 << 20
"""Bytes that are Python objects at a time; the rest waits as text or is Arrow already."""

MAX_ARRAY: Final = 16 << 20
"""Bytes of one JSON or msgpack array, which must be decoded at once."""

UNKNOWN: Final = ("unknown field, ignored", "leave it out, or send it as an attribute or a feature")

_NOT_JSON = "write one JSON object a line"
_NOT_UTF8 = "encode the text as UTF-8"


class Chunk(NamedTuple):
    """Rows that were told apart, with their numbers in the body."""

    rows: Sequence[Row]
    numbers: Sequence[int]


def read_json(body: bytes, kind: Kind, quarantine: Quarantine) -> Iterator[Chunk]:
    """Yield the rows of a body; bad ones go into the quarantine.

    Raises ``UnreadableError`` where rows cannot be told apart.
    """
    body = body.removeprefix(b"\xef\xbb\xbf")
    start = body[:1024].lstrip()
    if start.startswith(b"["):
        yield _read_array(body, kind, quarantine)
        return
    if (lines := body.count(b"\n")) > MAX_ROWS:
        raise UnreadableError(f"the body has {lines:,} lines, more than {MAX_ROWS:,}", "split it")
    if start.startswith(b"{") and not _ends_row(start.partition(b"\n")[0], body):
        whole = _one_object(body, kind, quarantine)
        if whole is not None:
            yield Chunk([whole], [0])
            return
    yield from _read_lines(body, kind, quarantine)


def _ends_row(line: bytes, body: bytes) -> bool:
    """Tell a line that may be a whole row from the head of an object written over several lines."""
    return line.rstrip().endswith(b"}") or b"\n" not in body.strip()


def _one_object(body: bytes, kind: Kind, quarantine: Quarantine) -> Row | None:
    if len(body) > MAX_ARRAY:
        return None
    try:
        msgspec.json.decode(body, type=dict[str, msgspec.Raw])
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    try:
        return read_row(body, kind, quarantine)
    except Fault:
        return None


def _read_lines(body: bytes, kind: Kind, quarantine: Quarantine) -> Iterator[Chunk]:
    start = 0
    number = 0
    while start < len(body):
        cut = body.find(b"\n", start + CHUNK - 1)
        end = len(body) if cut < 0 else cut + 1
        chunk = body[start:end]
        yield _read_chunk(chunk, number, kind, quarantine)
        number += chunk.count(b"\n")
        start = end


def _read_chunk(chunk: bytes, first: int, kind: Kind, quarantine: Quarantine) -> Chunk:
    lines = chunk.count(b"\n") + (not chunk.endswith(b"\n"))
    rows = _decode_lines(chunk, kind, quarantine)
    if rows is not None and len(rows) == lines:
        return Chunk(rows, range(first, first + lines))
    kept: list[Row] = []
    numbers: list[int] = []
    for number, line in enumerate(chunk.split(b"\n"), first):
        if line and not line.isspace():
            try:
                kept.append(read_row(line, kind, quarantine, number))
                numbers.append(number)
            except Fault as fault:
                quarantine.add(number, fault.field, fault.problem, fault.fix, _shown(line))
    return Chunk(kept, numbers)


def _decode_lines(chunk: bytes, kind: Kind, quarantine: Quarantine) -> Sequence[Row] | None:
    for row_type in ROW_TYPES[kind]:
        try:
            return msgspec.json.Decoder(row_type).decode_lines(chunk)
        except msgspec.ValidationError as error:
            if (field := unknown_field(error)) is None:
                return None
            quarantine.note(field, *UNKNOWN)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return None
    return None


def _read_array(body: bytes, kind: Kind, quarantine: Quarantine) -> Chunk:
    if len(body) > MAX_ARRAY:
        raise UnreadableError(
            f"the JSON array is larger than {MAX_ARRAY:,} bytes",
            "send NDJSON (one object a line), or split it",
        )
    for row_type in ROW_TYPES[kind]:
        try:
            rows = msgspec.json.Decoder(list[row_type]).decode(body)  # type: ignore[valid-type]  # built at run time
            return Chunk(rows, range(len(rows)))
        except msgspec.ValidationError as error:
            if (field := unknown_field(error)) is None:
                break
            quarantine.note(field, *UNKNOWN)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            break
    return _read_elements(body.decode("utf-8", "surrogateescape"), kind, quarantine)


def _read_elements(text: str, kind: Kind, quarantine: Quarantine) -> Chunk:
    """Walk an array element by element: only one is an object at a time."""
    scanner = json.JSONDecoder()
    rows: list[Row] = []
    numbers: list[int] = []
    at = _skip(text, text.index("[") + 1)
    number = 0
    while text[at : at + 1] != "]":
        start = at
        try:
            _, at = scanner.raw_decode(text, at)
        except RecursionError as error:
            raise UnreadableError(f"row {number} is nested too deeply", "write rows as documented") from error
        except ValueError as error:
            problem = f"the JSON array breaks off or is malformed in row {number}: {str(error)[:100]}"
            raise UnreadableError(
                problem, "send the whole array, or NDJSON, where good lines are kept"
            ) from error
        raw = text[start:at].encode("utf-8", "surrogateescape")
        try:
            rows.append(read_row(raw, kind, quarantine, number))
            numbers.append(number)
        except Fault as fault:
            quarantine.add(number, fault.field, fault.problem, fault.fix, _shown(raw))
        at = _next_element(text, at, number)
        number += 1
    return Chunk(rows, numbers)


def _next_element(text: str, at: int, number: int) -> int:
    """Return where the next element begins, or where the array ends."""
    at = _skip(text, at)
    if text[at : at + 1] == "]":
        return at
    following = _skip(text, at + 1)
    if text[at : at + 1] != "," or text[following : following + 1] == "]":
        raise UnreadableError(
            f"the JSON array breaks off or is malformed after row {number}",
            "send the whole array, or NDJSON, where good lines are kept",
        )
    return following


def read_row(raw: bytes, kind: Kind, quarantine: Quarantine, number: int = 0) -> Row:
    """Return the one row that is written in ``raw``; raises ``Fault``."""
    for row_type in ROW_TYPES[kind]:
        try:
            return msgspec.json.Decoder(row_type).decode(raw)
        except msgspec.ValidationError as error:
            field = unknown_field(error)
            if field is None:
                if "out of range" in str(error):
                    break
                raise explain(error) from error
            quarantine.note(field, *UNKNOWN, row=number)
        except UnicodeDecodeError as error:
            raise Fault("", "not valid UTF-8", _NOT_UTF8) from error
        except RecursionError as error:
            raise Fault("", "nested too deeply", "write rows as documented") from error
        except msgspec.DecodeError:
            break
    return _read_leniently(raw, ROW_TYPES[kind][1])


def _read_leniently(raw: bytes, row_type: type[Row]) -> Row:
    """Read with Python's own decoder, which knows NaN and numbers beyond the range."""
    try:
        row = msgspec.convert(json.loads(raw.decode("utf-8")), row_type)
        msgspec.json.encode(row)  # lone surrogates, which no table can hold, fail here
    except msgspec.ValidationError as error:
        raise explain(error) from error
    except UnicodeError as error:
        raise Fault("", "not valid UTF-8", _NOT_UTF8) from error
    except RecursionError as error:
        raise Fault("", "nested too deeply", "write rows as documented") from error
    except ValueError as error:
        raise Fault("", f"not valid JSON: {str(error)[:200]}", _NOT_JSON) from error
    return row


def _skip(text: str, at: int) -> int:
    while text[at : at + 1] in {" ", "\t", "\r", "\n"}:
        at += 1
    return at


def _shown(raw: bytes) -> str:
    return raw[:2_000].decode("utf-8", "replace")
