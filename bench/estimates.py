"""Performance without labels, beside NannyML: ``python -m bench.estimates [--data DIR] [--json]``.

A census model's scores over three years, in windows of 5,000 rows; its labels are looked at only to see how
far estimates were off. Reference and windows are the same for both, in one run.
"""

from __future__ import annotations

import argparse
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow.parquet as pq

from aright.core.detect.estimates import Columns, NoEstimate, estimates_of
from aright.core.detect.estimates_classes import Classifier, learn_classes
from aright.core.detect.estimates_rule import Usuals, judge, usuals
from bench.peers import PeerError, run_peer
from bench.report import Figure, at_least, at_most, print_report

if TYPE_CHECKING:
    import numpy.typing as npt
    import pyarrow as pa

    from aright.core.detect.estimates_rule import Judgement

ROWS: Final = 5_000
METRICS: Final = {"AUC": ("roc_auc", 0.0040), "F1": ("f1", 0.0066), "accuracy": ("accuracy", 0.0051)}
"""By our name: NannyML's, and the goal."""
PUBLISHED: Final = {"AUC": 0.0040, "F1": 0.0066, "accuracy": 0.0051}
HALF_A_POINT: Final = 0.005


@dataclass(frozen=True, kw_only=True)
class Run:
    """What came out for every window; arrays have the shape (windows,), by metric.

    Attributes:
        estimated: without labels.
        realised: with them.
        held: whether the interval held the realised one.
        judged: what the rule said.
        before: the reference's realised value.
        seconds: CPU, for learning and for all windows.
    """

    estimated: dict[str, npt.NDArray[np.float64]]
    realised: dict[str, npt.NDArray[np.float64]]
    held: dict[str, npt.NDArray[np.bool_]]
    judged: dict[str, list[Judgement]]
    before: dict[str, float]
    seconds: tuple[float, float]


def main() -> int:
    """Print both sides' errors and alerts; return 1 where a goal is missed."""
    options = _options()
    files = [
        options.data / f"employment_MA_{name}.pq" for name in ("reference", "analysis", "analysis_target")
    ]
    reference, analysis, target = (pq.read_table(path) for path in files)
    analysis = analysis.join(target, "id").sort_by("id")
    columns = Columns(
        prediction="prediction",
        label="employed",
        score="predicted_probability",
        features=tuple(
            name
            for name in reference.column_names
            if name not in {"id", "year", "employed", "prediction", "predicted_probability"}
        ),
    )
    ours = run(reference, analysis, columns)
    figures = [*errors(ours), *degraded(ours), *on_unchanged(reference, columns)]
    if not options.no_peer:
        figures += peer(ours, [str(path) for path in files])
    return 0 if print_report("performance without labels", figures, options.json) else 1


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("../shared/data/employment_ma"))
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--no-peer", action="store_true", help="leave NannyML out")
    return parser.parse_args()


def run(reference: pa.Table, analysis: pa.Table, columns: Columns) -> Run:
    """Learn from the reference and judge every window of the analysis, the last and shorter one too."""
    started = time.process_time()
    estimator = learn_classes(reference, columns)
    learned = time.process_time()
    assert isinstance(estimator, Classifier), estimator  # noqa: S101 - a benchmark's data are known
    windows = [analysis.slice(at, ROWS) for at in range(0, analysis.num_rows, ROWS)]
    again = time.process_time()
    found = [_estimates(estimator, window.drop_columns([columns.label])) for window in windows]
    estimated = time.process_time()
    usual = usuals(estimator, reference, ROWS)
    assert isinstance(usual, Usuals), usual  # noqa: S101
    truth = [_realised(estimator, window) for window in windows]
    return Run(
        estimated={name: np.array([one[name].value for one in found]) for name in METRICS},
        realised={name: np.array([one[name] for one in truth]) for name in METRICS},
        held={
            name: np.array(
                [
                    one[name].low <= true[name] <= one[name].high
                    for one, true in zip(found, truth, strict=True)
                ]
            )
            for name in METRICS
        },
        judged={name: [_judged(usual, one[name]) for one in found] for name in METRICS},
        before=_realised(estimator, reference),
        seconds=(learned - started, estimated - again),
    )


def _estimates(estimator: Classifier, window: pa.Table) -> dict[str, Any]:
    expected = estimator.expect(window)
    assert not isinstance(expected, NoEstimate), expected  # noqa: S101
    return {one.metric: one for one in estimates_of(expected)}


def _judged(usual: Usuals, one: Any) -> Judgement:
    found = judge(usual, one)
    assert found is not None  # noqa: S101
    return found


def _realised(estimator: Classifier, window: pa.Table) -> dict[str, float]:
    expected = estimator.expect(window)
    assert not isinstance(expected, NoEstimate), expected  # noqa: S101
    truth = estimator.truth(window)
    return {measure.name: measure.of(truth).value for measure in expected.measures}


