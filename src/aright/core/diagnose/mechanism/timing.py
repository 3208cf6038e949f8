"""When a change came, beside when what it may have caused began."""

from __future__ import annotations

from dataclasses import dataclass
from math import log
from typing import TYPE_CHECKING, Final

from aright.core.diagnose.mechanism.modes import Mode
from aright.core.diagnose.mechanism.reason import Reason
from aright.core.model.times import MINUTE, SECOND

if TYPE_CHECKING:
    from aright.core.diagnose.mechanism.fault import Fault, Movement
    from aright.core.model.change import Change
    from aright.core.model.times import Micros

TOLERANCE: Final = 15 * SECOND
"""How far the clocks of who tells of a change and of who logs may disagree."""

AT_ONCE: Final = 10 * MINUTE
"""Typical time from a change to what fails at once: the rollout, and the first requests of that kind."""

BY_LOAD: Final = 60 * MINUTE
"""Typical time where something has to fill up or load has to come."""

LOOKED_AT: Final = 60 * MINUTE
"""Time in which about four changes come that are innocent, as is taken for their prior."""

FLOOR: Final = -3.0
"""Nats: nothing is excluded by coming late, since code may lie idle for long."""

GROWING: Final = frozenset({Mode.MEMORY, Mode.EXHAUSTED, Mode.SLOW})
"""Ways to fail that may build up."""

LIKELY: Final = 0.3
"""Probability that it began in a service, from which on its ramps are looked at."""

CLEAR_LEAD: Final = 5 * MINUTE
"""A ramp tells when it began only if that is clearly before the failure: each failure ramps up a little."""


@dataclass(frozen=True)
class Beginning:
    """When that began which has to be explained.

    Attributes:
        at: µs, UTC.
        slack: how far from then it may have been (µs).
        ramp: the metric that has grown since then; ``None`` where things failed at once.
    """

    at: Micros
    slack: Micros
    ramp: Movement | None


def beginning(fault: Fault) -> Beginning:
    """Return when what has to be explained began: a leak long before it killed.

    A ramp counts where the fault may have begun there and what is said speaks of something that ran out, or
    where nothing is said at all.
    """
    likely = {name for name, part in fault.first.items() if part >= LIKELY}
    said = [each for each in fault.signs if each.service in likely]
    ramps = [
        each for each in fault.movements if each.ramp and each.mode in GROWING and each.service in likely
    ]
    fits = not said or any(each.modes & GROWING for each in said)
    early = [each for each in ramps if each.at < fault.at - CLEAR_LEAD]
    if fits and early:
        first = min(early, key=lambda each: each.at)
        return Beginning(first.at, first.slack, first)
    return Beginning(fault.at, fault.slack, None)


def is_late(change: Change, begun: Beginning) -> bool:
    """Tell whether a change came after what it would have to explain had begun."""
    return change.at > begun.at + begun.slack + TOLERANCE


def delay(change: Change, begun: Beginning, fault: Fault) -> Reason:
    """Return what the time between a change and the beginning says: the longer all went well, the worse.

    The density of a delay d is taken as (1 + d / τ)⁻¹, heavier in the tail than any exponential, with τ by
    whether the failure comes at once; it is that of the hour before (``LOOKED_AT``), in which changes that
    are innocent come at any time. So one that came within τ gains a nat at most, and of two just before a
    fault the nearer is hardly likelier than the other.

    >>> from aright.core.diagnose.mechanism.fault import Fault
    >>> from aright.core.model.change import Change
    >>> told = Change(key="c", at=0, service="shop", kind="deploy")
    >>> def nats(minutes):
    ...     begun = Beginning(minutes * MINUTE, 0, None)
    ...     return round(delay(told, begun, Fault(at=begun.at, first={})).nats, 1)
    >>> [nats(minutes) for minutes in (0, 3, 10, 60, 600)]
    [1.1, 0.9, 0.4, -0.8, -3.0]
    """
    waited = max(begun.at - begun.slack - change.at, 0)
    builds_up = begun.ramp is None and any(each.modes & GROWING for each in fault.signs)
    usual = BY_LOAD if builds_up else AT_ONCE
    most = log(LOOKED_AT / usual / log(1.0 + LOOKED_AT / usual))
    nats = max(most - log(1.0 + waited / usual), FLOOR)
    what = f"{begun.ramp.name} began to grow" if begun.ramp else "the failures began"
    return Reason(f"it came {spelled(waited)} before {what}", nats)


def spelled(time: Micros) -> str:
    """Return a time in words.

    >>> spelled(40 * SECOND), spelled(3 * MINUTE)
    ('40 s', '3 min')
    """
    return f"{time / SECOND:.0f} s" if time < 2 * MINUTE else f"{time / MINUTE:.0f} min"
