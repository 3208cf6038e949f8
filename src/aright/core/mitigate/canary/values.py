"""What a metric says of each answer: a value in [0, 1], and which way it may be worse."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from aright.core.mitigate.harm import EVENTS, QUALITY, losses

if TYPE_CHECKING:
    from aright.core.model.service import Service

FloatArray: TypeAlias = npt.NDArray[np.float64]

SLOWER: Final = "slower:"
DECLINED: Final = "declined"
SCORE: Final = "score"

APPROVE: Final = ("approve", "approved", "accept", "accepted", "allow", "allowed", "legit", "legitimate")
"""Labels that approve, where a service names none."""

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
    return metric in plain or (metric.startswith((QUALITY, EVENTS)) and not metric.endswith(":"))


def of_outcomes(metric: str) -> bool:
    """Return whether a metric is known by outcomes alone, which come later than answers.

    >>> of_outcomes("quality:click"), of_outcomes("declined")
    (True, False)
    """
    return metric.startswith((QUALITY, EVENTS))


def values(rows: pa.Table, metric: str, service: Service | None = None) -> FloatArray:
    """Return a value per row, NaN where it is not known: a loss in [0, 1], or the score itself of ``score``.

    >>> values(pa.table({"latency_ms": [90.0, 700.0, None]}), "slower:500").tolist()
    [0.0, 1.0, nan]
    >>> values(pa.table({"label": ["declined", "Approved"]}), "declined").tolist()
    [1.0, 0.0]
    """
    if metric.startswith(SLOWER):
        latency = _numbers(rows, "latency_ms")
        slow = latency > float(metric.removeprefix(SLOWER))
        return np.where(np.isnan(latency), np.nan, slow.astype(np.float64))
    if metric == SCORE:
        return _scores(rows)
    return _declined(rows, service) if metric == DECLINED else losses(rows, metric)


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


def _declined(rows: pa.Table, service: Service | None) -> FloatArray:
    threshold = service.threshold if service is not None else None
    approving = service.approving if service is not None else ()
    if "label" in rows.column_names and (approving or threshold is None):
        labels = pc.utf8_lower(pc.cast(rows["label"], pa.string()))
        wanted = pa.array([label.lower() for label in approving] or APPROVE, pa.string())
        approved = np.asarray(pc.is_in(labels, value_set=wanted))
        return np.where(np.asarray(labels.is_valid()), ~approved, np.nan)
    if service is None or threshold is None:
        return np.full(rows.num_rows, np.nan)
    scores = _scores(rows)
    # Compared in the precision that scores have, so that 0.7 is not below 0.7.
    at_least = scores.astype(np.float32) >= np.float32(threshold)
    return np.where(np.isfinite(scores), at_least != (service.approves == "above"), np.nan)


def _scores(rows: pa.Table) -> FloatArray:
    scores = _numbers(rows, "score")
    found = scores if np.isfinite(scores).any() else _numbers(rows, "number")
    return np.where(np.isfinite(found), found, np.nan)


def _numbers(rows: pa.Table, column: str) -> FloatArray:
    if column not in rows.column_names:
        return np.full(rows.num_rows, np.nan)
    return np.asarray(pc.cast(rows[column], pa.float64()).to_numpy(zero_copy_only=False), dtype=np.float64)
