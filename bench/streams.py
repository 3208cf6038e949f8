"""False alarms and delays on numeric streams: ``python -m bench.streams [--data DIR] [--seeds N] [--json]``.

Every series has 10,000 rows and a seed of its own; the promise is one false alarm in 50,000 rows, so a run
may alarm with probability 1 − exp(−0.2) = .181. A goal is met where the exact binomial limit above the share
of runs with an alarm (Clopper and Pearson, one-sided 95 %) is at most that. Beside it stand river's detectors
with their own settings and a scheduled KS test, on the first 40 of the same series (KSWIN: the first five).

``--data`` names a folder of CSV files whose last column is a number, such as the Numenta Anomaly Benchmark's;
their real series hold true anomalies too, so only the alarms are counted.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from scipy.stats import beta

from aright.core.detect.series import SeriesDetector
from bench.peers import HOME, run_peer
from bench.report import Figure, at_least, at_most, print_report
from bench.streams_cusum import mean_delay
from bench.streams_data import HARMLESS, LEAKS, OTHERS, ROWS, FloatArray, retries, shifted

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from aright.core.detect.series_settings import Verdict

RUN_LENGTH: Final = 50_000.0
MAY_ALARM: Final = 1 - np.exp(-ROWS / RUN_LENGTH)
SHIFT_AT: Final = 5_000
ADWIN: Final = {0.25: 343.0, 0.5: 119.0, 1.0: 55.0}
PEER_SEEDS: Final = 40
RETRIES: Final = "retries"
LIMIT: Final = "  its exact limit (95 %)"


def main() -> int:
    """Run, print, and return 1 where a goal is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="print all figures as one last line of JSON")
    parser.add_argument("--data", type=Path, help="a folder of CSV files of real series")
    parser.add_argument("--seeds", type=int, default=200, help="runs of each series")
    parser.add_argument("--alone", action="store_true", help="leave the peers out")
    options = parser.parse_args()
    figures = [*alarm_figures(options.seeds), *leak_figures(options.seeds), *delay_figures(options.seeds)]
    figures.append(Figure("rows per CPU-second, iid normal, learning included", speed()))
    if options.data:
        figures += real_figures(options.data)
    if not options.alone:
        figures += peer_figures()
    return 0 if print_report("streams", figures, options.json) else 1


def series_of(name: str, seed: int) -> tuple[FloatArray, list[int] | None]:
    """Return one series, and the units of its rows where they are known."""
    random = np.random.default_rng([seed, sum(name.encode())])
    if name == RETRIES:
        return retries(random)
    return ({**HARMLESS, **OTHERS, **LEAKS}[name])(random), None


def told(name: str, seed: int) -> list[Verdict]:
    """Return what ours says of one series."""
    values, units = series_of(name, seed)
    return SeriesDetector().update_many(values, units=units)


def alarm_figures(seeds: int) -> list[Figure]:
    """Return the share of harmless runs with an alarm, and the exact limit above it."""
    figures = []
    for name in [*HARMLESS, *OTHERS]:
        alarms = sum(bool(told(name, seed)) for seed in range(seeds))
        progress(f"{name}: {alarms} of {seeds}")
        figures.append(Figure(f"runs with an alarm, {name}", alarms / seeds))
        limit = float(beta.ppf(0.95, alarms + 1, seeds - alarms)) if alarms < seeds else 1.0
        goal = round(float(MAY_ALARM), 3)
        named = name in HARMLESS
        figures.append(at_most(LIMIT, limit, goal) if named else Figure(f"{LIMIT}, promised {goal}", limit))
    return figures


def leak_figures(seeds: int) -> list[Figure]:
    """Return the share of leaks that were told within the run."""
    figures = []
    for name in LEAKS:
        found = [verdicts[0].at for seed in range(seeds) if (verdicts := told(name, seed))]
        progress(f"{name}: {len(found)} of {seeds}")
        figures.append(at_least(f"runs in which it was told, {name}", len(found) / seeds, 0.95))
        figures.append(Figure("  at row, median", float(np.median(found))))
    return figures


