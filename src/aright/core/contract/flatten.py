"""Nested documents → flat records: one for the document, one for each element of its arrays."""

from __future__ import annotations

import zlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, TypeAlias

from aright.core.contract.paths import ELEMENT, ENTRY, ROOT, child, is_data_key

if TYPE_CHECKING:
    from aright.core.contract.limits import Limits

Record: TypeAlias = dict[str, object]
"""Path → scalar, or a marker where the value is an object or an array."""

_MAP_FROM: Final = 64
_AT_FIRST: Final = 0.25
_PLAIN: Final = frozenset((int, float, bool, type(None)))


class Marker:
    """Stands in a record for a value that has parts of its own."""

    __slots__ = ("name",)

    def __init__(self, name: str) -> None:
        self.name = name


OBJECT: Final = Marker("object")


class Array(Marker):
    """Stands for one array.

    Attributes:
        length: its true number of elements.
        looked: whether its elements were looked at.
        repeats: whether two of these are equal.
    """

    __slots__ = ("length", "looked", "repeats")

    def __init__(self, length: int) -> None:
        self.name = "array"
        self.length = length
        self.looked = self.repeats = False


class Map(Array):
    """Stands for one object whose keys are data: its values are looked at as an array's elements are."""

    __slots__ = ()


class CutText(str):
    """The beginning of a long string, such as an image's; equal only where the whole strings are.

    Attributes:
        size: characters of the whole.
        mark: a checksum of it.
    """

    __slots__ = ("mark", "size")
    size: int
    mark: int

    def __eq__(self, other: object) -> bool:
        return isinstance(other, CutText) and self.mark == other.mark and str.__eq__(self, other)

    def __ne__(self, other: object) -> bool:
        return not self == other

    def __hash__(self) -> int:
        return self.mark


@dataclass(slots=True)
class Rows:
    """The records of one kind.

    Attributes:
        records: in order of arrival.
        owners: index of the record in which each array stands, among those of ``owner``.
        arrays: number of the array that each record is an element of.
        times: when each record's document came (s since the epoch), NaN where unknown.
        owner: path of the kind of record that holds the arrays.
        skipped: indexes of records, among those of ``owner``, with an array that was not looked into.
    """

    owner: str
    records: list[Record] = field(default_factory=list)
    owners: list[int] = field(default_factory=list)
    arrays: list[int] = field(default_factory=list)
    times: list[float] = field(default_factory=list)
    skipped: list[int] = field(default_factory=list)


