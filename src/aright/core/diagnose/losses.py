"""The losses of a case: one number in [0, 1] per row and kind of harm, and what was to be expected of it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from aright.core.diagnose.baseline import expected_log_odds
from aright.core.diagnose.likelihood import LIMIT, logit, sigmoid
from aright.core.diagnose.rows import numbers
from aright.core.diagnose.wording import shown
from aright.core.model.contracts import SIGNAL
from aright.core.model.outcome import is_event
from aright.core.model.probability import percent

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from aright.core.diagnose.case import Case
    from aright.core.diagnose.rows import Rows
    from aright.core.model.alert import Alert

OUTCOME: Final = "outcome."
CALLS: Final = "calls:"
"""A service that sends traces alone has the losses that its answers have, under signals of calls."""

CORRELATION: Final = 0.25
"""Least correlation assumed between one unit's rows: a burst of retries then counts as four rows at most."""

BINS: Final = 24
FREE_MOVED: Final = 5.0
"""Standard errors that a label-free score must have moved by to be heard at all."""


@dataclass(frozen=True, eq=False)
class Loss:
    """One kind of loss over all rows.

    Attributes:
        name: the signal it belongs to, such as ``quality:click``.
        title: what is told of it in a sentence.
        good: whether a sentence tells of 1 − loss, as of a quality.
        free: whether it needs no label; such losses sharpen a finding and never make one.
        value: in [0, 1] per row; NaN where it is not known.
        weight: what a row counts, so that no unit counts for many; 0 where the loss is not known.
        lost: weight × value; 0 where the loss is not known.
        odds: expected log-odds of the loss per row.
        bins: bin of ``odds`` per row.
        centres: log-odds of each bin.
        spread: over-dispersion φ by which log-likelihoods are divided.
        trust: what its log-likelihood counts, in (0, 1]; below 1 only for label-free losses.
    """

    name: str
    title: str
    good: bool
    free: bool
    value: NDArray[np.float64]
    weight: NDArray[np.float64]
    lost: NDArray[np.float64]
    odds: NDArray[np.float64]
    bins: NDArray[np.int64]
    centres: NDArray[np.float64]
    spread: float
    trust: float = 1.0

    @property
    def residual(self) -> NDArray[np.float64]:
        """Loss beyond what was to be expected, per row; 0 where it is not known."""
        return np.where(self.weight > 0.0, np.nan_to_num(self.value) - sigmoid(self.odds), 0.0)

    def told(self, loss: float) -> str:
        """Return a mean loss as a sentence has it."""
        return percent(1.0 - loss if self.good else loss)

    def change(self, before: float, now: float) -> str:
        """Return how a mean loss moved, as a sentence has it: "fell from 51 % to 22 %"."""
        was, is_now = self.told(before), self.told(now)
        if was == is_now:
            return f"stayed at {was}"
        verb = "rose" if (now > before) is not self.good else "fell"
        return f"{verb} from {was} to {is_now}"

    def keep(self, mask: NDArray[np.bool_]) -> Loss:
        """Return only the rows where ``mask`` holds."""
        return replace(
            self,
            value=self.value[mask],
            weight=self.weight[mask],
            lost=self.lost[mask],
            odds=self.odds[mask],
            bins=self.bins[mask],
        )


def losses_of(case: Case, rows: Rows) -> tuple[Loss, ...]:
    """Return the losses to cut up: those that alarmed (all, when none did) and label-free ones."""
    alarmed = {each.signal.removeprefix(CALLS) for each in case.alerts if each.harm and _own(each, case)}
    raw = _known(case, rows)
    heard = [each for each in raw if not alarmed or _matches(each[0], alarmed)] or raw
    found = [prepare(rows, name, title, value, free=False) for name, title, value in heard]
    scores = [prepare(rows, name, title, value, free=True) for name, title, value in _label_free(rows)]
    return tuple(
        each for each in [*found, *(score for score in scores if _moved(score, rows))] if each is not None
    )


def _own(alert: Alert, case: Case) -> bool:
    """Tell whether an alert speaks of a loss of this service: not of another's, nor of what it is sent."""
    return alert.service == case.service.key and not alert.signal.startswith(SIGNAL)


def _matches(name: str, alarmed: set[str]) -> bool:
    """Tell whether a loss belongs to a signal that alarmed: by its name, or by what stands before "_"."""
    return name in alarmed or any(
        signal.split("_")[0] == name.split("_", maxsplit=1)[0] for signal in alarmed if ":" not in name
    )


