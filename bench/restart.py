"""How long a start takes on a store of a service-month: ``python -m bench.restart [--json]``.

Four signals over all traffic and three segments and eight service metrics, every 30 seconds, with an SLO.
The detector has learned from the last two days. The store is embedded (SQLite, Parquet), the start is the
engine's own recovery, measured from a snapshot an hour old, from one of the stop, and without any.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np

from aright.adapters.sql.sqlite import SqliteState
from aright.bootstrap import Options, build
from aright.core.detect import Detector
from aright.core.model.bookkeeping import Checkpoint, Snapshot
from aright.core.model.service import Service
from aright.core.model.signal import ALL, Segment, SignalPoint
from aright.core.model.slo import Indicator, Slo
from aright.core.model.times import DAY, HOUR, SECOND
from aright.engine import slo
from aright.engine.detecting import detector_settings
from aright.engine.settings import Settings
from bench.report import Figure, at_most, print_report

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aright.core.model.times import Micros

WIDTH: Final = 30 * SECOND
END: Final = 1_767_225_600_000_000
SEGMENTS: Final = (ALL, *(Segment("region", str(number)) for number in range(3)))
SHARES: Final = {"error_share": 0.01, "fallback_share": 0.02, "quality:click": 0.12, "slow_share": 0.05}
METRICS: Final = 8
SERVICE: Final = Service(key="shop")


def main() -> int:
    """Run, print, and return 1 where a goal is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="print all figures as one last line of JSON")
    parser.add_argument("--days", type=int, default=30, help="days in the store")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        store = Path(folder)
        size = fill(store, options.days)
        figures = [
            Figure("days of one service in the store", float(options.days)),
            Figure("points in the store", float(options.days * DAY // WIDTH * len(window_of(0)))),
            Figure("bytes of the snapshot", float(size)),
            at_most("seconds to start from a snapshot an hour old", started(store), 2.0),
            Figure("  from one of the last window", started(store)),
        ]
        forget(store)
        figures.append(Figure("  without, over a week of points", started(store)))
    return 0 if print_report("restart", figures, options.json) else 1


def fill(store: Path, days: int) -> int:
    """Write the points of so many days, and a snapshot of a detector that learned from the last two days."""
    state = SqliteState(store / "state.db")
    judge = Detector(detector_settings(SERVICE, Settings()))
    windows, learned = days * DAY // WIDTH, 2 * DAY // WIDTH
    kept_to = windows - HOUR // WIDTH
    for first in range(0, windows, 480):
        rows = [window_of(number - windows) for number in range(first, min(first + 480, windows))]
        with state.transaction() as tx:
            for points in rows:
                tx.add_points(points)
        for number, points in enumerate(rows, first):
            if windows - learned <= number < kept_to:
                judge.update(points, now=points[0].start, quiet=False)
        if first % 28_800 < 480:
            print(f"day {first * WIDTH // DAY}", file=sys.stderr, flush=True)
    body = judge.freeze()
    upto = END - HOUR
    with state.transaction() as tx:
        tx.put(SERVICE)
        indicator = Indicator(signal="error_share")
        slo.put(tx, [Slo(key="errors", service=SERVICE.key, indicator=indicator, objective=0.99)])
        tx.put(Snapshot(key=SERVICE.key, service=SERVICE.key, upto=upto, width=WIDTH, body=body))
        tx.put(Checkpoint(key="engine", position=0, closed_to=END, clock="driven", now=END))
    state.close()
    return len(body)


def window_of(number: int) -> list[SignalPoint]:
    """Return the points of a window; ``number`` counts back from the end, from −1."""
    random = np.random.default_rng([7, -number])
    start: Micros = END + number * WIDTH
    points = [
        SignalPoint(
            service=SERVICE.key,
            name=name,
            start=start,
            width=WIDTH,
            n=300.0,
            total=float(random.binomial(300, share)),
            segment=segment,
        )
        for name, share in SHARES.items()
        for segment in SEGMENTS
    ]
    return [*points, *metrics_of(start, random)]


def metrics_of(start: Micros, random: np.random.Generator) -> Iterator[SignalPoint]:
    """Yield service metrics that follow the day."""
    day = np.sin(2 * np.pi * start / DAY)
    for number in range(METRICS):
        value = float(100 + number + 20 * day + random.normal(0, 3))
        for name in (f"process:gauge{number}", f"process_top:gauge{number}"):
            yield SignalPoint(service=SERVICE.key, name=name, start=start, width=WIDTH, n=1.0, total=value)


def started(store: Path) -> float:
    """Return the seconds from opening the store until it is ready, and end as a stopped server does."""
    begin = time.perf_counter()
    aright = build(Options(store=store, clock="driven", clock_start=END, token="bench"))  # noqa: S106 - of a store that is thrown away
    took = time.perf_counter() - begin
    aright.stop()
    return took


def forget(store: Path) -> None:
    """Delete the snapshot."""
    state = SqliteState(store / "state.db")
    with state.transaction() as tx:
        tx.delete(Snapshot, SERVICE.key)
    state.close()


if __name__ == "__main__":
    sys.exit(main())
