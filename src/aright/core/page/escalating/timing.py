"""Names of an escalation's due rows: the same name again moves the row."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from aright.core.incident.dues import due
from aright.core.model.times import MINUTE

if TYPE_CHECKING:
    from aright.core.incident.effects import Schedule
    from aright.core.model.times import Micros

ESCALATE: Final = "escalate"
"""The task that tells the next step, or reminds of a page that is exhausted."""

TAKE_OVER_TASK: Final = "take_over"
"""The task that looks whether the owner has accepted the page."""

REMIND_EVERY: Final = 30 * MINUTE
"""How often everybody is told again once all steps were in vain (µs)."""


def escalate_key(incident: str) -> str:
    """Return the key under which an incident's next step is due.

    >>> escalate_key("INC-1")
    'escalate:INC-1'
    """
    return f"{ESCALATE}:{incident}"


def take_over_key(incident: str) -> str:
    """Return the key under which it is due to look whether the owner has accepted the page."""
    return f"{TAKE_OVER_TASK}:{incident}"


def next_step(incident: str, at: Micros) -> Schedule:
    """Return the effect that brings the next step about."""
    return due(ESCALATE, escalate_key(incident), incident, at)


def next_look(incident: str, at: Micros) -> Schedule:
    """Return the effect that looks whether the owner has accepted."""
    return due(TAKE_OVER_TASK, take_over_key(incident), incident, at)
