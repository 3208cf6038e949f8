"""Snapshots: all that a detector has learned, as bytes, so that a restart need not go over its points again.

What is written is data alone: numbers, texts, containers, arrays, and objects of the classes listed here, by
their attributes. Nothing in the bytes can name anything else, so reading foreign ones builds nothing but such
objects, or fails.
"""

from __future__ import annotations

import zlib
from collections import OrderedDict, deque
from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from enum import Enum
from typing import Any, Final, TypeAlias

import msgspec
import numpy as np

from aright.core.detect.evidence import Evidence
from aright.core.detect.forgetting import Presence
from aright.core.detect.history import History
from aright.core.detect.metric_leak import LeakDetector
from aright.core.detect.metric_memory import LongMemory
from aright.core.detect.metric_names import Nature
from aright.core.detect.metric_rise import RiseDetector
from aright.core.detect.metric_saturation import PinnedDetector
from aright.core.detect.metric_spike import SpikeDetector
from aright.core.detect.metric_streams import Metric, MetricStreams
from aright.core.detect.series import SeriesDetector
from aright.core.detect.series_evidence import SeriesBatch, SeriesEvidence
from aright.core.detect.series_frame import SeriesFrame
from aright.core.detect.series_model import SeriesModel
from aright.core.detect.series_settings import Kind, SeriesSettings, Verdict, Way
from aright.core.detect.series_store import SeriesStore
from aright.core.detect.service_metrics import LevelDetector
from aright.core.detect.streams import Stream, Streams
from aright.core.model.signal import Bad, Segment, SignalKind
from aright.core.stats.local_trend import Level, Wander
from aright.core.stats.normal_scores import NormalScores
from aright.core.stats.seasonal_lines import Seasonal
from aright.core.stats.shift_mixture import Bets
from aright.core.stats.theil_sen import Slope

VERSION: Final = 2
"""Raised when attributes of a class come to mean something else; snapshots of others are not read."""

Given: TypeAlias = Mapping[str, object]

_CLASSES: Final[dict[str, type]] = {
    each.__name__: each
    for each in (
        *(Evidence, History, Presence, LeakDetector, LongMemory, RiseDetector, PinnedDetector, SpikeDetector),
        *(Metric, MetricStreams, SeriesDetector, SeriesBatch, SeriesEvidence, SeriesFrame, SeriesModel),
        *(SeriesSettings, SeriesStore, LevelDetector, Stream, Streams, Segment, SignalKind, Level, Wander),
        *(NormalScores, Seasonal, Bets, Slope, Verdict, Nature, Kind, Way, Bad),
    )
}
_PLAIN: Final = (bool, int, float, str, bytes)
_LARGEST: Final = 1 << 30


class UnreadableSnapshotError(ValueError):
    """The bytes are no snapshot of this version."""


def freeze(value: object, given: Given) -> bytes:
    """Return a value as bytes.

    Args:
        value: made of plain values, containers, numpy arrays and the classes listed above.
        given: objects that are not written but named, by identity: settings, functions.

    Raises:
        TypeError: for anything else.

    >>> thaw(freeze({"a": (1.5, np.arange(2))}, {}), {})["a"]
    (1.5, array([0, 1]))
    """
    names = {id(each): name for name, each in given.items()}
    return zlib.compress(msgspec.msgpack.encode([VERSION, _told(value, names)]), 1)


def thaw(body: bytes, given: Given) -> Any:
    """Return what was frozen, equal in every bit; raises ``UnreadableSnapshotError``."""
    try:
        plain = zlib.decompressobj().decompress(body, _LARGEST)
        version, told = msgspec.msgpack.decode(plain)
        made = _made(told, given) if version == VERSION else None
    except (zlib.error, msgspec.MsgspecError, ValueError, TypeError, KeyError, AttributeError) as broken:
        raise UnreadableSnapshotError(f"the snapshot cannot be read: {broken}") from broken
    if version != VERSION:
        raise UnreadableSnapshotError(f"the snapshot is of version {version}, not {VERSION}")
    return made


