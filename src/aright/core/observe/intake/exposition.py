"""Text exposition: what ``/metrics`` shows, in Prometheus' text format 0.0.4 or OpenMetrics 1.0, to rows.

https://prometheus.io/docs/instrumenting/exposition_formats, https://prometheus.io/docs/specs/om/open_metrics_spec

A body begins with a line that says whose it is, ``# aright {…}``: a comment in both formats, so that the body
with all that is needed to read it again is one text.
"""

from __future__ import annotations

import re
from fnmatch import fnmatchcase
from functools import lru_cache
from typing import TYPE_CHECKING, Final

import msgspec
import numpy as np

from aright.core.observe.intake.bounds import FUTURE, MAX_ROWS, PAST
from aright.core.observe.intake.prometheus_rows import rows_of
from aright.core.observe.intake.prometheus_series import NAME, series_of
from aright.core.observe.intake.quarantine import Quarantine
from aright.core.observe.intake.remote_write import Samples
from aright.core.observe.intake.unreadable import UnreadableError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from aright.core.model.frame import Frame
    from aright.core.observe.intake.found import Found
    from aright.core.observe.intake.prometheus_series import Series

MARK: Final = b"# aright "
_KNOWN: Final = 1 << 15
_FIX: Final = "show Prometheus' text format 0.0.4 or OpenMetrics 1.0"
# Quantifiers are possessive: a line that is no sample is seen to be none in one pass.
_SERIES: Final = (
    r"([a-zA-Z_:][a-zA-Z0-9_:]*)"  # name
    r'[ \t]*(?:\{((?:[^"}]++|"(?:[^"\\]++|\\.)*+")*+)\})?'  # labels
)
_NAMED: Final = re.compile(_SERIES)
_SAMPLE: Final = re.compile(
    _SERIES + r"(?:(?<=\})[ \t]*|[ \t]+)([-+.0-9a-zA-Z]+)"  # value
    r"(?:[ \t]+([-+.0-9eE]+))?"  # time
    r"[ \t]*(?:#.*)?"  # exemplar
)
_LABEL: Final = re.compile(r'[ \t]*([a-zA-Z_][a-zA-Z0-9_]*)[ \t]*=[ \t]*"((?:[^"\\]|\\.)*)"[ \t]*(?:,|$)')
_ESCAPE: Final = re.compile(r"\\(.)")
_ESCAPED: Final = {"n": "\n"}
_ENDINGS: Final = ("_total", "_bucket", "_count", "_sum", "_created")
_LONGEST: Final = 400
_LONGEST_KNOWN: Final = 2_048


