"""What the records of a file add up to: config, summary, curves, and how the run ended.

Field numbers are those of ``wandb_internal.proto`` (Weights & Biases' client 0.31).
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import msgspec

from aright.adapters.wandb_offline.wire import fields, message, number, signed, text
from aright.core.contract.run_values import number_of
from aright.core.model.curves import MOST_CURVES, MOST_POINTS, Curve, curve_of, thinned
from aright.core.model.times import SECOND

if TYPE_CHECKING:
    from aright.adapters.wandb_offline.wire import Value
    from aright.core.model.times import Micros

MOST_KEYS: Final = 2_000
"""Keys of a config or a summary that are looked at."""

MOST_DATA: Final = 200

HISTORY: Final = 2
_SUMMARY, _CONFIG, _RUN, _EXIT, _USE, _ENVIRONMENT = 3, 5, 17, 18, 25, 26
_HELD: Final = 20 * MOST_POINTS
_UPDATE, _REMOVE = 1, 2


@dataclass
class Trace:
    """A metric's values so far, never more than ``_HELD`` of them."""

    points: list[tuple[int, float]] = field(default_factory=list)
    last: int = 0
    broken: int | None = None

    def add(self, step: int, value: float) -> None:
        """Take a value; its extremes stay when there are too many."""
        self.last = max(self.last, step)
        if not math.isfinite(value):
            self.broken = step if self.broken is None else min(self.broken, step)
            return
        self.points.append((step, value))
        if len(self.points) >= _HELD:
            self.points = list(thinned(sorted(self.points), _HELD // 2))

    def curve(self) -> Curve:
        """Return it as a curve."""
        made = curve_of(self.points) or Curve(steps=(), values=(), last=self.last)
        return msgspec.structs.replace(made, last=self.last, broken=self.broken)


@dataclass
class Folded:
    """A run as far as its records have been read.

    Attributes:
        run_id: the run's own id.
        project: entity and project, joined by a slash.
        config: tree of what it was given.
        summary: tree of what it came to.
        traces: values by metric.
        started: when (µs, UTC); ``None`` where not told.
        stamp: when it last logged (Unix seconds); 0 where it did not.
        code: where its source lies, and the revision.
        program: the file that was run.
        exit_code: ``None`` where no record tells of its end.
        data: names of the artifacts that it read.
    """

    run_id: str = ""
    project: str = ""
    config: dict[str, object] = field(default_factory=dict)
    summary: dict[str, object] = field(default_factory=dict)
    traces: dict[str, Trace] = field(default_factory=dict)
    started: Micros | None = None
    stamp: float = 0.0
    code: str = ""
    program: str = ""
    exit_code: int | None = None
    data: list[str] = field(default_factory=list)

    def take(self, record: bytes) -> int:
        """Take a record in and return its kind; raises ``WireError`` where it is none."""
        for kind, value in fields(record):
            if kind == HISTORY:
                self._history(message(value))
            elif kind == _SUMMARY:
                _fold(self.summary, message(value))
            elif kind == _CONFIG:
                _fold(self.config, message(value))
            elif kind == _RUN:
                self._run(message(value))
            elif kind == _EXIT:
                self.exit_code = 0
                for inner, code in fields(message(value)):
                    self.exit_code = signed(code) if inner == 1 else self.exit_code
            elif kind == _USE:
                self._use(message(value))
            elif kind == _ENVIRONMENT:
                self._environment(message(value))
            else:
                continue
            return kind
        return 0

    def _run(self, record: bytes) -> None:
        entity = project = ""
        for kind, value in fields(record):
            if kind == 1:
                self.run_id = text(value)
            elif kind == 2:
                entity = text(value)
            elif kind == 3:
                project = text(value)
            elif kind == 4:
                _fold(self.config, message(value))
            elif kind == 5:
                _fold(self.summary, message(value))
            elif kind == 17:
                self.started = _instant(message(value))
            elif kind == 21:
                self.code = _git(message(value))
        self.project = "/".join(each for each in (entity, project) if each)

    def _environment(self, record: bytes) -> None:
        for kind, value in fields(record):
            if kind == 6:
                self.program = text(value)
            elif kind == 9:
                self.code = _git(message(value)) or self.code

    def _use(self, record: bytes) -> None:
        name = next((text(value) for kind, value in fields(record) if kind == 3), "")
        if name and len(self.data) < MOST_DATA:
            self.data.append(name)

    def _history(self, record: bytes) -> None:
        step: int | None = None
        values: list[tuple[str, float]] = []
        for kind, value in fields(record):
            if kind == 1:
                path, logged = _item(message(value), numbers=True)
                name = ".".join(path)
                if name == "_timestamp" and isinstance(logged, float) and math.isfinite(logged):
                    self.stamp = max(self.stamp, logged)
                elif isinstance(logged, float) and not name.startswith(("_", "system/")):
                    values.append((name, logged))
            elif kind == 2:
                step = next((signed(inner) for at, inner in fields(message(value)) if at == 1), 0)
        if step is None:
            return
        for name, logged in values:
            if name in self.traces or len(self.traces) < MOST_CURVES:
                self.traces.setdefault(name, Trace()).add(step, logged)


def _fold(tree: dict[str, object], record: bytes) -> None:
    """Take updates and removals of a config or a summary in."""
    for kind, value in fields(record):
        if kind not in {_UPDATE, _REMOVE}:
            continue
        path, told = _item(message(value), numbers=False)
        if path and path[0] != "_wandb":
            _place(tree, path, told, gone=kind == _REMOVE)


def _place(tree: dict[str, object], path: list[str], value: object, *, gone: bool) -> None:
    for name in path[:-1]:
        inner = tree.get(name)
        if not isinstance(inner, dict):
            inner = {}
            if len(tree) < MOST_KEYS:
                tree[name] = inner
        tree = inner
    if gone:
        tree.pop(path[-1], None)
    elif path[-1] in tree or len(tree) < MOST_KEYS:
        tree[path[-1]] = value


def _item(record: bytes, *, numbers: bool) -> tuple[list[str], object]:
    """Return path and value of an item; with ``numbers`` all that is no number is ``None``."""
    key, nested = "", []
    value: object = None
    for kind, told in fields(record):
        if kind == 1:
            key = text(told)
        elif kind == 2:
            nested.append(text(told))
        elif kind == 16:
            value = _number(message(told)) if numbers else _decoded(message(told))
        elif kind in {5, 6} and numbers:
            value = _typed(kind, told)
    return (nested[:16] or [key]), value


def _typed(kind: int, told: Value) -> float:
    """Return a number that is no JSON: a double, or a whole number in zigzag."""
    if kind == 6:
        return number(told)
    raw = signed(told) & 0xFFFF_FFFF_FFFF_FFFF
    return float((raw >> 1) ^ -(raw & 1))


def _number(value: bytes) -> float | None:
    try:
        return float(value)
    except ValueError:
        return number_of(_decoded(value)) if value[:1] == b'"' else None


def _decoded(value: bytes) -> object:
    """Return what JSON says, NaN and Infinity too; nothing where it is none."""
    try:
        return json.loads(value)
    except (ValueError, RecursionError):
        return None


def _instant(record: bytes) -> Micros:
    told = {kind: signed(value) for kind, value in fields(record)}
    return told.get(1, 0) * SECOND + told.get(2, 0) // 1_000


def _git(record: bytes) -> str:
    told = {kind: text(value) for kind, value in fields(record)}
    return "@".join(each for each in (told.get(1, ""), told.get(2, "")) if each)
