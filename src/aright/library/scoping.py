"""``aright.scope``: which parts of a table deviate."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aright.core.diagnose.cube import localize
from aright.library.frames import BadFrameError, Frame, When, as_table, instant

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aright.core.diagnose.cube import Localization


def scope(
    frame: Frame,
    *,
    value: str,
    expected: str | None = None,
    weight: str | None = None,
    time: str | None = None,
    since: When | None = None,
    until: When | None = None,
    attributes: Sequence[str] | None = None,
) -> Localization:
    """Return which parts of a table deviate: segments, all alike, a shift of the mix, or none surely.

    Three shapes of tables are understood: leaves with real and predicted values (``value``, ``expected``),
    counts of lost events per leaf and time (``value`` of ``weight``), and rows with a loss in [0, 1].

    Args:
        frame: the rows.
        value: column of real values, or of losses.
        expected: column of predicted values; without it what came before ``since`` tells what is usual.
        weight: column of how many events each row counts; 1 per row without it.
        time: column of times.
        since: first time of what is judged, in the column's own unit; text is RFC 3339.
        until: end of it, itself not part; all that follows where not given.
        attributes: columns to cut by; all others where not given.

    Raises:
        BadFrameError: columns are missing, of the wrong type, or do not fit together.

    >>> shops = [f"s{at % 20}" for at in range(400)]
    >>> kinds = [f"k{at // 20}" for at in range(400)]
    >>> sold = [50.0 + at % 3 if at % 20 == 7 else 100.0 + at % 3 for at in range(400)]
    >>> frame = {"shop": shops, "kind": kinds, "sold": sold, "forecast": [101.0] * 400}
    >>> print(scope(frame, value="sold", expected="forecast").roots[0].where)
    "shop" = 's7'
    """
    table = as_table(frame, "frame")
    try:
        return localize(
            table,
            value=value,
            expected=expected,
            weight=weight,
            time=time,
            since=None if since is None else instant(since, "since"),
            until=None if until is None else instant(until, "until"),
            attributes=attributes,
        )
    except ValueError as wrong:
        raise BadFrameError(str(wrong)) from wrong
