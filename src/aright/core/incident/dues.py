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
    """Return the key under which its next status update is due."""
    return f"update:{incident}"


def verify_key(incident: str, mitigation: str) -> str:
    """Return the key under which a mitigation's next verification is due.

    >>> verify_key("INC-1", "M1")
    'verify:INC-1:M1'
    """
    return f"verify:{incident}:{mitigation}"


def due(task: str, key: str, incident: str, at: Micros) -> Schedule:
    """Return the effect that schedules a task."""
    return Schedule(Due(key=key, task=task, subject=incident, due_at=at))
