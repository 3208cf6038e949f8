"""What a metric says of each answer: a value in [0, 1], and which way it may be worse."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeAlias

import numpy as np
import numpy.typing as npt

from aright.core.mitigate.canary.declining import declined, numbers, scores_of
from aright.core.mitigate.canary.refusals import MISSED, WRONGLY_DECLINED, refusal_losses
from aright.core.mitigate.harm import EVENTS, QUALITY, losses

if TYPE_CHECKING:
    import pyarrow as pa

    from aright.core.model.service import Service

FloatArray: TypeAlias = npt.NDArray[np.float64]

SLOWER: Final = "slower:"
DECLINED: Final = "declined"
SCORE: Final = "score"

QUANTILES: Final = (0.1, 0.5, 0.9)
"""Where scores are parted: quantiles of the stable version's when a release began."""

FEWEST_SCORES: Final = 200


def known(metric: str) -> bool:
    """Return whether a metric is one that canaries can be judged by.

    >>> known("error_share"), known("slower:500"), known("slower:soon"), known("beauty")
    (True, True, False, False)
    """
    if metric.startswith(SLOWER):
        limit = metric.removeprefix(SLOWER)
        return limit.replace(".", "", 1).isdigit()
    plain = {"error_share", "fallback_share", DECLINED, SCORE}
    return metric in plain or (of_outcomes(metric) and not metric.endswith(":"))


def of_outcomes(metric: str) -> bool:
    """Return whether a metric is known by outcomes alone, which come later than answers.

    >>> of_outcomes("quality:click"), of_outcomes("declined")
    (True, False)
    """
    return metric.startswith((QUALITY, EVENTS, MISSED, WRONGLY_DECLINED))


def values(rows: pa.Table, metric: str, service: Service | None = None) -> FloatArray:
    """Return a value per row, NaN where it is not known: a loss in [0, 1], or the score itself of ``score``.

    >>> import pyarrow as pa
    >>> values(pa.table({"latency_ms": [90.0, 700.0, None]}), "slower:500").tolist()
    [0.0, 1.0, nan]
    >>> values(pa.table({"label": ["declined", "Approved"]}), "declined").tolist()
    [1.0, 0.0]
    """
    if metric.startswith(SLOWER):
        latency = numbers(rows, "latency_ms")
        slow = latency > float(metric.removeprefix(SLOWER))
        return np.where(np.isnan(latency), np.nan, slow.astype(np.float64))
    if metric == SCORE:
        return scores_of(rows)
    if metric.startswith((MISSED, WRONGLY_DECLINED)):
        return refusal_losses(rows, metric, service)
    return declined(rows, service) if metric == DECLINED else losses(rows, metric)


def sides(metric: str) -> int:
    """Return how many e-processes a metric has: one for what is worse one way, more for what moves both ways.

    >>> sides("error_share"), sides("declined"), sides("score")
    (1, 2, 6)
    """
    return {DECLINED: 2, SCORE: 2 * len(QUANTILES)}.get(metric, 1)


def losses_of(metric: str, known: FloatArray, thresholds: FloatArray | None) -> tuple[FloatArray, ...]:
    """Return the loss of each e-process of a metric; NaN of scores whose thresholds are not frozen yet.

    >>> [loss.tolist() for loss in losses_of("declined", np.array([1.0, 0.0]), None)]
    [[1.0, 0.0], [0.0, 1.0]]
    """
    if metric == DECLINED:
        return known, 1.0 - known
    if metric != SCORE:
        return (known,)
    if thresholds is None:
        return (np.full(len(known), np.nan),) * sides(SCORE)
    above = [np.where(np.isnan(known), np.nan, (known > limit).astype(np.float64)) for limit in thresholds]
    return (*above, *(1.0 - one for one in above))


def frozen(scores: FloatArray) -> FloatArray | None:
    """Return the thresholds that part scores; ``None`` while there are too few of them.

    >>> frozen(np.arange(201.0)), frozen(np.arange(3.0))
    (array([ 20., 100., 180.]), None)
    """
    there = scores[np.isfinite(scores)]
    return np.quantile(there, QUANTILES) if len(there) >= FEWEST_SCORES else None
