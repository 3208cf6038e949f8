"""The files of the pet shop's incidents as telemetry: nothing but translation."""

from __future__ import annotations

import csv
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa

from aright.core.diagnose.dependencies.telemetry import Telemetry
from aright.core.model.times import MINUTE, SECOND

if TYPE_CHECKING:
    from pathlib import Path

    from aright.core.model.times import Micros

BEFORE: Final = 10 * MINUTE
AFTER: Final = 15 * MINUTE
"""What is judged lies about the alarm: so much before and after it."""


@dataclass(frozen=True, eq=False)
class Shop:
    """All that does not differ from case to case.

    Attributes:
        healthy: metrics of normal days, columns of ``PROCESS_FIELDS``.
        days: their start and end (µs, UTC).
        calls: (caller, callee).
    """

    healthy: pa.Table
    days: tuple[Micros, Micros]
    calls: tuple[tuple[str, str], ...]


@dataclass(frozen=True, eq=False)
class Issue:
    """One incident.

    Attributes:
        name: of its folder.
        telemetry: what is known of it.
        cause: the node where it began.
    """

    name: str
    telemetry: Telemetry
    cause: str


def load(folder: Path) -> tuple[Shop, list[Issue]]:
    """Read the normal days, the graph and every issue below a folder."""
    healthy = _metrics(folder / "noissue" / "metrics.csv")
    shop = Shop(healthy, _span(healthy), _calls(folder / "graph.csv"))
    issues = [_issue(place, shop) for place in sorted(folder.glob("t*/issue_*"))]
    return shop, issues


def _issue(folder: Path, shop: Shop) -> Issue:
    told = json.loads((folder / "target.json").read_text())
    target = told["target"]
    at = int(target["timestamp"]) * SECOND
    telemetry = Telemetry(
        target=target["node"],
        signal=_name(target["metric"], target["agg"]),
        at=at,
        reference=shop.days,
        current=(at - BEFORE, at + AFTER),
        metrics=pa.concat_tables([shop.healthy, _metrics(folder / "metrics.csv")]),
        calls=shop.calls,
    )
    return Issue(f"{folder.parent.name}/{folder.name}", telemetry, told["root_cause"]["node"])


def _name(metric: str, statistic: str) -> str:
    """A mean and a sum go by the metric's name, a percentile has its own."""
    return metric if statistic in {"Average", "Sum"} else f"{metric}_{statistic}"


def _metrics(path: Path) -> pa.Table:
    """Read a file with three header rows (node, metric, statistic), one of names and one row per instant."""
    with path.open(newline="") as file:
        nodes, metrics, statistics, _, *rows = list(csv.reader(file))
    instants = np.array([float(row[0]) for row in rows])
    values = np.array([[float(cell) if cell else np.nan for cell in row[1:]] for row in rows])
    times, columns = np.nonzero(np.isfinite(values))
    names = [_name(metric, statistic) for metric, statistic in zip(metrics[1:], statistics[1:], strict=True)]
    return pa.table(
        {
            "time": pa.array((instants[times] * SECOND).astype(np.int64), pa.timestamp("us", "UTC")),
            "service": pa.array(nodes[1:]).take(pa.array(columns)),
            "host": pa.nulls(len(times), pa.dictionary(pa.int32(), pa.string())),
            "version": pa.nulls(len(times), pa.dictionary(pa.int32(), pa.string())),
            "name": pa.array(names).take(pa.array(columns)),
            "value": pa.array(values[times, columns], pa.float32()),
        }
    )


def _span(table: pa.Table) -> tuple[Micros, Micros]:
    time = table["time"].cast(pa.int64()).to_numpy()
    return int(time.min()), int(time.max()) + 1


def _calls(path: Path) -> tuple[tuple[str, str], ...]:
    """Read the adjacency: a row's node calls the columns that hold 1."""
    with path.open(newline="") as file:
        head, *rows = list(csv.reader(file))
    return tuple(
        (row[0], callee)
        for row in rows
        for callee, cell in zip(head[1:], row[1:], strict=True)
        if float(cell)
    )
