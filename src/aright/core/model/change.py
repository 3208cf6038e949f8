"""A change: something somebody did to the system, as told by CloudEvents."""

from __future__ import annotations

import msgspec

from aright.core.model.times import Micros


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """One state change of a service or of something it depends on.

    Attributes:
        key: source and id of the CloudEvent, so that a repeat is known as such.
        at: when it took effect (µs, UTC).
        service: the service changed (CloudEvents ``subject``'s first part, or ``data.service``).
        kind: deploy | model_version | config | flag | library | schema | data | other.
        what: the thing changed, such as a model's or a data set's name.
        before: its state before, such as a version; empty when unknown.
        after: its state after.
        source: who told.
        title: one line for people.
        detail: what was changed, in the words of who changed it: a diff, a message, release notes; bounded.
    """

    key: str
    at: Micros
    service: str
    kind: str
    what: str = ""
    before: str = ""
    after: str = ""
    source: str = ""
    title: str = ""
    detail: str = ""
