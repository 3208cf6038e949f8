"""Segment attributes and their frequent values: heavy hitters with a bounded memory.

The catalog names the attributes, or else all are looked at. Of each only frequent values are told apart; the
rest counts for all traffic alone, so an attribute that is different in every request has no segments.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from aright.core.model.columns import ATTRIBUTE, names_with

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

Codes: TypeAlias = npt.NDArray[np.int64]

MOST_ATTRIBUTES: Final = 32
VERSION: Final = "version"
"""The model version is an attribute like any other."""

PLACES: Final = ("pool", "host")
"""Where an answer came from: attributes like any other too, where the rows say it."""

_MOST_COUNTED: Final = 512
_MOST_CANDIDATES: Final = 256
_MOST_CODES: Final = 512
_FORGOTTEN: Final = 240
"""Windows after which a value, or an attribute, that was not seen makes room for others."""

_UNPROVEN: Final = 20
"""The same for an attribute that never had a frequent value."""

_EACH: Final = 120
"""Bytes that an entry takes besides its text, about."""

_SMALLEST_SHARE: Final = 1 / 128
_FEWEST: Final = 5


def column_of(attribute: str, columns: Collection[str] = ()) -> str:
    """Return which of these columns holds an attribute; version, pool and host have columns of their own.

    >>> column_of("region"), column_of("version"), column_of("host", ["host"]), column_of("host")
    ('attr.region', 'version', 'host', 'attr.host')
    """
    own = attribute == VERSION or (attribute in PLACES and attribute in columns)
    return attribute if own else ATTRIBUTE + attribute


@dataclass
class _Values:
    """One attribute's values: how often each came lately, and the codes of those that were frequent."""

    names: list[str] = field(default_factory=list)
    codes: dict[str, int] = field(default_factory=dict)
    counts: dict[str, float] = field(default_factory=dict)
    total: float = 0.0
    window: int = 0
    seen: int = 0
    last: dict[str, int] = field(default_factory=dict)

    def count(self, names: Sequence[str], counts: Sequence[int], rows: int) -> None:
        """Count values; of many different ones the rarest are forgotten (Metwally et al., ICDT 2005)."""
        self.total += rows
        for name, count in zip(names, counts, strict=True):
            self.counts[name] = self.counts.get(name, 0.0) + count
        if len(self.counts) > _MOST_COUNTED:
            ranked = sorted(self.counts.items(), key=lambda entry: (-entry[1], entry[0]))
            self.counts = dict(ranked[:_MOST_CANDIDATES])

    def code(self, name: str) -> int:
        """Return the code of a frequent value, −1 for any other."""
        if self.counts.get(name, 0.0) < max(self.total * _SMALLEST_SHARE, _FEWEST):
            return -1
        if name not in self.codes:
            place = self._place()
            if place < 0:
                return -1
            self.codes[name] = place
            self.names[place] = name
        self.last[name] = self.window
        return self.codes[name]

    @property
    def state_bytes(self) -> int:
        """What this takes, about (bytes)."""
        return sum(2 * len(name) + _EACH for part in (self.names, self.counts) for name in part)

    def _place(self) -> int:
        """Return a code that is free, or that of a value not seen for long; −1 where there is none."""
        if len(self.names) < _MOST_CODES:
            self.names.append("")
            return len(self.names) - 1
        oldest = min(self.last, key=lambda name: (self.last[name], name))
        if self.window - self.last[oldest] < _FORGOTTEN:
            return -1
        del self.last[oldest]
        return self.codes.pop(oldest)


class Attributes:
    """Gives the frequent values of each watched attribute a code.

    Args:
        told: attributes to watch; none means pool, host and all that come, at most 32, in their order.

    >>> rows = pa.table({"attr.region": ["north"] * 6 + ["south"], "attr.request": list("abcdefg")})
    >>> attributes = Attributes()
    >>> codes = attributes.encode(rows)
    >>> codes["region"].tolist(), codes["request"].tolist(), attributes.value("region", 0)
    ([0, 0, 0, 0, 0, 0, -1], [-1, -1, -1, -1, -1, -1, -1], 'north')
    """

    def __init__(self, told: Sequence[str] = ()) -> None:
        self._told = bool(told)
        self._values = {name: _Values() for name in (VERSION, *told)}
        self._window = 0
        self.left_out: Counter[str] = Counter()

    def encode(self, rows: pa.Table) -> dict[str, Codes]:
        """Count the rows' values; return by attribute each row's code, −1 where it has no frequent value."""
        if not self._told:
            places = [name for name in PLACES if name in rows.column_names]
            for name in (*places, *names_with(rows.schema, ATTRIBUTE)):
                self._admit(name)
        return {name: self._encode(name, rows, learn=True) for name in self._values}

    def look_up(self, rows: pa.Table) -> dict[str, Codes]:
        """Return codes as ``encode`` does, without counting anything."""
        return {name: self._encode(name, rows, learn=False) for name in self._values}

    def names(self) -> list[str]:
        """Return the watched attributes."""
        return list(self._values)

    @property
    def state_bytes(self) -> int:
        """What this takes, about (bytes)."""
        return sum(values.state_bytes for values in self._values.values())

    def _admit(self, name: str) -> None:
        """Watch an attribute; where there are too many already, one that is long gone makes room."""
        if name not in self._values:
            if len(self._values) > MOST_ATTRIBUTES and not self._forget_one():
                self.left_out["attributes"] += 1
                return
            self._values[name] = _Values(window=self._window)
        self._values[name].seen = self._window

    def _forget_one(self) -> bool:
        for name, values in self._values.items():
            patience = _FORGOTTEN if values.codes else _UNPROVEN
            if name != VERSION and self._window - values.seen >= patience:
                del self._values[name]
                return True
        return False

    def value(self, attribute: str, code: int) -> str:
        """Return the value that a code stands for."""
        return self._values[attribute].names[code]

    def end_window(self) -> None:
        """Let what came count half from now on, so that new values become frequent soon."""
        self._window += 1
        for values in self._values.values():
            values.window = self._window
            values.total /= 2
            values.counts = {name: count / 2 for name, count in values.counts.items() if count >= 1}

    def _encode(self, attribute: str, rows: pa.Table, *, learn: bool) -> Codes:
        name = column_of(attribute, rows.column_names)
        if name not in rows.column_names or not rows.num_rows:
            return np.full(rows.num_rows, -1, dtype=np.int64)
        encoded = _encoded(rows[name])
        indices = np.asarray(pc.fill_null(encoded.indices, -1), dtype=np.int64)
        counts = np.bincount(indices[indices >= 0], minlength=len(encoded.dictionary))
        top = np.argsort(-counts, kind="stable")[:_MOST_CANDIDATES]
        names = encoded.dictionary.take(pa.array(top)).to_pylist()
        values = self._values[attribute]
        if learn:
            values.count(names, counts[top].tolist(), rows.num_rows)
        codes = np.full(len(counts) + 1, -1, dtype=np.int64)
        codes[top] = [values.code(text) if learn else values.codes.get(text, -1) for text in names]
        found = codes[indices]
        if learn:
            self.left_out["values"] += int(np.count_nonzero((indices >= 0) & (found < 0)))
        return found


def _encoded(column: pa.ChunkedArray) -> pa.DictionaryArray:
    if pa.types.is_dictionary(column.type):
        return column.unify_dictionaries().combine_chunks()
    return column.cast(pa.string()).combine_chunks().dictionary_encode()
