"""A suite of plain functions: what a suite does, without a library."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aright.core.model.suite import MOST_EXAMPLES, Checked, bounded, plain

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import pyarrow as pa

    from aright.core.model.suite import Severity


class MemoryChecks:
    """Asks each value of a column by a function.

    Args:
        asked: column, name, function that says whether a value is good, severity.
    """

    def __init__(self, asked: Sequence[tuple[str, str, Callable[[object], bool], Severity]]) -> None:
        self._asked = tuple(asked)

    def run(self, rows: pa.Table) -> tuple[Checked, ...]:
        """Return what came of each."""
        return bounded([_checked(rows, *each) for each in self._asked])


def _checked(
    rows: pa.Table, column: str, name: str, good: Callable[[object], bool], severity: Severity
) -> Checked:
    values: list[object] = rows[column].to_pylist() if column in rows.column_names else []
    bad = [value for value in values if not good(value)]
    missing = column not in rows.column_names
    return Checked(
        check=name,
        column=column,
        rows=rows.num_rows,
        failing=rows.num_rows if missing else len(bad),
        passed=not missing and not bad,
        whole=missing,
        severity=severity,
        examples=tuple(plain(value) for value in dict.fromkeys(bad))[:MOST_EXAMPLES],
    )
