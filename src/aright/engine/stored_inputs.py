"""Stored inputs of a case: rows that can be run again, with what was answered and what was true."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from aright.core.diagnose.shadow.replayed import Rows
from aright.core.model.columns import ATTRIBUTE, FEATURE, names_with
from aright.core.model.frame import Kind
from aright.core.model.replay import PAYLOADS, Output, Stored
from aright.core.model.times import MINUTE

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from aright.core.diagnose import Case
    from aright.core.diagnose.shadow.answers import Truth
    from aright.core.diagnose.shadow.pool import Ints
    from aright.core.diagnose.shadow.versions import Versions
    from aright.core.model.times import Micros
    from aright.engine.world import World

MOST_ROWS: Final = 20_000
"""Rows of a side, whose losses tell how far it rose; of more, some are drawn."""

MOST_DOCUMENTS: Final = 3_000
MOST_BYTES: Final = 128 << 20
"""Documents of a side that are held for a replay, the last of the reference and of now."""

LABEL: Final = "label"
"""Outcomes of this kind may give a number as the truth; a label is one whatever its kind."""

_OUTPUTS: Final = ("label", "score", "number", "items", "text")


@dataclass(frozen=True, eq=False)
class Store:
    """One side's stored inputs.

    Attributes:
        rows: their units, answers and truths.
        table: the rows themselves, in the same order.
        documents: what was stored for a row, by trace or id; empty where features are the input.
        like: which of the five outputs the service gives.
    """

    rows: Rows
    table: pa.Table
    documents: Mapping[str, bytes]
    like: str

    def __len__(self) -> int:
        return len(self.rows.unit)

    def inputs(self, rows: Ints) -> list[Stored]:
        """Return rows as they are run again."""
        attributes, features = (names_with(self.table.schema, each) for each in (ATTRIBUTE, FEATURE))
        return [
            Stored(
                id=str(told["id"]),
                attributes={
                    name: str(value) for name in attributes if (value := told[ATTRIBUTE + name]) is not None
                },
                features={name: told[FEATURE + name] for name in features},
                payload=self.documents.get(_key(told, self.documents), b""),
            )
            for told in self.table.take(pa.array(rows)).to_pylist()
        ]

    def table_told(self, told: Callable[[bytes], object]) -> None:
        """Tell all of the rows that a version is given, as bytes: the same for the same rows."""
        for name in sorted(["id", *_given(self.table.schema)]):
            told(name.encode())
            for buffer in _plain(self.table[name]).buffers():
                told(b"none" if buffer is None else buffer)


def _given(schema: pa.Schema) -> list[str]:
    """Return the columns of a row that a version is given."""
    return [prefix + name for prefix in (ATTRIBUTE, FEATURE) for name in names_with(schema, prefix)]


def _plain(column: pa.ChunkedArray) -> pa.Array:
    """Return a column as one array that begins at its buffers' start and refers to no dictionary."""
    whole = column.cast(column.type.value_type) if pa.types.is_dictionary(column.type) else column
    return pa.concat_arrays([pa.array([], whole.type), *whole.chunks])


def stored_inputs(world: World, case: Case, versions: Versions) -> tuple[Store, Store]:
    """Return the stored inputs of reference and now that the versions compared have served.

    Args:
        world: the ports.
        case: whose rows.
        versions: that are compared.
    """
    rng = np.random.default_rng(zlib.crc32(case.incident.encode()))
    first = versions.previous if versions.changed else versions.version
    sides = []
    for table, span, version in (
        (case.reference, case.reference_span, first),
        (case.current, case.current_span, versions.version),
    ):
        served = _served_by(table, version)
        documents = _documents(world, case, span) if _by_payload(case) else {}
        if _by_payload(case):
            served = served.filter(_with_document(served, documents))
        sides.append((_drawn(served, rng), documents, _truths(world, case, span)))
    units: dict[str, int] = {}
    like = _like([table for table, *_ in sides])
    one, two = (
        Store(_rows(table, truths, units), table, documents, like) for table, documents, truths in sides
    )
    return one, two


def _by_payload(case: Case) -> bool:
    return case.service.replay is not None and case.service.replay.inputs == PAYLOADS


def _served_by(table: pa.Table, version: str) -> pa.Table:
    """Return the rows that a version answered for users, failures left out."""
    if "version" not in table.column_names:
        return table.slice(0, 0)
    kept = pc.equal(table["version"].cast(pa.string()), version)
    if "arm" in table.column_names:
        kept = pc.and_(
            kept, pc.fill_null(pc.not_equal(table["arm"].cast(pa.string()), "shadow"), fill_value=True)
        )
    if "fallback" in table.column_names:  # the model had no part in these
        kept = pc.and_(kept, pc.invert(pc.fill_null(table["fallback"], fill_value=False)))
    if "status" in table.column_names:
        kept = pc.and_(kept, pc.fill_null(pc.less(table["status"], 500), fill_value=True))
    return table.filter(pc.fill_null(kept, fill_value=False))