def _known(case: Case, rows: Rows) -> list[tuple[str, str, NDArray[np.float64]]]:
    """Return name, title and values of every loss that the rows carry."""
    found = []
    kinds = [name[len(OUTCOME) :] for name in rows.table.schema.names if name.startswith(OUTCOME)]
    graded = [kind for kind in kinds if not is_event(kind)]
    for kind in [each for each in graded if each in case.service.quality] or graded:
        quality = _unit_range(numbers(rows.table, OUTCOME + kind), rows.now)
        found.append((f"quality:{kind}", f"mean {shown(kind)}", 1.0 - quality))
    for kind in (each for each in kinds if is_event(each)):
        happened = np.clip(np.nan_to_num(numbers(rows.table, OUTCOME + kind)), 0.0, 1.0)
        found.append((f"events:{kind}", f"{shown(kind)} rate", happened))
    fallback = numbers(rows.table, "fallback")
    if not bool(np.isnan(fallback).all()):
        found.append(("fallback_share", "fallback share", fallback))
    status = numbers(rows.table, "status")
    if not bool(np.isnan(status).all()):
        found.append(("error_share", "error share", np.where(np.isnan(status), np.nan, status >= 500)))
    return [(name, title, value) for name, title, value in found if not bool(np.isnan(value[rows.now]).all())]


