"""Facts: the events that made an incident what it is, in their order."""

from __future__ import annotations

import msgspec

from aright.core.model.times import Micros


class Fact(msgspec.Struct, frozen=True, kw_only=True):
    """One event of an incident: append-only and hash-chained; replayed, all of them give the incident again.

    Attributes:
        incident: the incident's id.
        number: 1, 2, 3 … within it.
        at: when it happened (µs, UTC).
        kind: the event's name, such as ``HarmAlerted``.
        body: the event, JSON.
        previous: hash of the fact before; empty for the first.
        hash: SHA-256 over ``previous`` and all other fields.
    """

    incident: str
    number: int
    at: Micros
    kind: str
    body: bytes
    previous: str = ""
    hash: str = ""
