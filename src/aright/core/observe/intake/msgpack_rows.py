"""msgpack: one array of maps."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from aright.core.observe.intake.json_rows import MAX_ARRAY, UNKNOWN, Chunk
from aright.core.observe.intake.unreadable import UnreadableError
from aright.core.observe.intake.wire import ROW_TYPES, Fault, Row, explain, unknown_field

if TYPE_CHECKING:
    from aright.core.model.frame import Kind
    from aright.core.observe.intake.quarantine import Quarantine

_FIX = "send one msgpack array of maps, whole"
_SMALLEST_ROW = 16  # bytes: no row of any kind is written in fewer, so a longer array is none of ours


def read_msgpack(body: bytes, kind: Kind, quarantine: Quarantine) -> Chunk:
    """Return the rows of a body; bad ones go into the quarantine.

    Raises ``UnreadableError`` where rows cannot be told apart.
    """
    if len(body) > MAX_ARRAY:
        raise UnreadableError(
            f"the msgpack array is larger than {MAX_ARRAY:,} bytes", "split it into several requests"
        )
    length = array_length(body)
    if length is None:
        raise UnreadableError("the body is no msgpack array", _FIX)
    if length > len(body) // _SMALLEST_ROW:
        raise UnreadableError(f"the body cannot hold the {length:,} rows that it announces", _FIX)
    for row_type in ROW_TYPES[kind]:
        try:
            rows = msgspec.msgpack.Decoder(list[row_type]).decode(body)  # type: ignore[valid-type]  # built at run time
            return Chunk(rows, range(len(rows)))
        except msgspec.ValidationError as error:
            if (field := unknown_field(error)) is None:
                break
            quarantine.note(field, *UNKNOWN)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            break
    return _read_elements(body, kind, quarantine)


def array_length(body: bytes) -> int | None:
    r"""Return how many elements a msgpack array announces, or ``None`` where the body is no array.

    >>> array_length(msgspec.msgpack.encode([1, 2])), array_length(b"\x80")
    (2, None)
    """
    head = body[:1]
    if head and head[0] & 0xF0 == 0x90:
        return head[0] & 0x0F
    if head == b"\xdc" and len(body) >= 3:
        return int.from_bytes(body[1:3], "big")
    if head == b"\xdd" and len(body) >= 5:
        return int.from_bytes(body[1:5], "big")
    return None


def _read_elements(body: bytes, kind: Kind, quarantine: Quarantine) -> Chunk:
    try:
        elements = msgspec.msgpack.Decoder(list[msgspec.Raw]).decode(body)
    except RecursionError as error:
        raise UnreadableError("a row is nested too deeply", "write rows as documented") from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise UnreadableError(f"the body is not whole msgpack: {str(error)[:200]}", _FIX) from error
    rows: list[Row] = []
    numbers: list[int] = []
    for number, raw in enumerate(elements):
        try:
            rows.append(_read_row(raw, kind, quarantine, number))
            numbers.append(number)
        except Fault as fault:
            quarantine.add(number, fault.field, fault.problem, fault.fix, _shown(raw))
    return Chunk(rows, numbers)


def _read_row(raw: msgspec.Raw, kind: Kind, quarantine: Quarantine, number: int) -> Row:
    strict, lenient = ROW_TYPES[kind]
    try:
        try:
            return msgspec.msgpack.Decoder(strict).decode(raw)
        except msgspec.ValidationError as error:
            if (field := unknown_field(error)) is None:
                raise explain(error) from error
            quarantine.note(field, *UNKNOWN, row=number)
            return msgspec.msgpack.Decoder(lenient).decode(raw)
    except msgspec.ValidationError as error:
        raise explain(error) from error
    except UnicodeDecodeError as error:
        raise Fault("", "not valid UTF-8", "encode the text as UTF-8") from error
    except RecursionError as error:
        raise Fault("", "nested too deeply", "write rows as documented") from error
    except msgspec.DecodeError as error:
        raise Fault("", f"not valid msgpack: {str(error)[:200]}", _FIX) from error


def _shown(raw: msgspec.Raw) -> str:
    try:
        return str(msgspec.msgpack.decode(raw))
    except (ValueError, RecursionError):
        return bytes(raw)[:500].hex()
