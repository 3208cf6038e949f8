"""Arrow IPC streams: columns stay as they lie in the body wherever their types are ours already."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa

from aright.core.model.columns import ATTRIBUTE, CATEGORY, FEATURE
from aright.core.model.frame import Kind
from aright.core.model.tables import FIELDS
from aright.core.observe.intake import probabilities
from aright.core.observe.intake.arrow_columns import CellError, ColumnError, as_feature, as_type
from aright.core.observe.intake.arrow_messages import Measure, measure
from aright.core.observe.intake.arrow_quick import read_quickly
from aright.core.observe.intake.arrow_strings import mend
from aright.core.observe.intake.bounds import MAX_ATTRIBUTES, MAX_CELLS, MAX_FEATURES, MAX_ROWS
from aright.core.observe.intake.json_rows import UNKNOWN
from aright.core.observe.intake.judge import judge
from aright.core.observe.intake.names import Names
from aright.core.observe.intake.unreadable import UnreadableError
from aright.core.observe.intake.wire import fix_for

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aright.core.model.times import Micros
    from aright.core.observe.intake.quarantine import Quarantine
    from aright.core.observe.intake.sieve import Mask, Numbers

REQUIRED: Final[dict[Kind, tuple[str, ...]]] = {
    Kind.PREDICTIONS: ("id", "time", "service"),
    Kind.OUTCOMES: ("time", "service", "kind"),
    Kind.PROCESS: ("time", "service", "name", "value"),
}

_STRUCTS: Final = {"attributes": ATTRIBUTE, "features": FEATURE, "output": ""}
_OUTPUT: Final = ("items", "score", "number", "label", "text", probabilities.FIELD)
_FIX: Final = "send one whole Arrow IPC stream, as pyarrow.ipc.new_stream writes it and closes it"


def read_arrow(
    body: bytes, kind: Kind, received_at: Micros, quarantine: Quarantine, limit: int
) -> tuple[pa.Table | None, Numbers]:
    """Return the body's good rows in our columns and their numbers; bad rows go into the quarantine.

    Raises ``UnreadableError`` where the stream is damaged, would outgrow ``limit`` bytes, or lacks a column
    that no row can do without.
    """
    size = _measured(body, limit)
    quick = read_quickly(body, body[: size.schema], kind, received_at)
    if quick is not None:
        return quick, np.arange(quick.num_rows)
    try:
        table, numbers = _read(_open(body), kind, quarantine, len(body))
    except UnicodeDecodeError as error:
        raise UnreadableError("a column's name is not valid UTF-8", "encode names as UTF-8") from error
    return judge(table, numbers, kind, received_at, quarantine) if table is not None else (None, numbers)


def _read(table: pa.Table, kind: Kind, quarantine: Quarantine, size: int) -> tuple[pa.Table | None, Numbers]:
    if not table.num_rows:
        return None, np.empty(0, np.int64)
    columns: dict[str, pa.ChunkedArray] = {}
    bad: Mask = np.zeros(table.num_rows, np.bool_)
    for name, column in _wanted(table, kind, quarantine, size):
        if name in columns:
            quarantine.note(
                name, "there are several columns of this name; the first was taken", "name each once"
            )
            continue
        if table.num_rows * len(columns) > MAX_CELLS:
            raise UnreadableError(
                f"{table.num_rows:,} rows are too many for so many columns", "split the body"
            )
        converted = _convert(name, column, kind, quarantine, bad)
        if converted is not None:
            columns[name] = converted
    for name in REQUIRED[kind]:
        if name not in columns:
            raise UnreadableError(f'the column "{name}" is missing or of no usable type', fix_for(name))
    if kind is Kind.PREDICTIONS:
        columns |= _decided(table, columns, quarantine)
    numbers = np.flatnonzero(~bad)
    ordered = pa.table({name: columns[name] for name in _order(columns, kind)})
    if any(column.num_chunks > 1 for column in columns.values()):
        ordered = ordered.unify_dictionaries()
    return (ordered.filter(pa.array(~bad)) if bad.any() else ordered), numbers


def _measured(body: bytes, limit: int) -> Measure:
    size = measure(body)
    if not 0 <= size.rows <= MAX_ROWS:
        raise UnreadableError(f"the body has {size.rows:,} rows, more than {MAX_ROWS:,}", "split it")
    if size.inflated > limit:
        raise UnreadableError(f"the body is larger than {limit:,} bytes once decompressed", "split it")
    return size


def _open(body: bytes) -> pa.Table:
    try:
        with pa.ipc.open_stream(pa.py_buffer(body)) as stream:
            return stream.read_all()
    except (pa.ArrowException, OSError, ValueError, KeyError) as error:
        raise UnreadableError(f"the Arrow stream cannot be read: {str(error)[:200]}", _FIX) from error


def _wanted(
    table: pa.Table, kind: Kind, quarantine: Quarantine, size: int
) -> Iterator[tuple[str, pa.ChunkedArray]]:
    """Yield the columns that have a meaning, under our names; structs are taken apart."""
    attributes = Names("attributes", MAX_ATTRIBUTES, rows=table.num_rows, size=size)
    features = Names("features", MAX_FEATURES, rows=table.num_rows, size=size)
    for name, column in _flat(table):
        if name in FIELDS[kind]:
            yield name, column
        elif kind is Kind.PREDICTIONS and name.startswith((ATTRIBUTE, FEATURE)):
            book = attributes if name.startswith(ATTRIBUTE) else features
            if book.admit([name[len(ATTRIBUTE) :]], quarantine):
                yield name, column
        elif kind is not Kind.PREDICTIONS or name != probabilities.FIELD:
            quarantine.note(name, *UNKNOWN)


def _flat(table: pa.Table) -> Iterator[tuple[str, pa.ChunkedArray]]:
    for field, column in zip(table.schema, table.columns, strict=True):
        if field.name in _STRUCTS and pa.types.is_struct(field.type):
            _validate(field.name, column)
            members = column.flatten()
            for at, member in enumerate(members):
                name = field.type.field(at).name
                if field.name != "output" or name in _OUTPUT:
                    yield _STRUCTS[field.name] + name, member
                else:
                    yield f"output.{name}", member
        else:
            yield field.name, column


def _convert(
    name: str, column: pa.ChunkedArray, kind: Kind, quarantine: Quarantine, bad: Mask
) -> pa.ChunkedArray | None:
    """Return the column in our type; mark rows whose cell cannot be converted as ``bad`` and count them."""
    column = _checked(name, column, quarantine, bad)
    target = CATEGORY if name.startswith(ATTRIBUTE) else FIELDS[kind].get(name)
    try:
        return as_feature(column) if target is None else as_type(column, target)
    except CellError as error:
        for row, shown in error.cells:
            _set_aside(int(row), name, f'"{shown[:100]}" is no {error.wanted}', quarantine, bad)
        return error.rest
    except ColumnError as error:
        if name in REQUIRED[kind]:
            raise UnreadableError(f'the column "{name}" {error}', fix_for(name)) from error
        quarantine.note(name, f"{error}; left out", fix_for(name))
        return None


def _decided(
    table: pa.Table, columns: dict[str, pa.ChunkedArray], quarantine: Quarantine
) -> dict[str, pa.ChunkedArray]:
    """Return the columns that follow from class probabilities, where there are some."""
    column = next((column for name, column in _flat(table) if name == probabilities.FIELD), None)
    if column is None:
        return {}
    _validate(probabilities.FIELD, column)
    found = probabilities.of_column(column)
    if found is None:
        problem = f"is of type {str(column.type)[:100]}, neither map nor struct of numbers; left out"
        quarantine.note(probabilities.FIELD, problem, fix_for(probabilities.FIELD))
        return {}
    probabilities.tell(quarantine, found[1], np.arange(len(column)))
    made = probabilities.derived(columns, *found)
    return {
        name: pa.chunked_array(part) if isinstance(part, pa.Array) else part for name, part in made.items()
    }


def _set_aside(row: int, name: str, problem: str, quarantine: Quarantine, bad: Mask) -> None:
    if not bad[row]:
        bad[row] = True
        quarantine.add(row, name, problem, fix_for(name))


def _checked(name: str, column: pa.ChunkedArray, quarantine: Quarantine, bad: Mask) -> pa.ChunkedArray:
    """Hold a column to Arrow's own rules, which a hostile body need not keep; mend broken UTF-8."""
    try:
        column.validate(full=True)
    except (pa.ArrowException, ValueError):
        mended, rows = mend(column)
        _validate(name, mended)
        for row in rows:
            _set_aside(row, name, "not valid UTF-8", quarantine, bad)
        return mended
    return column


def _validate(name: str, column: pa.ChunkedArray) -> None:
    try:
        column.validate(full=True)
    except (pa.ArrowException, ValueError) as error:
        raise UnreadableError(f'the column "{name}" is damaged: {str(error)[:200]}', _FIX) from error


def _order(columns: dict[str, pa.ChunkedArray], kind: Kind) -> list[str]:
    fixed = [name for name in FIELDS[kind] if name in columns]
    rest = [name for name in columns if name not in FIELDS[kind]]
    return (
        fixed
        + [name for name in rest if name.startswith(ATTRIBUTE)]
        + [name for name in rest if name.startswith(FEATURE)]
    )