def errors(ours: Run) -> list[Figure]:
    """Return mean absolute errors over the whole windows, coverage and CPU-seconds."""
    figures = [
        at_most(f"{name}: mean absolute error", _error(ours.estimated[name], ours.realised[name]), goal)
        for name, (_, goal) in METRICS.items()
    ]
    figures += [
        Figure(f"{name}: share of windows inside the 95 % interval", float(ours.held[name].mean()))
        for name in METRICS
    ]
    return [
        *figures,
        at_most("learning from 68,785 rows × 17 columns, CPU-s", ours.seconds[0], 2.0),
        Figure("estimating 208,892 rows, CPU-s", ours.seconds[1]),
    ]


def _error(one: npt.NDArray[np.float64], other: npt.NDArray[np.float64]) -> float:
    whole = len(one) - 1  # the last window is shorter
    return float(np.abs(one - other)[:whole].mean())


def degraded(ours: Run) -> list[Figure]:
    """Return alerts by F1 among windows that are half a point below the reference, and elsewhere."""
    lost = ours.before["F1"] - ours.realised["F1"]
    truth = lost > HALF_A_POINT
    worse, unusual = _flags(ours)
    return [
        Figure("windows whose F1 is over half a point below the reference's", float(truth.sum())),
        Figure("  told as worse (a notice)", float((worse & truth).sum())),
        Figure("  told as worse elsewhere", float((worse & ~truth).sum())),
        Figure("  told as unusual (an alarm)", float((unusual & truth).sum())),
        at_most("  told as unusual elsewhere", float((unusual & ~truth).sum()), 0),
    ]


def _flags(ours: Run) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.bool_]]:
    judged = ours.judged["F1"]
    return np.array([one.worse for one in judged]), np.array([one.unusual for one in judged])


def on_unchanged(reference: pa.Table, columns: Columns, turns: int = 20) -> list[Figure]:
    """Return how often the rule speaks on shuffled reference rows, judged by a fit on others of them."""
    worse, unusual, windows = 0, 0, 0
    for seed in range(turns):
        rows = reference.take(np.random.default_rng(seed).permutation(reference.num_rows))
        half = reference.num_rows // 2
        known = rows.slice(0, half)
        estimator = learn_classes(known, columns)
        assert isinstance(estimator, Classifier)  # noqa: S101
        usual = usuals(estimator, known, ROWS)
        assert isinstance(usual, Usuals)  # noqa: S101
        for at in range(half, reference.num_rows - ROWS + 1, ROWS):
            found = _judged(usual, _estimates(estimator, rows.slice(at, ROWS))["F1"])
            worse, unusual, windows = worse + found.worse, unusual + found.unusual, windows + 1
    return [
        Figure("shuffled reference, share of windows told as worse", worse / windows),
        at_most("shuffled reference, share of windows told as unusual", unusual / windows, 0.01),
    ]


def peer(ours: Run, files: list[str]) -> list[Figure]:
    """Return NannyML's figures on the same windows; its published errors where it cannot be installed."""
    try:
        told = run_peer("nannyml", "nannyml_cbpe.py", *files, str(ROWS))
    except PeerError as error:
        print(f"NannyML could not be run; its published errors stand instead: {error}", file=sys.stderr)
        return [Figure(f"NannyML, published: {name} error", value) for name, value in PUBLISHED.items()]
    figures = [
        Figure(
            f"NannyML: {name}, mean absolute error",
            _error(np.array(told["estimated"][theirs]["value"]), np.array(told["realised"][theirs]["value"])),
        )
        for name, (theirs, _) in METRICS.items()
    ]
    f1 = {
        side: {key: np.array(each) for key, each in told[side]["f1"].items()}
        for side in ("estimated", "realised")
    }
    alert, outside = f1["estimated"]["alert"], f1["realised"]["alert"]
    below = f1["realised"]["value"] < f1["realised"]["lower_threshold"]
    truth = ours.before["F1"] - ours.realised["F1"] > HALF_A_POINT
    _, unusual = _flags(ours)
    moved = np.array([abs(one.loss) > 3 * one.usual_error for one in ours.judged["F1"]])
    figures += [
        Figure("NannyML: alerts among windows over half a point below", float((alert & truth).sum())),
        Figure("NannyML: alerts elsewhere", float((alert & ~truth).sum())),
        Figure("windows whose F1 is outside NannyML's limits, either way", float(outside.sum())),
        Figure("  NannyML's alerts among them", float((alert & outside).sum())),
        at_least("  our alarms (unusual) among them", float((unusual & outside).sum()), 6),
        Figure("  ours, moved by three deviations either way", float((moved & outside).sum())),
        Figure("  ours, moved so far elsewhere", float((moved & ~outside).sum())),
        Figure("  of them worse, not better, than before", float(below.sum())),
        Figure("  NannyML's alerts among the worse", float((alert & below).sum())),
        at_least(
            "  ours, unusual, among the worse", float((unusual & below).sum()), float((alert & below).sum())
        ),
        at_most("  ours, unusual, elsewhere", float((unusual & ~below).sum()), float((alert & ~below).sum())),
    ]
    seconds, mine = told["fit_seconds"] + told["estimate_seconds"], sum(ours.seconds)
    return [
        *figures,
        Figure("NannyML: fit and estimate, CPU-s", seconds),
        Figure("ours, same", mine),
        Figure("NannyML's CPU over ours", seconds / mine),
    ]


if __name__ == "__main__":
    sys.exit(main())
