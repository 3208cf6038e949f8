"""Harm as an amount that adds up: seconds waited or answers failed per step, of every service.

A mean says how bad one request is, not how much of the target's harm it can carry: a hundred slow requests of
a service that is called ten thousand times explain little. So each service's change is multiplied by its own
traffic; then those of callees and callers can be added and subtracted.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from aright.core.diagnose.dependencies.measures import Measure, measure_of
from aright.core.diagnose.dependencies.spread import median_of, spread_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from aright.core.diagnose.dependencies.panel import Key, Panel

    Floats = npt.NDArray[np.float64]

FEWEST: Final = 5
"""Samples before, for a row to be known."""
RULE_OF_THREE: Final = 3.0
"""Where nothing was seen in n steps, up to 3 / n per step is compatible with that at 95 %."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Ledger:
    """What each service has beyond its usual, in one currency.

    Attributes:
        signal: the metric it is of.
        measure: what that measures.
        keys: service and host of each row; the host is empty where all of a service is one row.
        before: shape (rows, steps before): usually about 0.
        now: shape (rows, steps now).
        spread: shape (rows,): robust standard deviation of ``before``.
        level: shape (rows,): the metric's usual value, as it was sent.
        values: shape (rows, steps now): its values now, as they were sent.
        traffic: shape (rows,): requests per step; 1 where nobody counts them.
        new: shape (rows,): whether nobody knew the row before. What began to be called did not break: that
            its callers call it is what changed.
    """

    signal: str
    measure: Measure
    keys: tuple[tuple[str, str], ...]
    before: Floats
    now: Floats
    spread: Floats
    level: Floats
    values: Floats
    traffic: Floats
    new: npt.NDArray[np.bool_]


def ledger_of(panel: Panel, signal: str) -> Ledger:
    """Account for one metric of all services that have it; it must be one that others see (``EXTERNAL``)."""
    measure = measure_of(signal)
    rows = [row for row, key in enumerate(panel.keys) if key[2] == signal]
    plain, plain_now = panel.reference[rows], panel.current[rows]
    before, now = _harms(plain, plain_now, measure)
    counted = _traffic(panel, [panel.keys[row] for row in rows])
    load, load_now = counted if counted is not None else (np.ones_like(before), np.ones_like(now))
    if measure is Measure.FAILURES:
        before, now = before / np.where(load > 0.0, load, 1.0), now / np.where(load_now > 0.0, load_now, 1.0)
    keys = tuple((panel.keys[row][0], panel.keys[row][1]) for row in rows)
    new = np.isfinite(before).sum(axis=1) < FEWEST
    level = _lent(median_of(before), keys, new)
    usual = median_of(load)
    excess, excess_now = (
        _bridged(_amounts(values, level, np.minimum(loads, usual[:, None])))
        for values, loads in ((before, load), (now, load_now))
    )
    spread = spread_of(excess, level * usual)
    if measure in {Measure.DURATION, Measure.TAIL}:
        spread = np.maximum(spread, np.finfo(np.float64).tiny)
    else:
        steps = np.maximum(np.isfinite(excess).sum(axis=1), 1)
        spread = np.maximum(spread, np.sqrt(np.maximum(level * usual, RULE_OF_THREE / steps)))
    return Ledger(
        signal=signal,
        measure=measure,
        keys=keys,
        before=excess,
        now=excess_now,
        spread=_lent(spread, keys, new),
        level=median_of(plain),
        values=plain_now,
        traffic=usual,
        new=_without_siblings(keys, new),
    )


def _lent(values: Floats, keys: Sequence[tuple[str, str]], new: npt.NDArray[np.bool_]) -> Floats:
    """Give hosts that are new what is usual for the other hosts of their service."""
    lent = values.copy()
    for row in np.flatnonzero(new).tolist():
        others = [at for at, key in enumerate(keys) if key[0] == keys[row][0] and not new[at]]
        if others:
            lent[row] = np.median(values[others])
    return lent


def _without_siblings(keys: Sequence[tuple[str, str]], new: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    known = {key[0] for key, fresh in zip(keys, new, strict=True) if not fresh}
    return np.array([key[0] not in known for key in keys], dtype=bool)


def _harms(before: Floats, now: Floats, measure: Measure) -> tuple[Floats, Floats]:
    """Turn values so that more is worse, and shares so that they lie in [0, 1]."""
    if measure not in {Measure.SUCCESS_SHARE, Measure.FAILURE_SHARE}:
        return before, now
    both = np.hstack([before, now])
    most = float(np.nanmax(both)) if np.isfinite(both).any() else 1.0
    scale = 100.0 if most > 1.5 else 1.0
    if measure is Measure.FAILURE_SHARE:
        return before / scale, now / scale
    return 1.0 - before / scale, 1.0 - now / scale


def _amounts(values: Floats, level: Floats, load: Floats) -> Floats:
    """Return excess × traffic; without traffic there is none, whatever the value.

    Traffic counts up to its usual: twice the users who wait as long as ever are no harm.
    """
    amounts: Floats = np.where(load == 0.0, 0.0, (values - level[:, None]) * load)
    return amounts


def _bridged(amounts: Floats) -> Floats:
    """Fill gaps between samples on the straight line: harm seen on either side did not pause for them."""
    bridged = amounts.copy()
    steps = np.arange(amounts.shape[1])
    for row in bridged:
        known = np.flatnonzero(np.isfinite(row))
        if len(known) > 1 and len(known) < len(row):
            inside = slice(known[0], known[-1] + 1)
            row[inside] = np.interp(steps[inside], known, row[known])
    return bridged


def _traffic(panel: Panel, keys: list[Key]) -> tuple[Floats, Floats] | None:
    """Return the traffic of each row, from the metric of traffic that most of them have; its median in gaps.

    A row without any is given the median of those that have some.
    """
    wanted = {key[:2]: at for at, key in enumerate(keys)}
    names = Counter(
        key[2] for key in panel.keys if key[:2] in wanted and measure_of(key[2]) is Measure.TRAFFIC
    )
    if not names:
        return None
    name = min(names, key=lambda each: (-names[each], each))
    before = np.full((len(keys), panel.reference.shape[1]), np.nan)
    now = np.full((len(keys), panel.current.shape[1]), np.nan)
    for row, key in enumerate(panel.keys):
        if key[2] == name and key[:2] in wanted:
            before[wanted[key[:2]]], now[wanted[key[:2]]] = panel.reference[row], panel.current[row]
    known = np.isfinite(before).any(axis=1)
    usual = median_of(before)
    usual[~known] = np.median(usual[known]) if known.any() else 1.0
    return _filled(before, usual), _filled(now, usual)


def _filled(values: Floats, usual: Floats) -> Floats:
    filled: Floats = np.where(np.isfinite(values), values, usual[:, None])
    return filled
