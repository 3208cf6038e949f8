"""Slow requests: whose own time, or whose caller's wait beyond it, is longer than nearly all were before."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from aright.core.diagnose.dependencies.span_facts import Seen, Thing
from aright.core.diagnose.dependencies.span_requests import NONE

if TYPE_CHECKING:
    import numpy.typing as npt

    from aright.core.diagnose.dependencies.span_contexts import Contexts
    from aright.core.diagnose.dependencies.span_requests import Requests

    Floats = npt.NDArray[np.float64]
    Bools = npt.NDArray[np.bool_]

SLOW: Final = 0.9
"""Quantile of the reference beyond which a request is slow."""
MATTERS: Final = 1.25
"""Times that quantile: less is no delay that anybody would call one."""


def slow_seen(requests: Requests, contexts: Contexts, judged: Bools) -> list[Seen]:
    """Return slow requests as things seen: by their own time, and by what was lost on the way to them."""
    return [
        _beyond(requests.own_ms, "self time", requests, contexts, judged),
        _beyond(requests.gap_ms, "gap", requests, contexts, judged),
    ]


def _beyond(values: Floats, what: str, requests: Requests, contexts: Contexts, judged: Bools) -> Seen:
    limit = _limits(values[contexts.request], contexts)
    slow = np.zeros(len(values), bool)
    mine = np.flatnonzero(judged & (contexts.compared != NONE))
    slow[mine] = values[mine] > limit[contexts.compared[mine]]
    reference = values[contexts.request] > limit[contexts.serves]
    slow[contexts.request[reference]] = True
    row = np.flatnonzero(slow)
    return Seen(
        request=row,
        thing=np.zeros(len(row), np.int64),
        time=requests.end[row],
        things=[Thing(source="spans", what=what, severe=True)],
    )


def _limits(values: Floats, contexts: Contexts) -> Floats:
    """Return per context the value that is slow; infinite where nothing is known."""
    limits = np.full(contexts.count, np.inf)
    known = np.isfinite(values)
    values, serves = values[known], contexts.serves[known]
    order = np.lexsort((values, serves))
    values, serves = values[order], serves[order]
    found, begin, count = np.unique(serves, return_index=True, return_counts=True)
    place = begin + np.minimum((SLOW * count).astype(np.int64), count - 1)
    limits[found] = values[place] * MATTERS
    return limits
