"""Prometheus remote-write, decoded: from a message to series, times and values.

https://prometheus.io/docs/specs/prw/remote_write_spec and …/remote_write_spec_2_0. protobuf's own decoder
splits a message into its series, which takes a tenth of what taking their labels apart would. The labels of a
series are the same bytes in each message of version 1.0, so what they mean is looked up; and all that follows
them is nearly always one sample, laid out like every other one, so samples are read as columns.
"""

from __future__ import annotations

from functools import lru_cache
from operator import itemgetter
from typing import TYPE_CHECKING, Final, NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt
from google.protobuf.message import DecodeError

from aright.core.observe.intake.prometheus_series import Series, series_of
from aright.core.observe.intake.remote_write_schema import FIX, message_class, parse
from aright.core.observe.intake.unreadable import UnreadableError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from google.protobuf.message import Message

_KNOWN: Final = 1 << 16
"""Series whose meaning is remembered: about 30 MB when all are."""

_LONGEST: Final = 2_048
"""Bytes of labels that are remembered; longer ones are read anew each time."""

_FULL: Final = 18
_ZERO: Final = 9
"""Bytes of a field that holds a sample of this century: with a value, and without one, which is zero."""

_KINDS: Final = ("", "counter", "gauge", "histogram", "gaugehistogram", "summary", "info", "stateset")


_Told: TypeAlias = "tuple[Message, Series | None]"
"""A series as it came, and what it means."""


class Samples(NamedTuple):
    """What a message holds.

    Attributes:
        series: of each sample; ``None`` where it measures nothing.
        times: ms since 1970, int64, shape (samples,).
        values: float64, shape (samples,).
        histograms: native histograms in the message, which are not read.
        exemplars: exemplars in the message, which are not read.
    """

    series: list[Series | None]
    times: npt.NDArray[np.int64]
    values: npt.NDArray[np.float64]
    histograms: int = 0
    exemplars: int = 0


def decode_first(body: bytes) -> Samples:
    """Decode a ``prometheus.WriteRequest``; raises ``UnreadableError``.

    >>> label, sample = "0a0d0a085f5f6e616d655f5f120175", "120b09000000000000f03f1005"
    >>> got = decode_first(bytes.fromhex("0a1c" + label + sample))
    >>> got.series[0].name, got.times.tolist(), got.values.tolist()
    ('u', [5], [1.0])
    """
    parts: list[bytes] = list(parse("FirstRequest", body).timeseries)
    if not parts:
        return _gathered([])
    tails = np.frombuffer(b"".join([part[-_FULL:].rjust(_FULL, b"\0") for part in parts]), np.uint8)
    tails = tails.reshape(-1, _FULL)
    full = (tails[:, :3] == (0x12, 0x10, 0x09)).all(1) & (tails[:, 11] == 0x10)
    zero = ~full & (tails[:, 9:12] == (0x12, 0x07, 0x10)).all(1)
    times, sound = _times(tails[:, 12:])
    sizes = np.where(full, _FULL, _ZERO)
    labels = [
        _meaning(part[:-size]) if plain else _UNUSUAL
        for part, size, plain in zip(parts, sizes.tolist(), ((full | zero) & sound).tolist(), strict=True)
    ]
    quick = np.fromiter((label is not _UNUSUAL for label in labels), np.bool_, len(labels))
    values = np.where(full, np.ascontiguousarray(tails[:, 3:11]).view("<f8")[:, 0], 0.0)
    if quick.all():
        return Samples([label[0] for label in labels], times, values)
    plain = Samples([label[0] for label in labels if label is not _UNUSUAL], times[quick], values[quick])
    return _joined(plain, _gathered([_first_series(parts[at]) for at in np.flatnonzero(~quick).tolist()]))


def decode_second(body: bytes) -> Samples:
    """Decode an ``io.prometheus.write.v2.Request``; raises ``UnreadableError``.

    Labels are numbers into a table of texts that each message has anew, so there is less to look up.

    >>> table, series = "220022085f5f6e616d655f5f220175", "0a020102" + "120b09000000000000f03f1005"
    >>> got = decode_second(bytes.fromhex(table + "2a11" + series))
    >>> got.series[0].name, got.times.tolist(), got.values.tolist()
    ('u', [5], [1.0])
    """
    request = parse("SecondRequest", body)
    table: list[str] = list(request.symbols)
    parts: list[bytes] = list(request.timeseries)
    cuts = [_cut(part) for part in parts]
    usual = [cut for cut in cuts if cut is not None]
    laid = np.frombuffer(b"".join([sample for _, sample, _ in usual]), np.uint8).reshape(-1, _FULL)
    times, sound = _times(laid[:, 12:])
    if not sound.all():
        return _gathered([_second_series(part, table) for part in parts])
    texts = _texts([refs for refs, _, _ in usual], table)
    quick = Samples(
        [_of_texts(one, kind) for one, (_, _, kind) in zip(texts, usual, strict=True)],
        times,
        np.ascontiguousarray(laid[:, 3:11]).view("<f8")[:, 0],
    )
    rest = [part for part, cut in zip(parts, cuts, strict=True) if cut is None]
    return _joined(quick, _gathered([_second_series(part, table) for part in rest])) if rest else quick


