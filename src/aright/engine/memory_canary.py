"""The memory canary: candidate and baseline called in turns until it is certain, or time is up."""

from __future__ import annotations

import time
from contextlib import ExitStack, closing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from aright.core.prevent.memory import Call, Limits, Series, Verdict, decide, told
from aright.ports.workbench import WorkbenchError

if TYPE_CHECKING:
    from collections.abc import Callable

    from aright.core.prevent.memory import Sample, Traced
    from aright.ports.workbench import Bench

BATCH: Final = 0.025
"""Seconds that the calls between two samples take, about."""

_MOST_A_BATCH: Final = 2 << 20
"""Bytes between two samples from which on their calls are not made more: a leak must not fill the machine."""

_SLOWEST: Final = 60.0
_TRACED: Final = 2_000
_EVERY: Final = 4


@dataclass(frozen=True, kw_only=True)
class Watched:
    """What a memory canary came to.

    Attributes:
        verdict: with its numbers.
        text: the same in words.
        seconds: that it took, loading included.
    """

    verdict: Verdict
    text: str
    seconds: float

    @property
    def leaks(self) -> bool:
        """Whether a leak is certain."""
        return self.verdict.call is Call.LEAK


def watch_memory(
    candidate: Callable[[], Bench],
    baseline: Callable[[], Bench] | None,
    *,
    seconds: float,
    limits: Limits | None = None,
) -> Watched:
    """Return whether a candidate's memory grows with every call; raises ``WorkbenchError``.

    Args:
        candidate: opens its bench.
        baseline: opens the other side's; ``None`` where there is none.
        seconds: how long it may take in all; it ends as soon as it is certain.
        limits: what counts as a leak.
    """
    limits = limits or Limits()
    start = time.monotonic()
    with ExitStack() as opened:
        sides = [
            opened.enter_context(closing(_open(each, name)))
            for each, name in ((candidate, "candidate"), (baseline, "baseline"))
            if each is not None
        ]
        verdict = _watch(sides, start + seconds, limits)
        traced = _trace(sides[0], verdict)
    return Watched(verdict=verdict, text=told(verdict, traced), seconds=time.monotonic() - start)


def _open(side: Callable[[], Bench], name: str) -> Bench:
    try:
        return side()
    except WorkbenchError as error:
        raise WorkbenchError(f"{name}: {error}") from error


def _watch(sides: list[Bench], until: float, limits: Limits) -> Verdict:
    """Call both sides as often, in turns."""
    series = [Series() for _ in sides]
    calls, turn = 1, 0
    while True:
        slowest = 0.0
        for bench, kept in zip(sides, series, strict=True):
            sample = _called(bench, calls, until, "candidate" if bench is sides[0] else "baseline")
            kept.add(calls, sample)
            slowest = max(slowest, sample.seconds)
        turn += 1
        over = time.monotonic() >= until
        if over or turn % _EVERY == 0:
            found = decide(series[0], series[1] if len(sides) > 1 else None, limits, last=over)
            if over or found.call in {Call.LEAK, Call.STEADY}:
                return found
        if slowest < BATCH / 2 and max(kept.rise for kept in series) < _MOST_A_BATCH:
            calls *= 2
        if all([kept.thin() for kept in series]):  # noqa: C419 - each of them is thinned
            calls *= 2


def _called(bench: Bench, calls: int, until: float, name: str) -> Sample:
    try:
        return bench.run(calls, seconds=_SLOWEST + max(until - time.monotonic(), 0.0))
    except WorkbenchError as error:
        raise WorkbenchError(f"{name}: {error}") from error


def _trace(bench: Bench, verdict: Verdict) -> Traced | None:
    """Ask Python where a leak comes from; that it cannot say is no reason to doubt the leak."""
    if verdict.call is not Call.LEAK:
        return None
    try:
        return bench.trace(min(_TRACED, verdict.calls), seconds=_SLOWEST)
    except WorkbenchError:
        return None
