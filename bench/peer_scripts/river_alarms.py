"""Alarms of river's drift detectors on stored series: ``river_alarms.py FILE``; the last line is JSON."""

from __future__ import annotations

import json
import sys

import numpy as np
from river.drift import ADWIN, KSWIN, PageHinkley


def main() -> None:
    """Print the rows of all alarms, by series and detector."""
    answer = {}
    data = np.load(sys.argv[1])
    for name in data.files:
        answer[name] = {}
        for peer, detector in (("ADWIN", ADWIN()), ("Page-Hinkley", PageHinkley()), ("KSWIN", KSWIN(seed=1))):
            told = []
            for row, value in enumerate(data[name]):
                if np.isfinite(value):
                    detector.update(float(value))
                    if detector.drift_detected:
                        told.append(row)
            answer[name][peer] = told
    print(json.dumps(answer))


main()
