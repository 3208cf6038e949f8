"""Files of rows as the doors take them: the wire's own columns stay, the others get their place by role."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from aright.core.model.bookkeeping import BadRow
from aright.core.model.columns import ATTRIBUTE, FEATURE, TIME
from aright.core.model.counts import counted
from aright.core.model.frame import Kind
from aright.core.model.tables import FIELDS
from aright.core.model.times import from_datetime
from aright.core.observe.intake.wire import FIXES
from aright.core.observe.roles import Role, Roles, UnknownColumnError, infer_roles

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray

_MAPS: Final = frozenset({"attributes", "features", "output"})
_BY_ROLE: Final = frozenset({"id", "time", "label", "score"})
"""Names that the wire and a file of predictions may mean differently: roles settle them."""
_MOST_CLASSES: Final = 64
_UNITS: Final = ((10**8, 1_000_000), (10**11, 1_000), (10**14, 1))
"""Whole numbers from so many on, and the microseconds of one: seconds, milliseconds, microseconds."""
_NANOSECONDS: Final = 10**17


class Backfill:
    """Rows ready to be sent, in the order of their time.

    Attributes:
        table: in the columns of ``core/model/columns.py``.
        times: of its rows (µs, UTC); shape (rows,).
        rows: where each stood in the file, from 0; shape (rows,).
        bad: rows that have no time, in the file's order.
        notes: what was left out, for people.
    """

    def __init__(
        self, table: pa.Table, wanted: NDArray[np.bool_], bad: tuple[BadRow, ...], notes: tuple[str, ...]
    ) -> None:
        at = table["time"].cast(pa.int64())
        given = np.flatnonzero(np.asarray(pc.is_valid(at)) & wanted)
        times = np.asarray(pc.fill_null(at, 0), dtype=np.int64)[given]
        order = np.argsort(times, kind="stable")
        self.times: NDArray[np.int64] = times[order]
        self.rows: NDArray[np.int64] = given[order].astype(np.int64)
        self.table = table.take(pa.array(self.rows)) if len(order) else table.slice(0, 0)
        self.bad = bad
        self.notes = notes


def backfill(
    table: pa.Table, kind: Kind, *, service: str, told: Mapping[Role, tuple[str, ...]], name: str
) -> Backfill:
    """Return the rows of a file called ``name`` as predictions or outcomes.

    ``service`` is whose they are where no column says it, ``told`` what a person said of columns. Raises
    ``UnknownColumnError`` where a column that no row can do without is not there.

    >>> rows = pa.table({"at": ["2026-01-02T00:00Z", "2026-01-01"], "age": [3, 4], "y_pred": ["no", "yes"]})
    >>> ready = backfill(rows, Kind.PREDICTIONS, service="shop", told={}, name="may")
    >>> ready.table.column_names, ready.table["id"].to_pylist()
    (['id', 'time', 'service', 'label', 'attr.age', 'feat.age'], ['may-2', 'may-1'])
    """
    as_they_are = not told and all(_is_wire(column, kind) for column in table.column_names)
    roles = _own(table, kind) if as_they_are else _inferred(table, kind, told)
    columns: dict[str, pa.ChunkedArray] = {
        column: table[column]
        for column in table.column_names
        if _is_wire(column, kind) and (as_they_are or column not in _BY_ROLE)
    }
    placed = _as_outcomes if kind is Kind.OUTCOMES else _as_predictions
    for column, values in placed(table, roles, name).items():
        columns.setdefault(column, values)
    at, bad = _times(table, columns, roles)
    columns = {**columns, "time": at}
    if "service" not in columns:
        if not service:
            raise UnknownColumnError(f"no column says whose rows {name} has: name the service with --service")
        columns["service"] = _repeated(service, table.num_rows)
    first = [column for column in ("id", "time", "service") if column in columns]
    rest = [column for column in columns if column not in first]
    notes = [f"{column} is left out: {why}" for column, why in roles.ignored]
    if roles.label and kind is Kind.PREDICTIONS:
        notes.append(f"{roles.label} is left out: it is the truth; send the file again with --kind outcomes")
    wanted = np.ones(table.num_rows, np.bool_)
    if roles.label and kind is Kind.OUTCOMES:
        wanted = np.asarray(pc.is_valid(table[roles.label]))
        if not wanted.all():
            notes.append(f"{counted(int((~wanted).sum()), 'row')} left out: no {roles.label} yet")
    ordered = pa.table({column: columns[column] for column in [*first, *rest]})
    return Backfill(ordered, wanted, bad, tuple(notes))


def _is_wire(column: str, kind: Kind) -> bool:
    if column in FIELDS[kind]:
        return True
    return kind is Kind.PREDICTIONS and (column in _MAPS or column.startswith((ATTRIBUTE, FEATURE)))


def _own(table: pa.Table, kind: Kind) -> Roles:
    names = table.column_names
    has_id = "id" in FIELDS[kind] and "id" in names
    return Roles(time="time" if "time" in names else "", id="id" if has_id else "")


def _inferred(table: pa.Table, kind: Kind, told: Mapping[Role, tuple[str, ...]]) -> Roles:
    spoken_for = {column for columns in told.values() for column in columns}
    open_ = [
        column
        for column in table.column_names
        if column in spoken_for or column in _BY_ROLE or not _is_wire(column, kind)
    ]
    asked = table.select(open_)
    return infer_roles(asked, asked, told)


def _as_predictions(table: pa.Table, roles: Roles, name: str) -> dict[str, pa.ChunkedArray]:
    columns: dict[str, pa.ChunkedArray] = {
        "id": table[roles.id] if roles.id else _numbered(name, table.num_rows)
    }
    if roles.prediction:
        answers = table[roles.prediction]
        columns["label" if _are_classes(answers) else "number"] = answers
    if roles.score:
        columns["score"] = table[roles.score]
    columns |= {ATTRIBUTE + column: table[column] for column in roles.segments}
    columns |= {FEATURE + column: table[column] for column in roles.features}
    return columns


def _as_outcomes(table: pa.Table, roles: Roles, name: str) -> dict[str, pa.ChunkedArray]:
    """Truths are graded where the answers stand beside them: right is 1, wrong 0."""
    columns: dict[str, pa.ChunkedArray] = {"kind": _repeated("label", table.num_rows)}
    if "prediction_id" not in table.column_names and "unit" not in table.column_names:
        columns["prediction_id"] = table[roles.id] if roles.id else _numbered(name, table.num_rows)
    if not roles.label:
        return columns
    truth = table[roles.label]
    columns["label"] = truth
    answers = table[roles.prediction] if roles.prediction else None
    if answers is not None and _are_classes(answers) and _are_classes(truth):
        right = pc.equal(_plain(answers), _plain(truth))
        columns["value"] = right.cast(pa.float32())
    return columns


def _plain(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return classes as text, whole numbers without a point."""
    kind = column.type
    if pa.types.is_floating(kind) or pa.types.is_boolean(kind) or pa.types.is_decimal(kind):
        column = column.cast(pa.int64())
    return column.cast(pa.string())


