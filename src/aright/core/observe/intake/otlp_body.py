"""What is read out of an OTLP request, whether it is written in protobuf or in JSON, and its bounds."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Final, NamedTuple, Protocol, TypeAlias

import msgspec
import numpy as np
import numpy.typing as npt

from aright.core.observe.intake.unreadable import UnreadableError

if TYPE_CHECKING:
    import pyarrow as pa

    from aright.core.observe.intake.otlp_layout import Layout, Plain

MAX_ENTRIES: Final = 500_000
"""Spans, log records or metrics in one body."""

MAX_PARTS: Final = 20_000
"""Resources, or scopes of one resource, in one body."""

MAX_ENTRY: Final = 1 << 20
"""Bytes of one span, log record or metric."""

MAX_INNER: Final = 1_000
"""Attributes of a resource or an event, elements of an array or a map: the first are read."""

MAX_BUCKETS: Final = 1_000
"""Buckets of a histogram's point."""

MAX_DEPTH: Final = 6
"""How deep arrays and maps in an attribute are read."""

LONGEST_KEY: Final = 200
"""Characters of an attribute's key; the rest is cut off."""

Value: TypeAlias = "str | int | float | bool | list[Value] | dict[str, Value] | None"
"""An attribute's value; bytes are base64."""

Entries: TypeAlias = Sequence[bytes]
"""Spans, log records or metrics, each still encoded."""

Uint64s: TypeAlias = npt.NDArray[np.uint64]


class Part(NamedTuple):
    """One resource and what it emitted.

    Attributes:
        attributes: of the resource, each still encoded.
        entries: spans, log records or metrics of all its scopes.
    """

    attributes: list[bytes]
    entries: list[bytes]


class Spans(NamedTuple):
    """Columns of spans; ``attributes`` and ``events`` are flat, with the codec's mark behind each row's.

    Ids are text, in hex, null where there is none as long as it must be.
    """

    trace_id: pa.Array
    span_id: pa.Array
    parent_id: pa.Array
    name: list[bytes]
    kind: npt.NDArray[np.int32]
    start: Uint64s
    end: Uint64s
    attributes: Sequence[bytes]
    events: Sequence[bytes]
    status: list[bytes]


class Logs(NamedTuple):
    """Columns of log records; ``attributes`` are flat, with the codec's mark behind each row's."""

    time: Uint64s
    observed: Uint64s
    severity: npt.NDArray[np.int32]
    severity_text: list[bytes]
    body: list[bytes]
    attributes: Sequence[bytes]
    trace_id: list[bytes]
    span_id: list[bytes]


class Metric(NamedTuple):
    """A metric.

    Attributes:
        name: as its instrument is called.
        shape: gauge, sum, histogram, exponential or summary; empty where it has no points.
        delta: whether its points count since the point before, rather than since their start.
        monotonic: whether a sum only grows.
        points: each still encoded.
    """

    name: str
    shape: str
    delta: bool
    monotonic: bool
    points: Sequence[bytes]


class Numbers(NamedTuple):
    """Columns of points that are one number; ``attributes`` are flat, with the mark behind each row's."""

    start: Uint64s
    time: Uint64s
    value: npt.NDArray[np.float64]
    recorded: npt.NDArray[np.bool_]
    attributes: Sequence[bytes]


class Distribution(NamedTuple):
    """A point of a histogram or summary.

    Attributes:
        start: since when it counts (ns).
        time: until when.
        observations: how many.
        total: their sum; ``None`` where it was not sent.
        bounds: upper bounds of the buckets but the last, which has none.
        counts: observations in each bucket; one more than bounds, or none.
        quantiles: (share, value), in a summary.
        attributes: each still encoded.
    """

    start: int
    time: int
    observations: int
    total: float | None
    bounds: Sequence[float]
    counts: Sequence[int]
    quantiles: Sequence[tuple[float, float]]
    attributes: list[bytes]


class Event(NamedTuple):
    """An event of a span."""

    name: str
    attributes: dict[str, Value]


class Codec(Protocol):
    """One of OTLP's two encodings."""

    def __hash__(self) -> int:
        """Return the same for the same codec: what it read may be remembered."""
        ...

    @property
    def mark(self) -> bytes:
        """Return what stands behind each row's attributes; it is no attribute."""
        ...

    def parts(self, plain: bytes) -> Iterator[Part]:
        """Yield the request's parts, each of one resource; raises ``UnreadableError``."""
        ...

    def spans(self, entries: Entries) -> Spans:
        """Return the columns of spans; raises ``UnreadableError``."""
        ...

    def logs(self, entries: Entries) -> Logs:
        """Return the columns of log records; raises ``UnreadableError``."""
        ...

    def metric(self, entry: bytes) -> Metric:
        """Return a metric, its points not yet taken apart; raises ``UnreadableError``."""
        ...

    def numbers(self, points: Entries) -> Numbers:
        """Return the columns of a gauge's or sum's points; raises ``UnreadableError``."""
        ...

    def distribution(self, point: bytes, shape: str) -> Distribution | None:
        """Return a histogram's or summary's point, ``None`` where it holds nothing."""
        ...

    def value(self, raw: bytes) -> Value:
        """Return the value that an ``AnyValue`` holds."""
        ...

    def status(self, raw: bytes) -> tuple[int, str]:
        """Return a status' code and message."""
        ...

    def event(self, raw: bytes) -> Event:
        """Return an event's name and attributes."""
        ...

    def pair(self, raw: bytes) -> tuple[str, Value]:
        """Return an attribute's key and value."""
        ...

    def plain(self, layout: Layout) -> Plain:
        """Return what is seen of attributes without taking them apart."""
        ...


def too_many(most: int) -> UnreadableError:
    """Return what to say of a body with more than ``most`` of something."""
    return UnreadableError(f"more than {most:,} resources, scopes or entries in one body", "split it")


def member(key: str, value: Value, longest: int) -> bytes:
    """Return a member of a JSON object, behind a comma; texts are cut to ``longest`` characters.

    >>> member("a", "bcd", 2)
    b',"a":"bc"'
    """
    said = value[:longest] if isinstance(value, str) else value
    written = msgspec.json.encode(said)
    if len(written) > 6 * longest:
        written = msgspec.json.encode(written[:longest].decode("utf-8", "replace"))
    return b"," + msgspec.json.encode(key) + b":" + written
