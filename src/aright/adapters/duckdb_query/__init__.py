"""DuckDB as query engine over tables in memory; files, networks and extensions are out of its reach."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa

from aright.core.model.filter_fit import fit
from aright.core.model.filters import Compare, Every, Instant, IsNull, Like, Not, Some
from aright.ports.query import SlowQueryError

if TYPE_CHECKING:
    from aright.core.model.filters import Filter, Value

_SETTINGS: Final[dict[str, str | bool | int | float | list[str]]] = {
    "enable_external_access": "false",
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "python_enable_replacements": "false",  # a table's name never means a Python variable
    "threads": "1",
    "memory_limit": "512MB",
}
_NUMBER: Final = "row"


class DuckDbQuery:
    """A ``Query`` on DuckDB; each call has a database of its own, which ends with it.

    Args:
        seconds: how long a call may take.
    """

    def __init__(self, *, seconds: float = 20.0) -> None:
        self._seconds = seconds

    def matching(self, rows: pa.Table, where: Filter) -> pa.Table:
        """Return the rows for which the filter holds; see the port."""
        if where == Every() or not rows.num_rows:
            return rows
        columns, fitted = fit(rows, where)
        names = {name: f"c{at}" for at, name in enumerate(columns.column_names)}
        handed = {names[name]: columns[name] for name in names}
        handed[_NUMBER] = pa.chunked_array([np.arange(rows.num_rows)])
        constants: list[Value] = []
        condition = _sql(fitted, names, constants)
        # every name in the text is ours, every constant a parameter: nothing foreign is part of the SQL
        text = f'SELECT "{_NUMBER}" FROM rows WHERE {condition} ORDER BY 1'  # noqa: S608
        return rows.take(self._numbers(pa.table(handed), text, constants))

    def _numbers(self, handed: pa.Table, text: str, constants: list[Value]) -> pa.Array:
        import duckdb  # noqa: PLC0415  a tenth of a second that a server that is not asked need not pay

        with duckdb.connect(":memory:", config=_SETTINGS) as database:
            database.execute("SET lock_configuration = true")
            database.register("rows", handed)
            timer = threading.Timer(self._seconds, database.interrupt)
            timer.start()
            try:
                found = database.execute(text, [_parameter(value) for value in constants]).fetchnumpy()
            except duckdb.InterruptException as slow:
                raise SlowQueryError(f"looking for the rows took more than {self._seconds:g} s") from slow
            finally:
                timer.cancel()
        return pa.array(found[_NUMBER], pa.int64())


def _sql(where: Filter, names: dict[str, str], constants: list[Value]) -> str:
    """Return the condition as SQL, its constants as parameters that are appended to ``constants``."""
    if isinstance(where, Not):
        return f"NOT ({_sql(where.part, names, constants)})"
    if isinstance(where, Every | Some):
        parts = [f"({_sql(part, names, constants)})" for part in where.parts]
        every = isinstance(where, Every)
        return (" AND " if every else " OR ").join(parts) or ("TRUE" if every else "FALSE")
    name = names[where.column]
    if isinstance(where, IsNull):
        return f"{name} IS NULL"
    if isinstance(where, Like):
        constants.append(where.pattern)
        return f"{name} LIKE ?"
    if isinstance(where, Compare):
        return f"{name} {where.operator} {_place(where.value, constants)}"
    return f"{name} IN ({', '.join(_place(value, constants) for value in where.values)})"


def _place(value: Value, constants: list[Value]) -> str:
    constants.append(value)
    return "make_timestamptz(?)" if isinstance(value, Instant) else "?"


def _parameter(value: Value) -> str | float | bool:
    return value.at if isinstance(value, Instant) else value
