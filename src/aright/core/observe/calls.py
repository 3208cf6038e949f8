"""Signals of calls: spans of one service, folded into windows.

Of requests served: how many, how long they took, and the shares that failed or were slow. Of requests made,
per callee: the shares that failed, timed out, were slow or were repetitions. Shares are means over traces, so
that a burst of retries within one trace counts once.

Source: errors, latency and traffic are three of the four golden signals of B. Beyer et al., Site Reliability
Engineering (2016), ch. 6; that retries amplify a failure is ch. 22 of it.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa

from aright.core.model.columns import ATTRIBUTE
from aright.core.model.signal import SignalPoint
from aright.core.model.tables import concat_rows
from aright.core.observe.calls_limits import Durations
from aright.core.observe.calls_rows import Calls, joined, of_requests, read_calls
from aright.core.observe.heavy_hitters import Attributes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aright.core.model.calls import CallLimits
    from aright.core.model.times import Micros
    from aright.core.observe.calls_rows import Bools, Floats
    from aright.core.profile.hashing import Hashes

ERRORS: Final = "calls:error_share"
SLOW: Final = "calls:slow_share"
PEER_ERRORS: Final = "calls:peer_error_share:"
PEER_TIMEOUTS: Final = "calls:peer_timeout_share:"
PEER_SLOW: Final = "calls:peer_slow_share:"
PEER_RETRIES: Final = "calls:peer_retry_share:"
MEASURED: Final = "process:calls."
"""Quantities stand beside the service's other metrics, on one clock with the shares."""

MOST_PEERS: Final = 16
MOST_SPANS: Final = 500_000
"""Spans of open windows that are kept; of more, every second trace, and so on."""

AT_ONCE: Final = 16_384
"""Spans that are read at once."""

_TRACES: Final = 256
_PEER: Final = "peer"


@dataclass(frozen=True, kw_only=True)
class Halves:
    """Some requests made and served, by which callers and callees are matched.

    Both sides keep the traces with the smallest hashes, so that they keep the same ones.

    Attributes:
        made: hash of a span → the peer's name, as the caller has it.
        served: hashes of the parents of spans.
        peers: everybody who is called often.
    """

    made: dict[int, str]
    served: frozenset[int]
    peers: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class ClosedCalls:
    """One closed window.

    Attributes:
        points: its signals.
        halves: for the graph of calls; ``None`` where there were no spans.
        late: spans that ended before the window.
    """

    points: tuple[SignalPoint, ...]
    halves: Halves | None = None
    late: int = 0