def delay_figures(seeds: int) -> list[Figure]:
    """Return mean delays to a shift at row 5,000, over runs that were quiet until then."""
    figures = []
    for number, (size, theirs) in enumerate(ADWIN.items()):
        delays = []
        for seed in range(seeds):
            values = shifted(np.random.default_rng([seed, number]), size, SHIFT_AT)
            alarms = [verdict.at for verdict in SeriesDetector().update_many(values)]
            if not alarms or alarms[0] >= SHIFT_AT:
                delays.append(alarms[0] - SHIFT_AT + 1 if alarms else ROWS - SHIFT_AT)
        progress(f"shift of {size}: {np.mean(delays):.0f} rows")
        cusum = mean_delay(np.random.default_rng(number), size, RUN_LENGTH, 4_000)
        mean = float(np.mean(delays))
        figures += [
            at_most(f"delay to {size} sd, mean rows (ADWIN: {theirs:g})", mean, theirs),
            Figure("  median", float(np.median(delays))),
            Figure("  CUSUM that knows it", cusum),
            at_most("  ours in its delays", mean / cusum, 1.5),
        ]
    return figures


def speed() -> float:
    """Return rows per CPU-second, all learning included."""
    values = np.random.default_rng(1).normal(size=5 * ROWS)
    start = time.process_time()
    SeriesDetector().update_many(values)
    return len(values) / (time.process_time() - start)


def real_figures(folder: Path) -> list[Figure]:
    """Return the alarms on real series, folder by folder."""
    figures = []
    for place in sorted({path.parent for path in folder.rglob("*.csv")}):
        count = rows = files = 0
        for path in sorted(place.glob("*.csv")):
            lines = path.read_text().splitlines()[1:]
            values = np.array([float(line.rsplit(",", 1)[1] or "nan") for line in lines])
            count += len(SeriesDetector().update_many(values))
            rows, files = rows + len(values), files + 1
        figures.append(Figure(f"{place.name}: alarms in {rows} rows of {files} series", float(count)))
    return figures


def peer_figures() -> list[Figure]:
    """Return the same shares and delays of the peers."""
    place = HOME / "streams-data"
    place.mkdir(parents=True, exist_ok=True)
    names = [*HARMLESS, *OTHERS]
    runs = {name: stacked(lambda seed, name=name: series_of(name, seed)[0]) for name in names}  # type: ignore[misc]  # a default binds the loop's name
    for number, size in enumerate(ADWIN):
        runs[f"shift {size}"] = stacked(
            lambda seed, number=number, size=size: shifted(  # type: ignore[misc]  # as above
                np.random.default_rng([seed, number]), size, SHIFT_AT
            )
        )
    np.savez(place / "streams.npz", **runs)  # type: ignore[arg-type]  # numpy's stub takes any name for its own flag
    answer = run_peer("river", "river_streams.py", str(place / "streams.npz"))
    return [*peer_alarms(answer, names), *peer_delays(answer)]


def stacked(make: Callable[[int], FloatArray]) -> FloatArray:
    return np.stack([make(seed) for seed in range(PEER_SEEDS)])


def peer_alarms(answer: dict[str, Any], names: Sequence[str]) -> list[Figure]:
    return [
        Figure(f"{peer}: runs with an alarm, {name}", float(np.mean([at is not None for at in found])))
        for name in names
        for peer, found in answer["first"][name].items()
    ]


def peer_delays(answer: dict[str, Any]) -> list[Figure]:
    figures = []
    for size in ADWIN:
        for peer, found in answer["first"][f"shift {size}"].items():
            late = [ROWS if at is None else at for at in found]
            after = [at - SHIFT_AT + 1 for at in late if at >= SHIFT_AT]
            figures.append(Figure(f"{peer}: runs quiet before a shift of {size} sd", len(after) / len(found)))
            if after:
                figures.append(Figure("  delay to it, mean rows", float(np.mean(after))))
    speeds = answer["rows_per_second"].items()
    return [*figures, *(Figure(f"{peer}: rows per CPU-second", rate) for peer, rate in speeds)]


def progress(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
