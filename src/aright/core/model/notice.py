"""Notices: shifts that may be harmless, shown and never paged."""

from __future__ import annotations

import msgspec

from aright.core.model.alert import Alert
from aright.core.model.times import Micros


class Notice(msgspec.Struct, frozen=True, kw_only=True):
    """A shift without harm.

    Attributes:
        key: the alert's key and the time it was raised.
        service: whose.
        at: when (µs, UTC).
        alert: what moved.
        incident: the incident it was joined to; empty for none.
        muted: which silence kept its harm from paging, in words; empty for a shift without harm.
    """

    key: str
    service: str
    at: Micros
    alert: Alert
    incident: str = ""
    muted: str = ""
