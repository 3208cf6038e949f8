"""Profiles of a span of time, put together from the kept ones; no row is read again."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import msgspec

from aright.core.model.columns import FEATURE
from aright.core.model.signal import ALL, Segment
from aright.core.model.times import DAY, Micros
from aright.core.observe.heavy_hitters import VERSION
from aright.core.profile.codec import BrokenProfileError
from aright.core.profile.frame import FrameMismatchError
from aright.core.profile.profile import KindMismatchError
from aright.core.profile.quantiles import quantiles
from aright.core.profile.sheets import merge_columns, unpack
from aright.core.stats.jensen_shannon import jensen_shannon
from aright.core.stats.kolmogorov_smirnov import kolmogorov_smirnov
from aright.core.stats.psi import psi
from aright.core.stats.two_sample import two_sample

if TYPE_CHECKING:
    from collections.abc import Collection

    from aright.core.model.sheet import Sheet
    from aright.core.profile.profile import Profile
    from aright.ports.state import State

QUANTILES: Final = (0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99)
MOST_VALUES: Final = 20
_WIDEST: Final = DAY


class TopValue(msgspec.Struct, frozen=True):
    """One of a category's values.

    Attributes:
        value: as text.
        count: rows that hold it.
    """

    value: str
    count: int


class ColumnProfile(msgspec.Struct, frozen=True, kw_only=True):
    """What one column held over a span.

    Attributes:
        start: where the kept profiles that were merged begin (µs, UTC); they may be wider than was asked.
        end: where they end (µs, UTC).
        kind: ``number`` | ``category`` | ``empty`` where every value is missing.
        n: rows.
        null_share: the share of them without a value.
        invalid: rows whose number is NaN or infinite.
        mean: of the finite numbers.
        sd: their standard deviation.
        least: the least of them.
        greatest: the greatest of them.
        quantiles: by share, right to within 1/128 of a number.
        top: of a category, the values that most rows hold.
        other: of a category, rows that hold a further value.
        share: which share of the rows was counted; below 1 of segments of busy services.
    """

    start: Micros
    end: Micros
    kind: str
    n: int
    null_share: float | None = None
    invalid: int = 0
    mean: float | None = None
    sd: float | None = None
    least: float | None = None
    greatest: float | None = None
    quantiles: dict[str, float] = msgspec.field(default_factory=dict)
    top: tuple[TopValue, ...] = ()
    other: int = 0
    share: float = 1.0


class Shift(msgspec.Struct, frozen=True, kw_only=True):
    """How a column moved against the reference.

    Attributes:
        psi: population stability index over the reference's deciles, or the values; ``null`` where a span has
            no value.
        js: Jensen-Shannon distance, likewise.
        ks: Kolmogorov-Smirnov distance; of numbers alone.
        p_value: of the two-sample test, which knows both sizes and the nulls; it takes rows as independent.
        effect: what the test that decided measured, in [0, 1].
        method: which one that was.
        problem: why the two cannot be compared; empty where they can.
    """

    psi: float | None = None
    js: float | None = None
    ks: float | None = None
    p_value: float | None = None
    effect: float | None = None
    method: str = ""
    problem: str = ""


class ProfileView(msgspec.Struct, frozen=True, kw_only=True):
    """One column of a service, as kept.

    Attributes:
        name: the column, such as ``feat.profiles.norm``, ``score`` or ``latency_ms``.
        now: over the span that was asked for; ``null`` where nothing is kept of it.
        reference: over the reference span; ``null`` where none was asked for or nothing is kept of it.
        shift: how they differ; ``null`` without either.
    """

    name: str
    now: ColumnProfile | None
    reference: ColumnProfile | None = None
    shift: Shift | None = None


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """Which profiles.

    Attributes:
        service: whose.
        now: start and end of the span (µs, UTC).
        reference: start and end of what it is held against; ``None`` for nothing.
        names: columns, a feature's also without its ``feat.``; empty for all.
        segment: which part of the traffic.
        version: one model version; ``None`` for all together.
    """

    service: str
    now: tuple[Micros, Micros]
    reference: tuple[Micros, Micros] | None = None
    names: tuple[str, ...] = ()
    segment: Segment = ALL
    version: str | None = None


@dataclass(frozen=True)
class _Kept:
    """What is kept of a span: profiles by column, and how."""

    columns: dict[str, Profile]
    start: Micros
    end: Micros
    share: float


def read_profiles(state: State, wanted: Wanted) -> list[ProfileView]:
    """Return the columns' profiles, by name.

    Each kept profile belongs to the span in which its middle lies, so that none is in two spans that touch.
    """
    now = _kept(state, wanted, wanted.now)
    before = _kept(state, wanted, wanted.reference) if wanted.reference else None
    names = sorted({*(now.columns if now else ()), *(before.columns if before else ())})
    return [
        ProfileView(
            name=name,
            now=_told(now, name),
            reference=_told(before, name),
            shift=shift_of(before.columns[name], now.columns[name])
            if now and before and name in now.columns and name in before.columns
            else None,
        )
        for name in names
    ]


def _kept(state: State, wanted: Wanted, span: tuple[Micros, Micros]) -> _Kept | None:
    start, end = span
    segment, version = wanted.segment, wanted.version
    if segment.attribute == VERSION:  # the version is an attribute like any other elsewhere
        segment, version = ALL, segment.value
    with state.transaction() as tx:
        found = tx.sheets(wanted.service, start=start - _WIDEST, end=end, segment=segment, version=version)
    sheets = [sheet for sheet in found if start <= sheet.start + sheet.width // 2 < end]
    if not sheets:
        return None
    names = {*wanted.names, *(FEATURE + name for name in wanted.names)} or None
    return _Kept(
        merge_columns([columns for sheet in sheets if (columns := _columns(sheet, names))]),
        min(sheet.start for sheet in sheets),
        max(sheet.start + sheet.width for sheet in sheets),
        min(sheet.share for sheet in sheets),
    )


def _columns(sheet: Sheet, names: Collection[str] | None) -> dict[str, Profile]:
    try:
        return unpack(sheet.body, names)
    except BrokenProfileError:
        return {}


def _told(kept: _Kept | None, name: str) -> ColumnProfile | None:
    if kept is None or name not in kept.columns:
        return None
    return column_profile(kept.columns[name], kept.start, kept.end, share=kept.share)


def column_profile(profile: Profile, start: Micros, end: Micros, *, share: float = 1.0) -> ColumnProfile:
    """Return what a profile says of a column over a span."""
    found = quantiles(profile, QUANTILES).tolist() if profile.ordered and profile.valid else []
    categories = profile.categories
    top = _top(profile)
    return ColumnProfile(
        start=start,
        end=end,
        kind=profile.kind,
        n=profile.rows,
        null_share=_finite(profile.null_share),
        invalid=profile.invalid,
        mean=_finite(profile.mean),
        sd=_finite(profile.sd),
        least=_finite(profile.minimum),
        greatest=_finite(profile.maximum),
        quantiles={f"{part:g}": value for part, value in zip(QUANTILES, found, strict=False)},
        top=top,
        other=categories.valid - sum(one.count for one in top) if categories else 0,
        share=share,
    )


def _top(profile: Profile) -> tuple[TopValue, ...]:
    if profile.categories is None:
        return ()
    counts = zip(profile.categories.values, profile.categories.counts.tolist(), strict=True)
    ranked = sorted(counts, key=lambda entry: (-entry[1], entry[0]))
    return tuple(TopValue(value, count) for value, count in ranked[:MOST_VALUES])


def shift_of(reference: Profile, now: Profile) -> Shift:
    """Return how a column moved from one profile to the other."""
    try:
        test = two_sample(reference, now)
        return Shift(
            psi=_finite(psi(reference, now)),
            js=_finite(jensen_shannon(reference, now)),
            ks=_finite(kolmogorov_smirnov(reference, now)),
            p_value=test.p_value,
            effect=test.effect,
            method=test.method,
        )
    except (FrameMismatchError, KindMismatchError) as mismatch:
        return Shift(problem=str(mismatch))


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None
