"""OTLP: the request's kind decides who reads it.

https://opentelemetry.io/docs/specs/otlp
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from aright.core.model.frame import Frame, Kind
from aright.core.observe.intake.otlp_logs import read_logs
from aright.core.observe.intake.otlp_metrics import read_metrics
from aright.core.observe.intake.otlp_traces import read_traces
from aright.core.observe.intake.unreadable import UnreadableError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aright.core.observe.intake.found import Found, Reader
    from aright.core.observe.intake.quarantine import Quarantine

_READERS: Final[Mapping[Kind, Reader]] = {
    Kind.SPANS: read_traces,
    Kind.PROCESS: read_metrics,
    Kind.LOGS: read_logs,
}


def read_otlp(plain: bytes, frame: Frame, quarantine: Quarantine) -> Found:
    """Return what a request holds; raises ``UnreadableError``."""
    reader = _READERS.get(frame.kind)
    if reader is None:
        raise UnreadableError(f"OTLP has no {frame.kind.name.lower()}", "send traces, metrics or logs")
    return reader(plain, frame, quarantine)
