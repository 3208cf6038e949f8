"""Origins: of what is unusual in a trace, what began there and what was only passed on.

A request whose callee (or a callee's callee) already shows something unusual may only be answering to that;
what it shows is then passed on. Without links between requests the earlier one in the trace is the origin.
What is much less unusual explains nothing: by chance there is always something.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from aright.core.diagnose.dependencies.span_requests import NONE

if TYPE_CHECKING:
    import numpy.typing as npt

    Ints = npt.NDArray[np.int64]
    Floats = npt.NDArray[np.float64]
    Bools = npt.NDArray[np.bool_]

LONGEST: Final = 64
EXPLAINS: Final = 0.5
"""As far from usual, as a share, something must be to explain something else."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Events:
    """Unusual things in requests, a row each.

    Attributes:
        shift: which shift it is a case of.
        request: where.
        time: when (µs, UTC).
        score: how far from usual the shift is, in robust deviations, ≥ 0.
    """

    shift: Ints
    request: Ints
    time: Ints
    score: Floats


def passed_on(events: Events, parent: Ints, trace: Ints, node: Ints) -> Bools:
    """Return per event whether something before it explains it.

    Args:
        events: unusual things.
        parent: per request, who called it, −1 for none; all −1 where nobody tells.
        trace: per request, a code of its trace.
        node: per request, a code of its service and machine.
    """
    if (parent == NONE).all():
        return _later(events, trace, node)
    own = np.zeros(len(parent))
    np.maximum.at(own, events.request, events.score)
    below = np.zeros(len(parent))
    called = np.flatnonzero(parent != NONE)
    for _ in range(LONGEST):
        more = below.copy()
        np.maximum.at(more, parent[called], np.maximum(own, below)[called])
        if (more == below).all():
            break
        below = more
    found: Bools = (below[events.request] >= EXPLAINS * events.score) & (below[events.request] > 0.0)
    return found


def _later(events: Events, trace: Ints, node: Ints) -> Bools:
    """Return per event whether an earlier one in its trace, of another node, explains it."""
    order = np.lexsort((events.time, trace[events.request]))
    found = np.zeros(len(order), bool)
    last, first, strongest = NONE, NONE, 0.0
    for row in order.tolist():
        request = events.request[row]
        if trace[request] != last:
            last, first, strongest = trace[request], NONE, 0.0
        if strongest >= EXPLAINS * events.score[row] and strongest > 0.0:
            found[row] = node[request] != first
        if not found[row] and events.score[row] > strongest:
            first, strongest = node[request], float(events.score[row])
    return found
