"""Sheets: the profiles of all columns of one part of the traffic, packed, as they are kept."""

from __future__ import annotations

import msgspec

from aright.core.model.signal import ALL, Segment
from aright.core.model.times import Micros

OTHERS: str = "(other)"
"""Stands for the versions of a window beyond those that are told apart."""


class Sheet(msgspec.Struct, frozen=True, kw_only=True):
    """What one part of a service's traffic looked like for a while. The parts of a span merge by sum.

    Attributes:
        service: whose.
        start: from when (µs, UTC).
        width: for how long (µs).
        version: the model version; empty for rows that name none.
        segment: which part of the traffic.
        body: the profiles by column, as ``aright.core.profile.sheets`` packs them.
        share: which share of the rows was counted, in (0, 1]; below 1 it is a uniform sample.
        left_out: columns of all traffic, or segments, that found no room beside those that were kept.
    """

    service: str
    start: Micros
    width: Micros
    body: bytes
    version: str = ""
    segment: Segment = ALL
    share: float = 1.0
    left_out: int = 0
