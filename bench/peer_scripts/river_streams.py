"""river's drift detectors and a scheduled KS test on stored series: ``river_streams.py FILE [--slow]``.

FILE is an npz of arrays of shape (seeds, rows). The last line is JSON: by series and detector the row of the
first alarm of each seed, or null.
"""

from __future__ import annotations

import json
import sys
import time
from typing import Any

import numpy as np
from river.drift import ADWIN, KSWIN, PageHinkley
from scipy.stats import ks_2samp

KSWIN_SEEDS = 5


def first_of(detector: Any, values: np.ndarray) -> int | None:
    """Return the row of the first alarm."""
    for row, value in enumerate(values):
        detector.update(float(value))
        if detector.drift_detected:
            return row
    return None


def scheduled_ks(values: np.ndarray) -> int | None:
    """Compare every 500 rows with the first 1,000, at 1 %."""
    for end in range(1_500, len(values) + 1, 500):
        if ks_2samp(values[:1_000], values[end - 500 : end]).pvalue < 0.01:
            return end - 1
    return None


def main() -> None:
    """Print what each detector says."""
    answer: dict[str, Any] = {}
    rates: dict[str, list[float]] = {}
    data = np.load(sys.argv[1])
    for name in data.files:
        runs = [run[np.isfinite(run)] for run in data[name]]
        answer[name] = {}
        for peer, find, used in (
            ("ADWIN", lambda run: first_of(ADWIN(), run), runs),
            ("Page-Hinkley", lambda run: first_of(PageHinkley(), run), runs),
            ("KSWIN", lambda run: first_of(KSWIN(seed=1), run), runs[:KSWIN_SEEDS]),
            ("scheduled KS", scheduled_ks, runs),
        ):
            start = time.process_time()
            found = [find(run) for run in used]
            seconds = time.process_time() - start
            rows = sum(len(run) if at is None else at + 1 for run, at in zip(used, found, strict=True))
            answer[name][peer] = found
            rates.setdefault(peer, [0, 0.0])
            rates[peer][0] += rows
            rates[peer][1] += seconds
    speeds = {peer: rows / max(seconds, 1e-9) for peer, (rows, seconds) in rates.items()}
    print(json.dumps({"first": answer, "rows_per_second": speeds}))


main()
