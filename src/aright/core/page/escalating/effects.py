"""What an escalation brings about, as values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from aright.core.incident.effects import Cancel, Record, Schedule

if TYPE_CHECKING:
    from aright.core.model.paging import Paging, Told


@dataclass(frozen=True, kw_only=True, slots=True)
class Tell:
    """Put a message into the outbox.

    Attributes:
        told: to whom, by which channel, why, and under which id.
        address: where they are found on the channel; empty for the channel's own.
        urgent: whether it goes out as SEV1 does, whatever the severity.
    """

    told: Told
    address: str = ""
    urgent: bool = False


Effect: TypeAlias = Record | Tell | Schedule | Cancel


@dataclass(frozen=True, slots=True)
class Turn:
    """The escalation after an event, and what else must be done in the same transaction."""

    paging: Paging
    effects: tuple[Effect, ...] = ()
