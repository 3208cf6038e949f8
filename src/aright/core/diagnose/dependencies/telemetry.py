"""Telemetry: what the services of a system were seen to do before and after something went wrong."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from aright.core.model.frame import Kind
from aright.core.model.tables import empty

if TYPE_CHECKING:
    import pyarrow as pa

    from aright.core.model.change import Change
    from aright.core.model.times import Micros


@dataclass(frozen=True, kw_only=True, eq=False)
class Telemetry:
    """The metrics, traces and logs of a system around the moment when harm was told of.

    Each table may be empty, and any part of it may be missing: every step makes do with what there is.

    Attributes:
        target: the service whose harm is to be explained; empty where only "something" is wrong.
        host: the machine of it, where one alone is harmed; empty otherwise.
        signal: the metric of the target that is harmed, as ``metrics`` names it; empty where not known.
        at: when the harm was told of (µs, UTC). A hint: alarms are late, so the onset is searched.
        reference: start and end of what went before (µs, UTC); healthy as far as is known.
        current: start and end of what is judged (µs, UTC). It may begin before the onset.
        metrics: samples, columns of ``PROCESS_FIELDS`` (``host`` and ``version`` may be null).
        spans: columns of ``SPAN_FIELDS``.
        logs: columns of ``LOG_FIELDS``.
        calls: who calls whom, as (caller, callee) of services; may lack edges, or be empty.
        changes: what is known to have been changed, in any order.
    """

    at: Micros
    reference: tuple[Micros, Micros]
    current: tuple[Micros, Micros]
    target: str = ""
    host: str = ""
    signal: str = ""
    metrics: pa.Table = field(default_factory=lambda: empty(Kind.PROCESS))
    spans: pa.Table = field(default_factory=lambda: empty(Kind.SPANS))
    logs: pa.Table = field(default_factory=lambda: empty(Kind.LOGS))
    calls: tuple[tuple[str, str], ...] = ()
    changes: tuple[Change, ...] = ()