class Head(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What stands in a body's first line.

    Attributes:
        service: whose metrics they are.
        instance: which of its instances shows them.
        job: what shows them; empty for none.
        openmetrics: whether it is OpenMetrics, whose times are seconds and not milliseconds.
        up: whether it could be read.
        seconds: how long that took.
        metrics: names to keep, also with ``*``; empty keeps all.
    """

    service: str
    instance: str
    job: str = ""
    openmetrics: bool = False
    up: bool = True
    seconds: float = 0.0
    metrics: tuple[str, ...] = ()


def head_line(head: Head) -> bytes:
    r"""Return the line that a body begins with.

    >>> head_line(Head(service="shop", instance="10.0.0.1:80"))
    b'# aright {"service":"shop","instance":"10.0.0.1:80"}\n'
    """
    return MARK + msgspec.json.encode(head) + b"\n"


def read_exposition(plain: bytes, frame: Frame, quarantine: Quarantine) -> Found:
    """Return the rows of a scraped body; raises ``UnreadableError``.

    Whether it could be read and how long that took are the metrics ``up`` and ``scrape_duration_seconds``, as
    Prometheus has them. Lines that are no samples come again with every scrape, so they are not set aside one
    by one: the first is noted, and how many there are is the metric ``scrape_lines_left_out``.
    """
    head, text = _parts(plain)
    now = frame.received_at // 1_000
    bad = Quarantine()
    parser = _Parser(head, now, bad)
    if head.up:
        parser.read(text.split("\n"))
    own = {"up": float(head.up and (bool(parser.series) or not bad.count))}
    own["scrape_duration_seconds"] = head.seconds
    if bad.count:
        own["scrape_lines_left_out"] = float(bad.count)
        first = bad.bad[0]
        lines = "1 line" if bad.count == 1 else f"{bad.count:,} lines"
        said = f"{lines} left out; line {first.row}: {first.problem}: {first.text}"
        quarantine.note("lines", said, first.fix, first.row)
    for name, value in own.items():
        parser.keep(_meaning(name, "", "gauge", head), now, value)
    samples = Samples(parser.series, np.array(parser.times, np.int64), np.array(parser.values, np.float64))
    return rows_of(samples, frame.received_at, quarantine)


def _parts(plain: bytes) -> tuple[Head, str]:
    first, _, rest = plain.partition(b"\n")
    if not first.startswith(MARK):
        raise UnreadableError("the first line does not say whose metrics these are", _FIX)
    try:
        return msgspec.json.decode(first[len(MARK) :], type=Head), rest.decode("utf-8")
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise UnreadableError(f"the metrics cannot be read: {str(error)[:200]}", _FIX) from error


class _Parser:
    """Reads lines one after the other; samples lie side by side in ``series``, ``times`` and ``values``."""

    def __init__(self, head: Head, now: int, quarantine: Quarantine) -> None:
        self.series: list[Series | None] = []
        self.times: list[int] = []
        self.values: list[float] = []
        self._head = head
        self._now = now
        self._quarantine = quarantine
        self._kinds: dict[str, str] = {}
        self._known: dict[str, str] = {}
        self._wanted: dict[str, bool] = {}

    def keep(self, series: Series | None, time: int, value: float) -> None:
        """Take one sample."""
        self.series.append(series)
        self.times.append(time)
        self.values.append(value)

    def read(self, lines: Iterable[str]) -> None:
        """Take all lines; a line that is no sample goes into the quarantine."""
        for number, line in enumerate(lines):
            if line.startswith("#"):
                self._comment(line)
            elif line and not line.isspace():
                problem = self._sample(line)
                if problem:
                    self._quarantine.add(number + 1, "", problem, _FIX, line[:_LONGEST])
                if len(self.series) > MAX_ROWS:
                    raise UnreadableError(f"there are more than {MAX_ROWS:,} samples", "show fewer")

    def _comment(self, line: str) -> None:
        words = line.split(None, 3)
        if len(words) == 4 and words[1] == "TYPE":
            self._kinds[words[2]] = words[3].strip().lower()
            self._known.clear()

    def _sample(self, line: str) -> str:
        """Take a sample, or return why it cannot be taken."""
        series, _, value = line.rpartition(" ")
        named, time = _split(series), None  # nearly always there is one space, and no time
        if named is None:
            found = _SAMPLE.fullmatch(line.rstrip("\r"))
            if found is None:
                return "this is no sample"
            named, value, time = (found[1], found[2] or ""), found[3], found[4]
        name, labels = named
        if not self._wants(name):
            return ""
        try:
            kind = self._known.get(name)
            if kind is None:
                kind = self._known[name] = self._kind_of(name)
            self.keep(_meaning(name, labels, kind, self._head), self._at(time), float(value))
        except (ValueError, OverflowError):
            return "its labels, value or time cannot be read"
        return ""

    def _at(self, time: str | None) -> int:
        """Return a sample's time (ms); raises ``ValueError`` where it is none of this month."""
        if time is None:
            return self._now
        at = round(float(time) * 1_000) if self._head.openmetrics else int(time)
        if not self._now - PAST // 1_000 <= at <= self._now + FUTURE // 1_000:
            raise ValueError("far from our clock")
        return at

    def _wants(self, name: str) -> bool:
        if not self._head.metrics:
            return True
        if name not in self._wanted:
            self._wanted[name] = any(fnmatchcase(name, wanted) for wanted in self._head.metrics)
        return self._wanted[name]

    def _kind_of(self, name: str) -> str:
        kind = self._kinds.get(name)
        if kind is None:
            kind = next(
                (
                    self._kinds[name.removesuffix(ending)]
                    for ending in _ENDINGS
                    if name.endswith(ending) and name.removesuffix(ending) in self._kinds
                ),
                "",
            )
        return "" if kind in {"untyped", "unknown"} else kind


@lru_cache(maxsize=_KNOWN)
def _split(series: str) -> tuple[str, str] | None:
    """Return name and labels of what stands before a value; ``None`` where more stands there."""
    found = _NAMED.fullmatch(series) if len(series) <= _LONGEST_KNOWN else None
    return (found[1], found[2] or "") if found else None


@lru_cache(maxsize=_KNOWN)
def _meaning(name: str, labels: str, kind: str, head: Head) -> Series | None:
    """Return what a series means; the same lines come with every scrape. Raises ``ValueError``."""
    told: dict[str, str] = {}
    place = 0
    while place < len(labels):
        found = _LABEL.match(labels, place)
        if found is None:
            if labels[place:].strip(" \t,"):
                raise ValueError("no label")
            break
        told[found[1]] = _ESCAPE.sub(_unescaped, found[2]) if "\\" in found[2] else found[2]
        place = found.end()
    own = {"service": head.service, "instance": head.instance, "job": head.job}
    moved = {f"exported_{label}" if label in own else label: value for label, value in told.items()}
    return series_of({NAME: name, **moved, **{label: value for label, value in own.items() if value}}, kind)


def _unescaped(found: re.Match[str]) -> str:
    return _ESCAPED.get(found[1], found[1])
