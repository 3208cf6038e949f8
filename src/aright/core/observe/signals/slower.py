"""Share of answers slower than a limit that somebody promised: what a latency SLO counts.

The limits are those of the catalog's SLOs, so the share means the same for as long as the promise does; what
is slow compared with the first rows is another signal, ``slow_share``.

Source: the service level indicator "latency" of B. Beyer et al., The Site Reliability Workbook (2018), ch. 2.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from aright.core.observe.signals.values import FloatArray, numbers

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pyarrow as pa

PREFIX: Final = "slower:"


def values(rows: pa.Table, limits: Iterable[float]) -> dict[str, FloatArray]:
    """Return, by signal, 1 for each row slower than a limit (ms), 0 for any other, NaN without a latency.

    >>> import pyarrow as pa
    >>> values(pa.table({"latency_ms": [120.0, 340.0, None]}), (300.0,))
    {'slower:300': array([ 0.,  1., nan])}
    """
    wanted = tuple(limits)
    latency = numbers(rows, "latency_ms") if wanted else None
    if latency is None:
        return {}
    unknown = np.isnan(latency)
    return {f"{PREFIX}{limit:g}": np.where(unknown, np.nan, latency > limit) for limit in wanted}
