"""One window's rows to its signal points."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from aright.core.model.outcome import is_event
from aright.core.model.signal import ALL, Segment, SignalPoint
from aright.core.observe.attributes import VERSION, values_of
from aright.core.observe.bins import codes_of, names_of
from aright.core.observe.lists import SAMPLED, Listed, personalisation, sample_lists
from aright.core.observe.units import count_units, sum_units, unit_weights

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import numpy.typing as npt

    from aright.core.model.cuts import Cut
    from aright.core.model.times import Micros
    from aright.core.observe.lists import Items

_ERROR: Final = 500
_FEATURE: Final = "feat."
_MOST_KINDS: Final = 8


@dataclass(frozen=True, kw_only=True)
class Looking:
    """How a window is looked at.

    Attributes:
        service: whose.
        start: the window's start (µs, UTC).
        width: its width (µs).
        attributes: segment attributes that are watched.
        cuts: bins by column.
        quality: graded kinds that are quality; empty means all of them.
        items: what is known of how often items were shown.
    """

    service: str
    start: Micros
    width: Micros
    attributes: tuple[str, ...]
    cuts: Mapping[str, Cut]
    quality: tuple[str, ...]
    items: Items


@dataclass
class _Grouping:
    """Rows cut by one attribute: the values, each row's number among them, and its unit's weight there."""

    attribute: str
    values: list[str]
    codes: npt.NDArray[np.int64]
    weights: npt.NDArray[np.float64] = field(default_factory=lambda: np.zeros(0))
    counted: npt.NDArray[np.float64] = field(default_factory=lambda: np.zeros(0))

    def segment(self, number: int) -> Segment:
        return Segment(self.attribute, self.values[number]) if self.attribute else ALL


def window_points(predictions: pa.Table, outcomes: pa.Table | None, how: Looking) -> list[SignalPoint]:
    """Return the points of a window.

    Args:
        predictions: its rows.
        outcomes: outcomes that came in it, with attributes attached; ``None`` for none.
        how: how to look.

    Rates are counted by unit, for all traffic, each watched attribute's frequent values and each version;
    shifts of features and outputs and the signals of lists for all traffic.
    """
    units = _units(predictions)
    cuttings = [_cut(predictions, units, attribute) for attribute in ("", *how.attributes, VERSION)]
    points = list(_rates(predictions, cuttings, how))
    points += _shifts(predictions, units, how)
    points += _lists(predictions, how)
    if outcomes is not None:
        points += _qualities(outcomes, how)
        points += _events(outcomes, cuttings, how)
    return points


def _point(how: Looking, name: str, segment: Segment, n: float, total: float) -> SignalPoint:
    return SignalPoint(
        service=how.service,
        name=name,
        start=how.start,
        width=how.width,
        n=float(n),
        total=float(min(max(total, 0.0), n)),
        segment=segment,
    )


def _units(rows: pa.Table) -> npt.NDArray[np.int64]:
    """Return each row's unit number; a row without a unit is one of its own."""
    if "unit" not in rows.column_names:
        return np.arange(rows.num_rows)
    encoded = rows["unit"].combine_chunks().dictionary_encode()
    codes = np.array(pc.fill_null(encoded.indices, -1), dtype=np.int64)
    alone = codes < 0
    codes[alone] = len(encoded.dictionary) + np.arange(int(alone.sum()))
    return codes


def _cut(rows: pa.Table, units: npt.NDArray[np.int64], attribute: str) -> _Grouping:
    if attribute:
        values, codes = values_of(rows, attribute)
    else:
        values, codes = [""], np.zeros(rows.num_rows, dtype=np.int64)
    grouping = _Grouping(attribute, values, codes)
    inside = codes >= 0
    grouping.weights = np.zeros(rows.num_rows)
    grouping.weights[inside] = unit_weights(units[inside], codes[inside])
    grouping.counted = count_units(codes[inside], grouping.weights[inside], len(values))
    return grouping


def _rates(rows: pa.Table, cuttings: list[_Grouping], how: Looking) -> Iterator[SignalPoint]:
    for name, given, values in _row_values(rows, how):
        for cutting in cuttings:
            inside = (cutting.codes >= 0) & given
            if not inside.any():
                continue
            codes, weights = cutting.codes[inside], cutting.weights[inside]
            counted = count_units(codes, weights, len(cutting.values))
            totals = sum_units(codes, weights, values[inside], len(cutting.values))
            for number in np.flatnonzero(counted):
                yield _point(how, name, cutting.segment(int(number)), counted[number], totals[number])


