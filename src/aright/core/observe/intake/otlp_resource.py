"""Whose an entry is: the resource that every span, log record and metric of OTLP belongs to.

https://opentelemetry.io/docs/specs/semconv/resource
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np
import numpy.typing as npt

from aright.core.model.frame import Format
from aright.core.model.tables import as_text
from aright.core.observe.intake.bounds import MAX_SERVICE, MAX_SERVICES, MAX_STRING, nameable
from aright.core.observe.intake.otlp_body import MAX_ENTRIES, MAX_ENTRY, too_many
from aright.core.observe.intake.otlp_json import JsonCodec
from aright.core.observe.intake.otlp_proto import ProtoCodec

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from aright.core.observe.intake.otlp_body import Codec, Value
    from aright.core.observe.intake.quarantine import Quarantine

UNKNOWN: Final = "unknown_service"
"""Whose entries are where nothing names a service, as the specification has it."""

SEGMENTS: Final = "aright.segments"
"""A resource's attribute: names of spans' attributes that are segments, parted by space, comma or ``;``."""

_HOST: Final = ("k8s.pod.name", "host.name", "service.instance.id", "container.id", "faas.instance")
_RESOURCE_SEGMENTS: Final = ("deployment.environment.name", "deployment.environment", "cloud.region")
_MOST_SEGMENTS: Final = 16
_CHUNK: Final = 8_192
_CHUNK_BYTES: Final = 4 << 20
_PLAIN: Final = (str, int, float)
_SMALL: Final = 4_096
"""Bytes of a resource that is remembered."""

_PROTO: Final = ProtoCodec()
_JSON: Final = JsonCodec()
_FIX: Final = "set service.name (OTEL_SERVICE_NAME) to printable text of at most 80 bytes"


class Source(NamedTuple):
    """A resource.

    Attributes:
        service: its service.
        version: of the service; ``None`` where it is not said.
        host: pod, host or instance; ``None`` where it is not said.
        segments: attributes of spans that are segments, besides those that always are.
        fixed: segments that the resource itself says.
        instance: which of the service's processes; empty where it is not said.
        problem: why its entries are not taken; empty where they are.
    """

    service: str
    version: str | None
    host: str | None
    segments: tuple[str, ...] = ()
    fixed: tuple[tuple[str, str], ...] = ()
    instance: str = ""
    problem: str = ""


class Chunk(NamedTuple):
    """Some entries of a body.

    Attributes:
        sources: the body's resources so far.
        owners: place of each entry's source, shape (entries,).
        numbers: of each entry in the body, shape (entries,).
        entries: as they are encoded.
    """

    sources: Sequence[Source]
    owners: npt.NDArray[np.int32]
    numbers: npt.NDArray[np.int64]
    entries: list[bytes]


def codec_of(form: Format) -> Codec:
    """Return what reads a format."""
    return _JSON if form is Format.OTLP_JSON else _PROTO


def chunks_of(
    plain: bytes, codec: Codec, quarantine: Quarantine, *, longest: int = MAX_ENTRY
) -> Iterator[Chunk]:
    """Yield the entries of a body that may be taken, so many at a time that memory bears it.

    Those that are too large, or whose resource has no usable service, go into the quarantine.
    """
    sources: list[Source] = []
    places: dict[tuple[bytes, ...], int] = {}
    services: set[str] = set()
    number = 0
    waiting = _Waiting(sources)
    for part in codec.parts(plain):
        key = tuple(part.attributes)
        if key not in places:
            places[key] = len(sources)
            read = _read_again if sum(map(len, key)) <= _SMALL else _read
            sources.append(_bounded(read(key, codec), services))
        place = places[key]
        for first in range(0, len(part.entries), _CHUNK):
            entries = part.entries[first : first + _CHUNK]
            numbers = np.arange(number, number + len(entries))
            number += len(entries)
            if number > MAX_ENTRIES:
                raise too_many(MAX_ENTRIES)
            size = sum(map(len, entries))
            if sources[place].problem or (size > longest and max(map(len, entries)) > longest):
                entries, numbers = _usable(entries, numbers, sources[place].problem, longest, quarantine)
            waiting.add(place, entries, numbers, size)
            if waiting.is_full():
                yield waiting.chunk()
    if waiting.entries:
        yield waiting.chunk()


def _read(attributes: tuple[bytes, ...], codec: Codec) -> Source:
    return source_of(dict(map(codec.pair, attributes)))


_read_again = lru_cache(maxsize=1_024)(_read)
"""A process says the same of itself in every body."""


class _Waiting:
    """Entries of several resources on their way into a chunk."""

    def __init__(self, sources: Sequence[Source]) -> None:
        self._sources = sources
        self._places: list[int] = []
        self._numbers: list[npt.NDArray[np.int64]] = []
        self._bytes = 0
        self.entries: list[bytes] = []

    def add(self, place: int, entries: list[bytes], numbers: npt.NDArray[np.int64], size: int) -> None:
        """Take entries of one resource, of ``size`` bytes or fewer."""
        self.entries += entries
        self._places.append(place)
        self._numbers.append(numbers)
        self._bytes += size

    def is_full(self) -> bool:
        """Return whether these are enough for a chunk."""
        return len(self.entries) >= _CHUNK or self._bytes >= _CHUNK_BYTES

    def chunk(self) -> Chunk:
        """Return what waits, and begin anew."""
        owners = np.repeat(np.array(self._places, np.int32), [len(numbers) for numbers in self._numbers])
        made = Chunk(self._sources, owners, np.concatenate(self._numbers), self.entries)
        self.entries, self._places, self._numbers, self._bytes = [], [], [], 0
        return made


def _usable(
    entries: list[bytes],
    numbers: npt.NDArray[np.int64],
    problem: str,
    longest: int,
    quarantine: Quarantine,
) -> tuple[list[bytes], npt.NDArray[np.int64]]:
    """Return the entries that may be taken; each of the others is told."""
    kept = [at for at, entry in enumerate(entries) if not problem and len(entry) <= longest]
    for at in sorted({*range(len(entries))} - {*kept}):
        _refuse(quarantine, int(numbers[at]), problem, longest)
    return [entries[at] for at in kept], numbers[kept]


def source_of(attributes: Mapping[str, Value]) -> Source:
    """Return what a resource's attributes say.

    >>> source_of({"service.name": "shop", "service.version": "1.2", "host.name": "node-7"})[:3]
    ('shop', '1.2', 'node-7')
    """
    service = text_of(attributes.get("service.name")) or UNKNOWN
    fixed = tuple(
        (name, said[:MAX_STRING]) for name in _RESOURCE_SEGMENTS if (said := text_of(attributes.get(name)))
    )
    return Source(
        service=service,
        version=_first(attributes, ("service.version",)),
        host=_first(attributes, _HOST),
        segments=_segments(attributes.get(SEGMENTS)),
        fixed=fixed,
        instance=text_of(attributes.get("service.instance.id"))[:200],
        problem="" if nameable(service, MAX_SERVICE) else "its resource has no usable service.name",
    )


def text_of(value: Value) -> str:
    """Return a plain value as text, empty for lists, maps and nothing."""
    if type(value) is str:  # nearly all are
        return value
    return as_text(value) or "" if isinstance(value, _PLAIN) else ""


def _first(attributes: Mapping[str, Value], names: Sequence[str]) -> str | None:
    return next((said[:200] for name in names if (said := text_of(attributes.get(name)))), None)


def _segments(value: Value) -> tuple[str, ...]:
    said = [each for each in value if isinstance(each, str)] if isinstance(value, list) else [text_of(value)]
    names = " ".join(said).replace(",", " ").replace(";", " ").split()
    return tuple(name for name in dict.fromkeys(names) if nameable(name))[:_MOST_SEGMENTS]


def _bounded(source: Source, services: set[str]) -> Source:
    if source.problem or source.service in services:
        return source
    if len(services) >= MAX_SERVICES:
        return source._replace(problem=f"more than {MAX_SERVICES} different services in one body")
    services.add(source.service)
    return source


def _refuse(quarantine: Quarantine, number: int, problem: str, longest: int) -> None:
    if problem:
        quarantine.add(number, "service.name", problem, _FIX)
    else:
        quarantine.add(number, "", f"larger than {longest:,} bytes", "emit smaller ones")
