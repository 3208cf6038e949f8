"""The scan: how much each part of the traffic explains: every value, and pairs and triples of the best."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
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
    return fitted(loss.centres, counts, borrowed) * loss.trust / loss.spread


def fitted(odds: NDArray[np.float64], counts: Counts, borrowed: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return what ``rises`` does of a loss whose spread and trust are 1: these are no part of the fit."""
    total_before, total = counts.before_lost.sum(axis=1), counts.now_lost.sum(axis=1)
    own = shift(counts.before, total_before, odds, borrowed)
    ever = shift(counts.before + counts.now, total_before + total, odds, borrowed)
    rose = level(counts.before, total_before, odds, own) - 0.5 * borrowed * own**2
    rose += level(counts.now, total, odds, own) + risen(counts.now, counts.now_lost, odds + own[:, None])
    same = level(counts.before + counts.now, total_before + total, odds, ever) - 0.5 * borrowed * ever**2
    return np.maximum(rose - same, 0.0)


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


def scan(rows: Rows, losses: Sequence[Loss], fits: Fits | None = None) -> tuple[list[Candidate], float]:
    """Return every candidate, the best first, and the gain of "all rose alike".

    Args:
        rows: that are scanned.
        losses: of these rows.
        fits: what was fitted to these rows before, in other scans of them.

    >>> from aright.core.diagnose.rows import load
    >>> import pyarrow as pa
    >>> table = pa.table({"time": pa.array([0], pa.timestamp("us", tz="UTC"))})
    >>> scan(load(table, table), [])
    ([], 0.0)
    """
    if not losses:
        return [], 0.0
    fits = fits or Fits(rows)
    alike = sum(fits.alike(loss) for loss in losses)
    named = float(np.log(max(sum(len(each.values) for each in rows.attributes), 2)))
    single = _values(fits, losses, [()], named)
    best = [each.part for each in sorted(single, key=lambda each: -each.inside)[:PAIRED]]
    pairs = {each.part: each for each in _values(fits, losses, best, 2.0 * named + 1.0)}
    worth = [each for each in sorted(pairs.values(), key=lambda each: -each.net)[:DEEPENED] if each.net > 0.0]
    dear = 3.0 * named + 1.0 + float(np.log(PAIRED))
    deeper = {each.part: each for each in _values(fits, losses, [each.part for each in worth], dear)}
    return sorted([*single, *pairs.values(), *deeper.values()], key=lambda each: -each.net), alike


def _values(fits: Fits, losses: Sequence[Loss], within: Iterable[Part], price: float) -> list[Candidate]:
    """Return a candidate per value of every attribute, among the rows of each part of ``within``."""
    crossings = [each for part in within if (each := fits.crossing(part)) is not None]
    if not crossings:
        return []
    served = np.concatenate([each.served for each in crossings])
    inside, weight = np.zeros(len(served)), np.zeros(len(served))
    for loss in losses:
        gains, weights = fits.gains(loss, crossings)
        inside += gains * loss.trust / loss.spread
        weight = np.maximum(weight, weights)
    enough = (weight >= MIN_WEIGHT) & (served <= MAX_SHARE * int(fits.rows.now.sum()))
    parts = [part for each in crossings for part in each.parts]
    return [
        Candidate(part, float(gain), price)
        for part, gain, is_enough in zip(parts, inside, enough, strict=True)
        if part is not None and is_enough
    ]


Key = tuple[int, int, int, int]
Fit = tuple["Loss", "NDArray[np.float64]", "NDArray[np.float64]"]
"""The loss that was fitted, the gain of each part, and its rows (weighted) since the onset."""


@dataclass(frozen=True, eq=False)
class Crossing:
    """A part crossed with every value of every other attribute.

    Attributes:
        rows: places of the part's rows.
        codes: of these, for each other attribute, and how many codes it has.
        parts: what comes of it; ``None`` for the rows where an attribute has none of its values.
        served: rows of each since the onset.
        lean: which of them may be taken to be alike but for the system that served them.
        known: what was fitted, by loss.
    """

    rows: NDArray[np.int64]
    codes: list[tuple[NDArray[np.int32], int]]
    parts: list[Part | None]
    served: NDArray[np.int64]
    lean: NDArray[np.bool_]
    known: dict[Key, Fit] = field(default_factory=dict)


