"""Two tables, column by column: what moved, with the family-wise error held."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from aright.core.model.investigation import Moved
from aright.core.model.probability import percent
from aright.core.profile import Profile, frame_of, profile_column, quantiles
from aright.core.stats.jensen_shannon import jensen_shannon
from aright.core.stats.kolmogorov_smirnov import kolmogorov_smirnov
from aright.core.stats.psi import psi
from aright.core.stats.two_sample import two_sample

if TYPE_CHECKING:
    from aright.core.stats.result import TestResult

NEGLIGIBLE: Final = 0.02
SMALL: Final = 0.10
MEDIUM: Final = 0.25
MOST_SHARES: Final = 10
MISSING: Final = "missing"
NOT_FINITE: Final = "NaN or infinite"


@dataclass(frozen=True, kw_only=True)
class Compared:
    """One column in both tables.

    Attributes:
        column: its name.
        role: feature | prediction | score | label.
        result: of the two-sample test, not yet corrected for the other columns.
        reference: profile of the reference.
        current: profile of the current rows.
        columns: the two columns themselves, for drawing.
    """

    column: str
    role: str
    result: TestResult
    reference: Profile
    current: Profile
    columns: tuple[pa.ChunkedArray, pa.ChunkedArray]


def compare(name: str, role: str, reference: pa.ChunkedArray, current: pa.ChunkedArray) -> Compared:
    """Return one column compared; both are profiled in the reference's frame.

    Raises ``UnsupportedColumnError`` for a nested column.
    """
    before, now = _alike(reference), _alike(current)
    if before.type != now.type:
        before, now = before.cast(pa.string()), now.cast(pa.string())
    frame = frame_of(before)
    one, two = profile_column(before, frame), profile_column(now, frame)
    return Compared(
        column=name,
        role=role,
        result=two_sample(one, two),
        reference=one,
        current=two,
        columns=(before, now),
    )


def moved(compared: Compared, p_value: float) -> Moved:
    """Return a compared column as a finding, under its corrected p-value."""
    one, two = compared.reference, compared.current
    return Moved(
        column=compared.column,
        role=compared.role,
        p_value=p_value,
        test=compared.result.method,
        effect=compared.result.effect,
        size=size_of(compared.result.effect),
        psi=psi(one, two),
        jensen_shannon=jensen_shannon(one, two),
        kolmogorov_smirnov=kolmogorov_smirnov(one, two) if one.ordered and two.ordered else None,
        before=in_words(one, compared.columns[0].type),
        now=in_words(two, compared.columns[1].type),
        shares=_shares(compared),
    )


def size_of(effect: float) -> str:
    """Return how large an effect is, in a word.

    >>> size_of(0.01), size_of(0.3)
    ('negligible', 'large')
    """
    if effect < NEGLIGIBLE:
        return "negligible"
    if effect < SMALL:
        return "small"
    return "medium" if effect < MEDIUM else "large"


def in_words(profile: Profile, kind: pa.DataType | None = None) -> str:
    """Return what a column holds: median and middle half, or the most frequent values; what is missing.

    Values of a temporal ``kind`` are told as times.
    """
    missing = f", {percent(profile.null_share)} missing" if profile.nulls else ""
    if not profile.valid:
        return "nothing but missing values"
    if profile.ordered:
        low, middle, high = (_told(value, kind) for value in quantiles(profile, (0.25, 0.5, 0.75)))
        return f"median {middle} (half within {low} to {high}){missing}"
    top = sorted(profile.shares().items(), key=lambda entry: (-entry[1], entry[0]))[:3]
    return ", ".join(f"{_short(value)} {percent(share)}" for value, share in top) + missing


def _told(value: float, kind: pa.DataType | None) -> str:
    """Return a number with four significant digits, thousands set apart, or a time to the second.

    >>> _told(22_714.3, None), _told(0.0123456, None), _told(1.7e15, pa.timestamp("us"))
    ('22,714', '0.01235', '2023-11-14 22:13:20')
    """
    if kind is not None and pa.types.is_temporal(kind):
        try:
            told = str(pa.scalar(round(value), _whole(kind)).cast(kind))
        except (pa.ArrowInvalid, pa.ArrowNotImplementedError, ValueError, OverflowError):
            return f"{value:.4g}"
        return told.partition(".")[0].partition("+")[0]
    return f"{value:,.0f}" if 1e4 <= abs(value) < 1e15 else f"{value:.4g}"


def _whole(kind: pa.DataType) -> pa.DataType:
    return pa.int32() if kind.bit_width == 32 else pa.int64()


def _short(text: str) -> str:
    return text if len(text) <= 40 else text[:39] + "…"


def _alike(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Integers and floats are one kind; booleans and every text are another."""
    kind = column.type
    if pa.types.is_dictionary(kind) or pa.types.is_large_string(kind) or pa.types.is_boolean(kind):
        return column.cast(pa.string())
    if pa.types.is_integer(kind) or pa.types.is_decimal(kind) or pa.types.is_floating(kind):
        return column.cast(pa.float64(), safe=False)
    return column


