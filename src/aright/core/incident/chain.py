"""The timeline's hash chain: a line that was changed, dropped or slipped in afterwards shows.

The construction of Haber and Stornetta, "How to time-stamp a digital document" (1991): each line's hash
covers the hash of the line before it.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aright.core.model.fact import Fact
    from aright.core.model.incident import TimelineEvent


def seal(event: TimelineEvent, previous: str) -> TimelineEvent:
    """Return the event with ``previous`` and its own SHA-256 filled in; ``previous`` is empty for the first.

    >>> from aright.core.model.incident import TimelineEvent
    >>> line = TimelineEvent(incident="INC-1", number=1, at=0, kind="note", text="hello")
    >>> seal(line, "").hash[:12], seal(line, "ab").hash == seal(line, "").hash
    ('e25acce483ca', False)
    """
    linked = msgspec.structs.replace(event, previous=previous, hash="")
    return msgspec.structs.replace(linked, hash=_digest(linked))


def seal_fact(fact: Fact, previous: str) -> Fact:
    """Return the fact with ``previous`` and its own SHA-256 filled in; ``previous`` is empty for the first.

    >>> from aright.core.model.fact import Fact
    >>> made = seal_fact(Fact(incident="INC-1", number=1, at=0, kind="Noted", body=b"{}"), "")
    >>> fact_chain_broken([made]), fact_chain_broken([msgspec.structs.replace(made, body=b"[]")])
    (0, 1)
    """
    linked = msgspec.structs.replace(fact, previous=previous, hash="")
    return msgspec.structs.replace(linked, hash=_digest_of_fact(linked))


def fact_chain_broken(facts: Sequence[Fact]) -> int:
    """Return the position, from 1, of the first fact that does not fit its place; 0 where all fit."""
    previous = ""
    for place, fact in enumerate(facts, start=1):
        if fact.number != place or fact.previous != previous or fact.hash != _digest_of_fact(fact):
            return place
        previous = fact.hash
    return 0


def first_broken(events: Sequence[TimelineEvent]) -> int:
    """Return the position, from 1, of the first line that does not fit its place; 0 where all fit.

    A line fits when its number follows, it names the hash before it, and its own hash is right. Lines cut
    off at the end cannot be seen from the chain alone.
    """
    previous = ""
    for place, event in enumerate(events, start=1):
        if event.number != place or event.previous != previous or event.hash != _digest(event):
            return place
        previous = event.hash
    return 0


def verify_chain(events: Sequence[TimelineEvent]) -> bool:
    """Return whether a whole timeline, oldest line first, is as it was written.

    >>> from aright.core.model.incident import TimelineEvent
    >>> one = seal(TimelineEvent(incident="INC-1", number=1, at=0, kind="note", text="a"), "")
    >>> two = seal(TimelineEvent(incident="INC-1", number=2, at=0, kind="note", text="b"), one.hash)
    >>> verify_chain([one, two]), verify_chain([two])
    (True, False)
    """
    return first_broken(events) == 0


def _digest(event: TimelineEvent) -> str:
    # The fields are listed by hand: a field added to the type later must not change old hashes.
    fields = (
        event.previous,
        event.incident,
        event.number,
        event.at,
        event.kind,
        event.text,
        event.by,
        event.key,
        event.refs,
    )
    return hashlib.sha256(msgspec.json.encode(fields)).hexdigest()


def _digest_of_fact(fact: Fact) -> str:
    fields = (fact.previous, fact.incident, fact.number, fact.at, fact.kind, fact.body)
    return hashlib.sha256(msgspec.json.encode(fields)).hexdigest()
