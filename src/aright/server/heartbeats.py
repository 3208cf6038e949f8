"""Heartbeats over HTTP: one line of curl beats, also with the token in the address."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from aright.core.model.heartbeat import Heartbeat
from aright.server.endpoint import Endpoint

if TYPE_CHECKING:
    from aright.server.endpoint import Call


def _beat(call: Call) -> Heartbeat:
    return call.operations.heartbeats.beat(call.path["name"])


HEARTBEATS: Final[tuple[Endpoint, ...]] = (
    Endpoint(
        method="GET",
        path="/v1/heartbeats",
        summary="Heartbeats: when each was heard last, and since when it is missed.",
        handler=lambda call: call.operations.heartbeats.heartbeats(),
        answer=list[Heartbeat],
    ),
    *(
        Endpoint(
            method=method,
            path="/v1/heartbeats/{name}",
            summary=summary,
            handler=_beat,
            answer=Heartbeat,
            errors=(404,),
            hook=True,
        )
        for method, summary in (
            ("POST", "Beat: the next one is awaited from now on; on disk when it is answered."),
            ("GET", "Beat as POST does, for programs that can only ask; the token stays needed."),
        )
    ),
)
"""The table of what may be asked about heartbeats."""