def _shares(compared: Compared) -> dict[str, tuple[float, float]]:
    """Return the share of each value or interval, of all rows; what has no value comes last."""
    one, two = compared.reference, compared.current
    shares = _number_shares(compared) if one.ordered else _category_shares(one, two)
    valid = _of_rows(one.valid, one), _of_rows(two.valid, two)
    told = {name: (before * valid[0], now * valid[1]) for name, (before, now) in shares.items()}
    for name, counts in ((MISSING, (one.nulls, two.nulls)), (NOT_FINITE, (one.invalid, two.invalid))):
        if any(counts):
            told[name] = (_of_rows(counts[0], one), _of_rows(counts[1], two))
    return told


def _of_rows(count: int, profile: Profile) -> float:
    return float(count / profile.rows) if profile.rows else 0.0


def _number_shares(compared: Compared) -> dict[str, tuple[float, float]]:
    before, now = compared.columns
    if pa.types.is_temporal(before.type):
        before, now = (column.cast(_whole(column.type)) for column in (before, now))
    one, two = (_finite(column) for column in (before, now))
    if not len(one) and not len(two):
        return {}
    edges = np.unique(np.quantile(one if len(one) else two, np.linspace(0, 1, MOST_SHARES + 1)[1:-1]))
    counts = [np.bincount(np.searchsorted(edges, values), minlength=len(edges) + 1) for values in (one, two)]
    told = [_told(edge, compared.columns[0].type) for edge in edges]
    names = [*(f"≤ {edge}" for edge in told), f"> {told[-1]}"]
    shares: dict[str, tuple[float, float]] = {}
    for name, first, second in zip(names, *counts, strict=True):
        known = shares.get(name, (0.0, 0.0))
        added = float(first / max(len(one), 1)), float(second / max(len(two), 1))
        shares[name] = (known[0] + added[0], known[1] + added[1])
    return shares


def _category_shares(reference: Profile, current: Profile) -> dict[str, tuple[float, float]]:
    before, now = reference.shares(), current.shares()
    ranked = sorted({*before, *now}, key=lambda value: (-max(before.get(value, 0), now.get(value, 0)), value))
    shown = {value: (before.get(value, 0.0), now.get(value, 0.0)) for value in ranked[:MOST_SHARES]}
    rest = (
        sum(before.get(value, 0.0) for value in ranked[MOST_SHARES:]),
        sum(now.get(value, 0.0) for value in ranked[MOST_SHARES:]),
    )
    return {**shown, "all others": rest} if len(ranked) > MOST_SHARES else shown


def _finite(column: pa.ChunkedArray) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    values = np.asarray(pc.fill_null(column.cast(pa.float64(), safe=False), np.nan), dtype=np.float64)
    return values[np.isfinite(values)]
