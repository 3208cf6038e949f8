"""Latency quantiles p50, p95 and p99 (ms): shown, not judged; slow answers are judged as shares.

They come from the window kernel's counts over fixed bins, which merge by sum, so they are right to within one
part in 128.

Source: T. Dunning, O. Ertl, Computing extremely accurate quantiles using t-digests (2019), on why quantiles
must come from merged counts, never from means of quantiles.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from aright.core.profile import Profile, profile_column, quantiles

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pyarrow as pa

NAME: Final = "latency"
COLUMN: Final = "latency_ms"
QUANTILES: Final = {"p50": 0.5, "p95": 0.95, "p99": 0.99}


def counted(rows: pa.Table) -> Profile | None:
    """Return the counts of the rows' latencies, ``None`` where none is told."""
    if COLUMN not in rows.column_names or rows[COLUMN].null_count == rows.num_rows:
        return None
    return profile_column(rows[COLUMN])


def values(counts: Profile) -> Iterator[tuple[str, float, float]]:
    """Yield by signal (answers counted, answers × quantile).

    >>> import pyarrow as pa
    >>> rows = pa.table({"latency_ms": [float(ms) for ms in range(101)]})
    >>> [(name, n, round(total / n)) for name, n, total in values(counted(rows))]
    [('latency:p50', 101.0, 50), ('latency:p95', 101.0, 95), ('latency:p99', 101.0, 99)]
    """
    many = float(counts.valid)
    if many:
        for name, value in zip(QUANTILES, quantiles(counts, list(QUANTILES.values())), strict=True):
            yield f"{NAME}:{name}", many, many * float(value)
