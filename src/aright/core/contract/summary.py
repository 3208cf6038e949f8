"""What one window of documents comes to: sums and bounded counts that merge."""

from __future__ import annotations

import itertools
import math
from bisect import bisect_left
from functools import cache
from typing import TYPE_CHECKING, Final, TypeVar

import msgspec
import numpy as np

from aright.core.contract.cells import Cells, merge_cells
from aright.core.contract.paths import ELEMENT, ENTRY, ROOT, parent_of
from aright.core.profile import Profile, quantiles
from aright.core.profile.bins import LARGEST, edges, ordered_keys
from aright.core.profile.numbers import Numbers, merge_counts

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from aright.core.profile.bins import Floats

T = TypeVar("T")

VERSION: Final = 1
_LOWEST: Final = 0x80
"""Bins at either end that only infinities and NaN would fall into."""
JOINED: Final = "\x1f"
"""Between the parts of a key of ``sums``; JSON keys that hold it are escaped in paths."""


class Channel(msgspec.Struct, frozen=True):
    """The finite numbers of one path, in the bins of ``core.profile``.

    Attributes:
        keys: ordered bins that hold anything.
        counts: numbers in each.
        total: their sum.
        minimum, maximum: of them.
        logs: n, sum and sum of squares of ln |x| where x is not zero.
    """

    keys: list[int]
    counts: list[int]
    total: float
    minimum: float
    maximum: float
    logs: list[float]

    @property
    def n(self) -> int:
        """Return how many numbers were counted."""
        return sum(self.counts)

    def profile(self) -> Profile:
        """Return the same as a profile, for everything that ``core.profile`` and ``core.stats`` can do."""
        n = self.n
        numbers = Numbers(
            frame=None,
            keys=np.asarray(self.keys, np.uint16),
            counts=np.asarray(self.counts, np.int64),
            invalid=0,
            total=self.total,
            squares=math.nan,
            minimum=self.minimum,
            maximum=self.maximum,
            distinct=None,
        )
        return Profile(n, 0, numbers=numbers)

    def quantiles(self, shares: Sequence[float]) -> Floats:
        """Return quantiles, right to 1/128 of their value; the extremes are exact."""
        return quantiles(self.profile(), shares)

    def under(self, cuts: Sequence[float]) -> list[int]:
        """Return how many numbers lie at or below each cut (ascending), by whole bins."""
        ends = [0, *itertools.accumulate(self.counts)]
        return [ends[bisect_left(self.keys, beyond)] for beyond in _bins_beyond(cuts)]


@cache
def _bottoms() -> Floats:
    """Return the lower edge of every bin that finite numbers fall into."""
    return edges(np.arange(_LOWEST, (1 << 16) - _LOWEST).astype(np.uint16), None)[0]


def _bins_beyond(cuts: Sequence[float]) -> list[int]:
    """Return, for each cut, the first bin that begins above it."""
    found: list[int] = (_LOWEST + _bottoms().searchsorted(cuts, side="right")).tolist()
    return found


def channel_of(values: Floats) -> Channel | None:
    """Return the channel of some numbers, those that are not finite left out; None where none is left.

    >>> seen = channel_of(np.array([1.0, 2.0, np.inf]))
    >>> seen.n, seen.total, seen.maximum
    (2, 3.0, 2.0)
    """
    values = values[np.isfinite(values)]
    if not len(values):
        return None
    bits = np.clip(values, -LARGEST, LARGEST).astype(np.float32).view(np.uint32) >> np.uint32(16)
    keys, counts = np.unique(ordered_keys(bits.astype(np.uint16)), return_counts=True)
    magnitude = np.abs(values)
    logs = np.log(magnitude[magnitude > 0])
    return Channel(
        keys.tolist(),
        counts.tolist(),
        float(values.sum()),
        float(values.min()),
        float(values.max()),
        [float(len(logs)), float(logs.sum()), float((logs * logs).sum())],
    )


def merge_channels(parts: Sequence[Channel]) -> Channel:
    """Return the numbers of all parts together; at least one part."""
    keys, counts = merge_counts(
        [(np.asarray(part.keys, np.uint16), np.asarray(part.counts, np.int64)) for part in parts]
    )
    return Channel(
        keys.tolist(),
        counts.tolist(),
        math.fsum(part.total for part in parts),
        min(part.minimum for part in parts),
        max(part.maximum for part in parts),
        [math.fsum(column) for column in zip(*(part.logs for part in parts), strict=True)],
    )


