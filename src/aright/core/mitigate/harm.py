"""What is measured to see whether quality came back: one loss in [0, 1] per row."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from aright.core.incident.words import signal_in_words
from aright.core.model.columns import ATTRIBUTE
from aright.core.model.evidence import Reach
from aright.core.model.outcome import is_event
from aright.core.model.probability import percent
from aright.core.model.signal import ALL, Segment

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from aright.core.model.incident import Incident

OUTCOME: Final = "outcome."
QUALITY: Final = "quality:"
EVENTS: Final = "events:"
CALLS: Final = "calls:"
"""What traces alone tell of is called so; from rows it is read as of any answers."""


def segment_hit(incident: Incident) -> Segment:
    """Return the part of the traffic to measure: the diagnosed segment, all of it where there is none."""
    diagnosis = incident.diagnosis
    if diagnosis is None or diagnosis.scope.reach is not Reach.SEGMENT:
        return ALL
    return diagnosis.scope.segment


def candidates(incident: Incident, tables: Sequence[pa.Table]) -> list[str]:
    """Return the signals to measure by, the best first: quality itself, then events, then proxies.

    A fallback that is gone does not say that the answers are good again, so a proxy is looked at only where
    nothing better can be read from the rows.
    """
    diagnosis = incident.diagnosis
    named = [diagnosis.scope.loss] if diagnosis and diagnosis.scope.loss else []
    named += [alert.signal.removeprefix(CALLS) for alert in incident.alerts if alert.harm]
    graded = sorted(
        QUALITY + name.removeprefix(OUTCOME)
        for name in {name for table in tables for name in table.column_names if name.startswith(OUTCOME)}
        if not is_event(name.removeprefix(OUTCOME))
    )
    order = [
        *(name for name in named if name.startswith(QUALITY)),
        *graded,
        *(name for name in named if name.startswith(EVENTS)),
        *(name for name in named if name in {"fallback_share", "error_share"}),
    ]
    return list(dict.fromkeys(order))


def rows_of(table: pa.Table, segment: Segment) -> pa.Table:
    """Return a segment's rows."""
    if segment == ALL:
        return table
    column = next(
        (name for name in (ATTRIBUTE + segment.attribute, segment.attribute) if name in table.column_names),
        "",
    )
    if not column:
        return table.slice(0, 0)
    return table.filter(pc.equal(pc.cast(table[column], pa.string()), segment.value))


def losses(table: pa.Table, signal: str) -> npt.NDArray[np.float64]:
    """Return one loss per row: 0 is good, 1 is lost, NaN where it is not known.

    >>> losses(pa.table({"outcome.click": [1.0, 0.0, None]}), "quality:click").tolist()
    [0.0, 1.0, nan]
    """
    if signal.startswith(QUALITY):
        return 1.0 - np.clip(_numbers(table, OUTCOME + signal.removeprefix(QUALITY)), 0.0, 1.0)
    if signal.startswith(EVENTS):
        # An event that came for nobody has no column: that is no loss, not an unknown one.
        return np.clip(np.nan_to_num(_numbers(table, OUTCOME + signal.removeprefix(EVENTS))), 0.0, 1.0)
    if signal == "fallback_share":
        return _numbers(table, "fallback")
    status = _numbers(table, "status")
    return np.where(np.isnan(status), np.nan, (status >= 500).astype(np.float64))


def shown(signal: str, loss: float) -> str:
    """Return a mean loss as people know the signal: a quality as what is left, others as they are.

    >>> shown("quality:click", 0.88), shown("events:complaint", 0.02)
    ('click quality 12\u202f%', 'complaint rate 2.0\u202f%')
    """
    value = 1.0 - loss if signal.startswith(QUALITY) else loss
    return f"{signal_in_words(signal)} {percent(value)}"


def _numbers(table: pa.Table, column: str) -> npt.NDArray[np.float64]:
    if column not in table.column_names:
        return np.full(table.num_rows, np.nan)
    values = pc.cast(table[column], pa.float64())
    return np.asarray(values.to_numpy(zero_copy_only=False), dtype=np.float64)
