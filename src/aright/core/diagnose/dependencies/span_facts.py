"""Facts about requests: what was seen in each, in one form whether spans or log lines tell it.

A fact is "the k-th time that something happened in this request": a span of some name inside it, a call of an
operation elsewhere, a log line of some template, an error. Counting occurrences makes one of two lines that
is missing a fact as plain as one line that is new. Only counts on a coarse scale are told apart (1, 2, 3, 4,
6, 8, 12 …): a loop over 40 rows does nothing new when it runs over 41.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    Ints = npt.NDArray[np.int64]

COUNTS: Final = np.array([1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64])


@dataclass(frozen=True, kw_only=True)
class Thing:
    """Something that can happen in a request.

    Attributes:
        source: ``spans`` | ``logs``.
        what: ``span`` | ``call`` | ``log`` | ``error`` | ``self time`` | ``gap``.
        name: of the span, operation or template; empty for the others.
        severe: whether it is bad in itself, such as an error: then only more of it is harm.
    """

    source: str
    what: str
    name: str = ""
    severe: bool = False


@dataclass(frozen=True, kw_only=True, eq=False)
class Facts:
    """Facts, a row each.

    Attributes:
        request: whose.
        fact: code: place in ``things`` × counts + place in ``COUNTS``.
        time: when (µs, UTC).
        things: what they are of.
    """

    request: Ints
    fact: Ints
    time: Ints
    things: tuple[Thing, ...]

    def __len__(self) -> int:
        return len(self.request)

    @property
    def codes(self) -> int:
        """How many codes of facts there are."""
        return len(self.things) * len(COUNTS)

    def thing(self, fact: int) -> tuple[Thing, int]:
        """Return what a code means: the thing and how often it happened at least."""
        return self.things[fact // len(COUNTS)], int(COUNTS[fact % len(COUNTS)])


@dataclass(frozen=True, kw_only=True, eq=False)
class Seen:
    """Things seen of one sort: per row, whose request, which of ``things``, and when."""

    request: Ints
    thing: Ints
    time: Ints
    things: Sequence[Thing]


def facts_of(seen: Sequence[Seen]) -> Facts:
    """Count what was seen.

    >>> import numpy as np
    >>> twice = Seen(
    ...     request=np.array([7, 7]), thing=np.array([0, 0]), time=np.array([5, 3]),
    ...     things=[Thing(source="logs", what="log", name="retry")])
    >>> facts = facts_of([twice])
    >>> [(facts.thing(code)[1], at) for code, at in zip(facts.fact.tolist(), facts.time.tolist())]
    [(1, 3), (2, 5)]
    """
    things: list[Thing] = []
    parts: list[tuple[Ints, Ints, Ints]] = []
    for each in seen:
        parts.append((each.request, each.thing + len(things), each.time))
        things.extend(each.things)
    request, thing, time = (np.concatenate([part[at] for part in parts]) for at in range(3))
    order = np.lexsort((time, thing, request))
    request, thing, time = request[order], thing[order], time[order]
    key = request * max(len(things), 1) + thing
    fresh = np.append(True, key[1:] != key[:-1]) if len(key) else np.zeros(0, bool)
    place = np.arange(len(key))
    nth = place - np.maximum.accumulate(np.where(fresh, place, 0)) + 1 if len(key) else place
    step = np.minimum(np.searchsorted(COUNTS, nth), len(COUNTS) - 1)
    told = COUNTS[step] == nth
    return Facts(
        request=request[told],
        fact=thing[told] * len(COUNTS) + step[told],
        time=time[told],
        things=tuple(things),
    )