class Fits:
    """What was fitted to some rows, kept: a loss whose spread or trust is another has the same fits.

    Parts are fitted many at once: one by one, the calls take longer than the sums.

    Args:
        rows: that are fitted to.
    """

    def __init__(self, rows: Rows) -> None:
        self.rows = rows
        self._crossings: dict[Part, Crossing | None] = {}
        self._alike: dict[Key, tuple[Loss, Counts, float]] = {}

    def alike(self, loss: Loss) -> float:
        """Return the gain (nats) of "all rose alike"."""
        return self._whole(loss)[1] * loss.trust / loss.spread

    def crossing(self, within: Part) -> Crossing | None:
        """Return a part crossed with all values of the attributes that it does not name, if there are any."""
        if within not in self._crossings:
            self._crossings[within] = _crossing(self.rows, within)
        return self._crossings[within]

    def gains(
        self, loss: Loss, crossings: Sequence[Crossing]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return the gain (nats, spread and trust left out) and the weight of each part of all crossings."""
        key = _key(loss)
        if new := [each for each in crossings if key not in each.known]:
            whole = information(self._whole(loss)[0].before, loss.centres)
            counts = _stacked([_counted(loss, self.rows, each) for each in new])
            lean = np.concatenate([each.lean for each in new])
            gains = fitted(loss.centres, counts, np.where(lean, float(whole[0]), PRIOR))
            ends = np.cumsum([len(each.parts) for each in new])[:-1]
            shares = zip(np.split(gains, ends), np.split(counts.now.sum(axis=1), ends), strict=True)
            for each, (gain, weight) in zip(new, shares, strict=True):
                each.known[key] = (loss, gain, weight)
        fits = [each.known[key] for each in crossings]
        return np.concatenate([fit[1] for fit in fits]), np.concatenate([fit[2] for fit in fits])

    def _whole(self, loss: Loss) -> tuple[Counts, float]:
        key = _key(loss)
        if key not in self._alike:
            counts = count(loss, self.rows.now, np.zeros(len(self.rows), dtype=np.int32), 1)
            self._alike[key] = (loss, counts, float(fitted(loss.centres, counts, np.zeros(1))[0]))
        return self._alike[key][1:]


def _key(loss: Loss) -> Key:
    """Return what two losses share that are the same but for spread and trust, while both are kept."""
    return id(loss.lost), id(loss.weight), id(loss.bins), id(loss.centres)


def _crossing(rows: Rows, within: Part) -> Crossing | None:
    taken = {index for index, _ in within}
    crossed = [(index, each) for index, each in enumerate(rows.attributes) if index not in taken]
    if not crossed:
        return None
    places = np.flatnonzero(mask_of(rows, within))
    now = np.flatnonzero(rows.now[places])
    codes = [(each.cut[places], len(each.values) + 1) for _, each in crossed]
    alike = all(rows.attributes[index].system for index in taken)
    parts: list[Part | None] = []
    for index, each in crossed:
        parts += [tuple(sorted((*within, (index, code)))) for code in range(len(each.values))]
        parts.append(None)
    served = np.concatenate([np.bincount(each[now], minlength=size) for each, size in codes])
    lean = np.repeat([alike and each.system for _, each in crossed], [size for _, size in codes])
    return Crossing(places, codes, parts, served, lean)


def _counted(loss: Loss, rows: Rows, crossing: Crossing) -> Counts:
    at = crossing.rows
    narrowed = replace(loss, weight=loss.weight[at], lost=loss.lost[at], bins=loss.bins[at])
    now = rows.now[at]
    return _stacked([count(narrowed, now, codes, size) for codes, size in crossing.codes])


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
