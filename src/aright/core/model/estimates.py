"""What is remembered of a service's estimated quality."""

from __future__ import annotations

import msgspec

from aright.core.model.times import Micros


class EstimatedChunk(msgspec.Struct, frozen=True, kw_only=True):
    """A span of answers whose quality was estimated.

    Attributes:
        start: µs, UTC.
        end: µs, UTC.
        labelled: share of its answers whose label has come, when it was looked at last.
        looked_at: when that was (µs, UTC).
    """

    start: Micros
    end: Micros
    labelled: float
    looked_at: Micros


class Estimates(msgspec.Struct, frozen=True, kw_only=True):
    """What a service's estimates were learned from, and which of them wait for labels.

    Attributes:
        key: the service's name.
        service: the same.
        start: of the answers learned from (µs, UTC); 0 where nothing could be learned yet.
        end: of them (µs, UTC).
        learned_at: later labels were not learned from (µs, UTC).
        tried_at: when it was last tried (µs, UTC).
        labels_at: end of the hour in which labels came last (µs, UTC).
        why_not: why there is no estimate; empty where there is one.
        chunks: the latest, the oldest first.
        standing: alerts that stand, ``notice`` or ``harm`` by metric.
    """

    key: str
    service: str
    start: Micros = 0
    end: Micros = 0
    learned_at: Micros = 0
    tried_at: Micros = 0
    labels_at: Micros = 0
    why_not: str = ""
    chunks: tuple[EstimatedChunk, ...] = ()
    standing: dict[str, str] = {}
