"""What is said since a fault that was not said before, or far more seldom, by logs and failed spans."""

from __future__ import annotations

import json
import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from aright.core.diagnose.dependencies.templates import templates_of
from aright.core.diagnose.mechanism.fault import Sign
from aright.core.diagnose.mechanism.lexing import message_names, plain
from aright.core.diagnose.mechanism.modes import Mode, modes

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import numpy.typing as npt

    from aright.core.diagnose.dependencies.telemetry import Telemetry
    from aright.core.model.times import Micros

WARNING: Final = 13
ERROR: Final = 17
"""OpenTelemetry's severity numbers."""

MOST_ROWS: Final = 50_000
"""Lines of each span of time that are looked at, evenly chosen."""

MOST_TEMPLATES: Final = 300
"""Templates that are told, those said most."""

TIMES: Final = 3.0
"""How many times as often as before something must be said to be a sign."""

FEWEST_FIXED: Final = 5
"""Lines that must carry one and the same identifier for that to mean something."""

MOST_CHARACTERS: Final = 2_000

_IDENTIFIER: Final = re.compile(
    r"\b((?:[a-z]+[_-]?)?(?:id|key|offset|record|row|message|msg|event|order|seq|sequence|uuid|object"
    r"|document|doc))[=:# ]+[\"']?([\w-]*\d[\w-]*)",
    re.IGNORECASE,
)


@dataclass(frozen=True, kw_only=True)
class Said:
    """What logs and spans say.

    Attributes:
        signs: since the fault.
        healthy: a line of each template that was said before.
        named: calls that errors tell of: (who says it, the service it names).
        began: by service, since when its signs come often.
    """

    signs: tuple[Sign, ...]
    healthy: tuple[str, ...]
    named: frozenset[tuple[str, str]]
    began: Mapping[str, Micros]


@dataclass(frozen=True, eq=False)
class _Lines:
    """Lines of logs and of failed spans; arrays and lists have one entry per line."""

    time: npt.NDArray[np.int64]
    service: list[str]
    severity: npt.NDArray[np.int64]
    text: list[str]


def signs_of(telemetry: Telemetry) -> Said:
    """Return what is said since the fault, and by whom."""
    lines = _lines(telemetry)
    if not lines.text:
        return Said(signs=(), healthy=(), named=frozenset(), began={})
    services = sorted(set(lines.service))
    code = {name: at for at, name in enumerate(services)}
    writers = np.array([code[name] for name in lines.service], dtype=np.int64)
    found = templates_of(pa.array(lines.text), writers)
    groups = writers * len(found.names) + found.codes
    signs: list[Sign] = []
    healthy: list[str] = []
    times: dict[str, list[int]] = {}
    distinct, counts = np.unique(groups, return_counts=True)
    for group in distinct[np.argsort(-counts, kind="stable")][: 4 * MOST_TEMPLATES]:
        rows = np.flatnonzero(groups == group)
        sign, usual = _judged(telemetry, lines, rows)
        healthy += usual
        if sign is not None:
            signs.append(sign)
            since = lines.time[rows[lines.time[rows] >= sign.at]]
            times.setdefault(sign.service, []).extend(since[since < telemetry.current[1]].tolist())
    kept = sorted(signs, key=lambda each: (-each.count, each.at))[:MOST_TEMPLATES]
    ordered = tuple(sorted(kept, key=lambda each: (each.at, each.service, each.text)))
    began = {service: burst(np.sort(np.array(at)), telemetry.current) for service, at in times.items()}
    return Said(signs=ordered, healthy=tuple(healthy), named=_named(ordered, services), began=began)


def _judged(
    telemetry: Telemetry, lines: _Lines, rows: npt.NDArray[np.int64]
) -> tuple[Sign | None, list[str]]:
    """Return a group of lines as a sign, where it is one, and a line of it where it was said in health."""
    time = lines.time[rows]
    (start, middle), (begin, end) = telemetry.reference, telemetry.current
    before = rows[(time >= start) & (time < middle)]
    now = rows[(time >= begin) & (time < end)]
    healthy = [lines.text[before[0]]] if len(before) else []
    expected = len(before) * (end - begin) / max(middle - start, 1)
    if len(now) <= TIMES * expected + 2.0 * np.sqrt(expected):
        return None, healthy
    text = Counter(lines.text[row] for row in now).most_common(1)[0][0]
    ways = modes(text)
    severity = int(lines.severity[now].max())
    ways = ways or (frozenset({Mode.OTHER}) if severity >= ERROR else ways)
    if (severity < WARNING and not (ways and severity == 0)) or not (ways or len(now) > 1):
        return None, healthy
    onset = _onset(np.sort(lines.time[now]), begin, expected / max(end - begin, 1))
    sign = Sign(
        service=lines.service[now[0]],
        text=text,
        at=onset,
        count=len(now),
        modes=ways,
        fixed=_fixed([lines.text[row] for row in now]),
    )
    return sign, healthy


