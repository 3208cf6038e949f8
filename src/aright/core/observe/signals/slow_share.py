"""Share of requests slower than nineteen of twenty were at first: latency as a share, so that it merges.

Source: the service level indicator "latency" of B. Beyer et al., The Site Reliability Workbook (2018), ch. 2.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from aright.core.observe.signals.values import FloatArray, numbers

if TYPE_CHECKING:
    import pyarrow as pa

    from aright.core.model.cuts import Cuts

NAME: Final = "slow_share"
_QUANTILE: Final = 0.95


def learn(rows: pa.Table) -> float:
    """Return the latency (ms) from which a request is slow; 0 where latencies are not known.

    >>> import pyarrow as pa
    >>> learn(pa.table({"latency_ms": [float(ms) for ms in range(101)]}))
    95.0
    """
    latency = numbers(rows, "latency_ms")
    known = latency[np.isfinite(latency)] if latency is not None else np.zeros(0)
    return float(np.quantile(known, _QUANTILE)) if known.size else 0.0


def values(rows: pa.Table, cuts: Cuts | None) -> FloatArray | None:
    """Return 1 for each slow row, 0 for any other, NaN without a latency."""
    latency = numbers(rows, "latency_ms") if cuts is not None and cuts.slow_ms > 0 else None
    if latency is None or cuts is None:
        return None
    return np.where(np.isnan(latency), np.nan, latency > cuts.slow_ms)
