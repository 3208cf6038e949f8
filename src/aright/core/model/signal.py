"""Signals: what windows say, as counts that merge by sum."""

from __future__ import annotations

from enum import Enum
from typing import Final

import msgspec

from aright.core.model.times import Micros


class Bad(Enum):
    """Which way a signal moves when things get worse."""

    UP = "up"
    DOWN = "down"
    BOTH = "both"


class SignalKind(msgspec.Struct, frozen=True, kw_only=True):
    """One entry of the catalogue of signals.

    Attributes:
        name: as stored and shown, such as ``fallback_share``.
        title: for people.
        bad: which way is worse.
        harm: whether its worsening hurts users by itself; other signals only give notice.
        unit: of the value shown: ``share`` | ``per user`` | ``ms`` | ``score`` | ``tokens``.
        judged: whether it is a mean of values in [0, 1] that is held against what is usual; others are shown,
            or judged as series are.
    """

    name: str
    title: str
    bad: Bad
    harm: bool
    unit: str = "share"
    judged: bool = True


class Segment(msgspec.Struct, frozen=True, order=True):
    """A part of the traffic: one value of one attribute, or all of it.

    >>> str(Segment("region", "north")), str(ALL)
    ('region = north', 'all traffic')
    """

    attribute: str = ""
    value: str = ""

    def __str__(self) -> str:
        return f"{self.attribute} = {self.value}" if self.attribute else "all traffic"


ALL: Final = Segment()


class SignalPoint(msgspec.Struct, frozen=True, kw_only=True):
    """One signal in one closed window: ``total`` out of ``n``, so that points merge by sum.

    Attributes:
        service: whose.
        version: model version, or empty for all versions together.
        segment: which part of the traffic.
        name: the signal, a key of the catalogue, or ``feature:NAME`` and the like for shifts.
        start: the window's start (µs, UTC).
        width: the window's width (µs).
        n: how many randomisation units (or lists, or rows where the signal says so) were counted.
        total: the sum over them of a value in [0, 1].
    """

    service: str
    name: str
    start: Micros
    width: Micros
    n: float
    total: float
    version: str = ""
    segment: Segment = ALL

    @property
    def value(self) -> float:
        """Return the mean, or NaN where nothing was counted."""
        return self.total / self.n if self.n else float("nan")
