"""Payloads as they come: a bounded sample of each endpoint's documents in each window."""

from __future__ import annotations

import heapq
import zlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import msgspec
import pyarrow as pa
import pyarrow.compute as pc

from aright.core.contract import Limits, Sample, Summary, merge_summaries
from aright.core.model.contracts import Endpoint

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aright.core.model.times import Micros

MOST_DOCUMENTS: Final = 250
"""Documents sampled of one endpoint in one window of the engine."""

_LIMITS: Final = Limits(paths=250)
_FAILED: Final = 400
_LARGEST: Final = 128 << 10
"""Bytes of a document that is sampled; larger ones are counted and checked alone."""


@dataclass
class Gathered:
    """The documents of one endpoint in one window.

    The sample is that of the smallest hashes, so that it does not depend on the order in which rows come, and
    is the same when they are read again.

    Attributes:
        n: documents in all.
        misfits: of these, those that do not fit the structure.
        example: what is wrong with the first of them, in words.
        size: bytes of the sample.
    """

    start: Micros
    n: int = 0
    misfits: int = 0
    example: str = ""
    size: int = 0
    _heap: list[tuple[int, Micros, bytes]] = field(default_factory=list)
    _folded: list[Summary] = field(default_factory=list)

    def add(self, at: Micros, body: bytes, *, most: int) -> None:
        """Count a document; keep it if it is one of those sampled."""
        self.n += 1
        if len(body) > _LARGEST:
            return
        item = (-zlib.crc32(body, at & 0xFFFFFFFF), at, body)
        heapq.heappush(self._heap, item)
        self.size += len(body)
        while len(self._heap) > most:
            self.size -= len(heapq.heappop(self._heap)[2])

    def fold(self) -> None:
        """Turn the sample into counts; it takes no room then."""
        if not self._heap:
            return
        sample = Sample(self.start, _LIMITS)
        for _, at, body in sorted(self._heap, key=lambda item: (item[1], item[0])):
            sample.add(msgspec.json.decode(body), at)
        self._folded.append(sample.summary())
        self._heap, self.size = [], 0

    @property
    def waiting(self) -> int:
        """Return how many documents are still to be folded."""
        return len(self._heap)

    def summary(self) -> Summary:
        """Return what the sample comes to."""
        self.fold()
        return merge_summaries(self._folded) if self._folded else Summary(start=self.start)


def documents_of(rows: pa.Table) -> Iterator[tuple[Endpoint, Micros, bytes]]:
    """Yield endpoint, time (µs, UTC) and body of each row.

    Responses of status 400 and above are left out: an error looks like no answer, and is counted elsewhere.
    """
    if "status" in rows.column_names:
        failed = pc.and_(pc.equal(rows["direction"], "response"), pc.greater_equal(rows["status"], _FAILED))
        rows = rows.filter(pc.invert(pc.fill_null(failed, False)))
    columns = [rows[name].to_pylist() for name in ("dependency", "endpoint", "direction", "body")]
    times = rows["time"].cast("int64").to_pylist()
    seen: dict[tuple[str, str, str], Endpoint] = {}
    for at, dependency, name, direction, body in zip(times, *columns, strict=True):
        key = (dependency, name, direction)
        endpoint = seen.get(key)
        if endpoint is None:
            endpoint = seen[key] = Endpoint(dependency, name, direction)
        yield endpoint, at, body
