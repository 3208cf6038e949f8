"""What people rule about an incident: how bad it is, and who may see it. All times are µs, UTC."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from aright.core.model.times import Micros  # noqa: TC001  events are read again by their types


@dataclass(frozen=True, kw_only=True, slots=True)
class SeverityOverruled:
    """Somebody set the severity over the arithmetic, or lets the arithmetic count again.

    Attributes:
        level: 1 to 4; 0 lets the arithmetic count again.
        by: who.
        reason: why.
    """

    at: Micros
    level: int
    by: str
    reason: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Restricted:
    """Somebody said who alone may see the incident.

    Attributes:
        to: their names; nobody lifts the restriction.
        by: who.
    """

    at: Micros
    to: tuple[str, ...]
    by: str


RulingEvent: TypeAlias = SeverityOverruled | Restricted
