"""Alerts: a stream of windows left what its reference allows."""

from __future__ import annotations

import msgspec

from aright.core.model.signal import ALL, Segment
from aright.core.model.times import Micros


class Alert(msgspec.Struct, frozen=True, kw_only=True):
    """One stream that moved, with how far, how surely and since when.

    Attributes:
        key: service, segment and signal, joined; one alert per stream is open at a time.
        service: whose.
        signal: the catalogue's name.
        segment: which part of the traffic.
        harm: whether it hurts users by itself (opens an incident) or only gives notice.
        at: when it was raised (µs, UTC).
        since: the start of the window where the evidence for the change begins (µs, UTC).
        before: mean in the reference.
        now: mean since ``since``.
        low: lower end of the 95 % interval of ``now``.
        high: upper end of it.
        units: units counted since ``since``.
        log_e: natural logarithm of the e-detector's value.
        threshold: what it had to reach (same scale).
        rule: which rule let it through, in words.
        text: what moved, in words, where two numbers do not say it; empty where they do.
    """

    key: str
    service: str
    signal: str
    harm: bool
    at: Micros
    since: Micros
    before: float
    now: float
    low: float
    high: float
    units: float
    log_e: float
    threshold: float
    rule: str
    segment: Segment = ALL
    text: str = ""
