"""One schema of pandera, run lazily: all that fails is told at once."""

from __future__ import annotations

import copy
import warnings
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias

from aright.core.model.suite import MOST_EXAMPLES, Checked, bounded, plain
from aright.core.model.suite_rows import plain_columns
from aright.ports.suite import SuiteError

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pyarrow as pa

    from aright.core.model.suite import Severity

Schema: TypeAlias = Any
"""A ``DataFrameSchema``; pandera is imported only where a suite is run, and pandas with it."""

Key: TypeAlias = "tuple[str, str, int]"
"""Column, check, and the check's number, -1 where it has none."""


@dataclass(frozen=True)
class _Asked:
    """One thing that a schema asks."""

    column: str
    check: str
    number: int = -1
    severity: Severity = "error"


@dataclass(frozen=True)
class _Failed:
    """What fails of one thing that is asked.

    Attributes:
        places: rows; none where the table or column fails as a whole.
        examples: values of such rows, in order.
    """

    places: set[object] = field(default_factory=set)
    examples: dict[str, None] = field(default_factory=dict)


class PanderaChecks:
    """A ``DataFrameSchema`` or ``DataFrameModel``.

    Checks with ``raise_warning`` are warnings.

    Args:
        schema: of pandera.

    Raises:
        SuiteError: where it is none, or pandera is not installed.
    """

    def __init__(self, schema: object) -> None:
        pandera = _pandera()
        model: Any = schema
        if isinstance(schema, type) and issubclass(schema, pandera.DataFrameModel):
            schema = model.to_schema()
        if not isinstance(schema, pandera.DataFrameSchema):
            raise SuiteError(
                f"this is a {type(schema).__name__}, and no pandera schema of pandas: name a DataFrameSchema "
                "or DataFrameModel of pandera.pandas"
            )
        self._schema: Schema = copy.deepcopy(schema)
        self._asked = list(_asked(self._schema))
        for check in _all_checks(self._schema):
            check.raise_warning = False  # a warning has no counts; its severity is noted in what is asked

    def run(self, rows: pa.Table) -> tuple[Checked, ...]:
        """Return what came of each check; raises ``SuiteError`` where the schema itself breaks."""
        pandera = _pandera()
        failed: dict[Key, _Failed] = {}
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # pandera's and pandas' own, of no use to who reads this
                self._schema.validate(plain_columns(rows).to_pandas(), lazy=True)
        except pandera.errors.SchemaErrors as found:
            failed = _failures(found.failure_cases)
        except Exception as broken:
            raise SuiteError(
                f"the schema broke: {type(broken).__name__}: {plain(broken, 300)}. "
                "Run schema.validate(rows, lazy=True) to see where"
            ) from broken
        return bounded(list(self._results(failed, rows.num_rows)))

    def _results(self, failed: dict[Key, _Failed], rows: int) -> Iterator[Checked]:
        left = dict(failed)
        for asked in self._asked:
            found = left.pop((asked.column, asked.check, asked.number), None)
            if found is None and asked.number >= 0:  # a check that raised is told by what it raised
                key = next(
                    (each for each in left if (each[0], each[2]) == (asked.column, asked.number)), None
                )
                found = left.pop(key) if key is not None else None
            yield _checked(asked, found, rows)
        for (column, check, number), found in left.items():
            yield _checked(_Asked(column, check, number), found, rows)


def _pandera() -> Any:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            import pandera.pandas  # noqa: PLC0415  brings pandas; only those who run such a suite load it
    except ImportError as missing:
        raise SuiteError(
            f"pandera cannot be imported ({missing}): install it beside aright, pip install 'aright[pandera]'"
        ) from missing
    return pandera.pandas


def _checked(asked: _Asked, found: _Failed | None, rows: int) -> Checked:
    found, passed = found or _Failed(), found is None
    return Checked(
        check=asked.check,
        column=asked.column,
        rows=rows,
        failing=rows if not passed and not found.places else len(found.places),
        passed=passed,
        whole=not passed and not found.places,
        severity=asked.severity,
        examples=tuple(found.examples),
    )


def _asked(schema: Schema) -> Iterator[_Asked]:
    """Yield all that a schema asks, in its order and words."""
    for name, column in schema.columns.items():
        told = str(name)
        if column.required and not column.regex:
            yield _Asked(told, "column_in_dataframe")
        if column.dtype is not None:
            yield _Asked(told, f"dtype('{column.dtype}')")
        if not column.nullable:
            yield _Asked(told, "not_nullable")
        if column.unique:
            yield _Asked(told, "field_uniqueness")
        for number, check in enumerate(column.checks):
            yield _Asked(told, _name(check), number, "warning" if check.raise_warning else "error")
    for number, check in enumerate(schema.checks):
        yield _Asked("", _name(check), number, "warning" if check.raise_warning else "error")
    if schema.unique:
        yield _Asked("", "multiple_fields_uniqueness")
    if schema.strict is True:
        yield _Asked("", "column_in_schema")


def _all_checks(schema: Schema) -> Iterator[Any]:
    yield from schema.checks
    for column in schema.columns.values():
        yield from column.checks


def _name(check: Any) -> str:
    return str(check.error or check.name or "check")


def _failures(cases: Any) -> dict[Key, _Failed]:
    """Return what fails, by what was asked."""
    failed: dict[Key, _Failed] = {}
    for case in cases.to_dict("records"):
        number = int(case["check_number"]) if _is_there(case["check_number"]) else -1
        whole = case["schema_context"] == "DataFrameSchema"
        check, column = str(case["check"]), str(case["column"]) if _is_there(case["column"]) else ""
        if whole:
            column = str(case["failure_case"]) if check == "column_in_dataframe" else ""
        found = failed.setdefault((column, check, number), _Failed())
        if _is_there(case["index"]):
            found.places.add(case["index"])
            if len(found.examples) < MOST_EXAMPLES:
                found.examples[plain(case["failure_case"])] = None
    return failed


def _is_there(value: object) -> bool:
    return value is not None and value == value  # noqa: PLR0124  NaN, as pandas has it