def _row_values(
    rows: pa.Table, how: Looking
) -> Iterator[tuple[str, npt.NDArray[np.bool_], npt.NDArray[np.float64]]]:
    """Yield (signal, where it is known, value in [0, 1]) of each signal that is a mean over rows."""
    if "status" in rows.column_names:
        status = np.asarray(pc.fill_null(rows["status"], -1))
        if (status >= 0).any():
            yield "error_share", status >= 0, (status >= _ERROR).astype(float)
    if "fallback" in rows.column_names:
        column = rows["fallback"]
        if column.null_count < len(column):
            known = np.asarray(column.is_valid())
            yield "fallback_share", known, np.asarray(pc.fill_null(column, False)).astype(float)
    if "items" in rows.column_names and len(how.items):
        lists = rows["items"].to_pylist()
        shown = np.array([bool(items) for items in lists])
        if shown.any():
            popular = [how.items.popularity(tuple(items)) if items else 0.0 for items in lists]
            yield "popularity", shown, np.array(popular)


def _shifts(rows: pa.Table, units: npt.NDArray[np.int64], how: Looking) -> Iterator[SignalPoint]:
    """Yield the share of units in each bin of each feature and output."""
    everyone = np.zeros(rows.num_rows, dtype=np.int64)
    weights = unit_weights(units, everyone)
    n = weights.sum()
    for column, cut in how.cuts.items():
        if column not in rows.column_names:
            continue
        name = f"feature:{column[len(_FEATURE) :]}" if column.startswith(_FEATURE) else column
        codes = codes_of(rows[column], cut)
        bins = names_of(cut)
        for part, total in zip(bins, np.bincount(codes, weights, minlength=len(bins)), strict=True):
            yield _point(how, f"{name}:{part}", ALL, n, total)


def _lists(rows: pa.Table, how: Looking) -> Iterator[SignalPoint]:
    if "items" not in rows.column_names:
        return
    sampled = sample_lists(listed(rows))
    if len(sampled) < SAMPLED:
        return
    pairs, differing = personalisation(sampled)
    if pairs:
        yield _point(how, "personalisation", ALL, pairs, differing)
    known, shown = how.items.coverage(sampled)
    if known:
        yield _point(how, "coverage", ALL, known, shown)


def listed(rows: pa.Table) -> list[Listed]:
    """Return the lists of a table of predictions, rows without one left out."""
    ids, items = rows["id"].to_pylist(), rows["items"].to_pylist()
    units = rows["unit"].to_pylist() if "unit" in rows.column_names else [None] * len(ids)
    return [
        (name, unit or name, tuple(shown))
        for name, unit, shown in zip(ids, units, items, strict=True)
        if shown
    ]


def _kinds(outcomes: pa.Table) -> list[str]:
    counts = pc.value_counts(outcomes["kind"].cast(pa.string()).drop_null()).to_pylist()
    ranked = sorted(counts, key=lambda entry: (-entry["counts"], entry["values"]))
    return [entry["values"] for entry in ranked[:_MOST_KINDS]]


def _qualities(outcomes: pa.Table, how: Looking) -> Iterator[SignalPoint]:
    for kind in _kinds(outcomes):
        if is_event(kind) or (how.quality and kind not in how.quality):
            continue
        graded = outcomes.filter(
            pc.and_(pc.equal(outcomes["kind"].cast(pa.string()), kind), pc.is_finite(outcomes["value"]))
        )
        if not graded.num_rows:
            continue
        values = np.clip(np.asarray(graded["value"], dtype=float), 0.0, 1.0)
        units = _units(graded)
        for attribute in ("", *how.attributes, VERSION):
            cutting = _cut(graded, units, attribute)
            inside = cutting.codes >= 0
            totals = sum_units(
                cutting.codes[inside], cutting.weights[inside], values[inside], len(cutting.values)
            )
            for number in np.flatnonzero(cutting.counted):
                yield _point(
                    how,
                    f"quality:{kind}",
                    cutting.segment(int(number)),
                    cutting.counted[number],
                    totals[number],
                )


def _events(outcomes: pa.Table, served: list[_Grouping], how: Looking) -> Iterator[SignalPoint]:
    """Yield events per unit served; none came is a point as well, once the kind is known."""
    for kind in _kinds(outcomes):
        if not is_event(kind):
            continue
        came = outcomes.filter(pc.equal(outcomes["kind"].cast(pa.string()), kind))
        units = _units(came)
        for cutting in served:
            found = _cut(came, units, cutting.attribute)
            hit = dict(zip(found.values, found.counted, strict=True))
            for number in np.flatnonzero(cutting.counted):
                n = cutting.counted[number]
                total = hit.get(cutting.values[number], 0.0)
                yield _point(how, f"events:{kind}", cutting.segment(int(number)), max(n, total), total)
