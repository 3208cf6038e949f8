"""Tickets as another system shows them, and how far they were looked at."""

from __future__ import annotations

from typing import Literal

import msgspec

from aright.core.model.times import Micros

TicketState = Literal["new", "in_progress", "on_hold", "resolved", "closed", "cancelled"]
"""Where a ticket stands; a state of an instance's own that is none of these is shown as ``on_hold``."""


class TicketNote(msgspec.Struct, frozen=True, kw_only=True):
    """A line that somebody wrote into a ticket; never one of aright's own.

    Attributes:
        id: the other system's own key of it.
        by: who wrote it, as shown there.
        text: one line, cut.
    """

    id: str
    by: str
    text: str


class TicketSeen(msgspec.Struct, frozen=True, kw_only=True):
    """A ticket as it was read.

    Attributes:
        id: the other system's own key.
        state: where it stands.
        number: what people there call it.
        word: the state in that system's own word.
        assignee: who works on it; empty while nobody does.
        by: who changed it last.
        ended_by: who resolved or closed it; empty where that system does not say.
        also: what else these people are called there, by their names as shown.
        ours: whether that was aright.
        close_notes: how it ended, in somebody's words.
        notes: what people wrote, oldest first; all that is still kept there, up to a bound.
    """

    id: str
    state: TicketState
    number: str = ""
    word: str = ""
    assignee: str = ""
    by: str = ""
    ended_by: str = ""
    also: dict[str, tuple[str, ...]] = {}
    ours: bool = False
    close_notes: str = ""
    notes: tuple[TicketNote, ...] = ()


class TicketWatch(msgspec.Struct, frozen=True, kw_only=True):
    """How far an incident's ticket has been looked at; kept under the key of its ``ExternalRef``.

    Attributes:
        key: the channel's name and the incident's id.
        channel: the channel's name.
        incident: the incident's id.
        state: what was last seen; empty before.
        sent: how many messages had been sent to it by then.
        told: ids of notes that are in the timeline already, the last ones.
        since: when it was first looked at (µs, UTC).
        over: whether it is looked at no more.
    """

    key: str
    channel: str
    incident: str
    state: str = ""
    sent: int = 0
    told: tuple[str, ...] = ()
    since: Micros = 0
    over: bool = False

    @property
    def tag(self) -> str:
        """Return ``open`` while it is looked at."""
        return "" if self.over else "open"
