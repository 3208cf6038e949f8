"""The door: a table in, who deviates out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow.compute as pc

from aright.core.diagnose.cube.axes import axes_of
from aright.core.diagnose.cube.columns import named, numbers, times
from aright.core.diagnose.cube.fitting import cleared
from aright.core.diagnose.cube.reaching import judge
from aright.core.diagnose.cube.restoring import pooled, restored
from aright.core.diagnose.cube.shapes import Events, Leaves, Span

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pyarrow as pa

    from aright.core.diagnose.cube.localization import Localization
    from aright.core.diagnose.cube.shapes import Told


def localize(
    table: pa.Table,
    *,
    value: str,
    expected: str | None = None,
    weight: str | None = None,
    time: str | None = None,
    since: int | None = None,
    until: int | None = None,
    attributes: Sequence[str] | None = None,
    rng: np.random.Generator,
) -> Localization:
    """Return which parts of a table deviate.

    Three shapes of tables are understood:

    - real and predicted values: ``value`` and ``expected``, one row per leaf;
    - counted events: ``value`` of ``weight`` events were lost, per leaf and time, before ``since`` and after;
    - rows: ``value`` is a loss in [0, 1] per row, before and from ``since`` on.

    Args:
        table: the rows.
        value: column of real values, or of losses.
        expected: column of predicted values; without it the rows before ``since`` tell what is usual.
        weight: column of how many events each row counts; 1 per row without it.
        time: column of times (any whole numbers or timestamps).
        since: first time of what is judged (timestamps: µs since the epoch, UTC).
        until: end of it, itself not part; all that follows ``since`` when ``None``.
        attributes: columns to cut by; all others when ``None``.
        rng: what the tables are drawn by that tell what noise alone shows.

    Raises:
        ValueError: columns are missing, of the wrong type, or do not fit together; the text says which.

    >>> import pyarrow as pa
    >>> leaves = pa.table({
    ...     "shop": [f"s{at % 20}" for at in range(400)],
    ...     "kind": [f"k{at // 20}" for at in range(400)],
    ...     "sold": [50.0 + at % 3 if at % 20 == 7 else 100.0 + at % 3 for at in range(400)],
    ...     "forecast": [101.0] * 400,
    ... })
    >>> found = localize(leaves, value="sold", expected="forecast", rng=np.random.default_rng(0))
    >>> print(found.reach.value, found.roots[0].where)
    segment "shop" = 's7'
    """
    given = table.column(named(table, value, "value"))
    table = table.filter(pc.is_valid(given)) if given.null_count else table
    used = [each for each in (value, expected, weight, time) if each is not None]
    names = [each for each in table.column_names if each not in used] if attributes is None else attributes
    axes = axes_of(table, list(names))
    if expected is not None:
        told: Told = Leaves(numbers(table, value), numbers(table, expected))
    elif time is None or since is None:
        msg = "without predictions give the column of times and since when rows are judged"
        raise ValueError(msg)
    else:
        possible = numbers(table, weight) if weight is not None else np.ones(table.num_rows)
        lost = numbers(table, value)
        if bool((lost < 0.0).any()) or bool((lost > possible + 1e-9).any()):
            msg = f"column {value!r} must lie between 0 and {weight or 1}: give losses, not amounts"
            raise ValueError(msg)
        told = Events(possible, lost, Span(times(table, time), since, until))
    fitted = told.fitted(axes)
    if any(each.values is not None for each in axes):
        apart = restored(axes, told.compared(fitted))
        if [each.size for each in apart] != [each.size for each in axes]:
            again = told.fitted(apart)
            if not pooled(apart, again.fit.found):
                axes, fitted = apart, again
    return judge(fitted.grid, axes, cleared(fitted.grid, fitted.fit, rng), fitted.past)
