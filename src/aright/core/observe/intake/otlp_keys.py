"""Attributes that are looked for, by the names that OpenTelemetry's conventions give and gave them.

https://opentelemetry.io/docs/specs/semconv: each column's names, the first that is there is taken.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from aright.core.observe.intake.otlp_layout import Bools, Ints, Octets

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


_LENGTHS_AND_LETTERS: Final = np.zeros((256, 256), np.bool_)
for _key in _SLOTS:
    _LENGTHS_AND_LETTERS[len(_key), ord(_key[0])] = True

_MODEL_CODES: Final = tuple(int.from_bytes(begin[:3].encode(), "big") for begin in MODEL_CALL)


def may_be_sought(octets: Octets, starts: Ints, lengths: Ints) -> Bools:
    """Return which keys may be looked for, judged by their lengths and first letters.

    Args:
        octets: where all keys are, with three bytes behind each.
        starts: where each begins.
        lengths: of each, less than 256.

    >>> run = np.frombuffer(b"http.route, thread.id, llm.x", np.uint8)
    >>> may_be_sought(run, np.array([0, 12, 23]), np.array([10, 9, 5])).tolist()
    [True, False, True]
    """
    first = octets[starts]
    found: Bools = _LENGTHS_AND_LETTERS[lengths, first]
    letters = first.astype(np.int32) << 16 | octets[starts + 1].astype(np.int32) << 8 | octets[starts + 2]
    for code in _MODEL_CODES:
        found |= letters == code
    return found
