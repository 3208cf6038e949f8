"""The scan: how much each part of the traffic explains: every value, and pairs and triples of the best."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from aright.core.diagnose.likelihood import information, level, risen, shift, sums

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from aright.core.diagnose.losses import Loss
    from aright.core.diagnose.rows import Rows

PRIOR: Final = 4.0
"""Precision of the prior on a part's own level in the reference, beyond its attributes' main effects."""

MIN_WEIGHT: Final = 15.0
"""Rows (weighted) that a part must have now, and that must be left outside of it."""

MAX_SHARE: Final = 0.95
"""A part with more of the traffic than this is all of it."""

PAIRED: Final = 12
"""How many of the best values are crossed with all others."""

DEEPENED: Final = 4
"""How many of the best pairs are crossed with all others again, where they are worth naming by themselves."""

Part = tuple[tuple[int, int], ...]
"""A conjunction: (attribute's index, value's code) up to three times; empty for all traffic."""


@dataclass(frozen=True)
class Candidate:
    """One part of the traffic and what it explains (nats, all losses together).

    Attributes:
        part: which.
        inside: gain when the loss inside rose and the outside stayed.
        price: what naming this part costs: the logarithm of how many could have been named.
    """

    part: Part
    inside: float
    price: float

    @property
    def net(self) -> float:
        """Gain less price."""
        return self.inside - self.price


@dataclass(frozen=True, eq=False)
class Counts:
    """Rows and losses of parts over bins of expected loss, before and now: shape (parts, bins)."""

    before: NDArray[np.float64]
    before_lost: NDArray[np.float64]
    now: NDArray[np.float64]
    now_lost: NDArray[np.float64]


def count(loss: Loss, now: NDArray[np.bool_], codes: NDArray[np.int32], size: int) -> Counts:
    """Return the histograms of ``size`` parts, of which each row belongs to the one its code says."""
    width = len(loss.centres)
    cell = (codes + now * np.int64(size)) * width + loss.bins
    weights, losses = (
        sums(cell, each, 2 * size * width).reshape(2, size, width) for each in (loss.weight, loss.lost)
    )
    return Counts(weights[0], losses[0], weights[1], losses[1])


def rises(loss: Loss, counts: Counts, borrowed: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the gain (nats) of each part from a rise beyond its own reference.

    A likelihood ratio of two samples: that the part had one level before and rose, against that it had and
    has one level all along. What few rows before leave open is thereby no rise.

    Args:
        loss: whose bins ``counts`` has.
        counts: the parts.
        borrowed: information about a part's level that the rest of the reference gives: large where parts may
            be taken to be alike, so that one that no reference row was in can lean on it.
    """
    odds = loss.centres
    total_before, total = counts.before_lost.sum(axis=1), counts.now_lost.sum(axis=1)
    own = shift(counts.before, total_before, odds, borrowed)
    ever = shift(counts.before + counts.now, total_before + total, odds, borrowed)
    rose = level(counts.before, total_before, odds, own) - 0.5 * borrowed * own**2
    rose += level(counts.now, total, odds, own) + risen(counts.now, counts.now_lost, odds + own[:, None])
    same = level(counts.before + counts.now, total_before + total, odds, ever) - 0.5 * borrowed * ever**2
    return np.maximum(rose - same, 0.0) * loss.trust / loss.spread


def gain_of(losses: Iterable[Loss], now: NDArray[np.bool_], mask: NDArray[np.bool_]) -> float:
    """Return the gain (nats) when the loss of the current rows in ``mask`` rose beyond what is expected.

    Unlike ``rises`` it does not let the rows of ``mask`` have a level of their own before: a mask may be made
    of what rows are (a missing input, say), and then its few rows before suffered from the same.
    """
    nobody = np.zeros(len(now), dtype=np.int32)
    total = 0.0
    for loss in losses:
        usual, part = count(loss, now, nobody, 1), count(loss, now & mask, nobody, 1)
        counts = Counts(usual.before, usual.before_lost, part.now, part.now_lost)
        total += float(rises(loss, counts, np.zeros(1))[0])
    return total


