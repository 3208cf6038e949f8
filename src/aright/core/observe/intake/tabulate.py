"""Rows become columns."""

from __future__ import annotations

from itertools import chain
from math import isfinite
from operator import attrgetter
from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa

from aright.core.model.columns import ATTRIBUTE, CATEGORY, FEATURE, TIME
from aright.core.model.frame import Kind
from aright.core.model.tables import FIELDS, as_text, feature_array
from aright.core.observe.intake.bounds import MAX_ATTRIBUTES, MAX_FEATURES, MAX_METRICS
from aright.core.observe.intake.instants import instants
from aright.core.observe.intake.names import Names
from aright.core.observe.intake.probabilities import DERIVED, derived, of_maps, tell
from aright.core.observe.intake.wire import OutcomeRow, Output, PredictionRow, ProcessRow

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from aright.core.model.tables import Plain
    from aright.core.observe.intake.json_rows import Chunk
    from aright.core.observe.intake.quarantine import Quarantine
    from aright.core.observe.intake.sieve import Numbers

_OUTPUT: Final = ("score", "number", "label", "items", "text")
_SILENT: Final = Output()


class Tabulator:
    """Turns the chunks of one body into tables; names are bounded over the whole body."""

    def __init__(self, kind: Kind, quarantine: Quarantine, *, rows: int, size: int) -> None:
        self._kind = kind
        self._quarantine = quarantine
        self._attributes = Names("attributes", MAX_ATTRIBUTES, rows=rows, size=size)
        self._features = Names("features", MAX_FEATURES, rows=rows, size=size)
        self._metrics = Names("metrics", MAX_METRICS, rows=1, size=size)

    def table(self, chunk: Chunk) -> tuple[pa.Table, Numbers]:
        """Return the chunk's table, and for each of its rows the row's number in the body."""
        numbers = np.fromiter(chunk.numbers, np.int64, len(chunk.numbers))
        if self._kind is Kind.PREDICTIONS:
            rows = [row for row in chunk.rows if isinstance(row, PredictionRow)]
            return self._predictions(rows, numbers), numbers
        if self._kind is Kind.OUTCOMES:
            return self._outcomes([row for row in chunk.rows if isinstance(row, OutcomeRow)]), numbers
        return self._process([row for row in chunk.rows if isinstance(row, ProcessRow)], numbers)

    def _predictions(self, rows: Sequence[PredictionRow], numbers: Numbers) -> pa.Table:
        outputs = [row.output or _SILENT for row in rows]
        columns: dict[str, pa.Array] = {}
        for name, kind in FIELDS[Kind.PREDICTIONS].items():
            source: Sequence[object] = outputs if name in _OUTPUT else rows
            if name not in DERIVED:
                _put(columns, name, list(map(attrgetter(name), source)), kind)
        if any(output.probabilities for output in outputs):
            names, found = of_maps([output.probabilities for output in outputs])
            tell(self._quarantine, found, numbers)
            columns |= derived(columns, pa.array(names, pa.string()), found)
        attributes = [row.attributes for row in rows if row.attributes]
        for name in self._attributes.admit(chain.from_iterable(attributes), self._quarantine):
            _put(columns, ATTRIBUTE + name, _pick([row.attributes for row in rows], name), CATEGORY)
        features = [row.features for row in rows if row.features]
        for name in self._features.admit(chain.from_iterable(features), self._quarantine):
            array = _feature(_pick([row.features for row in rows], name))
            if array.null_count < len(array):
                columns[FEATURE + name] = array
        return pa.table(columns)

    def _outcomes(self, rows: Sequence[OutcomeRow]) -> pa.Table:
        columns: dict[str, pa.Array] = {}
        for name, kind in FIELDS[Kind.OUTCOMES].items():
            _put(columns, name, list(map(attrgetter(name), rows)), kind)
        return pa.table(columns)

    def _process(self, rows: Sequence[ProcessRow], numbers: Numbers) -> tuple[pa.Table, Numbers]:
        known = set(self._metrics.admit(chain.from_iterable(row.metrics for row in rows), self._quarantine))
        owners: list[int] = []
        names: list[str] = []
        values: list[float] = []
        for at, row in enumerate(rows):
            for name, value in row.metrics.items():
                if value is None or not isfinite(value):
                    self._quarantine.note(
                        f"metrics.{name}",
                        "no finite number, left out",
                        "write a number",
                        row=int(numbers[at]),
                    )
                elif name in known:
                    owners.append(at)
                    names.append(name)
                    values.append(value)
        picked = np.asarray(owners, np.int64)
        columns: dict[str, pa.Array] = {}
        for name in ("time", "service", "host", "version"):
            given = list(map(attrgetter(name), rows))
            _put(columns, name, [given[at] for at in owners], FIELDS[Kind.PROCESS][name])
        _put(columns, "name", names, CATEGORY)
        _put(columns, "value", values, pa.float32())
        for at in np.setdiff1d(np.arange(len(rows)), picked):
            self._quarantine.add(
                int(numbers[at]), "metrics", "no metric that can be taken", "write at least one"
            )
        return pa.table(columns), numbers[picked]


def _pick(values: Sequence[Mapping[str, Plain] | None], name: str) -> list[Plain]:
    return [value.get(name) if value else None for value in values]


def _put(columns: dict[str, pa.Array], name: str, values: Sequence[object], kind: pa.DataType) -> None:
    """Add a column, unless it is optional and there are rows, but none has it."""
    if kind == CATEGORY:
        array = _texts(values, pa.string()).dictionary_encode()
    elif kind in {pa.string(), pa.list_(pa.string())}:
        array = _texts(values, kind)
    elif kind == TIME:
        array = instants(values)
    else:
        array = pa.array(values, kind)
    if not values or array.null_count < len(array) or name in {"id", "time", "service", "kind"}:
        columns[name] = array


def _texts(values: Sequence[object], kind: pa.DataType) -> pa.Array:
    try:
        return pa.array(values, kind)
    except (pa.ArrowTypeError, pa.ArrowInvalid):
        return pa.array([_as_texts(value) for value in values], kind)


def _as_texts(value: object) -> str | list[str | None] | None:
    if isinstance(value, list):
        return [as_text(item) for item in value]
    if value is None or isinstance(value, str | int | float):
        return as_text(value)
    raise TypeError(f"{type(value).__name__} is no plain value")


def _feature(values: Sequence[Plain]) -> pa.Array:
    try:
        return pa.array(values, pa.float64())
    except (pa.ArrowTypeError, pa.ArrowInvalid):
        return feature_array(values)
