"""The escalation as a pure function: (paging, event) to (paging, effects), the rules of ADR 0022.

An incident's page has one owner at any time: aright, which goes through the policy's steps, or a channel
that escalates by itself. ``apply`` knows no clock, no store and no channel: who can be reached is asked
before each event and handed in as a ``Reach``; whom to tell, what to write down and when to look again are
effects.
"""

from aright.core.page.escalating.effects import Effect, Tell, Turn
from aright.core.page.escalating.events import (
    Accepted,
    Acknowledged,
    Ended,
    Event,
    Failed,
    Fired,
    StepDue,
    TakeOverDue,
)
from aright.core.page.escalating.machine import apply
from aright.core.page.escalating.reach import Reach, Reached, Way, reach_of
from aright.core.page.escalating.timing import ESCALATE, TAKE_OVER_TASK, escalate_key, take_over_key

__all__ = [
    "ESCALATE",
    "TAKE_OVER_TASK",
    "Accepted",
    "Acknowledged",
    "Effect",
    "Ended",
    "Event",
    "Failed",
    "Fired",
    "Reach",
    "Reached",
    "StepDue",
    "TakeOverDue",
    "Tell",
    "Turn",
    "Way",
    "apply",
    "escalate_key",
    "reach_of",
    "take_over_key",
]
