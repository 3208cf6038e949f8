"""Replay: a guard is admitted when it fires on the incident and is silent on the baseline."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from aright.core.model.guard import Replay
from aright.core.prevent.judging import judge, watched_by

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pyarrow as pa

    from aright.core.model.guard import Guard
    from aright.core.model.times import Micros

FEWEST: Final = 3
"""Windows of the baseline that silence must have been kept on."""

Window = tuple["Micros", "pa.Table"]


def replay(
    guard: Guard,
    baseline_rows: Iterable[Window],
    incident_rows: Iterable[Window],
    width: Micros,
    onset: Micros,
) -> Replay:
    """Return what a guard says when baseline and incident are played back to it, window by window.

    Accepted: it fired on more than half of the incident's windows that had enough rows, on no window of the
    baseline, and there were at least three of those.

    Args:
        guard: the guard.
        baseline_rows: (start, joined rows) per window before the incident.
        incident_rows: (start, joined rows) per window; those that began before the onset are left out, but
            for the one it fell into where no other is left.
        width: of the windows (µs).
        onset: when the incident began (µs, UTC).
    """
    baseline = [_fires(guard, rows) for _, rows in baseline_rows]
    late = [each for each in incident_rows if each[0] + width > onset]
    whole = [each for each in late if each[0] >= onset] or late
    fired = [(start, _fires(guard, rows)) for start, rows in sorted(whole, key=lambda each: each[0])]
    hits = [start for start, each in fired if each]
    judged = sum(each is not None for _, each in fired)
    quiet = sum(each is not None for each in baseline)
    false = sum(each is True for each in baseline)
    return Replay(
        incident_windows=judged,
        incident_fired=len(hits),
        baseline_windows=quiet,
        baseline_fired=false,
        first_fired=hits[0] if hits else 0,
        onset=onset,
        accepted=2 * len(hits) > judged and false == 0 and quiet >= FEWEST,
    )


def _fires(guard: Guard, rows: pa.Table) -> bool | None:
    """Return whether a guard fires on a window; ``None`` where it has too few rows to be judged."""
    if watched_by(guard, rows).num_rows < guard.min_rows:
        return None
    return bool(judge(guard, rows))