def burst(time: npt.NDArray[np.int64], span: tuple[Micros, Micros]) -> Micros:
    """Return the event from which on events come most clearly faster than before it.

    The likelihood of a Poisson process whose rate steps up once: a stray event long before is no burst.

    Args:
        time: sorted, shape (events,), not empty (µs).
        span: start and end of the time looked at (µs).

    >>> burst(np.array([5, 600, 610, 620, 630]) * 1_000_000, (0, 700_000_000)) // 1_000_000
    600
    """
    before = np.arange(len(time), dtype=np.float64)
    after = len(time) - before
    quiet = np.maximum((time - span[0]) / 1e6, 1.0)
    loud = np.maximum((span[1] - time) / 1e6, 1.0)
    gain = before * np.log(np.maximum(before, 1.0) / quiet) + after * np.log(after / loud)
    gain[before / quiet > after / loud] = -np.inf
    return int(time[int(np.argmax(gain))])


def _onset(time: npt.NDArray[np.int64], begin: Micros, rate: float) -> Micros:
    """Return the line from which on they come faster than before: where the sum of surprises is lowest."""
    surprise = np.arange(len(time)) - TIMES * rate * (time - begin)
    return int(time[int(np.argmin(surprise))])


def _fixed(texts: Sequence[str]) -> str:
    """Return the identifier that all lines carry, and alike, where they are enough to tell."""
    if len(texts) < FEWEST_FIXED:
        return ""
    found = [dict(_IDENTIFIER.findall(text)) for text in texts]
    for name, value in found[0].items():
        if all(each.get(name) == value for each in found):
            return f"{name} {value}"
    return ""


def _named(signs: Sequence[Sign], services: Sequence[str]) -> frozenset[tuple[str, str]]:
    """Return who names which other service in an error: whom it calls."""
    known = {plain(name): name for name in services}
    found: set[tuple[str, str]] = set()
    for sign in signs:
        for name in message_names(sign.text) & known.keys():
            if known[name] != sign.service:
                found.add((sign.service, known[name]))
    return frozenset(found)


def _lines(telemetry: Telemetry) -> _Lines:
    rows = sorted([*_log_lines(telemetry.logs), *_span_lines(telemetry.spans)], key=lambda row: row[0])
    time, service, severity, text = zip(*rows, strict=True) if rows else ((), (), (), ())
    return _Lines(np.array(time, np.int64), list(service), np.array(severity, np.int64), list(text))


def _log_lines(logs: pa.Table) -> Iterator[tuple[int, str, int, str]]:
    for time, service, severity, body, attributes in _rows(
        logs, "time", "service", "severity", "body", "attributes"
    ):
        yield time, service, severity or 0, _text(body or "", attributes)


def _span_lines(spans: pa.Table) -> Iterator[tuple[int, str, int, str]]:
    """Return what failed spans say; a span that ended well says nothing."""
    if "status" not in spans.schema.names:
        return
    failed = spans.filter(pc.equal(pc.fill_null(spans["status"].cast(pa.string()), ""), "error"))
    for time, service, message, attributes in _rows(failed, "time", "service", "message", "attributes"):
        text = _text(message or "", attributes)
        if text:
            yield time, service, ERROR, text


def _rows(table: pa.Table, *columns: str) -> Iterator[tuple[Any, ...]]:
    step = max(table.num_rows // MOST_ROWS, 1)
    chosen = table.take(pa.array(range(0, table.num_rows, step))) if step > 1 else table
    arrays = [_column(chosen, name) for name in columns]
    return zip(*arrays, strict=True)


def _column(table: pa.Table, name: str) -> list[Any]:
    """Return a column's values; one that is not there is null in every row."""
    if name not in table.schema.names:
        return [None] * table.num_rows
    values: list[Any] = (table[name].cast(pa.int64()) if name == "time" else table[name]).to_pylist()
    return values


def _text(body: str, attributes: bytes | None) -> str:
    """Return a message with the texts of its attributes: exceptions and frames often stand there."""
    try:
        told = json.loads(attributes) if attributes else {}
    except ValueError:
        told = {}
    pairs = told.items() if isinstance(told, dict) else ()
    more = [f"{name}={value}" for name, value in pairs if isinstance(value, str)]
    return "; ".join([body, *more])[:MOST_CHARACTERS].strip("; ")
