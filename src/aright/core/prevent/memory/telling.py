"""A memory canary's verdict, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from aright.core.prevent.memory.deciding import Call
from aright.core.prevent.memory.sampled import INSTRUMENTS

if TYPE_CHECKING:
    from aright.core.prevent.memory.deciding import Verdict
    from aright.core.prevent.memory.growth import Growth
    from aright.core.prevent.memory.sampled import Traced

_MIB: Final = 1024.0**2
_SEEN: Final = 1.0
_OF_PYTHON: Final = 0.25


def told(verdict: Verdict, traced: Traced | None = None) -> str:
    """Return a verdict in one or two sentences, with its numbers.

    Args:
        verdict: of a canary.
        traced: what Python says of a leak; ``None`` where it was not asked.

    >>> from aright.core.prevent.memory.deciding import Call, Verdict
    >>> told(Verdict(call=Call.UNSURE))
    'too few calls to say anything of memory: give it more seconds, or a quicker workload'
    """
    excess, candidate = verdict.excess, verdict.candidate
    if excess is None or candidate is None:
        return "too few calls to say anything of memory: give it more seconds, or a quicker workload"
    where = f"{INSTRUMENTS[verdict.instrument]}, {verdict.calls:,} calls"
    if verdict.baseline is None:
        sides = f"{_slope(candidate)} ({where}; no baseline)"
    else:
        sides = f"candidate {_slope(candidate)}, baseline {_slope(verdict.baseline)} ({where})"
    match verdict.call:
        case Call.LEAK:
            lost = f"{excess.grown / _MIB:,.1f} MiB since warm-up"
            return f"memory grows with every call: {sides}, {lost}{_cause(verdict, traced)}"
        case Call.STEADY if verdict.baseline is not None and candidate.slope.low > _SEEN:
            return f"memory grows with every call, but the baseline's does as well: {sides}"
        case Call.STEADY:
            return f"memory is steady: {sides}"
        case Call.SETTLING:
            return f"memory grows ever more slowly, as a cache does that fills: {sides}"
        case _:
            return (
                f"memory may grow by up to {max(excess.highest, 0.0):,.3g} B a call: {sides}; "
                "give it more seconds"
            )


def _slope(found: Growth) -> str:
    value, low, high = (round(each, 2) + 0.0 for each in found.slope)
    return f"{value:+,.4g} B a call [{low:,.4g}, {high:,.4g}]"


def _cause(verdict: Verdict, traced: Traced | None) -> str:
    if traced is None or verdict.excess is None or not traced.calls:
        return ""
    seen = traced.size / traced.calls
    if seen < _OF_PYTHON * verdict.excess.slope.value:
        return f". Python's allocations account for {max(seen, 0.0):,.3g} B of it: the rest is native code's"
    lines = ", ".join(f"{place} ({size / traced.calls:,.3g} B a call)" for place, size in traced.lines[:2])
    return f". Allocated by Python at {lines}" if lines else ""
