"""What is read out of an OTLP request, whether it is written in protobuf or in JSON, and its bounds."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple, Protocol, TypeAlias

import msgspec
import numpy as np
import numpy.typing as npt

from aright.core.observe.intake.unreadable import UnreadableError

MAX_ENTRIES: Final = 500_000
"""Spans, log records or metrics in one body."""

MAX_PARTS: Final = 20_000
"""Resources, or scopes of one resource, in one body."""

MAX_ENTRY: Final = 1 << 20
"""Bytes of one span, log record or metric."""

MAX_INNER: Final = 1_000
"""Attributes of a resource or an event, elements of an array or a map: the first are read."""

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
    """Columns of spans; ``attributes`` and ``events`` are flat, with the codec's mark behind each row's."""

    trace_id: list[bytes]
    span_id: list[bytes]
    parent_id: list[bytes]
    name: list[bytes]
    kind: npt.NDArray[np.int32]
    start: Uint64s
    end: Uint64s
    attributes: list[bytes]
    events: list[bytes]
    status: list[bytes]


class Event(NamedTuple):
    """An event of a span."""

    name: str
    attributes: dict[str, Value]


class Pairs(NamedTuple):
    """Attributes, each once.

    Attributes:
        slots: number of the key among those that are looked for, 0 for all others.
        members: each as a member of a JSON object, behind a comma.
    """

    slots: npt.NDArray[np.int16]
    members: list[bytes]


class Codec(Protocol):
    """One of OTLP's two encodings."""

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

    def status(self, raw: bytes) -> tuple[int, str]:
        """Return a status' code and message."""
        ...

    def event(self, raw: bytes) -> Event:
        """Return an event's name and attributes."""
        ...

    def pair(self, raw: bytes) -> tuple[str, Value]:
        """Return an attribute's key and value."""
        ...

    def pairs(self, raws: Sequence[bytes], longest: int) -> Pairs:
        """Return what attributes are looked for by, and how they are kept."""
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
