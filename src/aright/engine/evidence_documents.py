"""Documents as rows: what was changed and which jobs ran, so that a finding on them opens like any other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pyarrow as pa

from aright.core.model.change import Change
from aright.core.model.columns import TIME
from aright.core.model.run import Run

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aright.core.model.times import Micros
    from aright.ports.state import Transaction

_MOST: Final = 2_000
_TEXTS: Final = ("kind", "what", "before", "after", "title", "source", "detail")


def changes(tx: Transaction, service: str, start: Micros, end: Micros) -> pa.Table:
    """Return what was changed of a service within a span, by time."""
    told = [each for each in tx.list(Change, service=service, limit=_MOST) if start <= each.at < end]
    told.sort(key=lambda change: change.at)
    texts = {name: pa.array([getattr(each, name) for each in told], pa.string()) for name in _TEXTS}
    return _table(service, [each.at for each in told], texts)


def runs(tx: Transaction, service: str, start: Micros, end: Micros) -> pa.Table:
    """Return the runs of a service's jobs last told of within a span, by time; rows are those they wrote."""
    told = [each for each in tx.list(Run, service=service, limit=_MOST) if start <= each.seen < end]
    told.sort(key=lambda run: run.seen)
    return _table(
        service,
        [each.seen for each in told],
        {
            "job": pa.array([each.job for each in told], pa.string()),
            "run_id": pa.array([each.run_id for each in told], pa.string()),
            "state": pa.array([each.state for each in told], pa.string()),
            "started": pa.array([each.started for each in told], pa.int64()).cast(TIME),
            "ended": pa.array([each.ended for each in told], pa.int64()).cast(TIME),
            "rows": pa.array([_rows(each) for each in told], pa.int64()),
            "error": pa.array([each.error for each in told], pa.string()),
        },
    )


def _rows(run: Run) -> int | None:
    written = [use.rows for use in run.outputs if use.rows is not None]
    return sum(written) if written else None


def _table(service: str, times: Sequence[Micros], columns: dict[str, pa.Array]) -> pa.Table:
    fixed = {
        "time": pa.array(times, pa.int64()).cast(TIME),
        "service": pa.array([service] * len(times), pa.string()),
    }
    return pa.table({**fixed, **columns})
