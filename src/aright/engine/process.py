"""Process metrics: samples to points per window, kept beside the signals on the same clock."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pyarrow.compute as pc

from aright.core.model.signal import SignalPoint
from aright.engine.operations import ProcessPoint

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import pyarrow as pa

    from aright.core.model.times import Micros

_MEAN: Final = "process:"
_TOP: Final = "process_top:"
MOST_NAMES: Final = 256
_FIRST: Final = ("up", "cpu_percent", "rss_bytes")
LEFT_OUT: Final = "metrics_left_out"
"""How many metrics of a window found no room, where there were too many."""


def is_process(name: str) -> bool:
    """Return whether a point's name is a process metric's.

    >>> is_process("process:cpu_percent"), is_process("fallback_share")
    (True, False)
    """
    return name.startswith((_MEAN, _TOP))


def process_points(service: str, samples: pa.Table, *, start: Micros, width: Micros) -> list[SignalPoint]:
    """Return the mean and the largest sample of each metric.

    At most 256 of them, those with most samples; how many are left out is a metric, too.
    """
    if samples.num_rows == 0:
        return []
    plain = samples.set_column(
        samples.schema.get_field_index("name"), "name", pc.cast(samples["name"], "string")
    )
    grouped = plain.group_by("name").aggregate([("value", "sum"), ("value", "count"), ("value", "max")])
    rows = sorted(
        grouped.to_pylist(), key=lambda row: (row["name"] not in _FIRST, -row["value_count"], row["name"])
    )
    left_out = len(rows) - MOST_NAMES
    if left_out > 0:
        rows[MOST_NAMES:] = [
            {"name": LEFT_OUT, "value_count": 1, "value_sum": left_out, "value_max": left_out}
        ]
    return [
        point
        for row in rows
        if row["value_count"]
        for point in figure(
            service,
            row["name"],
            start=start,
            width=width,
            n=row["value_count"],
            total=row["value_sum"],
            top=row["value_max"],
        )
    ]


def figure(
    service: str, name: str, *, start: Micros, width: Micros, n: float, total: float, top: float
) -> tuple[SignalPoint, SignalPoint]:
    """Return the two points of one metric in one window: its mean, ``total / n``, and its largest value.

    >>> mean, top = figure("shop", "rss_bytes", start=0, width=30_000_000, n=2, total=10.0, top=7.0)
    >>> mean.name, mean.value, top.name, top.value
    ('process:rss_bytes', 5.0, 'process_top:rss_bytes', 7.0)
    """
    return (
        SignalPoint(
            service=service, name=_MEAN + name, start=start, width=width, n=float(n), total=float(total)
        ),
        SignalPoint(service=service, name=_TOP + name, start=start, width=width, n=1.0, total=float(top)),
    )


def to_process(points: Iterable[SignalPoint]) -> Sequence[ProcessPoint]:
    """Return stored points as process metrics, by name and start."""
    means: dict[tuple[str, Micros], float] = {}
    tops: dict[tuple[str, Micros], float] = {}
    for point in points:
        if point.name.startswith(_TOP):
            tops[point.name.removeprefix(_TOP), point.start] = point.value
        elif point.name.startswith(_MEAN):
            means[point.name.removeprefix(_MEAN), point.start] = point.value
    return [
        ProcessPoint(name=name, start=start, mean=mean, top=tops.get((name, start), mean))
        for (name, start), mean in sorted(means.items())
    ]
