"""Calls between services, as traces show them."""

from __future__ import annotations

import msgspec

from aright.core.model.times import Micros


class CallEdge(msgspec.Struct, frozen=True, kw_only=True):
    """One service calls another, or a third party.

    Attributes:
        key: both, joined by ``→``.
        service: the caller.
        callee: who is called: a service's own name where its spans were seen, else the peer's name as the
            caller's spans have it.
        peers: names under which the caller's spans speak of the callee.
        seen: whether spans of the callee itself were seen under the caller's.
        first_seen: when it was first learnt (µs, UTC).
        last_seen: when it was last seen, give or take some minutes (µs, UTC).
    """

    key: str
    service: str
    callee: str
    peers: tuple[str, ...] = ()
    seen: bool = False
    first_seen: Micros = 0
    last_seen: Micros = 0


class CallLimits(msgspec.Struct, frozen=True, kw_only=True):
    """Durations from which a service's calls are slow, frozen once they are learned.

    Attributes:
        key: the service's name.
        served_ms: of requests that it serves (ms); 0 until known.
        peers_ms: of requests that it makes (ms), by peer.
    """

    key: str
    served_ms: float = 0.0
    peers_ms: dict[str, float] = msgspec.field(default_factory=dict)


def edge_key(caller: str, callee: str) -> str:
    """Return an edge's key.

    >>> edge_key("web", "search")
    'web→search'
    """
    return f"{caller}→{callee}"
