"""Latency quantiles p50, p95 and p99 (ms): judged as series are; slow answers are judged as shares.

Latencies are counted over fixed bins, the upper 16 bits of a float32, as the window kernel counts numbers.
The counts merge by sum, and quantiles are right to within one part in 128.

Source: T. Dunning, O. Ertl, Computing extremely accurate quantiles using t-digests (2019), on why quantiles
must come from merged counts, never from means of quantiles.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeAlias

import numpy as np
import numpy.typing as npt

from aright.core.observe.signals.values import numbers

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pyarrow as pa

NAME: Final = "latency"
COLUMN: Final = "latency_ms"
QUANTILES: Final = {"p50": 0.5, "p95": 0.95, "p99": 0.99}

Counts: TypeAlias = npt.NDArray[np.int64]

_BINS: Final = 0x7F80
"""Bins of finite numbers that are not negative."""


def counted(rows: pa.Table) -> Counts | None:
    """Return how many latencies are in each bin, ``None`` where none is told."""
    latencies = numbers(rows, COLUMN)
    if latencies is None:
        return None
    known = latencies[(latencies >= 0) & (latencies < np.finfo(np.float32).max)] + 0.0
    return np.bincount(known.astype(np.float32).view(np.uint32) >> 16, minlength=_BINS)[:_BINS]


def values(counts: Counts) -> Iterator[tuple[str, float, float]]:
    """Yield by signal (answers counted, answers × quantile).

    >>> import pyarrow as pa
    >>> rows = pa.table({"latency_ms": [float(ms) for ms in range(101)]})
    >>> [(name, n, round(total / n)) for name, n, total in values(counted(rows))]
    [('latency:p50', 101.0, 50), ('latency:p95', 101.0, 95), ('latency:p99', 101.0, 99)]
    """
    filled = np.flatnonzero(counts)
    if not filled.size:
        return
    ends = np.cumsum(counts[filled])
    many = float(ends[-1])
    edges = (np.stack((filled, filled + 1)).astype(np.uint32) << 16).view(np.float32).astype(np.float64)
    for name, share in QUANTILES.items():
        place = int(np.searchsorted(ends, share * many))
        inside = 1 - (ends[place] - share * many) / counts[filled[place]]
        low, high = edges[:, place]
        yield f"{NAME}:{name}", many, many * float(low + inside * (high - low))
