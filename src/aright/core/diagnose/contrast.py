"""How much of a loss goes with a state of rows: contrasts within the same time, never distances.

After Kitagawa (1955) and Oaxaca–Blinder: the mean loss of a part of the traffic rose by Σ Δp(b) · x(b) over
the states b of its rows, where x(b) is what the state costs. What it costs is read where it can be told from
all else that happened: rows of the same part without the state, and rows of other parts with it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from aright.core.diagnose.losses import Loss
    from aright.core.diagnose.rows import Rows

ENOUGH: Final = 20.0
"""Rows (weighted) that a group must have to be compared with."""


@dataclass(frozen=True)
class Share:
    """Share of the loss that goes with a state of rows.

    Attributes:
        value: in [0, 1].
        error: its standard error.
        contrasted: whether there were rows to compare with, so that coincidence is ruled out.
    """

    value: float
    error: float
    contrasted: bool

    @property
    def low(self) -> float:
        """Lower end of the 95 % interval."""
        return max(self.value - 1.96 * self.error, 0.0)


@dataclass(frozen=True)
class _Mean:
    value: float
    variance: float
    weight: float


def share_of(rows: Rows, loss: Loss, inside: NDArray[np.bool_], hit: NDArray[np.bool_]) -> Share:
    """Return the share of the loss inside a part that goes with the rows in ``hit``.

    Args:
        rows: the reference and the rows since the onset.
        loss: the loss that tells best.
        inside: which rows belong to the part.
        hit: which rows are in the state.
    """
    total = _mean(rows, loss, rows.now & inside)
    known = loss.weight > 0.0
    moved = _part(loss, rows.now & inside & known, hit) - _part(loss, ~rows.now & inside & known, hit)
    if total.value <= 0.0 or total.weight == 0.0 or moved <= 0.0:
        return Share(0.0, 0.0, contrasted=False)
    own, own_fair = _cost(rows, loss, inside, hit)
    other = None
    if not bool(inside.all()):
        outside = ~inside
        elsewhere = _part(loss, rows.now & outside & known, hit) - _part(
            loss, ~rows.now & outside & known, hit
        )
        if elsewhere > 0.25 * moved:
            other, _ = _cost(rows, loss, outside, hit)
    cost = own
    if other is not None and other.weight >= ENOUGH:
        cost = _pooled(own, other) if own_fair else other
    scale = moved / total.value
    clear = own_fair or other is not None or not bool(inside.all())
    return Share(
        min(max(cost.value * scale, 0.0), 1.0), float(np.sqrt(cost.variance)) * scale, contrasted=clear
    )


def _cost(rows: Rows, loss: Loss, group: NDArray[np.bool_], hit: NDArray[np.bool_]) -> tuple[_Mean, bool]:
    """Return what the state costs within a group now, and whether there were rows without it."""
    with_state = _mean(rows, loss, rows.now & group & hit)
    without = _mean(rows, loss, rows.now & group & ~hit & meanwhile(rows, rows.now & group & hit))
    if without.weight < ENOUGH:
        return with_state, False
    return (
        _Mean(with_state.value - without.value, with_state.variance + without.variance, with_state.weight),
        True,
    )


def meanwhile(rows: Rows, hit: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return which rows came while rows of ``hit`` did: a state that shows late is no contrast to itself."""
    if not bool(hit.any()):
        return np.zeros(len(rows), dtype=np.bool_)
    first, last = np.quantile(rows.time[hit], (0.05, 0.95))
    return np.asarray((rows.time >= first) & (rows.time <= last), dtype=np.bool_)


def _pooled(one: _Mean, other: _Mean) -> _Mean:
    """Return the mean of two estimates, each weighed by its precision."""
    first, second = 1.0 / max(one.variance, 1e-12), 1.0 / max(other.variance, 1e-12)
    value = (one.value * first + other.value * second) / (first + second)
    return _Mean(value, 1.0 / (first + second), one.weight + other.weight)


def _mean(rows: Rows, loss: Loss, mask: NDArray[np.bool_]) -> _Mean:
    weight = loss.weight[mask]
    total = float(weight.sum())
    if total <= 0.0:
        return _Mean(0.0, 1.0, 0.0)
    residual = loss.residual[mask]
    value = float(weight @ residual) / total
    _, group = np.unique(rows.unit[mask], return_inverse=True)
    sums = np.bincount(group, weights=weight * (residual - value))
    return _Mean(value, max(float(sums @ sums), 0.02) / (total * total), total)


def _part(loss: Loss, group: NDArray[np.bool_], hit: NDArray[np.bool_]) -> float:
    """Return the share of a group's weight that is in the state."""
    total = float(loss.weight[group].sum())
    return float(loss.weight[group & hit].sum()) / total if total > 0.0 else 0.0


def by_mix(rows: Rows, loss: Loss, inside: NDArray[np.bool_], codes: NDArray[np.int32], size: int) -> Share:
    """Return the share of the rise that comes of more rows in states that always cost more.

    What a state costs is read from the reference; a shift between states that cost the same explains nothing.

    Args:
        rows: the reference and the rows since the onset.
        loss: the loss that tells best.
        inside: which rows belong to the part.
        codes: state per row; ``size`` stands for states to leave out.
        size: number of states.
    """
    total = _mean(rows, loss, rows.now & inside)
    if total.value <= 0.0:
        return Share(0.0, 0.0, contrasted=True)

    def weights(mask: NDArray[np.bool_]) -> NDArray[np.float64]:
        found = np.bincount(codes[mask], weights=loss.weight[mask], minlength=size + 1)[:size]
        return np.asarray(found, dtype=np.float64)

    now, before, everywhere = weights(rows.now & inside), weights(~rows.now & inside), weights(~rows.now)
    usual = ~rows.now
    sums = np.bincount(codes[usual], weights=(loss.weight * loss.residual)[usual], minlength=size + 1)[:size]
    cost = sums / (everywhere + ENOUGH)
    shift = now / max(float(now.sum()), 1e-9) - before / max(float(before.sum()), 1e-9)
    variance = loss.spread * 0.25 / (everywhere + ENOUGH)
    error = float(np.sqrt(float((shift * shift) @ variance)))
    value = float(shift @ cost)
    if value < 2.0 * error:
        return Share(0.0, error / total.value, contrasted=True)
    return Share(min(value / total.value, 1.0), error / total.value, contrasted=True)
