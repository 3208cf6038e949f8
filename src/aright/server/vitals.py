"""Metrics of processes over HTTP, window by window."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from aright.core.model.times import HOUR
from aright.engine.operations import ProcessPoint
from aright.server.endpoint import Call, Endpoint
from aright.server.instants import instant

if TYPE_CHECKING:
    from collections.abc import Sequence


class ProcessQuery(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which metrics of processes.

    Attributes:
        service: whose.
        start: from when: integer microseconds or RFC 3339; an hour before ``end`` where left out.
        end: until when, itself excluded; now where left out.
        name: which metrics; repeat it for several, leave it out for all.
    """

    service: str
    start: str = ""
    end: str = ""
    name: tuple[str, ...] = ()


def _process(call: Call) -> Sequence[ProcessPoint]:
    asked = call.asked(ProcessQuery)
    end = instant(asked.end, call.operations.status().now)
    found = call.operations.process(asked.service, start=instant(asked.start, end - HOUR), end=end)
    return [point for point in found if not asked.name or point.name in asked.name]


PROCESS: Final = Endpoint(
    method="GET",
    path="/v1/process",
    summary="Metrics of processes in closed windows, by name and window.",
    handler=_process,
    answer=list[ProcessPoint],
    query=ProcessQuery,
)
"""Lies on the path of the door that takes such metrics."""