def _unit_range(value: NDArray[np.float64], now: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Bring grades into [0, 1] by the reference's range, where they are not there already."""
    known = value[~now & np.isfinite(value)]
    if known.size == 0 or (known.min() >= 0.0 and known.max() <= 1.0):
        return np.clip(value, 0.0, 1.0)
    low, high = float(known.min()), float(known.max())
    return np.clip((value - low) / max(high - low, 1e-12), 0.0, 1.0)


def _label_free(rows: Rows) -> list[tuple[str, str, NDArray[np.float64]]]:
    """Return row scores that need no label: how popular a list is, and how unsure an answer is."""
    found = []
    if "items" in rows.table.schema.names:
        found.append(("popularity", "rank of the lists' popularity", _ranks(_popularity(rows), rows.now)))
    confidence = numbers(rows.table, "confidence")
    found.append(("confidence", "rank of unsureness", _ranks(-confidence, rows.now)))
    return [
        each
        for each in found
        if np.isfinite(each[2][rows.now]).any() and np.isfinite(each[2][~rows.now]).any()
    ]


def _popularity(rows: Rows) -> NDArray[np.float64]:
    """Return each list's mean log frequency of its items in the reference's lists."""
    lists = rows.table["items"].combine_chunks().cast(pa.list_(pa.string()))
    parents = np.asarray(pc.list_parent_indices(lists).to_numpy(zero_copy_only=False), dtype=np.int64)
    encoded = pc.dictionary_encode(pc.list_flatten(lists))
    codes = np.asarray(encoded.indices.fill_null(-1).to_numpy(zero_copy_only=False), dtype=np.int64)
    parents, codes = parents[codes >= 0], codes[codes >= 0]
    count = np.bincount(codes[~rows.now[parents]], minlength=len(encoded.dictionary))
    size = np.bincount(parents, minlength=len(rows))
    score = np.bincount(parents, weights=np.log(count + 1.0)[codes], minlength=len(rows))
    return np.where(size > 0, score / np.maximum(size, 1), np.nan)


def _ranks(value: NDArray[np.float64], now: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Return each value's mid-rank within the reference, in [0, 1]: ½ on average there."""
    known = np.sort(value[~now & np.isfinite(value)])
    if known.size == 0:
        return np.full(len(value), np.nan)
    rank = (np.searchsorted(known, value, "left") + np.searchsorted(known, value, "right")) / (
        2.0 * known.size
    )
    return np.where(np.isfinite(value), rank, np.nan)


def _moved(loss: Loss | None, rows: Rows) -> bool:
    if loss is None:
        return False
    parts = [mask & (loss.weight > 0.0) for mask in (rows.now, ~rows.now)]
    (now, before) = ((loss.residual[mask], float(loss.weight[mask].sum())) for mask in parts)
    if min(now[1], before[1]) < 30.0:
        return False
    error = np.sqrt(loss.spread * float(np.var(before[0])) * (1.0 / now[1] + 1.0 / before[1]))
    return bool(now[0].mean() - before[0].mean() > FREE_MOVED * error)


def prepare(rows: Rows, name: str, title: str, value: NDArray[np.float64], *, free: bool) -> Loss | None:
    """Return a loss: rows weighed by unit, what was to be expected fitted, and the over-dispersion measured.

    ``None`` where fewer than 30 reference rows or no current row have a value.
    """
    known = np.isfinite(value)
    fit = known & ~rows.now
    if int(fit.sum()) < 30 or not bool((known & rows.now).any()):
        return None
    weight = _weights(rows, value, known)
    # Rarer than e⁻⁸ is not known of any rows; beyond it, what fits would no longer be told apart.
    odds = np.clip(expected_log_odds(np.nan_to_num(value), weight, fit, rows.attributes), -LIMIT, LIMIT)
    bins, centres = _binned(odds, weight)
    spread = spread_of(rows.unit[fit], weight[fit], value[fit], sigmoid(odds[fit]))
    good = name.startswith("quality:")
    return Loss(
        name, title, good, free, value, weight, weight * np.nan_to_num(value), odds, bins, centres, spread
    )


def _weights(rows: Rows, value: NDArray[np.float64], known: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Return 1 / (1 + (m − 1) ρ) for the m known rows of a row's unit on its side of the onset."""
    key = rows.unit * 2 + rows.now
    size = np.bincount(key[known], minlength=int(key.max(initial=0)) + 1)[key]
    fit = known & ~rows.now
    rest = value[fit] - value[fit].mean()
    _, group = np.unique(rows.unit[fit], return_inverse=True)
    sums = np.bincount(group, weights=rest)
    pairs = float((np.bincount(group) * (np.bincount(group) - 1.0)).sum())
    variance = max(float(rest @ rest) / max(len(rest), 1), 1e-9)
    within = (float(sums @ sums) - float(rest @ rest)) / (pairs * variance) if pairs else 0.0
    rho = min(max(within, CORRELATION), 1.0)
    return np.where(known, 1.0 / (1.0 + (np.maximum(size, 1) - 1.0) * rho), 0.0)


def spread_of(
    unit: NDArray[np.int64],
    weight: NDArray[np.float64],
    value: NDArray[np.float64],
    rate: NDArray[np.float64],
) -> float:
    """Return the over-dispersion φ: variance of the units' weighted residuals over the Bernoulli one.

    Rows that are 0 or 1 cannot vary less than independent ones do, however few of them are 1.

    >>> one = np.ones(4)
    >>> spread_of(np.arange(4), one, np.array([0.0, 1.0, 0.0, 1.0]), one / 2)
    1.0
    """
    _, group = np.unique(unit, return_inverse=True)
    sums = np.bincount(group, weights=weight * (value - rate))
    nominal = weight * (rate * (1.0 - rate))
    total = max(float(nominal.sum()), 1e-9)
    yes_or_no = bool(((value == 0.0) | (value == 1.0)).all())
    least = float(weight @ nominal) / total if yes_or_no else 0.02
    return max(float(sums @ sums) / total, least, 0.02)


def _binned(
    odds: NDArray[np.float64], weight: NDArray[np.float64]
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Pool rows by expected log-odds; a bin's centre gives the same expected total as its rows."""
    edges = np.unique(np.quantile(odds[weight > 0.0], np.linspace(0.0, 1.0, BINS + 1)[1:-1]))
    bins = np.searchsorted(edges, odds, "right")
    size = np.bincount(bins, weights=weight, minlength=len(edges) + 1)
    rate = np.bincount(bins, weights=weight * sigmoid(odds), minlength=len(edges) + 1) / np.maximum(
        size, 1e-12
    )
    centres = logit(np.clip(rate, 1e-9, 1.0 - 1e-9))
    return bins.astype(np.int64), np.where(size > 0.0, centres, 0.0)


def with_trust(losses: Sequence[Loss], labelled: float, free: float) -> tuple[Loss, ...]:
    """Return the losses with the label-free ones counted down to weigh at most what the others weigh.

    Args:
        losses: all.
        labelled: best gain of the losses that are harm (nats).
        free: best gain of the label-free ones (nats).
    """
    trust = min(1.0, labelled / free) if free > 0.0 else 1.0
    return tuple(replace(each, trust=trust if each.free else 1.0) for each in losses)