class CallWindows:
    """Folds one service's spans into windows by their end.

    Args:
        service: whose.
        width: of a window (µs).
        limits: durations from which a call is slow, as learned before; ``None`` for not yet.
    """

    def __init__(self, service: str, width: Micros, limits: CallLimits | None = None) -> None:
        self._service = service
        self._width = width
        self._durations = Durations(service, limits)
        self._names = Attributes((_PEER,))
        self._waiting: list[pa.Table] = []
        self._rows = 0
        self._open: list[Calls] = []
        self._spans = 0
        self._kept = 0
        self._last: deque[Halves] = deque(maxlen=2)

    @property
    def limits(self) -> CallLimits | None:
        """Durations from which a call is slow; ``None`` until enough were seen."""
        return self._durations.limits

    def add(self, rows: pa.Table) -> None:
        """Fold spans in; those within the service are left out."""
        rows = of_requests(rows)
        if not rows.num_rows:
            return
        self._waiting.append(rows)
        self._rows += rows.num_rows
        if self._rows >= AT_ONCE:
            self._fold()

    def _fold(self) -> None:
        """Read the spans that wait, all at once: many small portions would cost far more."""
        if not self._waiting:
            return
        rows = concat_rows(self._waiting)
        self._waiting, self._rows = [], 0
        peers = pa.table({ATTRIBUTE + _PEER: rows["peer"]}) if _PEER in rows.column_names else None
        codes = np.full(rows.num_rows, -1) if peers is None else self._names.encode(peers)[_PEER]
        calls = self._sampled(read_calls(rows, codes))
        if len(calls):
            self._open.append(calls)
            self._spans += len(calls)
        while self._spans > MOST_SPANS:
            self._halve()

    def has_open(self) -> bool:
        """Return whether spans wait for a window to close."""
        return bool(self._open or self._waiting)

    def close(self, start: Micros) -> ClosedCalls:
        """Close the window that starts at ``start``."""
        end = start + self._width
        self._fold()
        if not self._open:
            return ClosedCalls(points=tuple(self._measured(None, start)) if self._last else ())
        calls = joined(self._open)
        late, ripe = calls.end < start, calls.end < end
        rest, calls = calls.take(~ripe), calls.take(ripe & ~late)
        self._open = [rest] if len(rest) else []
        self._spans = len(rest)
        named = self._named(calls)
        self._last.append(self._halves(calls, named))
        points = [
            *(self._point(name, start, *count) for name, count in self._shares(calls, named)),
            *self._measured(calls, start),
        ]
        self._durations.learn(calls, named)
        self._names.end_window()
        if not len(rest):
            self._kept = 0
        return ClosedCalls(points=tuple(points), halves=self._both(), late=int(late.sum()))

    def _named(self, calls: Calls) -> dict[int, str]:
        """Return the most frequent peers, by code."""
        counts = np.bincount(calls.peer[calls.peer >= 0], minlength=1)
        most = np.argsort(-counts, kind="stable")[:MOST_PEERS]
        return {int(code): self._names.value(_PEER, int(code)) for code in most if counts[code]}

    def _shares(self, calls: Calls, named: dict[int, str]) -> Iterator[tuple[str, tuple[float, float]]]:
        """Yield (signal, (traces, sum of their means))."""
        limits = self._durations.limits
        served = calls.take(calls.server)
        if len(served):
            yield ERRORS, by_trace(served.trace, served.failed)
            if limits is not None and limits.served_ms > 0:
                yield SLOW, by_trace(served.trace, served.duration > limits.served_ms)
        made = calls.take(~calls.server)
        again = repeated(made) | made.resent
        for code, name in named.items():
            own = made.peer == code
            yield PEER_ERRORS + name, by_trace(made.trace[own], made.failed[own])
            yield PEER_TIMEOUTS + name, by_trace(made.trace[own], made.timed_out[own])
            yield PEER_RETRIES + name, by_trace(made.trace[own], again[own])
            slow_ms = limits.peers_ms.get(name, 0.0) if limits is not None else 0.0
            if slow_ms > 0:
                yield PEER_SLOW + name, by_trace(made.trace[own], made.duration[own] > slow_ms)

    def _measured(self, calls: Calls | None, start: Micros) -> Iterator[SignalPoint]:
        served = calls.duration[calls.server] if calls is not None else np.zeros(0)
        yield self._point(MEASURED + "requests", start, 1.0, float(len(served) * 2**self._kept))
        if served.size:
            for name, share in (("p50", 0.5), ("p99", 0.99)):
                value = float(np.quantile(served, share))
                yield self._point(f"{MEASURED}latency_ms_{name}", start, 1.0, value)

    def _point(self, name: str, start: Micros, n: float, total: float) -> SignalPoint:
        return SignalPoint(service=self._service, name=name, start=start, width=self._width, n=n, total=total)

    def _halves(self, calls: Calls, named: dict[int, str]) -> Halves:
        traces = np.unique(calls.trace)[:_TRACES]
        kept = calls.take(np.isin(calls.trace, traces))
        made = kept.take(~kept.server)
        return Halves(
            made={
                int(span): named.get(int(code), "")
                for span, code in zip(made.id.tolist(), made.peer.tolist(), strict=True)
            },
            served=frozenset(kept.parent[kept.server].tolist()),
            peers=tuple(named.values()),
        )

    def _both(self) -> Halves:
        """Return the halves of this window and the one before: a caller's span ends after its callee's."""
        return Halves(
            made={span: peer for each in self._last for span, peer in each.made.items()},
            served=frozenset().union(*(each.served for each in self._last)),
            peers=tuple(dict.fromkeys(peer for each in self._last for peer in each.peers)),
        )

    def _sampled(self, calls: Calls) -> Calls:
        return calls.take(calls.trace < np.uint64(2 ** (64 - self._kept) - 1)) if self._kept else calls

    def _halve(self) -> None:
        """Keep every second trace of the open windows, whole."""
        self._kept += 1
        whole = self._sampled(joined(self._open))
        self._open = [whole] if len(whole) else []
        self._spans = len(whole)


def by_trace(trace: Hashes, value: Bools | Floats) -> tuple[float, float]:
    """Return how many traces there are, and the sum of their means.

    >>> by_trace(np.array([1, 1, 2], dtype=np.uint64), np.array([True, False, False]))
    (2.0, 0.5)
    """
    _, which = np.unique(trace, return_inverse=True)
    sums, counts = np.bincount(which, weights=value), np.bincount(which)
    return float(len(counts)), float((sums / counts).sum())


def repeated(made: Calls) -> Bools:
    """Return which calls repeat an earlier one: same parent, same callee, same route."""
    order = np.lexsort((made.end, made.route, made.peer, made.parent, made.trace))
    again = np.zeros(len(made), dtype=np.bool_)
    if len(made) > 1:
        same = np.ones(len(made) - 1, dtype=np.bool_)
        for column in (made.trace, made.parent, made.peer, made.route):
            same &= column[order][1:] == column[order][:-1]
        again[order[1:]] = same
    return again
