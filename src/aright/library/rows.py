"""Frames of answers to the rows that a diagnosis looks at."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import pyarrow as pa
import pyarrow.compute as pc

from aright.core.model.columns import ATTRIBUTE, CATEGORY, FEATURE
from aright.core.observe.canonical import feature_of, of_one_kind
from aright.library.frames import BadFrameError, Frame, as_table, times

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from aright.core.model.times import Micros

QUALITY: Final = "quality"
OUTCOME: Final = "outcome."
MOST_VALUES: Final = 64
"""Distinct values up to which a column of text is taken for an attribute to cut the traffic by."""


@dataclass(frozen=True, kw_only=True)
class Named:
    """Which column is what; an empty name stands for "there is none".

    Attributes:
        quality: how good an answer was, in [0, 1] or yes and no; null where not known.
        loss: how bad it was, likewise; one of the two is needed.
        time: when it was given.
        unit: the randomisation unit, such as the user.
        version: of the model.
        segments: columns to cut the traffic by; ``None`` for all short texts and truth values.
        features: columns that the model was given; ``None`` for all others.
    """

    quality: str = ""
    loss: str = ""
    time: str = ""
    unit: str = ""
    version: str = ""
    segments: tuple[str, ...] | None = None
    features: tuple[str, ...] | None = None

    @property
    def taken(self) -> set[str]:
        """Columns that are neither cut by nor features."""
        return {self.quality, self.loss, self.time, self.unit, self.version}


@dataclass(frozen=True, eq=False)
class Answers:
    """Rows of both sides in aright's own columns.

    Attributes:
        reference: those of a time that was well.
        current: those of the time judged.
        before: start and end of the former (µs, UTC).
        now: start and end of the latter.
        gone: columns that the reference has and the current rows lack.
        come: columns that only the current rows have; nothing is known of them.
    """

    reference: pa.Table
    current: pa.Table
    before: tuple[Micros, Micros]
    now: tuple[Micros, Micros]
    gone: tuple[str, ...] = ()
    come: tuple[str, ...] = ()


def answers_of(reference: Frame, current: Frame, named: Named, service: str) -> Answers:
    """Return reference and current rows in aright's own columns.

    Raises:
        BadFrameError: a named column is missing, both or none of quality and loss are named, a frame is
            empty, or the current rows do not come after the reference.
    """
    tables = [as_table(reference, "reference"), as_table(current, "current")]
    _check(tables, named)
    gone, come = (_only_in(tables[side], tables[1 - side], named) for side in (0, 1))
    for name in gone:
        tables[1] = tables[1].append_column(name, pa.nulls(tables[1].num_rows, tables[0][name].type))
    parts = _parted(tables, named, gone)
    kinds = of_one_kind(tables[0], tables[1], parts[1])
    before = _side(kinds[0], named, parts, service, what="reference", start=0)
    end = _last(before) + 1
    now = _side(kinds[1], named, parts, service, what="current", start=end)
    begin = _first(now)
    if _last(now) < end:
        raise BadFrameError("current ends before reference does: give the healthy rows as reference")
    return Answers(
        before,
        now,
        before=(_first(before), min(end, begin)),
        now=(begin, _last(now) + 1),
        gone=gone,
        come=come,
    )


def _only_in(table: pa.Table, other: pa.Table, named: Named) -> tuple[str, ...]:
    """Return the columns that one side has and the other lacks, of those that are looked at."""
    names = [each for each in table.column_names if each not in other.column_names]
    wanted = None if named.features is None else {*named.features, *(named.segments or ())}
    return tuple(each for each in names if wanted is None or each in wanted)


def _check(tables: Sequence[pa.Table], named: Named) -> None:
    if bool(named.quality) == bool(named.loss):
        raise BadFrameError("name one of `quality` and `loss`: the column that says how good an answer was")
    always = [*(named.taken - {""}), *(named.segments or ())]
    for what, table in zip(("reference", "current"), tables, strict=True):
        if not table.num_rows:
            raise BadFrameError(f"{what} has no rows")
        wanted = [*always, *(named.features or ())] if what == "reference" else always
        missing = [name for name in wanted if name not in table.column_names]
        if missing:
            raise BadFrameError(
                f"{what} has no column {missing[0]!r}: it has {', '.join(table.column_names)}"
            )


def _parted(tables: Sequence[pa.Table], named: Named, gone: Sequence[str]) -> tuple[list[str], list[str]]:
    """Return the columns to cut by, and the features; what is gone cuts nothing: it is an empty feature."""
    both = [name for name in tables[0].column_names if name in tables[1].column_names]
    free = [name for name in both if name not in named.taken]
    there = [name for name in free if name not in gone]
    segments = list(named.segments) if named.segments is not None else _cutting(tables, there)
    if named.features is not None:
        return segments, list(named.features)
    return segments, [name for name in free if name not in segments]


def _cutting(tables: Sequence[pa.Table], names: Iterable[str]) -> list[str]:
    return [
        name
        for name in names
        if all(
            pa.types.is_boolean(table[name].type) or (_is_text(table[name].type) and _few(table[name]))
            for table in tables
        )
    ]


def _is_text(kind: pa.DataType) -> bool:
    plain = kind.value_type if pa.types.is_dictionary(kind) else kind
    return bool(pa.types.is_string(plain) or pa.types.is_large_string(plain))


def _few(column: pa.ChunkedArray) -> bool:
    distinct: int = pc.count_distinct(column.cast(pa.string())).as_py()
    return distinct <= MOST_VALUES


def _side(
    table: pa.Table,
    named: Named,
    parts: tuple[list[str], list[str]],
    service: str,
    *,
    what: str,
    start: Micros,
) -> pa.Table:
    """Return one frame's rows; without times they are a second apart."""
    length = table.num_rows
    if named.time:
        time = times(table[named.time], f"{what}: the column {named.time!r}")
    else:
        time = times(pa.chunked_array([pa.array([start + at * 1_000_000 for at in range(length)])]), what)
    columns: dict[str, pa.Array | pa.ChunkedArray] = {
        "id": pa.array([f"{what}-{at}" for at in range(length)]),
        "time": time,
        "service": pa.repeat(service, length),
    }
    if named.unit:
        columns["unit"] = table[named.unit].cast(pa.string())
    if named.version:
        columns["version"] = table[named.version].cast(pa.string()).cast(CATEGORY)
    columns |= {ATTRIBUTE + name: table[name].cast(pa.string()).cast(CATEGORY) for name in parts[0]}
    columns |= {FEATURE + name: feature_of(table[name]) for name in parts[1]}
    columns[OUTCOME + QUALITY] = _quality(table, named, what)
    return pa.table(columns).sort_by("time")


def _quality(table: pa.Table, named: Named, what: str) -> pa.ChunkedArray:
    name = named.quality or named.loss
    column = table[name]
    try:
        value = column.cast(pa.int8()) if pa.types.is_boolean(column.type) else column
        value = value.cast(pa.float32(), safe=False)
    except pa.ArrowException as error:
        raise BadFrameError(f"{what}: the column {name!r} is {column.type}, not a number: {error}") from error
    low, high = pc.min_max(value.combine_chunks()).as_py().values()
    if low is not None and not 0.0 <= low <= high <= 1.0:
        raise BadFrameError(
            f"{what}: the column {name!r} goes from {low:g} to {high:g}: bring it into [0, 1]"
        )
    return value if named.quality else pc.subtract(pa.scalar(1.0, pa.float32()), value)


def _first(rows: pa.Table) -> Micros:
    first: int = pc.min(rows["time"].cast(pa.int64())).as_py()
    return first


def _last(rows: pa.Table) -> Micros:
    last: int = pc.max(rows["time"].cast(pa.int64())).as_py()
    return last
