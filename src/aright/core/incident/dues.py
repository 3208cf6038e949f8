"""Names of an incident's due rows: the same name again moves the row."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aright.core.incident.effects import Schedule
from aright.core.model.message import Due

if TYPE_CHECKING:
    from aright.core.model.times import Micros


def diagnose_key(incident: str) -> str:
    """Return the key under which an incident's next diagnosis is due."""
    return f"diagnose:{incident}"


def update_key(incident: str) -> str:
    """Return the key under which its news are told: facts changed, so that nobody waits for a cadence."""
    return f"update:{incident}"


def audience_key(incident: str, audience: str) -> str:
    """Return the key under which an audience's next status update is looked at.

    >>> audience_key("INC-1", "public")
    'update:INC-1:public'
    """
    return f"update:{incident}:{audience}"


def track_key(incident: str, track: str) -> str:
    """Return the key under which a track's check is due.

    >>> track_key("INC-1", "T1")
    'track:INC-1:T1'
    """
    return f"track:{incident}:{track}"


def verify_key(incident: str, mitigation: str) -> str:
    """Return the key under which a mitigation's next verification is due.

    >>> verify_key("INC-1", "M1")
    'verify:INC-1:M1'
    """
    return f"verify:{incident}:{mitigation}"


def due(task: str, key: str, incident: str, at: Micros) -> Schedule:
    """Return the effect that schedules a task."""
    return Schedule(Due(key=key, task=task, subject=incident, due_at=at))