class Flattener:
    """Takes documents apart into ``rows``, within limits, and never raises on any tree of Python values."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.rows: dict[str, Rows] = {}
        self.orders: dict[str, dict[tuple[object, ...], int]] = {}
        self.dropped = 0
        self._names: dict[str, dict[object, str]] = {}
        self._paths: set[str] = set()
        self._shut: set[str] = set()
        self._left = 0
        self._time = 0.0
        self._arrays = 0

    def clear(self) -> None:
        """Forget the rows, keep the names."""
        self.rows, self.orders, self._arrays = {}, {}, 0

    def add(self, document: object, time: float) -> None:
        """Take one document apart; ``time`` in seconds since the epoch, NaN where unknown."""
        self._left, self._time = self.limits.nodes, time
        rows = self._rows(ROOT, ROOT)
        self._shut = self._full(len(rows.records))
        record = self._open(rows, 0, 0)
        self._value(ROOT, document, record, (ROOT, len(rows.records) - 1), 0)

    def _full(self, held: int) -> set[str]:
        """Return the kinds of records of which there are enough for as many documents.

        Decided before a document is seen, so that what it holds has no say in whether it is looked into.
        """
        enough = self.limits.rows * (held / self.limits.buffer + _AT_FIRST)
        return {kind for kind, rows in self.rows.items() if kind != ROOT and len(rows.records) > enough}

    def _rows(self, path: str, owner: str) -> Rows:
        rows = self.rows.get(path)
        if rows is None:
            rows = self.rows[path] = Rows(owner)
        return rows

    def _open(self, rows: Rows, owner: int, array: int) -> Record:
        record: Record = {}
        rows.records.append(record)
        rows.owners.append(owner)
        rows.arrays.append(array)
        rows.times.append(self._time)
        return record

    def _value(self, path: str, value: object, record: Record, place: tuple[str, int], depth: int) -> None:
        if isinstance(value, dict):
            if len(value) > _MAP_FROM or self._is_map(path, value):
                self._array(path, ENTRY, list(value.values()), record, place, depth)
            else:
                record[path] = OBJECT
                self._object(path, value, record, place, depth + 1)
        elif isinstance(value, (list, tuple)):
            self._array(path, ELEMENT, value, record, place, depth)
        elif isinstance(value, str):
            record[path] = value if len(value) <= self.limits.text else _cut(value, self.limits.text)
        elif value is None or isinstance(value, (bool, int, float)):
            record[path] = value
        else:
            record[path] = _cut(str(type(value)), self.limits.text)

    def _object(
        self, path: str, value: dict[object, object], record: Record, place: tuple[str, int], depth: int
    ) -> None:
        if depth > self.limits.depth:
            return
        names = self._names.get(path)
        if names is None:
            names = self._names[path] = {}
        self._left -= len(value)
        if self._left < 0:
            self.dropped += len(value)
            return
        longest = self.limits.text
        for key, part in value.items():
            name = names.get(key)
            if name is None:
                name = self._name(path, names, key)
                if not name:
                    self.dropped += 1
                    continue
            if type(part) is str:
                record[name] = part if len(part) <= longest else _cut(part, longest)
            elif type(part) in _PLAIN:
                record[name] = part
            else:
                self._value(name, part, record, place, depth)
        orders = self.orders.get(path)
        if orders is None:
            orders = self.orders[path] = {}
        order = tuple(value)
        orders[order] = orders.get(order, 0) + 1

    def _array(
        self,
        path: str,
        step: str,
        value: list[object] | tuple[object, ...],
        record: Record,
        place: tuple[str, int],
        depth: int,
    ) -> None:
        array = record[path] = Array(len(value)) if step == ELEMENT else Map(len(value))
        inner = ("" if path == ROOT else path) + step
        looked = value[: self.limits.elements]
        if not looked or depth >= self.limits.depth or not self._room(inner):
            return
        rows = self._rows(inner, place[0])
        self._left -= len(looked)
        if inner in self._shut or self._left < 0:
            rows.skipped.append(place[1])
            return
        array.looked = True
        self._arrays += 1
        number = self._arrays
        seen: set[object] = set()
        count = len(looked)
        first = len(rows.records)
        elements: list[Record] = [{} for _ in looked]
        rows.records += elements
        rows.owners += [place[1]] * count
        rows.arrays += [number] * count
        rows.times += [self._time] * count
        for at, (part, element) in enumerate(zip(looked, elements, strict=True), first):
            if type(part) in _PLAIN:
                element[inner] = part
                seen.add(part)
            else:
                self._value(inner, part, element, (inner, at), depth + 1)
                seen.add(tuple(element.values()))
        array.repeats = len(seen) < len(looked)

    def _name(self, path: str, names: dict[object, str], key: object) -> str:
        """Return a new field's path, or nothing where there is no room for it."""
        name = child(path, key if isinstance(key, str) else repr(key)[: self.limits.key], self.limits.key)
        if not self._room(name):
            return ""
        if isinstance(key, str) and len(key) <= self.limits.key:
            names[key] = name
        return name

    def _room(self, path: str) -> bool:
        if path in self._paths:
            return True
        if len(self._paths) >= self.limits.paths:
            return False
        self._paths.add(path)
        return True

    def _is_map(self, path: str, value: dict[object, object]) -> bool:
        """Whether an object's keys are data; decided by its keys alone, so that every shard decides alike."""
        names = self._names.get(path)
        if not value or (names and next(iter(value)) in names):
            return False
        return all(isinstance(key, str) and is_data_key(key) for key in value)


def _cut(text: str, longest: int) -> CutText:
    cut = CutText(text[:longest])
    cut.size = len(text)
    cut.mark = zlib.crc32(text.encode("utf-8", "surrogatepass"))
    return cut