class PathSummary(msgspec.Struct, frozen=True):
    """What the values at one path come to.

    Attributes:
        bases: class → how many there were to look at: ``parent`` (objects that could have it),
            ``present``, ``value`` (not null), ``text``, ``number``, ``array``, ``pair`` (neighbours in one).
        counts: ``class:mark`` → in how many of these the mark holds.
        cells: ``value``, ``shape``, ``alphabet``, ``length``, ``cents``, ``order`` → counts of values.
        channels: ``number``, ``length``, ``age`` → numbers.
    """

    bases: dict[str, int] = {}
    counts: dict[str, int] = {}
    cells: dict[str, Cells] = {}
    channels: dict[str, Channel] = {}


class Summary(msgspec.Struct, frozen=True, kw_only=True):
    """What one window of documents comes to; windows of the same time merge.

    Attributes:
        start: when the window began (µs, UTC).
        documents: how many were looked at.
        dropped: fields beyond the limits, counted and not kept.
        paths: path → what its values come to.
        sums: sums over records that relate paths to each other, by joined names.
        links: pairs of categories that came together, by joined paths.
        version: of this form.
    """

    start: int
    documents: int = 0
    dropped: int = 0
    paths: dict[str, PathSummary] = {}
    sums: dict[str, list[float]] = {}
    links: dict[str, Cells] = {}
    version: int = VERSION

    def merge(self, other: Summary) -> Summary:
        """Return both together, as one window that began when the earlier one did."""
        return merge_summaries([self, other])


def merge_summaries(parts: Sequence[Summary]) -> Summary:
    """Return all parts (at least one) together; the same in whatever order and grouping they come.

    A field that no document of a part has leaves no trace in it: how many objects of that part could have had
    it is added here, or else a field that went away between two parts would look as if it were always there.
    """
    if len(parts) == 1:
        return parts[0]
    return Summary(
        start=min(part.start for part in parts),
        documents=sum(part.documents for part in parts),
        dropped=sum(part.dropped for part in parts),
        paths={
            name: _with_missing(name, _merge_paths(found), parts)
            if len(found) < len(parts)
            else _merge_paths(found)
            for name, found in _by_name(part.paths for part in parts).items()
        },
        sums={
            name: [math.fsum(column) for column in zip(*found, strict=True)]
            for name, found in _by_name(part.sums for part in parts).items()
        },
        links={name: merge_cells(found) for name, found in _by_name(part.links for part in parts).items()},
    )


def could_have(summary: Summary, path: str) -> int:
    """Return how many objects could have had a field that no document of a window has.

    None could have elements or entries, for these are not missing where an array or a map is empty.
    """
    if path == ROOT or path.endswith((ELEMENT, ENTRY)):
        return 0
    holder = summary.paths.get(parent_of(path))
    return holder.counts.get("value:object", 0) if holder else 0


def encode(summary: Summary) -> bytes:
    """Return a summary as JSON, to keep it for learning."""
    return msgspec.json.encode(summary)


def decode(body: bytes) -> Summary:
    """Read what ``encode`` wrote; raises ``msgspec.ValidationError`` on anything else."""
    return msgspec.json.decode(body, type=Summary)


def _merge_paths(parts: Sequence[PathSummary]) -> PathSummary:
    if len(parts) == 1:
        return parts[0]
    return PathSummary(
        _add(part.bases for part in parts),
        _add(part.counts for part in parts),
        {name: merge_cells(found) for name, found in _by_name(part.cells for part in parts).items()},
        {name: merge_channels(found) for name, found in _by_name(part.channels for part in parts).items()},
    )


def _with_missing(path: str, found: PathSummary, parts: Sequence[Summary]) -> PathSummary:
    """Return a field's values with the objects of the parts that do not have it at all."""
    missing = sum(could_have(part, path) for part in parts if path not in part.paths)
    if not missing:
        return found
    return msgspec.structs.replace(
        found, bases={**found.bases, "parent": found.bases.get("parent", 0) + missing}
    )


def _add(parts: Iterable[Mapping[str, int]]) -> dict[str, int]:
    total: dict[str, int] = {}
    for part in parts:
        for name, count in part.items():
            total[name] = total.get(name, 0) + count
    return total


def _by_name(parts: Iterable[Mapping[str, T]]) -> dict[str, list[T]]:
    found: dict[str, list[T]] = {}
    for part in parts:
        for name, value in part.items():
            found.setdefault(name, []).append(value)
    return found
