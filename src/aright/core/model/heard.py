"""What another system tells of an incident of ours, or of one of its own."""

from __future__ import annotations

from typing import Literal

import msgspec

from aright.core.model.times import Micros

HeardKind = Literal["opened", "acknowledged", "resolved", "note", "ping"]
"""``opened``: it has an incident; ``acknowledged``, ``resolved``: there; ``note``: something to write down;
``ping``: it only tries whether we are there, or says that something changed, which is then read."""


class Heard(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that another system told us, believed already.

    Attributes:
        ids: names that every repeat of it has, the signed one first.
        channel: through which of our channels.
        kind: one of ``HeardKind``.
        at: when it happened there (µs, UTC).
        by: who did it, as shown there; empty where nobody is named.
        names: what else they are called there: an id, an e-mail address.
        person: whether somebody did it, not a program.
        ref: that system's own key of the incident.
        number: what people there call it.
        link: its page there.
        state: how it stands there, in that system's word.
        dedup_key: the key under which we told of it; empty where that system does not say.
        title: its title there.
        service: which service of that system.
        urgent: whether it wakes people there.
        text: the line itself, of a note.
        ours: whether we ourselves wrote what is told: it is not to be written down again.
    """

    ids: tuple[str, ...]
    channel: str
    kind: HeardKind
    at: Micros
    by: str = ""
    names: tuple[str, ...] = ()
    person: bool = False
    ref: str = ""
    number: str = ""
    link: str = ""
    state: str = ""
    dedup_key: str = ""
    title: str = ""
    service: str = ""
    urgent: bool = False
    text: str = ""
    ours: bool = False


class Delivery(msgspec.Struct, frozen=True, kw_only=True):
    """That something was heard: a repeat of it is dropped.

    Attributes:
        key: the channel and one of the ids.
        at: when it was first heard (µs, UTC).
    """

    key: str
    at: Micros
