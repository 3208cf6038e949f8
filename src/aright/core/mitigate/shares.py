"""Shares of traffic in the whole numbers that routers count in."""

from __future__ import annotations

from typing import NamedTuple


class Weights(NamedTuple):
    """Two weights, of which one gives a share to the candidate.

    Attributes:
        stable: weight of the stable version.
        canary: weight of the candidate.
    """

    stable: int
    canary: int

    @property
    def share(self) -> float:
        """What the candidate gets, in [0, 1]; 0 where neither has any weight."""
        return self.canary / (self.stable + self.canary) if self.stable + self.canary else 0.0


def weights(share: float, most: int) -> Weights:
    """Return the weights up to ``most`` whose ratio is nearest to a share; 0 and 1 are exact.

    A share between them never becomes 0 or 1: a candidate that is to serve a little does serve, and the
    stable version stays. Of weights that are equally near, the largest are taken: the more points a hash ring
    has, the more even it is. Raises ``ValueError`` where ``share`` is not in [0, 1].

    >>> weights(0.01, 256), weights(0.25, 256), weights(0.0, 256)
    (Weights(stable=198, canary=2), Weights(stable=255, canary=85), Weights(stable=256, canary=0))
    >>> round(weights(0.0001, 256).share, 4)
    0.0039
    """
    _check(share)
    if share in {0.0, 1.0}:
        return Weights(0, most) if share else Weights(most, 0)
    less = min(share, 1 - share)
    pairs = ((large, min(max(round(large * less / (1 - less)), 1), most)) for large in range(1, most + 1))
    large, small = min(pairs, key=lambda pair: (round(abs(pair[1] / sum(pair) - less), 12), -pair[0]))
    return Weights(large, small) if share <= 1 / 2 else Weights(small, large)


def parts(share: float, whole: int) -> int:
    """Return how many of ``whole`` parts are nearest to a share; 0 and 1 are exact, and nothing else is.

    Raises ``ValueError`` where ``share`` is not in [0, 1].

    >>> parts(0.05, 100), parts(0.001, 100), parts(0.999, 100), parts(0.001, 10_000)
    (5, 1, 99, 10)
    """
    _check(share)
    if share in {0.0, 1.0}:
        return round(share * whole)
    return min(max(round(share * whole), 1), whole - 1)


def percent(share: float) -> str:
    """Return a share for people.

    >>> percent(0.05), percent(0.00390625), percent(1.0)
    ('5 %', '0.391 %', '100 %')
    """
    return f"{100 * share:.3g} %"


def met(asked: float, got: float) -> str:
    """Return what share there is, and what was asked for where that is not the same.

    >>> met(0.05, 0.05), met(0.001, 0.01)
    ('5 %', '1 % (the nearest to 0.1 % that can be had)')
    """
    if abs(asked - got) < 1e-6:
        return percent(got)
    return f"{percent(got)} (the nearest to {percent(asked)} that can be had)"


def same(one: float, other: float) -> bool:
    """Return whether two shares are as good as the same: told in a few digits, one may differ a little.

    >>> same(0.333, 1 / 3), same(0.01, 0.02), same(0.0, 0.004), same(1.0, 1.0)
    (True, False, False, True)
    """
    if one in {0.0, 1.0} or other in {0.0, 1.0}:
        return one == other
    return abs(one - other) <= min(0.005, min(one, 1 - one) / 2)


def _check(share: float) -> None:
    if not 0 <= share <= 1:
        raise ValueError(f"a share is from 0 to 1, not {share}")