def scan(rows: Rows, losses: Sequence[Loss]) -> tuple[list[Candidate], float]:
    """Return every candidate, the best first, and the gain of "all rose alike".

    >>> from aright.core.diagnose.rows import load
    >>> import pyarrow as pa
    >>> table = pa.table({"time": pa.array([0], pa.timestamp("us", tz="UTC"))})
    >>> scan(load(table, table), [])
    ([], 0.0)
    """
    if not losses:
        return [], 0.0
    nobody = np.zeros(len(rows), dtype=np.int32)
    whole = [count(loss, rows.now, nobody, 1) for loss in losses]
    alike = sum(float(rises(loss, each, np.zeros(1))[0]) for loss, each in zip(losses, whole, strict=True))
    named = float(np.log(max(sum(len(each.values) for each in rows.attributes), 2)))
    single = _values(rows, losses, whole, (), named)
    pairs: dict[Part, Candidate] = {}
    for first in sorted(single, key=lambda each: -each.inside)[:PAIRED]:
        pairs |= {each.part: each for each in _values(rows, losses, whole, first.part, 2.0 * named + 1.0)}
    deeper: dict[Part, Candidate] = {}
    for pair in sorted(pairs.values(), key=lambda each: -each.net)[:DEEPENED]:
        if pair.net > 0.0:
            within = _values(rows, losses, whole, pair.part, 3.0 * named + 1.0 + np.log(PAIRED))
            deeper |= {each.part: each for each in within}
    return sorted([*single, *pairs.values(), *deeper.values()], key=lambda each: -each.net), alike


def _values(
    rows: Rows, losses: Sequence[Loss], whole: Sequence[Counts], within: Part, price: float
) -> list[Candidate]:
    """Return a candidate per value of every attribute, among the rows of ``within``."""
    mask = mask_of(rows, within)
    now = rows.now[mask]
    narrowed = [loss.keep(mask) for loss in losses]
    taken = {index for index, _ in within}
    crossed = [(index, each) for index, each in enumerate(rows.attributes) if index not in taken]
    codes = [each.cut[mask] for _, each in crossed]
    sizes = [len(each.values) + 1 for _, each in crossed]
    if not crossed:
        return []
    alike = all(rows.attributes[index].system for index in taken)
    lean = np.repeat([alike and each.system for _, each in crossed], sizes)
    inside, weight = np.zeros(sum(sizes)), np.zeros(sum(sizes))
    for loss, everything in zip(narrowed, whole, strict=True):
        counts = _stacked([count(loss, now, each, size) for each, size in zip(codes, sizes, strict=True)])
        known = float(information(everything.before, loss.centres)[0])
        inside += rises(loss, counts, np.where(lean, known, PRIOR))
        weight = np.maximum(weight, counts.now.sum(axis=1))
    served = np.concatenate(
        [np.bincount(each[now], minlength=n) for each, n in zip(codes, sizes, strict=True)]
    )
    enough = (weight >= MIN_WEIGHT) & (served <= MAX_SHARE * int(rows.now.sum()))
    first = np.cumsum([0, *sizes])
    return [
        Candidate(tuple(sorted((*within, (index, code)))), float(inside[at]), price)
        for (index, each), start in zip(crossed, first, strict=False)
        for code in range(len(each.values))
        for at in [int(start) + code]
        if enough[at]
    ]


def _stacked(each: Sequence[Counts]) -> Counts:
    return Counts(
        np.concatenate([one.before for one in each]),
        np.concatenate([one.before_lost for one in each]),
        np.concatenate([one.now for one in each]),
        np.concatenate([one.now_lost for one in each]),
    )


def gain_outside(rows: Rows, losses: Sequence[Loss], mask: NDArray[np.bool_]) -> float:
    """Return the gain (nats) of a rise among the rows that are not in ``mask``."""
    codes = mask.astype(np.int32)
    return sum(float(rises(loss, count(loss, rows.now, codes, 2), np.zeros(2))[0]) for loss in losses)


def mask_of(rows: Rows, part: Part) -> NDArray[np.bool_]:
    """Return which rows belong to a part.

    >>> from aright.core.diagnose.rows import load
    >>> import pyarrow as pa
    >>> table = pa.table({"time": pa.array([0], pa.timestamp("us", tz="UTC"))})
    >>> mask_of(load(table, table), ()).tolist()
    [True, True]
    """
    mask = np.ones(len(rows), dtype=np.bool_)
    for index, code in part:
        mask &= rows.attributes[index].cut == code
    return mask
