"""False alarms and delays on service metrics: ``python -m bench.metrics [--seeds N] [--days N] [--json]``.

The metrics are unlike those that the rules were tuned on (see ``tests/unit/core/detect/metric_laws.py``):
memory after deploys, a collector's saw-tooth, cron jobs, traffic that bursts on and off, replicas by
ones, working days and weekends, a cache that wanders at random. Each is one of sixty trials of its
service, of which one false notice a day is accepted.
"""

from __future__ import annotations

import argparse
import sys
import time
from typing import TYPE_CHECKING, Final

import numpy as np

from bench.report import Figure, at_least, at_most, print_report
from tests.unit.core.detect.metric_laws import DAY, HEALTHY, collected, leaking, told

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.unit.core.detect.metric_laws import Floats

HOUR: Final = 120
LEAKS: Final[dict[str, Callable[[np.random.Generator, float, int], Floats]]] = {
    "flat memory": lambda random, leak, since: leaking(random, since + 3 * DAY, leak, since=since),
    "memory with a daily wave": lambda random, leak, since: leaking(
        random, since + 3 * DAY, leak, since=since, day=60.0
    ),
    "beneath a collector": lambda random, leak, since: collected(random, since + 3 * DAY, leak, since),
}
SLOPES: Final = {"3 MB a minute": 1.5, "30 MB an hour": 0.25, "6 MB an hour": 0.05}


def main() -> int:
    """Run, print, and return 1 where a goal is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="print all figures as one last line of JSON")
    parser.add_argument("--seeds", type=int, default=3, help="runs of each")
    parser.add_argument("--days", type=int, default=7, help="days of each healthy run")
    options = parser.parse_args()
    begin = time.process_time()
    figures, values = [], 0
    alarms = 0
    for name, law in HEALTHY.items():
        found = []
        for seed in range(options.seeds):
            series = law(np.random.default_rng([31, seed]), options.days * DAY)
            found += told(name, series)
            values += len(series)
        alarms += len(found)
        figures.append(
            Figure(f"false alarms in {options.seeds * options.days} days, {name}", float(len(found)))
        )
        print(name, [(row, kind) for row, kind, _ in found], file=sys.stderr, flush=True)
    days = options.seeds * options.days * len(HEALTHY)
    figures.append(at_most(f"false alarms a day, over {days} days of metrics", alarms / days, 1 / 60))
    figures.append(Figure("values per CPU-second", values / (time.process_time() - begin)))
    for name, law_of in LEAKS.items():
        for slope, leak in SLOPES.items():
            figures += leak_figures(f"{slope}, {name}", law_of, leak, options.seeds)
    return 0 if print_report("metrics", figures, options.json) else 1


def leak_figures(
    name: str, law: Callable[[np.random.Generator, float, int], Floats], leak: float, seeds: int
) -> list[Figure]:
    """Return how many leaks that begin after two days were told, and after how long."""
    delays = []
    for seed in range(seeds):
        series = law(np.random.default_rng([32, seed]), leak, 2 * DAY)
        at = [row for row, kind, _ in told("rss_bytes", series) if kind == "leak" and row >= 2 * DAY]
        delays += [(at[0] - 2 * DAY) / HOUR] if at else []
    print(name, delays, file=sys.stderr, flush=True)
    share = len(delays) / seeds
    named = f"leaks told within three days, {name}"
    figures = [at_least(named, share, 0.95) if leak > min(SLOPES.values()) else Figure(named, share)]
    return [*figures, Figure("  after hours, median", float(np.median(delays)))] if delays else figures


if __name__ == "__main__":
    sys.exit(main())
