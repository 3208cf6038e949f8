"""Simple scorers that the field uses as baselines, on the same telemetry: who changed most?

The largest z-score (mean and deviation), the largest robust one (median and IQR, as BARO's), and both for the
target's metric alone: the larger the score, the likelier the node. None of them knows of calls or of traffic.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from aright.core.diagnose.dependencies.panel import panel_of

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy.typing as npt

    from aright.core.diagnose.dependencies.telemetry import Telemetry

    Floats = npt.NDArray[np.float64]
    Scorer = Callable[[Floats, Floats], float]


def _z(before: Floats, now: Floats) -> float:
    spread = float(before.std()) or 1e-9
    return float(np.abs(now - before.mean()).max()) / spread


def _robust(before: Floats, now: Floats) -> float:
    low, high = np.quantile(before, (0.25, 0.75))
    return float(np.abs(now - np.median(before)).max()) / (float(high - low) or 1e-9)


def _scores(telemetry: Telemetry, score: Scorer, *, one_metric: bool) -> dict[str, float]:
    panel = panel_of(telemetry)
    found: dict[str, float] = {}
    if panel is None:
        return found
    for row, (service, _, name) in enumerate(panel.keys):
        before, now = (each[row][np.isfinite(each[row])] for each in (panel.reference, panel.current))
        if len(before) < 5 or not len(now) or (one_metric and name != telemetry.signal):
            continue
        found[service] = max(found.get(service, 0.0), score(before, now))
    return found


PEERS: Final[dict[str, Callable[[Telemetry], dict[str, float]]]] = {
    "largest z-score of any metric": lambda each: _scores(each, _z, one_metric=False),
    "largest z-score of the target's metric": lambda each: _scores(each, _z, one_metric=True),
    "largest robust score of any metric": lambda each: _scores(each, _robust, one_metric=False),
    "largest robust score of the target's metric": lambda each: _scores(each, _robust, one_metric=True),
}
"""By what they do: services to scores."""
