"""Paging: how far an incident's escalation has come."""

from __future__ import annotations

from typing import Final, Literal

import msgspec

from aright.core.model.on_call import Policy
from aright.core.model.times import Micros

PagingStatus = Literal["pending", "accepted", "acknowledged", "exhausted", "over"]
"""``pending``: no channel accepted yet; ``accepted``: one did; ``acknowledged``: enough people are on it;
``exhausted``: all steps were gone through in vain; ``over``: the incident has ended."""

UNDER_WAY: Final = frozenset({"pending", "accepted"})
"""While it still escalates."""

ToldStatus = Literal["waiting", "accepted", "failed"]


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """One message of an escalation to one person or room.

    Attributes:
        message: the outbox message's id.
        round: 1 for the first time through the steps.
        step: from 1.
        person: whose; empty for a room.
        channel: the way.
        at: when it was put into the outbox (µs, UTC).
        status: waiting | accepted | failed (for good).
        because: why this person: the schedule, or that they are named.
        number: which paging of the incident it belongs to, from 1.
    """

    message: str
    round: int
    step: int
    channel: str
    at: Micros
    person: str = ""
    status: ToldStatus = "waiting"
    because: str = ""
    number: int = 1


class Paging(msgspec.Struct, frozen=True, kw_only=True):
    """An incident's escalation, one at a time; kept under the incident's id.

    Attributes:
        key: the incident's id.
        service: whose policy it is.
        policy: as it was when the page fired: a change of the catalog never leaves a page half-way.
        owner: who escalates now: ``aright`` or a channel's name; exactly one at any time.
        status: see ``PagingStatus``.
        started_at: when it fired (µs, UTC).
        number: 1, 2 … : how often the incident was paged anew, as after it was reopened.
        again: why it was last paged anew while it was open, such as ``sev1``; else empty.
        round: which time through the steps; 0 before aright tells anybody.
        step: which step was told last, from 1; 0 before.
        told: all messages, oldest first; the last thousand of them.
        acknowledged: who acknowledged, each once.
        next_at: when the next step is due (µs, UTC); 0 for never.
        taken_over_at: when aright took it over from the other owner (µs, UTC); 0 for never.
        holes: targets that could not be reached, in words, once each.
    """

    key: str
    service: str
    policy: Policy
    owner: str
    started_at: Micros
    status: PagingStatus = "pending"
    number: int = 1
    again: str = ""
    round: int = 0
    step: int = 0
    told: tuple[Told, ...] = ()
    acknowledged: tuple[str, ...] = ()
    next_at: Micros = 0
    taken_over_at: Micros = 0
    holes: tuple[str, ...] = ()

    @property
    def tag(self) -> str:
        """Return ``open`` while it still escalates."""
        return "open" if self.status in UNDER_WAY else ""
