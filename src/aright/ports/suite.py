"""Checks: a team's own suite, run over rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import pyarrow as pa

    from aright.core.model.suite import Checked


class SuiteError(Exception):
    """A suite cannot be loaded or run. Its text says what, why, and what to do."""


class Checks(Protocol):
    """One suite, ready to be run."""

    def run(self, rows: pa.Table) -> tuple[Checked, ...]:
        """Return what came of each check, of those that passed as well, in the suite's order; at most 500.

        A check that cannot be computed, such as one of a column that is not there, has failed for all rows.
        Raises ``SuiteError`` where the suite as a whole cannot be run.
        """
        ...
