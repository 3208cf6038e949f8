"""The release's own e-value: a weighted mean over metrics and parts, so that its bound is for the release."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt

from aright.core.mitigate.canary.saying import MOST
from aright.core.mitigate.canary.standing import Needed
from aright.core.mitigate.canary.values import of_outcomes
from aright.core.model.release import Judged
from aright.core.stats.log_rank import GRID, log_mean

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aright.core.mitigate.canary.tracks import Track
    from aright.core.model.release import Metric, Policy
    from aright.core.model.signal import Segment

FloatArray = npt.NDArray[np.float64]

EVERYWHERE: Final = (0.05, 0.15, 0.4, 0.2, 0.1, 0.1)
"""Bets on each of ``RISES`` in all traffic: most on a doubling, the least harm that few units can show.

A bet on the wrong rise still gains where the true one is a neighbour; a weight ``w`` costs as many more units
as ln(1/w) is of ln(1/α)."""

PARTS: Final = (0.02, 0.05, 0.13, 0.3, 0.3, 0.2)
"""The same in a part, where units are few and only large rises can be seen at all."""


def points(policy: Policy) -> FloatArray:
    """Return all ratios that a policy's hypotheses name."""
    own = [metric.margin for metric in policy.metrics if metric.margin]
    return np.array([*GRID, *policy.step_margins, policy.segment_margin, *own])


def harm(track: Track) -> FloatArray:
    """Return logarithms of a metric's e-values against "not worse", shape (streams,).

    A metric that may move both ways has an e-process for each; their mean is one against "neither way".
    """
    single = np.stack(
        [np.concatenate([trial.harm(EVERYWHERE)[:1], trial.harm(PARTS)[1:]]) for trial in track.trials]
    )
    return log_mean(single, np.full((len(single), 1), 1 / len(single)))


def fit(track: Track, margin: float) -> FloatArray:
    """Return logarithms of a metric's e-values against "worse by the margin", shape (streams,).

    Both ways must be ruled out where a metric has two: the smaller e-value is told.
    """
    return np.asarray(np.min([trial.fit(margin) for trial in track.trials], axis=0))


def together(harms: Sequence[FloatArray], weights: FloatArray) -> FloatArray:
    """Return the logarithm of the release's e-value: a mean over metrics and streams by their weights.

    A mean of e-processes is one, however they depend on each other. Each metric has as much of the bets.

    Args:
        harms: of each metric, shape (streams,), or (streams, releases) for many releases at once.
        weights: of each stream, adding up to 1 at most.

    Source: V. Vovk, R. Wang, E-values: calibration, combination and applications, Annals of Statistics 49
    (2021).
    """
    if not harms:
        return np.zeros(())
    every = np.concatenate(harms)
    bets = np.concatenate([weights / len(harms)] * len(harms))
    return log_mean(every, bets.reshape(-1, *[1] * (every.ndim - 1)))


def margin_of(policy: Policy, metric: Metric, step: int) -> float:
    """Return the ratio to rule out before a step is left; 0 where promotion does not wait for the metric.

    >>> from aright.core.model.release import Metric, Policy
    >>> [margin_of(Policy(), Metric(name="error_share", margin=2.0), step) for step in (0, 1, 2, 3)]
    [10.0, 5.0, 2.5, 2.0]
    """
    step = min(max(step, 0), len(policy.step_margins) - 1)
    of_step = policy.step_margins[step]
    if metric.margin is None:
        return of_step
    if metric.margin <= 0:
        return 0.0
    return metric.margin if step == len(policy.step_margins) - 1 else max(of_step, metric.margin)


def judged(
    track: Track,
    segments: Sequence[Segment],
    units: FloatArray,
    policy: Policy,
    *,
    margin: float,
) -> list[Judged]:
    """Return what is known of a metric in each stream; ``units`` has the shape (2, streams)."""
    first = track.trials[0]
    low, high = first.interval(EVERYWHERE, alpha=policy.alpha, beta=policy.beta)
    harms = harm(track)
    late = of_outcomes(track.metric.name)
    margins = [margin] + [policy.segment_margin] * (len(segments) - 1)
    fits = fit(track, margin or policy.step_margins[-1]), fit(track, policy.segment_margin)
    return [
        Judged(
            metric=track.metric.name,
            segment=segment,
            units=_whole(units[:, at], units[:, at] if late else first.units[:, at]),
            failed=(float(first.failed[0, at]), float(first.failed[1, at])),
            harm=float(harms[at]),
            fit=float(fits[0][at] if at == 0 else fits[1][at]),
            margin=margins[at],
            low=float(low[at]),
            high=float(min(high[at], MOST)),
        )
        for at, segment in enumerate(segments)
    ]


def needed(track: Track, one: Judged, at: int) -> Needed:
    """Return what a metric must still rule out in the stream ``at``."""
    trial = track.trials[0]
    risk = trial.units[:, at]
    total = float(risk.sum())
    failed = float(trial.failed[:, at].sum())
    return Needed(
        judged=one,
        margin=one.margin,
        log_e=one.fit,
        share=float(risk[1]) / total if total else 0.0,
        rate=failed / max(sum(one.units), 1),
    )


def _whole(units: FloatArray, at_risk: FloatArray) -> tuple[int, int]:
    """Return the units seen; none where none of them had a known loss beside the other side."""
    return int(min(units[0], at_risk[0])), int(min(units[1], at_risk[1]))