def _cut(part: bytes) -> tuple[bytes, bytes, str] | None:
    """Return a series of one sample as references, sample and declared type; ``None`` for any other."""
    if len(part) < _ZERO + 4 or part[0] != 0x0A or part[1] >= 0x80:
        return None
    end = 2 + part[1]
    sample = part[end : end + _FULL]
    if sample[:3] == b"\x12\x10\x09" and sample[11:12] == b"\x10" and len(sample) == _FULL:
        kind = _kind_in(part[end + _FULL :])
    elif sample[:3] == b"\x12\x07\x10" and len(sample) >= _ZERO:
        kind = _kind_in(part[end + _ZERO :])
        sample = b"\x12\x10\x09" + bytes(8) + sample[2:_ZERO]
    else:
        return None
    return None if kind is None else (part[2:end], sample, kind)


@lru_cache(maxsize=_KNOWN)
def _kind_in(metadata: bytes) -> str | None:
    """Return the type that is declared behind a sample; ``None`` where something else follows it."""
    try:
        one = message_class("SecondSeries").FromString(metadata[:_LONGEST])
    except DecodeError:
        return None
    if one.labels_refs or one.samples or one.histograms or one.exemplars:
        return None
    return _kind(one)


def _texts(refs: Sequence[bytes], table: Sequence[str]) -> list[tuple[str, ...]]:
    """Return the texts that packed references point to, one tuple for each series."""
    if not refs:
        return []
    flat = np.frombuffer(b"".join(refs), np.uint8)
    ends = flat < 0x80
    stops = np.cumsum(np.fromiter(map(len, refs), np.int64, len(refs)))
    if not ends[stops - 1].all():
        raise UnreadableError("a label's reference is cut off", FIX)
    numbers = parse("References", _packed(b"".join(refs))).numbers
    try:
        words = itemgetter(*numbers[:], 0)(table)  # a tuple, however few they are
    except IndexError as error:
        raise UnreadableError("a label points outside of the table of texts", FIX) from error
    counts = np.cumsum(ends)[stops - 1].tolist()
    return [words[first:stop] for first, stop in zip([0, *counts], counts, strict=False)]


def _packed(numbers: bytes) -> bytes:
    """Return a message of one field, its first, that holds packed numbers."""
    length, said = len(numbers), bytearray(b"\x0a")
    while length > 0x7F:
        said.append(length & 0x7F | 0x80)
        length >>= 7
    said.append(length)
    return bytes(said) + numbers


def _second_series(part: bytes, table: Sequence[str]) -> _Told:
    one = parse("SecondSeries", part)
    try:
        texts = tuple(table[ref] for ref in one.labels_refs)
    except IndexError as error:
        raise UnreadableError("a label points outside of the table of texts", FIX) from error
    return one, _of_texts(texts, _kind(one))


def _kind(one: Message) -> str:
    kind: int = one.metadata.type
    return _KINDS[kind] if 0 <= kind < len(_KINDS) else ""


def _first_series(part: bytes) -> _Told:
    one = parse("FirstSeries", part)
    return one, series_of({label.name: label.value for label in one.labels})


_UNUSUAL: Final[tuple[Series | None]] = (None,)


@lru_cache(maxsize=_KNOWN)
def _known(labels: bytes) -> tuple[Series | None]:
    """Return what labels mean, or ``_UNUSUAL`` where there is more among them or they do not end here."""
    try:
        one = message_class("FirstSeries").FromString(labels)
    except DecodeError:
        return _UNUSUAL
    if one.samples or one.histograms or one.exemplars:
        return _UNUSUAL
    return (series_of({label.name: label.value for label in one.labels}),)


def _meaning(labels: bytes) -> tuple[Series | None]:
    return _known(labels) if len(labels) <= _LONGEST else _UNUSUAL


@lru_cache(maxsize=_KNOWN)
def _of_texts(texts: tuple[str, ...], kind: str) -> Series | None:
    if len(texts) % 2:
        raise UnreadableError("a label has a name and no value", FIX)
    return series_of(dict(zip(texts[::2], texts[1::2], strict=True)), kind)


def _times(stamps: npt.NDArray[np.uint8]) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.bool_]]:
    """Return numbers of six bytes each, as protobuf writes them, and which of them are whole."""
    times = ((stamps.astype(np.int64) & 0x7F) << (7 * np.arange(6))).sum(1)
    return times, (stamps[:, :5] >= 0x80).all(1) & (stamps[:, 5] < 0x80)


def _gathered(told: Sequence[_Told]) -> Samples:
    """Read series one by one, whatever they hold."""
    series: list[Series | None] = []
    times: list[int] = []
    values: list[float] = []
    for one, meaning in told:
        for sample in one.samples:
            series.append(meaning)
            times.append(sample.timestamp)
            values.append(sample.value)
    return Samples(
        series,
        np.array(times, np.int64),
        np.array(values, np.float64),
        sum(len(one.histograms) for one, _ in told),
        sum(len(one.exemplars) for one, _ in told),
    )


def _joined(one: Samples, other: Samples) -> Samples:
    return Samples(
        one.series + other.series,
        np.concatenate([one.times, other.times]),
        np.concatenate([one.values, other.values]),
        one.histograms + other.histograms,
        one.exemplars + other.exemplars,
    )
