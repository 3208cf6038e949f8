"""Measures: one number of one window's rows, by name, that a guard holds below a limit.

``null_share:F`` share of rows where feature F is null or not finite · ``constant_share:F`` share of its most
frequent value among the others · ``p90:F`` its quantile (any ``p`` from 1 to 99) · ``minus_p10:F`` the
negative of a quantile, to hold it from below · ``loss:K`` mean of 1 − outcome K of the worst version ·
``rate:K`` share of rows with event K of the worst version · ``errors:answers`` share of answers of status
500 and above of the worst version · ``loss_rise:K`` and ``rate_rise:K`` how far the
worst version is above the one that serves most beside it · ``worst_loss:K by C`` what the mean of 1 − outcome
K is at least for the worst value of column C, at the confidence of ``SURE``.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from aright.core.model.columns import FEATURE
from aright.core.stats.wilson import wilson

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

OUTCOME: Final = "outcome."
SURE: Final = 3.0902
"""The one-sided 99.9 % quantile of the standard normal."""

ERROR: Final = 500
"""Status from which on an answer is an error."""

FEW: Final = 5
"""Rows of one value of a column that its loss is told of: few as they are, its interval says so."""

BY: Final = " by "

_QUANTILE: Final = re.compile(r"(minus_)?p([1-9][0-9]?)")


class Measured(NamedTuple):
    """A measure of one window.

    Attributes:
        value: what it is.
        low: what it is at least: for means the lower end of their one-sided 99.9 % interval, since a guard
            that looks at every window must not take chance for a breach; else the value.
    """

    value: float
    low: float


def measure(name: str, rows: pa.Table, *, least: int = 1) -> Measured | None:
    """Return a measure of one window's rows, or ``None`` where there are fewer than ``least`` rows for it.

    A column that is not there is null in every row: a source that vanished is empty. Raises ``ValueError``
    for an unknown measure.

    >>> measure("null_share:f", pa.table({"feat.f": [None, 1.0, 2.0, 3.0]}))
    Measured(value=0.25, low=0.25)
    """
    what, _, subject = name.partition(":")
    if what == "worst_loss":
        kind, _, column = subject.rpartition(BY)
        worst = max((_bounded(each).low for each in _by_value(rows, kind, "loss", column, FEW)), default=None)
        return None if worst is None else Measured(worst, worst)
    if what.removesuffix("_rise") in {"loss", "rate", "errors"}:
        means = _by_value(rows, subject, what.partition("_")[0], "version", least)
        return _rise(means) if what.endswith("_rise") else max(map(_bounded, means), default=None)
    value = _of_feature(what, subject, rows, least)
    return None if value is None else Measured(value, value)


def _of_feature(what: str, feature: str, rows: pa.Table, least: int) -> float | None:
    if what == "null_share":
        value = _numbers(rows, FEATURE + feature)
        return 1.0 - float(np.isfinite(value).mean()) if value.size >= max(least, 1) else None
    if what == "constant_share":
        known = _finite(_numbers(rows, FEATURE + feature))
        if known.size < max(least, 1):
            return None
        return float(np.unique(known, return_counts=True)[1].max()) / known.size
    if match := _QUANTILE.fullmatch(what):
        known = _finite(_numbers(rows, FEATURE + feature, coded=False))
        if known.size < max(least, 1):
            return None
        found = float(np.quantile(known, int(match[2]) / 100.0))
        return -found if match[1] else found
    raise ValueError(f"there is no measure {what!r}: use null_share, constant_share, p90, loss or rate")


def _numbers(rows: pa.Table, column: str, *, coded: bool = True) -> NDArray[np.float64]:
    """Return a column as numbers, categories as their codes (or as nothing); nulls are NaN."""
    if column not in rows.schema.names:
        return np.full(rows.num_rows, np.nan)
    values = rows[column].combine_chunks()
    if not coded and not (pa.types.is_floating(values.type) or pa.types.is_integer(values.type)):
        return np.full(rows.num_rows, np.nan)
    if pa.types.is_dictionary(values.type):
        values = values.indices
    elif pa.types.is_string(values.type) or pa.types.is_large_string(values.type):
        values = pc.dictionary_encode(values).indices
    elif pa.types.is_boolean(values.type):
        values = values.cast(pa.int8())
    return np.asarray(values.cast(pa.float64()).to_numpy(zero_copy_only=False), dtype=np.float64)


def _finite(value: NDArray[np.float64]) -> NDArray[np.float64]:
    return value[np.isfinite(value)]


def _by_value(rows: pa.Table, kind: str, how: str, column: str, least: int) -> list[tuple[int, float]]:
    """Return rows and mean loss of every value of a column, such as a version, that has enough rows."""
    if how == "errors":
        status = _numbers(rows, "status")
        loss = np.where(np.isfinite(status), status >= ERROR, np.nan)
    else:
        value = _numbers(rows, OUTCOME + kind)
        loss = np.clip(1.0 - value if how == "loss" else value, 0.0, 1.0)
    version = np.nan_to_num(_numbers(rows, column), nan=-1.0)
    known = np.isfinite(loss)
    groups = (loss[known & (version == each)] for each in np.unique(version[known]))
    return [(each.size, float(each.mean())) for each in groups if each.size >= max(least, 1)]


def _bounded(mean: tuple[int, float]) -> Measured:
    size, value = mean
    return Measured(value, wilson(size, size * value, z=SURE).low)


def _rise(means: Sequence[tuple[int, float]]) -> Measured | None:
    """Return how far the worst version is above the one that serves most beside it."""
    if len(means) < 2:
        return None
    usual = max(means)
    size, value = max((each for each in means if each is not usual), key=lambda each: each[1])
    error = np.sqrt(value * (1.0 - value) / size + usual[1] * (1.0 - usual[1]) / usual[0])
    return Measured(value - usual[1], value - usual[1] - SURE * float(error))
