"""Requests: what one service did for one call, cut out of traces.

A request is the connected part of a trace that one service on one machine did: from the span that another
service's span is the parent of (or that has no parent) down to the spans that it waited for elsewhere. The
first span's name is the operation. What a node does is compared with what it did before *for the same
operation*: then neither the mix of traffic nor a caller that stops calling changes anything for the callee.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

if TYPE_CHECKING:
    import numpy.typing as npt

    Ints = npt.NDArray[np.int64]
    Floats = npt.NDArray[np.float64]
    Bools = npt.NDArray[np.bool_]

NONE: Final = -1
MAX_DEPTH: Final = 128
"""Spans deeper than this below a request's first are of none: real ones are not, rings are endless."""
LONGEST: Final = 1e12
"""µs: a span's duration is cut there, eleven days."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Requests:
    """Requests and the spans they are made of.

    Attributes:
        first: per request, its first span.
        caller: per request, the span that called it, −1 for none.
        parent: per request, the request that called it, −1 for none.
        start: per request, when it began (µs, UTC).
        end: per request, when it ended.
        own_ms: per request, the time in which nothing that it called was under way (ms).
        gap_ms: per request, how much longer its caller waited than it took (ms); NaN where nobody tells.
        of: per span, its request, −1 for none.
        key: per span, its trace and id, by which log records find it.
    """

    first: Ints
    caller: Ints
    parent: Ints
    start: Ints
    end: Ints
    own_ms: Floats
    gap_ms: Floats
    of: Ints
    key: pa.Array

    def __len__(self) -> int:
        return len(self.first)


def span_key(table: pa.Table, column: str) -> pa.Array:
    """Return trace and span of each row as one text; null where either is."""
    traces, ids = (_whole(table[name].cast(pa.string())) for name in ("trace_id", column))
    return pc.binary_join_element_wise(traces, ids, "\x1f")


def positions(wanted: pa.Array, among: pa.Array) -> Ints:
    """Return where each value stands in others, the first of equal ones; −1 for null and for unknown ones."""
    found = pc.fill_null(pc.index_in(wanted, value_set=among, skip_nulls=True), NONE)
    return np.asarray(found.to_numpy(zero_copy_only=False), dtype=np.int64)


def requests_of(spans: pa.Table, node: Ints) -> Requests:
    """Cut the requests out of spans.

    Args:
        spans: columns of ``SPAN_FIELDS``.
        node: per span, a code of its service and machine.
    """
    count = spans.num_rows
    key = span_key(spans, "id")
    parent = positions(span_key(spans, "parent_id"), key)
    parent = np.where(parent == np.arange(count), NONE, parent)
    begin, end = _times(spans)
    parent = _adopted(spans, parent, node, begin, end)
    entry = (parent == NONE) | (node[parent] != node)
    of = _requests_by_span(parent, entry)
    first = np.flatnonzero(entry)
    caller = parent[first]
    above = np.where(caller == NONE, NONE, of[caller])
    waits = _waits(parent, entry, caller)
    low = np.where(waits, begin[caller], begin[first])
    high = np.where(waits, end[caller], end[first])
    gap = ((high - low) - (end[first] - begin[first])) / 1e3
    return Requests(
        first=first,
        caller=caller,
        parent=above,
        start=begin[first],
        end=end[first],
        own_ms=_own(begin[first], end[first], above, low, high),
        gap_ms=np.where(waits, np.maximum(gap, 0.0), np.nan),
        of=of,
        key=key,
    )


def _times(spans: pa.Table) -> tuple[Ints, Ints]:
    begin: Ints = spans["time"].cast(pa.int64()).to_numpy()
    lasted = np.nan_to_num(spans["duration_ms"].to_numpy().astype(np.float64), posinf=0.0, neginf=0.0)
    return begin, begin + np.clip(lasted * 1e3, 0.0, LONGEST).astype(np.int64)


def _adopted(spans: pa.Table, parent: Ints, node: Ints, begin: Ints, end: Ints) -> Ints:
    """Put spans whose parent is not there below the entry of the same trace and place that they lie within.

    Else below the first of those that lack the same parent.
    """
    orphan = (parent == NONE) & np.asarray(pc.is_valid(spans["parent_id"]).combine_chunks())
    if not orphan.any():
        return parent
    trace = _codes(_whole(spans["trace_id"].cast(pa.string())))
    group = trace * (int(node.max()) + 1) + node
    entry = ~orphan & ((parent == NONE) | (node[parent] != node))
    order = np.lexsort((~entry, begin, group))
    place = np.arange(len(order))
    last = np.maximum.accumulate(np.where(entry[order], place, NONE))
    found = np.full(len(order), NONE)
    found[order] = np.where(last == NONE, NONE, order[last])
    fits = (found != NONE) & (group[found] == group) & (end[found] >= end)
    adopted = np.where(orphan & fits, found, parent)
    lost = np.flatnonzero(orphan & ~fits)
    key = (
        _codes(_whole(span_key(spans, "parent_id").take(pa.array(lost)))) * (int(node.max()) + 1) + node[lost]
    )
    by_time = np.argsort(begin[lost], kind="stable")
    _, first, which = np.unique(key[by_time], return_index=True, return_inverse=True)
    eldest = lost[by_time[first[which]]]
    adopted[lost[by_time]] = np.where(eldest == lost[by_time], NONE, eldest)
    return adopted


def _codes(texts: pa.Array) -> Ints:
    encoded = pc.fill_null(texts, "").dictionary_encode()
    return np.asarray(encoded.indices.to_numpy(zero_copy_only=False), dtype=np.int64)


def _whole(column: pa.ChunkedArray | pa.Array) -> pa.Array:
    return column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column


def _requests_by_span(parent: Ints, entry: Bools) -> Ints:
    """Return per span the number of its request, found by halving the way up; −1 where there is none."""
    count = len(parent)
    up = np.append(np.where(entry, np.arange(count), parent), count)
    for _ in range(MAX_DEPTH.bit_length()):
        up = up[up]
    number: Ints = np.full(count + 1, NONE)
    number[np.flatnonzero(entry)] = np.arange(int(entry.sum()))
    found: Ints = number[up[:count]]
    return found


def _waits(parent: Ints, entry: Bools, caller: Ints) -> Bools:
    """Return per request whether its caller's span only waits for it: it has no other span below it."""
    if not len(parent):
        return np.zeros(0, bool)
    children = np.bincount(parent[parent != NONE], minlength=len(parent))
    found: Bools = (caller != NONE) & (children[caller] == 1) & ~entry[caller]
    return found


def _own(start: Ints, end: Ints, parent: Ints, low: Ints, high: Ints) -> Floats:
    """Return per request its duration less the union of the calls it waited for (ms).

    Calls are cut to the caller's time: clocks differ, and what outlives the caller was not waited for.
    """
    own = (end - start).astype(np.float64)
    child = np.flatnonzero(parent != NONE)
    if not len(child):
        return own / 1e3
    above = parent[child]
    begin = np.maximum(low[child], start[above]) - start[above]
    stop = np.maximum(np.minimum(high[child], end[above]) - start[above], begin)
    order = np.lexsort((begin, above))
    above, begin, stop = above[order], begin[order], stop[order]
    fresh = np.append(True, above[1:] != above[:-1])
    # runs of one caller lie apart on one axis, so that one running maximum serves them all
    offset = np.cumsum(fresh) * (2.0 * LONGEST)
    reached = np.maximum.accumulate(stop + offset) - offset
    before = np.where(fresh, 0.0, np.append(0.0, reached[:-1]))
    np.subtract.at(own, above, np.maximum(stop - np.maximum(begin, before), 0.0))
    return np.maximum(own, 0.0) / 1e3
