"""Samples on one clock."""

from typing import Any

import numpy as np
import pyarrow as pa

from aright.core.diagnose.dependencies.panel import MAX_STEPS, panel_of
from aright.core.diagnose.dependencies.telemetry import Telemetry
from aright.core.model.times import MINUTE, SECOND


def made(series, *, before=30, now=10, step=MINUTE):
    rows: dict[str, Any] = {"time": [], "service": [], "host": [], "name": [], "value": []}
    for (service, host, name), values in series.items():
        for at, value in enumerate(values):
            if value is not None:
                for column, one in zip(rows, (at * step, service, host, name, value), strict=True):
                    rows[column].append(one)
    rows["host"] = pa.array(rows["host"], pa.string())
    return Telemetry(
        at=before * step,
        reference=(0, before * step),
        current=(before * step, (before + now) * step),
        metrics=pa.table(rows),
    )


def test_gaps_are_unknown_and_hosts_may_be_unnamed():
    panel = panel_of(made({("a", None, "cpu"): [1.0, None, *[3.0] * 38], ("b", "h", "cpu"): [2.0] * 40}))
    assert panel is not None
    assert panel.keys == (("a", "", "cpu"), ("b", "h", "cpu"))
    assert panel.step == MINUTE
    assert np.isnan(panel.reference[0, 1])
    assert panel.current.shape == (2, 10)
    assert panel.current[1].tolist() == [2.0] * 10


def test_nothing_in_either_span_is_no_panel():
    telemetry = made({("a", None, "cpu"): [1.0] * 40})
    assert panel_of(Telemetry(at=0, reference=(0, 1), current=(1, 2))) is None
    outside = Telemetry(at=0, reference=(-5, -4), current=(-3, -2), metrics=telemetry.metrics)
    assert panel_of(outside) is None


def test_values_that_are_no_numbers_are_unknown():
    panel = panel_of(made({("a", None, "cpu"): [float("nan"), float("inf"), *[1.0] * 38]}))
    assert panel is not None
    assert np.isnan(panel.reference[0, :2]).all()


def test_what_only_grows_becomes_its_growth_and_a_restart_is_unknown():
    total = np.cumsum(np.r_[np.full(20, 5.0), np.full(20, 9.0)])
    total[35:] -= total[34]
    panel = panel_of(made({("a", None, "served_total"): list(total)}))
    assert panel is not None
    assert np.nanmax(panel.reference[0, :20]) == 5.0
    assert np.isnan(panel.current[0, 5])
    assert panel.current[0, 6] == 9.0


def test_a_level_that_rises_once_or_falls_below_zero_is_no_counter():
    stairs = [1.0] * 20 + [2.0] * 20
    below = [float(at - 5) for at in range(40)]
    panel = panel_of(made({("a", None, "stairs"): stairs, ("b", None, "below"): below}))
    assert panel is not None
    assert panel.reference[0, 3] == 1.0
    assert panel.reference[1, 3] == -2.0


def test_fine_samples_are_averaged_so_that_steps_stay_few():
    panel = panel_of(made({("a", None, "cpu"): [1.0, 3.0] * 500}, before=500, now=500, step=SECOND))
    assert panel is not None
    assert panel.current.shape[1] <= MAX_STEPS
    assert np.allclose(panel.current[0, :-1], 2.0, atol=0.2)


def test_one_sample_alone_gives_one_step():
    panel = panel_of(made({("a", None, "cpu"): [1.0]}, before=1, now=1))
    assert panel is not None
    assert panel.reference.shape == (1, 1)
