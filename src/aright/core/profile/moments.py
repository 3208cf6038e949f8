"""Exact sums, sums of squares and extremes of values by group."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from aright.core.profile.bins import Floats
    from aright.core.profile.cells import Indices

_RUN = 32


class Moments(NamedTuple):
    """Moments by group, in float64, each of shape (groups,).

    Attributes:
        total: sums of the values.
        squares: sums of their squares.
        low, high: extremes; +inf and -inf where a group has no value.
    """

    total: Floats
    squares: Floats
    low: Floats
    high: Floats


def no_moments(groups: int) -> Moments:
    """Return the moments of groups without a value.

    >>> no_moments(1).low.tolist()
    [inf]
    """
    return Moments(np.zeros(groups), np.zeros(groups), np.full(groups, np.inf), np.full(groups, -np.inf))


def add_moments(moments: Moments, values: Floats, groups: Indices) -> None:
    """Add values to the moments, in place; ``values`` and ``groups`` of one shape, all values finite.

    Rows in the order of time come in long runs of one group, which are summed run by run; other rows are
    scattered one by one.
    """
    if not len(values):
        return
    starts = np.flatnonzero(np.diff(groups, prepend=-1))
    with np.errstate(over="ignore"):  # numbers beyond 1e154 make an infinite variance, and it says so
        if len(starts) * _RUN <= len(values):
            of_run = groups[starts]
            np.add.at(moments.total, of_run, np.add.reduceat(values, starts))
            np.minimum.at(moments.low, of_run, np.minimum.reduceat(values, starts))
            np.maximum.at(moments.high, of_run, np.maximum.reduceat(values, starts))
            np.add.at(moments.squares, of_run, np.add.reduceat(values * values, starts))
            return
        size = len(moments.total)
        moments.total[:] += np.bincount(groups, weights=values, minlength=size)
        moments.squares[:] += np.bincount(groups, weights=values * values, minlength=size)
        np.minimum.at(moments.low, groups, values)
        np.maximum.at(moments.high, groups, values)
