"""Contexts: which requests are compared with which.

The same operation called on another way does other things, as its arguments differ; so requests are compared
with those that were called through the same chain of operations. Where the reference has none of these, they
are compared with all of the same operation if that was called through several chains, whose differences then
count as what varies; else with nothing. Where traces begin, what users ask for is not always told by the
operation (a gate calls it all ``/*``); if it goes on to many places, where it goes first tells.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from aright.core.diagnose.dependencies.span_requests import NONE

if TYPE_CHECKING:
    import numpy.typing as npt

    Ints = npt.NDArray[np.int64]
    Bools = npt.NDArray[np.bool_]

FEWEST: Final = 2
"""Requests that a reference must have, for a chain to be known."""
CHAINS: Final = 3
"""Chains that an operation must have been called through, for a further one to be compared with them."""
LONGEST: Final = 64


@dataclass(frozen=True, kw_only=True, eq=False)
class Contexts:
    """The contexts of requests.

    Attributes:
        compared: per request that is judged, its context; −1 for others and where there is none.
        count: how many contexts there are.
        request: requests of the reference, as often as they serve as such …
        serves: … and for which context.
    """

    compared: Ints
    count: int
    request: Ints
    serves: Ints


def asked_for(operation: Ints, parent: Ints, start: Ints, judged: Bools) -> Ints:
    """Return codes of operations, of first ones that go on to many places apart by where they go first.

    Args:
        operation: per request, a code of its service and operation.
        parent: per request, the request that called it, −1 for none.
        start: per request, when it began (µs, UTC).
        judged: per request, whether it is judged rather than of the reference.
    """
    called = np.flatnonzero(parent != NONE)
    called = called[np.argsort(-start[called], kind="stable")]
    onward = np.full(len(operation), NONE)
    onward[parent[called]] = operation[called]
    roots = parent == NONE
    kinds = int(operation.max(initial=-1)) + 1
    known = np.flatnonzero(roots & ~judged & (onward != NONE))
    ways = np.unique(operation[known] * kinds + onward[known]) // max(kinds, 1)
    many = np.bincount(ways, minlength=kinds) >= CHAINS
    split = roots & many[operation]
    found: Ints = np.where(split, kinds + operation * (kinds + 1) + onward + 1, operation)
    return np.unique(found, return_inverse=True)[1]


def contexts_of(operation: Ints, parent: Ints, judged: Bools, asked: Ints | None = None) -> Contexts:
    """Return the contexts of requests.

    Args:
        operation: per request, a code of its service and operation.
        parent: per request, the request that called it, −1 for none.
        judged: per request, whether it is judged rather than of the reference.
        asked: per request, a finer code of the operation, where there is one.
    """
    chain = _chains(operation if asked is None else asked, parent)
    chains = int(chain.max(initial=-1)) + 1
    rare = np.bincount(chain[~judged], minlength=chains) < FEWEST
    falls = rare[chain]
    operations = int(operation.max(initial=-1)) + 1
    pairs = np.unique(operation[~judged] * chains + chain[~judged]) // max(chains, 1)
    several = np.bincount(pairs, minlength=operations) >= CHAINS
    wanted = np.zeros(operations, bool)
    wanted[operation[falls & judged]] = True
    wanted &= several
    common = np.flatnonzero(~judged & ~falls)
    spare = np.flatnonzero(~judged & wanted[operation])
    return Contexts(
        compared=np.where(
            judged, np.where(falls, np.where(several[operation], chains + operation, NONE), chain), NONE
        ),
        count=chains + operations,
        request=np.concatenate([common, spare]),
        serves=np.concatenate([chain[common], chains + operation[spare]]),
    )


def _chains(operation: Ints, parent: Ints) -> Ints:
    """Return per request a code of the operations on the way to it, the outermost first."""
    chain = np.full(len(operation), NONE)
    codes = 0
    ready = parent == NONE
    above = np.zeros(len(operation), np.int64)
    for _ in range(LONGEST):
        now = np.flatnonzero(ready & (chain == NONE))
        if not len(now):
            break
        key = above[now] * (int(operation.max()) + 1) + operation[now]
        distinct, code = np.unique(key, return_inverse=True)
        chain[now] = codes + code
        codes += len(distinct)
        ready = (parent == NONE) | (chain[parent] != NONE)
        above = np.where(parent == NONE, 0, chain[parent] + 1)
    left = np.flatnonzero(chain == NONE)
    _, code = np.unique(operation[left], return_inverse=True)
    chain[left] = codes + code
    return chain
