"""Shifts of shares: how much more or less often something happens per request, in robust deviations.

The reference is cut into blocks of time. Its share is that of the three quarters of the requests whose blocks
lie nearest to the median block, so that an outage of a minute within "healthy" data changes nothing. The
evidence is the likelihood ratio of two binomial shares, divided by the over-dispersion that those blocks show
(McCullagh and Nelder, Generalized Linear Models, 1989, §4.5): what varies from minute to minute anyway, as
everything does that users decide, has to vary more than that. The signed root is the score.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]

KEPT: Final = 0.75
"""Share of the reference that is believed: like quartiles, it stands up to a quarter of rubbish."""

OUTBREAK: Final = 9.0
"""Twice the log-likelihood ratio of a block from which on something broke out in it: three deviations."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Usual:
    """What is usual; arrays have the shape (facts,).

    Attributes:
        hits: requests of the believed blocks in which it happened.
        total: requests of those blocks.
        dispersion: over-dispersion between the blocks, ≥ 1.
    """

    hits: Floats
    total: Floats
    dispersion: Floats

    def score(self, hits: Floats, total: Floats) -> Floats:
        """Return how far shares are from the usual ones, above 0 for more, in robust deviations.

        Args:
            hits: requests in which it happens now.
            total: requests now.
        """
        before, now = (self.hits + 0.5) / (self.total + 1.0), (hits + 0.5) / (total + 1.0)
        both = (self.hits + hits + 0.5) / (self.total + total + 1.0)
        gain = (
            _likelihood(self.hits, self.total, before)
            + _likelihood(hits, total, now)
            - _likelihood(self.hits, self.total, both)
            - _likelihood(hits, total, both)
        )
        root: Floats = np.sqrt(np.maximum(2.0 * gain, 0.0) / self.dispersion)
        return np.where(now >= before, root, -root)


def usual_of(hits: Floats, total: Floats) -> Usual:
    """Return what is usual, from blocks of the reference.

    Args:
        hits: shape (facts, blocks), requests in which it happened.
        total: shape (facts, blocks), requests.

    >>> hits, total = np.array([[0.0, 1.0, 0.0, 9.0]]), np.full((1, 4), 10.0)
    >>> usual = usual_of(hits, total)
    >>> usual.hits.tolist(), usual.total.tolist()
    ([1.0], [30.0])
    """
    share = np.divide(hits, total, out=np.zeros_like(hits), where=total > 0.0)
    away = np.where(total > 0.0, np.abs(share - _median(share, total)[:, None]), np.inf)
    order = np.argsort(away, axis=1, kind="stable")
    hits, total = np.take_along_axis(hits, order, 1), np.take_along_axis(total, order, 1)
    reached = np.cumsum(total, axis=1)
    kept = (total > 0.0) & (reached - total < KEPT * reached[:, -1:])
    sum_hits, sum_total = (hits * kept).sum(axis=1), (total * kept).sum(axis=1)
    common = ((sum_hits + 0.5) / (sum_total + 1.0))[:, None]
    own = np.clip(np.divide(hits, total, out=np.zeros_like(hits), where=kept), 1e-9, 1.0 - 1e-9)
    gain = np.maximum(2.0 * (_likelihood(hits, total, own) - _likelihood(hits, total, common)), 0.0)
    free = np.maximum(kept.sum(axis=1) - 1, 1)
    return Usual(hits=sum_hits, total=sum_total, dispersion=np.maximum((gain * kept).sum(axis=1) / free, 1.0))


def _median(share: Floats, weight: Floats) -> Floats:
    """Return the weighted median of each row."""
    order = np.argsort(share, axis=1)
    reached = np.cumsum(np.take_along_axis(weight, order, 1), axis=1)
    middle = np.argmax(reached >= reached[:, -1:] / 2.0, axis=1)
    found: Floats = np.take_along_axis(np.take_along_axis(share, order, 1), middle[:, None], 1)[:, 0]
    return found


def _likelihood(hits: Floats, total: Floats, share: Floats) -> Floats:
    found: Floats = hits * np.log(share) + (total - hits) * np.log1p(-share)
    return found


def outbreaks_of(hits: Floats, total: Floats, usual: Usual) -> npt.NDArray[np.bool_]:
    """Return which facts, rare as a rule, broke out in some block of the reference.

    Args:
        hits: shape (facts, blocks), requests in which it happened.
        total: shape (facts, blocks), requests.
        usual: of the same facts.
    """
    common = ((usual.hits + 0.5) / (usual.total + 1.0))[:, None]
    share = np.divide(hits, total, out=np.zeros_like(hits), where=total > 0.0)
    own = np.clip(share, 1e-9, 1.0 - 1e-9)
    gain = 2.0 * (_likelihood(hits, total, own) - _likelihood(hits, total, common))
    broke_out = (gain >= OUTBREAK) & (own > common) & (common < 0.5)
    return np.asarray(broke_out.any(axis=1), dtype=np.bool_)
