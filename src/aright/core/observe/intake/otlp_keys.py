"""Attributes that are looked for, by the names that OpenTelemetry's conventions give and gave them.

https://opentelemetry.io/docs/specs/semconv: each column's names, the first that is there is taken.
"""

from __future__ import annotations

from typing import Final

HTTP_STATUS: Final = ("http.response.status_code", "http.status_code")
PEER: Final = (
    "peer.service",
    "service.peer.name",
    "server.address",
    "net.peer.name",
    "rpc.service",
    "db.system.name",
    "db.system",
    "messaging.system",
)
ROUTE: Final = (
    "http.route",
    "url.template",
    "rpc.method",
    "db.query.summary",
    "db.operation.name",
    "db.operation",
    "messaging.destination.name",
)
PATH: Final = ("url.path", "http.target", "url.full", "http.url")
"""What a route is made of where no attribute is one."""

MODEL_CALL: Final = ("gen_ai.", "llm.", "openinference.")
"""How attributes of calls to models begin."""

KEPT: Final = frozenset({*HTTP_STATUS, "http.route", "peer.service"})
"""Attributes that lie in columns of their own, and nowhere else."""

_SLOTS: Final = {key: at for at, key in enumerate((*HTTP_STATUS, *PEER, *ROUTE, *PATH), 1)}

MODEL_SLOT: Final = len(_SLOTS) + 1
"""The slot of all attributes of calls to models."""


def slot_of(key: str) -> int:
    """Return the number of a key that is looked for, 0 for any other.

    >>> slot_of("http.route") > 0, slot_of("thread.id"), slot_of("gen_ai.request.model") == MODEL_SLOT
    (True, 0, True)
    """
    found = _SLOTS.get(key, 0)
    return MODEL_SLOT if not found and key.startswith(MODEL_CALL) else found


KEPT_SLOTS: Final = frozenset(map(slot_of, KEPT))