def _told(value: object, names: Mapping[int, str]) -> object:
    """Return a value as what msgpack has: containers and objects are lists that begin with a tag."""
    if id(value) in names:
        return ["given", names[id(value)]]
    if isinstance(value, Enum):
        return ["enum", _name_of(value), value.value]
    if value is None or type(value) in _PLAIN:  # numpy.float64 is a float, too
        return value
    return _array(value) or _container(value, names) or _attributes(value, names)


def _array(value: object) -> object | None:
    if isinstance(value, np.ndarray):
        return ["array", value.dtype.str, list(value.shape), np.ascontiguousarray(value).tobytes()]
    if isinstance(value, np.generic):
        return ["scalar", value.dtype.str, value.tobytes()]
    return None


def _container(value: object, names: Mapping[int, str]) -> object | None:
    if isinstance(value, deque):
        return ["deque", value.maxlen, [_told(each, names) for each in value]]
    if isinstance(value, dict):
        pairs = [[_told(key, names), _told(each, names)] for key, each in value.items()]
        return ["ordered" if isinstance(value, OrderedDict) else "dict", pairs]
    if isinstance(value, tuple) and type(value) is not tuple:
        return None
    for kind, tag in ((list, "list"), (tuple, "tuple"), (set, "set")):
        if isinstance(value, kind):
            inner = sorted(value) if tag == "set" else value
            return [tag, [_told(each, names) for each in inner]]
    return None


def _name_of(value: object) -> str:
    name = type(value).__name__
    if _CLASSES.get(name) is not type(value):
        raise TypeError(f"{type(value).__qualname__} has no place in a snapshot")
    return name


def _attributes(value: object, names: Mapping[int, str]) -> object:
    name = _name_of(value)
    if isinstance(value, tuple):
        kept = value._asdict()  # type: ignore[attr-defined]  # a NamedTuple's
    elif isinstance(value, msgspec.Struct):
        kept = {each: getattr(value, each) for each in value.__struct_fields__}
    elif is_dataclass(value):
        kept = {each.name: getattr(value, each.name) for each in fields(value)}
    else:
        kept = vars(value)
    return ["object", name, {each: _told(inner, names) for each, inner in kept.items()}]


def _made(told: object, given: Given) -> object:
    if isinstance(told, list):
        tag, *rest = told
        return _MAKERS[tag](rest, given)
    return told


def _object(rest: list[Any], given: Given) -> object:
    kind = _CLASSES[rest[0]]
    kept = {name: _made(each, given) for name, each in rest[1].items()}
    if issubclass(kind, (tuple, msgspec.Struct)) or is_dataclass(kind):
        return kind(**kept)
    made: object = kind.__new__(kind)
    vars(made).update(kept)
    return made


def _each(values: list[object], given: Given) -> list[object]:
    return [_made(each, given) for each in values]


_Maker: TypeAlias = Callable[[list[Any], Given], object]

_MAKERS: Final[dict[str, _Maker]] = {
    "given": lambda rest, given: given[rest[0]],
    "enum": lambda rest, _: _CLASSES[rest[0]](rest[1]),
    "array": lambda rest, _: np.frombuffer(rest[2], np.dtype(rest[0])).reshape(rest[1]).copy(),
    "scalar": lambda rest, _: np.frombuffer(rest[1], np.dtype(rest[0]))[0],
    "deque": lambda rest, given: deque(_each(rest[1], given), rest[0]),
    "dict": lambda rest, given: {_made(key, given): _made(each, given) for key, each in rest[0]},
    "ordered": lambda rest, given: OrderedDict(
        (_made(key, given), _made(each, given)) for key, each in rest[0]
    ),
    "list": lambda rest, given: _each(rest[0], given),
    "tuple": lambda rest, given: tuple(_each(rest[0], given)),
    "set": lambda rest, given: set(_each(rest[0], given)),
    "object": _object,
}
