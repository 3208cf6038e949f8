"""Silences and maintenance windows: harm that is expected, and pages nobody for a while."""

from __future__ import annotations

from typing import Final, Literal

import msgspec

from aright.core.model.alert import Alert
from aright.core.model.times import Micros

Operator = Literal["=", "!=", "=~", "!~"]
"""As in Prometheus: equal, not equal, matches, does not match; an expression matches the whole value."""

DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


class Matcher(msgspec.Struct, frozen=True, kw_only=True):
    """One condition on an alert.

    Attributes:
        name: ``service``, ``signal``, ``segment``, a segment's attribute, or a label of another program's
            alert.
        op: how it is compared.
        value: with what; a regular expression (RE2) for ``=~`` and ``!~``.

    >>> str(Matcher(name="service", op="=~", value="shop|cart"))
    'service=~"shop|cart"'
    """

    name: str
    value: str
    op: Operator = "="

    def __str__(self) -> str:
        return f'{self.name}{self.op}"{self.value}"'


class Weekly(msgspec.Struct, frozen=True, kw_only=True):
    """Hours of some days of each week.

    Attributes:
        days: on which it begins, of ``mon`` to ``sun``.
        start: ``HH:MM`` by the zone's clock.
        end: ``HH:MM``; not after ``start``, it is of the next day.
        zone: of the IANA database, such as ``Europe/Zurich``.
    """

    days: tuple[str, ...]
    start: str
    end: str
    zone: str = "UTC"


class Silence(msgspec.Struct, frozen=True, kw_only=True):
    """Which alerts page nobody, and when.

    Attributes:
        key: ``SIL-1``, ``SIL-2`` …; ``maintenance:NAME`` for one of the catalog.
        matchers: all of them must hold.
        starts_at: from when (µs, UTC).
        ends_at: until when (µs, UTC); 0 for a weekly one that goes on.
        author: who made it.
        comment: why.
        created_at: when it was made (µs, UTC).
        weekly: within that span, the hours of each week; ``None`` for all of it.
        ended_by: who ended it before its time; empty while nobody has.
    """

    key: str
    matchers: tuple[Matcher, ...]
    starts_at: Micros
    ends_at: Micros
    author: str
    comment: str
    created_at: Micros
    weekly: Weekly | None = None
    ended_by: str = ""

    @property
    def tag(self) -> str:
        """Return ``open`` until somebody ends it."""
        return "" if self.ended_by else "open"


class Muted(msgspec.Struct, frozen=True, kw_only=True):
    """Harm that a silence kept from paging.

    Attributes:
        key: the alert's.
        service: whose.
        alert: what moved.
        at: when it was muted (µs, UTC).
        silence: by which silence.
        until: when that ends (µs, UTC).
        text: "silenced by … until …".
        lifted_at: when it was let go (µs, UTC); 0 before.
    """

    key: str
    service: str
    alert: Alert
    at: Micros
    silence: str
    until: Micros
    text: str
    lifted_at: Micros = 0

    @property
    def tag(self) -> str:
        """Return ``open`` while it is muted."""
        return "" if self.lifted_at else "open"
