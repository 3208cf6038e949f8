"""Attributes that are looked for, by the names that OpenTelemetry's conventions give and gave them.

https://opentelemetry.io/docs/specs/semconv: each column's names, the first that is there is taken.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    from aright.core.observe.intake.otlp_layout import Ints, Octets, Slots

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


_BY_LENGTH: Final = {
    length: [(key.encode(), slot) for key, slot in _SLOTS.items() if len(key) == length]
    for length in sorted(set(map(len, _SLOTS)))
}


def slots_at(octets: Octets, starts: Ints, lengths: Ints) -> Slots:
    """Return the slots of keys that are somewhere among many bytes.

    Args:
        octets: where all keys are.
        starts: where each begins.
        lengths: of each, such that all of it is there.

    >>> run = np.frombuffer(b"http.route, thread.id, llm.x", np.uint8)
    >>> slots_at(run, np.array([0, 12, 23]), np.array([10, 9, 5])).tolist() == [
    ...     slot_of("http.route"), 0, MODEL_SLOT
    ... ]
    True
    """
    found: Slots = np.zeros(len(starts), np.int16)
    for length, keys in _BY_LENGTH.items():
        which = np.flatnonzero(lengths == length)
        words = _words(octets, starts[which], length)
        for key, slot in keys if len(which) else ():
            found[which[words == key]] = slot
    first = octets[starts]
    for begin in map(str.encode, MODEL_CALL):
        which = np.flatnonzero((first == begin[0]) & (lengths >= len(begin)))
        if len(which):
            found[which[_words(octets, starts[which], len(begin)) == begin]] = MODEL_SLOT
    return found


def _words(octets: Octets, starts: Ints, length: int) -> npt.NDArray[np.bytes_]:
    """Return so many bytes from each place on; zeros at the end of one are not told from nothing."""
    if not len(starts):
        return np.empty(0, f"S{length}")
    windows: npt.NDArray[np.bytes_] = np.ndarray(len(octets) - length + 1, f"S{length}", octets, strides=(1,))
    return windows[starts]
