"""Collects the documents of one window."""

from __future__ import annotations

import itertools
import math
import zlib
from collections import Counter
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from aright.core.contract.cells import cells_of
from aright.core.contract.columns import Column
from aright.core.contract.flatten import OBJECT, Array, Flattener
from aright.core.contract.limits import DEFAULT, Limits
from aright.core.contract.paths import ROOT, parent_of
from aright.core.contract.relations import (
    is_category,
    link_categories,
    relate_categories,
    relate_moments,
    relate_numbers,
)
from aright.core.contract.summary import JOINED, PathSummary, Summary, merge_summaries

if TYPE_CHECKING:
    from aright.core.contract.flatten import Record, Rows

_MOMENTS = 4


class Sample:
    """The documents of one window of one endpoint, as they come.

    Not for several threads at once. ``add`` never raises, whatever tree of Python values it is given.

    Args:
        start: when the window begins (µs, UTC).
        limits: how much is looked at.

    >>> sample = Sample(start=0)
    >>> sample.add({"price": 12.5, "items": [{"sku": "A-1"}]})
    >>> seen = sample.summary()
    >>> seen.documents, sorted(seen.paths)
    (1, ['$', 'items', 'items[]', 'items[].sku', 'price'])
    """

    def __init__(self, start: int, limits: Limits = DEFAULT) -> None:
        self._start = start
        self._limits = limits
        self._flat = Flattener(limits)
        self._held = 0
        self._bodies: Counter[str] = Counter()
        self._done: Summary | None = None

    def add(self, document: object, at: int | None = None) -> None:
        """Take one document.

        Args:
            document: decoded JSON: dicts, lists, strings, numbers, booleans, None.
            at: when it came (µs, UTC), so that dates in it can be held against it; by default unknown.
        """
        self._flat.add(document, math.nan if at is None else at / 1e6)
        self._bodies[_digest(document)] += 1
        self._held += 1
        if self._held >= self._limits.buffer:
            self._fold()

    def summary(self) -> Summary:
        """Return what all documents so far come to."""
        if self._held or self._done is None:
            self._fold()
        return self._done or Summary(start=self._start)

    def _fold(self) -> None:
        """Turn the held documents into counts."""
        paths: dict[str, PathSummary] = {}
        sums: dict[str, list[float]] = {}
        part = Summary(
            start=self._start,
            documents=self._held,
            dropped=self._flat.dropped,
            paths=paths,
            sums=sums,
            links={},
        )
        columns: dict[str, dict[str, Column]] = {}
        for name, rows in self._flat.rows.items():
            columns[name] = _columns(rows, paths)
        for name, rows in self._flat.rows.items():
            self._relate(name, rows, columns, part)
            if name != ROOT:
                _count_order(rows, columns[name], paths)
        self._count_keys(paths, sums)
        if ROOT in paths:
            paths[ROOT].cells["document"] = cells_of(self._bodies)
        self._flat.clear()
        self._flat.dropped, self._held, self._bodies = 0, 0, Counter()
        self._done = merge_summaries([self._done, part]) if self._done else part

    def _relate(self, name: str, rows: Rows, columns: dict[str, dict[str, Column]], part: Summary) -> None:
        """Add how the columns of one kind of record go together."""
        numbers: dict[str, np.ndarray[tuple[int], np.dtype[np.float64]]] = {}
        moments: dict[str, np.ndarray[tuple[int], np.dtype[np.float64]]] = {}
        categories: dict[str, list[object]] = {}
        for path, column in sorted(columns[name].items()):
            if column.moments is not None:
                if len(moments) < _MOMENTS:
                    moments[path] = _aligned(path, rows.records, column.moments)
            elif column.numbers is not None:
                if len(numbers) < self._limits.numeric:
                    numbers[path] = _aligned(path, rows.records, column.numbers)
            elif len(categories) < self._limits.categories and is_category(column.values):
                categories[path] = [record.get(path) for record in rows.records]
        numbers.update(_totals(name, self._flat.rows, columns, len(rows.records), self._limits.numeric))
        matrix = np.column_stack(list(numbers.values())) if numbers else np.empty((0, 0))
        if len(numbers) > 1:
            part.sums.update(relate_numbers(list(numbers), matrix))
        if len(moments) > 1:
            part.sums.update(relate_moments(list(moments), np.column_stack(list(moments.values()))))
        part.sums.update(relate_categories(categories, list(numbers), matrix))
        part.links.update(link_categories(categories))

    def _count_keys(self, paths: dict[str, PathSummary], sums: dict[str, list[float]]) -> None:
        """Count which key follows which, and at which place each stands."""
        for path, orders in self._flat.orders.items():
            follows: Counter[str] = Counter()
            for order, count in orders.items():
                names = [str(key)[: self._limits.key] for key in order]
                for place, key in enumerate(names):
                    total = sums.setdefault(JOINED.join(("place", path, key)), [0.0, 0.0])
                    total[0] += count
                    total[1] += count * place
                for one, two in itertools.pairwise(names):
                    follows[f"{one}{JOINED}{two}"] += count
            if path in paths and follows:
                paths[path].cells["order"] = cells_of(follows)


