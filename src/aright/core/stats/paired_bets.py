"""Bets on pairs of losses: does one version lose more than the other on the same requests?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeAlias

import numpy as np
import numpy.typing as npt

from aright.core.stats.log_rank import log_mean

if TYPE_CHECKING:
    from collections.abc import Sequence

FloatArray: TypeAlias = npt.NDArray[np.float64]

STEPS: Final = 10
"""Ratios of the grid in each decade."""

GRID: Final[FloatArray] = 10.0 ** (np.arange(-STEPS, STEPS + 1) / STEPS)
"""Ratios at which a confidence sequence is known: 0.1 to 10, 26 % apart."""

_HARM: Final = np.array(
    [
        (0.0, 0.85, 0.6, 0.5),
        (0.0, 0.40, 0.3, 0.05),
        (0.5, 0.90, 0.8, 0.2),
        (1.0, 0.90, 0.9, 0.13),
        (1.0, 0.50, 0.5, 0.07),
        (1.0, 0.25, 0.25, 0.05),
    ]
)
"""Of each bet that there is harm: own share, stake, stake of a pair without others beside it, and weight."""

_FIT: Final = np.array(
    [
        (0.0, 1.0, 0.25),
        (0.0, 0.5, 0.1),
        (0.5, 1.0, 0.15),
        (1.0, 1.6, 0.3),
        (1.0, 1.0, 0.1),
        (1.0, 0.5, 0.1),
    ]
)
"""Own share, stake as a multiple of 1 − 1/m, and weight of each bet that there is none."""

_MOST_STAKE: Final = 0.95
_LEAST_STAKE: Final = 0.1


class PairedBets:
    """E-values for hypotheses on the ratio of two mean losses, of many streams side by side.

    A pair is the candidate's loss ``c`` and the stable version's ``s`` on one request, and where only some of
    the requests are copied, the mean loss ``r`` of the stable version on others, taken for this pair alone.
    All are in [0, 1]. Against "E c ≤ m · E s" each pair counts

        1 + l/m · (c − m (w s + (1 − w) r))

    with a stake ``l < 1`` and an own share ``w``. It is not negative, and its mean is at most 1 where copied
    requests are drawn at random, because then ``r`` and ``s`` have the same mean; so products over pairs are
    e-processes, and so is a weighted mean of such products. Nothing else is supposed of the losses. Against
    "E c ≥ m · E s" it is ``1 + l (m (w s + (1 − w) r) − c)``.

    With ``w = 1`` and losses of 0 or 1 that is McNemar's test as a likelihood ratio: of the pairs of which
    exactly one failed, the candidate failed in at most half. It is strong where both versions fail on the
    same requests. With ``w = 0`` the stable version's rate is told by all its traffic: strong where they fail
    on different ones, as two samples of which one is large. With ``w`` between, ``s`` is a control variate.
    As one does not know before, bets of all three kinds are made and their e-processes averaged.

    Sources: I. Waudby-Smith, A. Ramdas, Estimating means of bounded random variables by betting, JRSS B 86
    (2024); Q. McNemar, Note on the sampling error of the difference between correlated proportions,
    Psychometrika 12 (1947).

    Args:
        streams: how many there are.
        margins: ratios that ``fit`` may name.

    >>> bets = PairedBets(1)
    >>> bets.add(0, np.ones(12), np.zeros(12))
    >>> bool(bets.harm()[0] > np.log(100)), bool(bets.fit(2.0)[0] < 0)
    (True, True)
    """

    def __init__(self, streams: int, margins: Sequence[float] = (2.0,)) -> None:
        self.points: FloatArray = np.unique(np.array([*GRID, 1.0, *(m for m in margins if m > 0)]))
        self._stakes = np.clip(
            _FIT[:, 1] * (1 - 1 / self.points[:, None]), _LEAST_STAKE, _MOST_STAKE
        )  # of a version that is as good, (1 − 1/m) grows fastest
        self.pairs: FloatArray = np.zeros(streams)
        self.lost: FloatArray = np.zeros((2, streams))
        self._harm: FloatArray = np.zeros((streams, len(self.points), len(_HARM)))
        self._fit: FloatArray = np.zeros((streams, len(self.points), len(_FIT)))

    def extend(self, streams: int) -> None:
        """Take up further streams, of which nothing is known yet."""
        more = streams - len(self.pairs)
        self.pairs = np.pad(self.pairs, (0, more))
        self.lost = np.pad(self.lost, ((0, 0), (0, more)))
        self._harm = np.pad(self._harm, ((0, more), (0, 0), (0, 0)))
        self._fit = np.pad(self._fit, ((0, more), (0, 0), (0, 0)))

    def add(
        self, stream: int, candidate: FloatArray, stable: FloatArray, others: FloatArray | None = None
    ) -> None:
        """Count pairs; each array has the shape (pairs,).

        Args:
            stream: of which stream.
            candidate: the candidate's losses, in [0, 1].
            stable: the stable version's losses on the same requests.
            others: its mean losses on requests that were not copied, no request for two pairs; NaN or left
                out where there are none.
        """
        alone = np.ones(len(stable)) if others is None else np.isnan(others).astype(np.float64)
        rest = stable if others is None else np.where(np.isnan(others), stable, others)
        kinds, counts = np.unique(np.stack([candidate, stable, rest, alone]), axis=1, return_counts=True)
        c, s, r, single = (row[:, None, None] for row in kinds)
        stakes = np.where(single > 0, _HARM[:, 2], _HARM[:, 1])
        m = self.points[:, None]
        against = m * (_HARM[:, 0] * s + (1 - _HARM[:, 0]) * r)
        gain = np.log1p(stakes / m * (c - against))
        self._harm[stream] += np.tensordot(counts.astype(np.float64), gain, axes=1)
        against = m * (_FIT[:, 0] * s + (1 - _FIT[:, 0]) * r)
        gain = np.log1p(self._stakes * (against - c))
        self._fit[stream] += np.tensordot(counts.astype(np.float64), gain, axes=1)
        self.pairs[stream] += len(candidate)
        self.lost[:, stream] += float(stable.sum()), float(candidate.sum())

    def harm(self) -> FloatArray:
        """Return logarithms of e-values, shape (streams,), against "the candidate does not lose more"."""
        return log_mean(self._harm[:, self._at(1.0)].T, _HARM[:, 3][:, None])

    def fit(self, margin: float) -> FloatArray:
        """Return logarithms of e-values, shape (streams,), against "it loses ``margin`` times as much".

        Raises:
            KeyError: if the margin was not named when this was made.
        """
        return log_mean(self._fit[:, self._at(margin)].T, _FIT[:, 2][:, None])

    def interval(self, *, alpha: float, beta: float) -> tuple[FloatArray, FloatArray]:
        """Return lower and upper ends of the ratio, shape (streams,) each; valid at all times together.

        The lower end misses with probability ``alpha`` at most, the upper with ``beta``. 0 and infinity
        where nothing of the grid is ruled out.
        """
        above = log_mean(np.moveaxis(self._harm, 2, 0), _HARM[:, 3][:, None, None]) >= -np.log(alpha)
        below = log_mean(np.moveaxis(self._fit, 2, 0), _FIT[:, 2][:, None, None]) >= -np.log(beta)
        low = np.where(np.logical_and.accumulate(above, axis=1), self.points, 0.0).max(axis=1)
        from_above = np.logical_and.accumulate(below[:, ::-1], axis=1)[:, ::-1]
        high = np.where(from_above, self.points, np.inf).min(axis=1)
        return low, np.maximum(high, low)

    def _at(self, ratio: float) -> int:
        at = int(np.argmin(np.abs(self.points - ratio)))
        if abs(self.points[at] - ratio) > 1e-9 * ratio:
            raise KeyError(f"{ratio:g} is none of the points of these bets: name it when they are made")
        return at