def _drawn(table: pa.Table, rng: np.random.Generator) -> pa.Table:
    if table.num_rows <= MOST_ROWS:
        return table
    return table.take(pa.array(np.sort(rng.choice(table.num_rows, MOST_ROWS, replace=False))))


def _documents(world: World, case: Case, span: tuple[Micros, Micros]) -> dict[str, bytes]:
    """Return the last documents that a service told as its own inputs, by trace or id.

    The case was handed the last payloads of a span: only what was before them is read.
    """
    found = _Documents(case.service.key)
    start, end = span
    if case.payloads is not None and case.payloads.num_rows:
        at_hand = _within(case.payloads, start, end)
        found.add(at_hand)
        if at_hand.num_rows:  # of those of its first instant some may have been left out
            end = int(pc.min(at_hand["time"]).cast(pa.int64()).as_py()) + 1
    width = MINUTE
    while end > start and not found.full:
        low = max(end - width, start)
        table = world.rows.scan(Kind.PAYLOADS, case.service.key, low, end)
        found.add(table)
        if not table.num_rows:
            width *= 2
        end = low
    return found.bodies


class _Documents:
    """Documents that a service told as its own inputs, added the last first, as many as may be held."""

    def __init__(self, service: str) -> None:
        self.bodies: dict[str, bytes] = {}
        self._service = service
        self._size = 0

    @property
    def full(self) -> bool:
        return len(self.bodies) >= MOST_DOCUMENTS or self._size >= MOST_BYTES

    def add(self, payloads: pa.Table) -> None:
        if not payloads.num_rows or "trace_id" not in payloads.column_names:
            return
        own = pc.and_(
            pc.equal(payloads["dependency"].cast(pa.string()), self._service),
            pc.equal(payloads["direction"].cast(pa.string()), "request"),
        )
        mine = payloads.filter(pc.and_(own, pc.is_valid(payloads["trace_id"]))).select(["trace_id", "body"])
        for at in range(mine.num_rows - 1, -1, -1):
            if self.full:
                return
            name = mine["trace_id"][at].as_py()
            if name not in self.bodies:
                self.bodies[name] = mine["body"][at].as_py()
                self._size += len(self.bodies[name])


def _within(table: pa.Table, start: Micros, end: Micros) -> pa.Table:
    time = table["time"].cast(pa.int64())
    return table.filter(pc.and_(pc.greater_equal(time, start), pc.less(time, end)))


def _with_document(table: pa.Table, documents: Mapping[str, bytes]) -> pa.Array:
    known = pa.array(list(documents), pa.string())
    by_id = pc.is_in(table["id"], value_set=known)
    if "trace_id" not in table.column_names:
        return by_id
    return pc.or_(by_id, pc.is_in(table["trace_id"], value_set=known))


def _key(told: Mapping[str, object], documents: Mapping[str, bytes]) -> str:
    trace = str(told.get("trace_id"))
    return trace if trace in documents else str(told["id"])


def _truths(world: World, case: Case, span: tuple[Micros, Micros]) -> dict[str, Truth]:
    """Return what answers should have been, by prediction; the last that came counts."""
    until = min(span[1] + world.settings.memory, case.now + 1)
    outcomes = world.rows.scan(Kind.OUTCOMES, case.service.key, span[0], until)
    if not outcomes.num_rows or "prediction_id" not in outcomes.column_names:
        return {}
    nothing = pa.nulls(outcomes.num_rows)
    label, value = (
        outcomes[name] if name in outcomes.column_names else nothing for name in ("label", "value")
    )
    found: dict[str, Truth] = {}
    for name, kind, said, number in zip(
        outcomes["prediction_id"].to_pylist(),
        outcomes["kind"].cast(pa.string()).to_pylist(),
        label.to_pylist(),
        value.to_pylist(),
        strict=True,
    ):
        truth = said if said is not None else number if kind == LABEL else None
        if name is not None and truth is not None:
            found[name] = truth
    return found


def _like(tables: Sequence[pa.Table]) -> str:
    """Return which of the five outputs most rows have."""
    counts = {
        name: sum(len(each) - each[name].null_count for each in tables if name in each.column_names)
        for name in _OUTPUTS
    }
    return max(counts, key=lambda name: counts[name])


def _rows(table: pa.Table, truths: Mapping[str, Truth], units: dict[str, int]) -> Rows:
    ids = table["id"].to_pylist()
    given = table["unit"].to_pylist() if "unit" in table.column_names else [None] * len(ids)
    codes = [
        units.setdefault(f"u {unit}" if unit is not None else f"i {name}", len(units))
        for unit, name in zip(given, ids, strict=True)
    ]
    columns = [
        table[name].to_pylist() if name in table.column_names else [None] * len(ids)
        for name in (*_OUTPUTS, "confidence")
    ]
    return Rows(
        unit=np.asarray(codes, dtype=np.int64),
        served=[
            Output(
                label=label,
                score=score,
                number=number,
                items=tuple(items) if items is not None else None,
                text=text,
                confidence=confidence,
            )
            for label, score, number, items, text, confidence in zip(*columns, strict=True)
        ],
        truth=[truths.get(name) for name in ids],
    )