def _columns(rows: Rows, paths: dict[str, PathSummary]) -> dict[str, Column]:
    """Summarise the columns of one kind of record into ``paths`` and return them."""
    records = rows.records
    values = {path: _values(path, records) for path in dict.fromkeys(itertools.chain.from_iterable(records))}
    total = len(records)
    columns: dict[str, Column] = {}
    for path, column in values.items():
        holder = parent_of(path)
        parents = (
            sum(value is OBJECT for value in values[holder]) if holder in values and holder != path else total
        )
        times = rows.times
        if len(column) != total:
            times = [time for time, record in zip(times, records, strict=True) if path in record]
        columns[path] = Column(column, times, parents)
        paths[path] = columns[path].summary()
    return columns


def _values(path: str, records: list[Record]) -> list[object]:
    try:
        return [record[path] for record in records]
    except KeyError:
        return [record[path] for record in records if path in record]


def _aligned(
    path: str, records: list[Record], numbers: list[float]
) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """Return a column's numbers, one per record, NaN where the record has none."""
    if len(numbers) == len(records):
        return np.asarray(numbers, np.float64)
    left = iter(numbers)
    return np.asarray([next(left) if path in record else math.nan for record in records], np.float64)


def _totals(
    name: str, kinds: dict[str, Rows], columns: dict[str, dict[str, Column]], size: int, most: int
) -> dict[str, np.ndarray[tuple[int], np.dtype[np.float64]]]:
    """Return, per record, the lengths of its arrays and the sums over their elements."""
    found: dict[str, np.ndarray[tuple[int], np.dtype[np.float64]]] = {}
    for path, column in sorted(columns[name].items()):
        if len(found) < most and any(isinstance(value, Array) for value in column.values[:8]):
            lengths = [value.length if isinstance(value, Array) else math.nan for value in column.values]
            found[f"number of {path}"] = _aligned(path, kinds[name].records, lengths)
    for inner, rows in sorted(kinds.items()):
        if rows.owner != name or inner == name:
            continue
        for path, column in sorted(columns[inner].items()):
            if column.numbers is None or column.textual or column.moments is not None:
                continue
            if len(found) < most:
                values = _aligned(path, rows.records, column.numbers)
                weights = np.nan_to_num(values, posinf=0, neginf=0)
                total = np.bincount(rows.owners, weights=weights, minlength=size).astype(np.float64)
                total[rows.skipped] = math.nan
                found[f"sum of {path}"] = total
    return found


def _count_order(rows: Rows, columns: dict[str, Column], paths: dict[str, PathSummary]) -> None:
    """Count how neighbours in arrays compare."""
    same = np.diff(np.asarray(rows.arrays)) == 0
    if not same.any():
        return
    for path, column in columns.items():
        rises = falls = equals = 0
        if len(column.values) != len(same) + 1:
            continue
        source = column.moments or (None if column.textual else column.numbers)
        if source is not None:
            with np.errstate(invalid="ignore"):
                steps = np.diff(np.asarray(source, np.float64))[same]
            rises, falls, equals = int((steps > 0).sum()), int((steps < 0).sum()), int((steps == 0).sum())
        elif set(map(type, column.values)) == {str}:
            values = [str(value) for value in column.values]
            for place in np.flatnonzero(same).tolist():
                one, two = values[place], values[place + 1]
                rises, falls, equals = rises + (one < two), falls + (one > two), equals + (one == two)
        if rises + falls + equals:
            paths[path].bases["pair"] = rises + falls + equals
            paths[path].counts.update({"pair:falls": falls, "pair:equals": equals})


def _digest(document: object) -> str:
    """Return a short name of a document's content, the same in every process."""
    try:
        body = msgspec.json.encode(document)
    except (TypeError, ValueError, RecursionError, OverflowError):
        body = repr(type(document)).encode()
    return f"{zlib.crc32(body):08x}{zlib.adler32(body):08x}"
