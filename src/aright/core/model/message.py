"""What leaves aright for other systems, and work that is due."""

from __future__ import annotations

import msgspec

from aright.core.model.times import Micros


class Message(msgspec.Struct, frozen=True, kw_only=True):
    """An outbox row: committed with the fact that caused it, sent until it is accepted.

    Attributes:
        id: unique; a repeat under the same id is the same message.
        channel: the name of the channel that sends it.
        dedup_key: the receiver's key, stable over every retry.
        incident: the incident's id.
        urgency: 1 is sent first.
        body: what is sent, JSON.
        due_at: not before (µs, UTC).
        attempts: how often it was tried.
        status: pending | sent | failed.
        error: the last error; empty when none.
    """

    id: str
    channel: str
    dedup_key: str
    incident: str
    urgency: int
    body: bytes
    due_at: Micros
    attempts: int = 0
    status: str = "pending"
    error: str = ""


class Lease(msgspec.Struct, frozen=True, kw_only=True):
    """A message or due row lent to one worker.

    Attributes:
        fence: grows with every lease of the row; a completion under an older fence is refused.
        message: the row.
    """

    fence: int
    message: Message


class Due(msgspec.Struct, frozen=True, kw_only=True):
    """Work that is to be done at a time: diagnose, verify, update.

    Attributes:
        key: unique, such as ``verify:INC-1:M1``; scheduling the same key again moves it.
        task: diagnose | verify | update | release | escalate | take_over | heartbeat | track …
        subject: the id of the incident, or of what else it is about.
        due_at: when (µs, UTC).
    """

    key: str
    task: str
    subject: str
    due_at: Micros
