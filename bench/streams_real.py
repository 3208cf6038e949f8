"""Alarms on real series, ours and river's: ``python -m bench.streams_real [--json]``.

Hourly flights and weather of 2013, electricity demand by half-hours, daily returns, monthly sunspots, daily
deaths. What is known to have happened is listed; other alarms are false as far as anyone knows. Ours is told
the day and the week where there are some, and has its default promise of one false alarm in 50,000 rows.
"""

from __future__ import annotations

import argparse
import sys
from typing import Any, Final

import numpy as np

from aright.core.detect.series import SeriesDetector
from aright.core.detect.series_settings import SeriesSettings
from bench.peers import HOME, run_peer
from bench.report import Figure, at_least, at_most, print_report

PERIODS: Final = {
    "flights": (24.0, 168.0),
    "weather": (24.0,),
    "taylor": (48.0, 336.0),
    "elecdemand": (48.0, 336.0),
}
EVENTS: Final[dict[str, tuple[tuple[str, int, int], ...]]] = {
    "flights an hour": (
        ("snowstorm of 8 February", 918, 966),
        ("Independence Day", 4_395, 4_491),
        ("Thanksgiving", 7_915, 8_035),
        ("Christmas", 8_539, 8_755),
    ),
    "flights, median delay": (("storms of 6 to 8 March", 1_531, 1_651),),
    "pr_death_counts": (("hurricane Maria", 993, 1_060),),
}
"""By the beginning of the series' name: what happened, and the rows within which an alarm tells of it."""

LEARNING: Final = {"pr_death_counts": 365}
MUST: Final = ("hurricane Maria",)


def main() -> int:
    """Run, print, and return 1 where a goal is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="print all figures as one last line of JSON")
    options = parser.parse_args()
    place = HOME / "series-data"
    place.mkdir(parents=True, exist_ok=True)
    found = run_peer("series", "real_series.py", str(place / "series.npz"))
    data = np.load(place / "series.npz")
    theirs = run_peer("river", "river_alarms.py", str(place / "series.npz"))
    rows = sum(found["rows"].values())
    figures = [Figure(f"rows of {len(data.files)} series", float(rows))]
    ours = {name: ours_on(name, data[name]) for name in data.files}
    figures += told_by("ours", ours, limit=5.0)
    for peer in ("ADWIN", "Page-Hinkley", "KSWIN"):
        figures += told_by(peer, {name: theirs[name][peer] for name in data.files})
    return 0 if print_report("streams_real", figures, options.json) else 1


def ours_on(name: str, values: np.ndarray[Any, np.dtype[np.float64]]) -> list[int]:
    """Return the rows at which ours told something."""
    periods = next((each for start, each in PERIODS.items() if name.startswith(start)), ())
    settings = SeriesSettings(periods=periods, learning=LEARNING.get(name, 1_000))
    return [int(verdict.at) for verdict in SeriesDetector(settings).update_many(values)]


def told_by(who: str, alarms: dict[str, list[int]], limit: float | None = None) -> list[Figure]:
    """Return the alarms away from what is known to have happened, and which of that was told."""
    false, told = 0, set()
    loud = 0
    for name, rows in alarms.items():
        events = next((each for start, each in EVENTS.items() if name.startswith(start)), ())
        away = [row for row in rows if not any(first <= row < last for _, first, last in events)]
        false, loud = false + len(away), loud + bool(away)
        told |= {
            f"{what} ({name})" for what, first, last in events if any(first <= row < last for row in rows)
        }
    name = f"{who}: alarms where nothing is known to have happened"
    figures = [Figure(name, float(false)) if limit is None else at_most(name, float(false), limit)]
    figures.append(Figure(f"  in so many of {len(alarms)} series", float(loud)))
    named = float(sum(any(must in each for each in told) for must in MUST))
    what = f"  {', '.join(MUST)} told"
    figures.append(Figure(what, named) if limit is None else at_least(what, named, 1.0))
    figures.append(Figure("  other known events told", float(len(told)) - named))
    print(who, sorted(told), file=sys.stderr)
    return figures


if __name__ == "__main__":
    sys.exit(main())