def _are_classes(column: pa.ChunkedArray) -> bool:
    kind = column.type
    if not (pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind)):
        return True
    known = column.unique().drop_null()
    if len(known) > _MOST_CLASSES:
        return False
    return all(float(value).is_integer() for value in known.to_pylist())


def _numbered(name: str, rows: int) -> pa.ChunkedArray:
    return pa.chunked_array([pa.array([f"{name}-{row + 1}" for row in range(rows)], pa.string())])


def _repeated(text: str, rows: int) -> pa.ChunkedArray:
    return pa.chunked_array([pa.array([text] * rows, pa.string())])


def _times(
    table: pa.Table, columns: Mapping[str, pa.ChunkedArray], roles: Roles
) -> tuple[pa.ChunkedArray, tuple[BadRow, ...]]:
    column = table[roles.time] if roles.time else columns.get("time")
    if column is None:
        raise UnknownColumnError(
            f"no column says when: name it with --time; there are {', '.join(table.column_names[:40])}"
        )
    name = roles.time or "time"
    at = _instants(name, column)
    bad = tuple(
        BadRow(row=row, field=name, problem=_why(column[row].as_py()), fix=FIXES["time"])
        for row in np.flatnonzero(np.asarray(pc.is_null(at))).tolist()
    )
    return at, bad


def _why(value: object) -> str:
    return "required, but missing" if value is None else f'"{str(value)[:100]}" is no time'


def _instants(name: str, column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return microseconds since 1970; what names no zone is UTC, what is no time is null."""
    kind = column.type
    if pa.types.is_dictionary(kind):
        column = column.cast(kind.value_type)
        kind = column.type
    try:
        if pa.types.is_timestamp(kind) or pa.types.is_date(kind):
            zone, unit = (kind.tz, kind.unit) if pa.types.is_timestamp(kind) else (None, "")
            exact = column.cast(pa.timestamp("us", zone), safe=unit != "ns")
            return exact.cast(pa.int64()).cast(TIME)
        if pa.types.is_integer(kind):
            return _counted(name, column)
        if pa.types.is_string(kind) or pa.types.is_large_string(kind):
            return _each(column, _parsed)
    except pa.ArrowInvalid as odd:
        raise UnknownColumnError(f"column {name!r} cannot be the time: {odd}") from odd
    raise UnknownColumnError(f"column {name!r} cannot be the time; it is of type {kind}")


def _counted(name: str, column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return instants counted since 1970 in the unit that fits the largest of them."""
    most = pc.max(column).as_py() or 0
    numbers = column.cast(pa.int64())
    if most >= _NANOSECONDS:
        return pc.divide(numbers, 1_000).cast(TIME)
    factor = next((factor for least, factor in reversed(_UNITS) if most >= least), 0)
    if not factor:
        raise UnknownColumnError(
            f"column {name!r} cannot be the time: {most} is no instant since 1970; name another with --time"
        )
    return pc.multiply(numbers, factor).cast(TIME)


def _each(column: pa.ChunkedArray, read: Callable[[str], int | None]) -> pa.ChunkedArray:
    at = [None if text is None else read(text) for text in column.to_pylist()]
    return pa.chunked_array([pa.array(at, pa.int64()).cast(TIME)])


def _parsed(text: str) -> int | None:
    try:
        when = datetime.fromisoformat(text.strip())
    except ValueError:
        return None
    return from_datetime(when if when.tzinfo else when.replace(tzinfo=UTC))
