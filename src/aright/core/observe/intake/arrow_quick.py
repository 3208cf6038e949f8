"""The road that most Arrow bodies take: nothing to convert, nothing wrong, one batch.

Senders repeat their schema in every body, so what it means is worked out once. The questions asked of the
rows are those of the general road, put so that one "no" sends the body there; what comes out is the same.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from aright.core.model.columns import ATTRIBUTE, CATEGORY, FEATURE
from aright.core.model.frame import Kind
from aright.core.model.tables import FIELDS
from aright.core.observe.intake.bounds import (
    FUTURE,
    MAX_ATTRIBUTES,
    MAX_CELLS,
    MAX_FEATURES,
    MAX_ITEMS,
    MAX_KINDS,
    MAX_METRICS,
    MAX_NAME,
    MAX_SERVICE,
    MAX_SERVICES,
    MAX_STRING,
    MAX_TEXT,
    PAST,
    SPARSE_CELLS,
    nameable,
)
from aright.core.observe.intake.distinct import are_distinct, are_equal
from aright.core.observe.intake.spans import may_hold, shortest_and_longest

if TYPE_CHECKING:
    from aright.core.model.times import Micros

REQUIRED: Final[dict[Kind, tuple[str, ...]]] = {
    Kind.PREDICTIONS: ("id", "time", "service"),
    Kind.OUTCOMES: ("time", "service", "kind", "prediction_id"),  # with a unit alone: the general road
    Kind.PROCESS: ("time", "service", "name", "value"),
}
_LARGEST_SCHEMA: Final = 1 << 16  # bytes: what is remembered of hostile senders is bounded, too
_NUMBERS: Final = (pa.float32(), pa.float64())
_ASKED: Final = {"time", "value", "latency_ms", "items"}
_NAMES: Final = {
    "service": (MAX_SERVICE, MAX_SERVICES),
    "kind": (MAX_SERVICE, MAX_KINDS),
    "name": (MAX_NAME, MAX_METRICS),
}


class Plan(NamedTuple):
    """How a schema whose columns are all ours is read.

    Attributes:
        order: for each of our columns, where it stands in the body.
        schema: our columns.
        bare: whether the body's schema holds what ours does and no more, such as metadata.
        asked: our columns that some check looks at, and where they stand in the body.
        texts: columns of plain text.
        categories: columns of dictionaries.
        widest: how many attributes or features, whichever are more.
    """

    order: tuple[int, ...]
    schema: pa.Schema
    bare: bool
    asked: tuple[tuple[str, int], ...]
    texts: tuple[str, ...]
    categories: tuple[str, ...]
    widest: int


@lru_cache(maxsize=256)
def plan(message: bytes, kind: Kind) -> Plan | None:
    """Return how to read the schema in an IPC message, ``None`` where some column is not ours as it is.

    Raises what pyarrow raises for a damaged message.
    """
    schema = pa.ipc.read_schema(pa.py_buffer(message))
    names = schema.names
    fixed = [name for name in FIELDS[kind] if name in names]
    attributes = [name for name in names if name.startswith(ATTRIBUTE)]
    features = [name for name in names if name.startswith(FEATURE)]
    ordered = [*fixed, *attributes, *features] if kind is Kind.PREDICTIONS else fixed
    if sorted(ordered) != sorted(names) or len(set(names)) < len(names):
        return None
    if not all(_is_ours(schema.field(name), kind) for name in names) or not {*REQUIRED[kind]} <= {*names}:
        return None
    if len(attributes) > MAX_ATTRIBUTES or len(features) > MAX_FEATURES:
        return None
    order = tuple(names.index(name) for name in ordered)
    texts = tuple(name for name in ordered if schema.field(name).type == pa.string())
    categories = tuple(name for name in ordered if schema.field(name).type == CATEGORY)
    ours = pa.schema([pa.field(name, schema.field(name).type) for name in ordered])
    return Plan(
        order=order,
        schema=ours,
        bare=pa.schema([schema.field(at) for at in order], schema.metadata).equals(ours, check_metadata=True),
        asked=tuple((name, names.index(name)) for name in ordered if name in {*texts, *categories, *_ASKED}),
        texts=texts,
        categories=categories,
        widest=max(len(attributes), len(features)),
    )


def _is_ours(field: pa.Field, kind: Kind) -> bool:
    if field.name.startswith(ATTRIBUTE):
        return bool(field.type == CATEGORY and nameable(field.name[len(ATTRIBUTE) :]))
    if field.name.startswith(FEATURE):
        ours = field.type in _NUMBERS or field.type == CATEGORY
        return bool(ours and nameable(field.name[len(FEATURE) :]))
    return bool(field.type == FIELDS[kind][field.name])


def read_quickly(body: bytes, message: bytes, kind: Kind, received_at: Micros) -> pa.Table | None:
    """Return the rows of a body in which nothing is to be converted and nothing is wrong, otherwise ``None``.

    Args:
        body: an Arrow IPC stream that ``measure`` has looked at.
        message: its first message, the schema.
        kind: what its rows are.
        received_at: when it came (µs, UTC).
    """
    try:
        known = plan(message, kind) if len(message) <= _LARGEST_SCHEMA else None
        batch = _only_batch(body) if known is not None else None
    except (pa.ArrowException, OSError, ValueError, KeyError):
        return None
    if known is None or batch is None or not _is_bounded(batch.num_rows, known, len(body)):
        return None
    columns = {name: batch.column(at) for name, at in known.asked}
    if not all(check(columns, known, kind, received_at) for check in _CHECKS):
        return None
    if known.bare:  # several times as fast as from so many arrays
        return pa.Table.from_batches([batch.select(list(known.order))])
    return pa.Table.from_arrays([batch.column(at) for at in known.order], schema=known.schema)


def _only_batch(body: bytes) -> pa.RecordBatch | None:
    with pa.ipc.open_stream(pa.py_buffer(body)) as stream:
        batches = list(stream)
    if len(batches) != 1:
        return None
    batches[0].validate(full=True)
    return batches[0]


def _is_bounded(rows: int, known: Plan, size: int) -> bool:
    return 0 < rows * len(known.order) <= MAX_CELLS and rows * known.widest <= SPARSE_CELLS + size


def _are_filled(columns: dict[str, pa.Array], _: Plan, kind: Kind, received_at: Micros) -> bool:
    if any(columns[name].null_count for name in REQUIRED[kind]):
        return False
    times = columns["time"].view(pa.int64()).to_numpy()
    return bool(times.min() >= received_at - PAST and times.max() <= received_at + FUTURE)


def _are_short(columns: dict[str, pa.Array], known: Plan, kind: Kind, _: Micros) -> bool:
    for name in known.texts:
        shortest, longest = shortest_and_longest(columns[name])
        if longest > (MAX_TEXT if name == "text" else MAX_STRING) or (
            name in REQUIRED[kind] and not shortest
        ):
            return False
    return not any(may_hold(columns[name].dictionary, MAX_STRING) for name in known.categories)


def _are_tidy(columns: dict[str, pa.Array], known: Plan, kind: Kind, _: Micros) -> bool:
    for name in known.categories:
        values = columns[name].dictionary.to_pylist()
        if len(values) > 256 or len(set(values)) < len(values) or None in values:
            return False
    for name, (longest, most) in _NAMES.items():
        if name in REQUIRED[kind]:
            column = columns[name]
            used = column.dictionary if name in known.categories else _used(column)
            if len(used) > most or not all(nameable(value, longest) for value in used.to_pylist()):
                return False
    return True


def _used(texts: pa.StringArray) -> pa.StringArray:
    return texts.slice(0, 1) if are_equal(texts) else texts.unique()


def _are_finite(columns: dict[str, pa.Array], _: Plan, kind: Kind, __: Micros) -> bool:
    name = "value" if kind is Kind.PROCESS else "latency_ms"
    if name not in columns:
        return True
    column = columns[name]
    values = column.drop_null().to_numpy() if column.null_count else column.to_numpy()
    # A NaN makes both comparisons false.
    least = -np.inf if kind is Kind.PROCESS else -np.finfo(np.float32).smallest_subnormal
    return not len(values) or bool(values.min() > least and values.max() < np.inf)


def _are_lists(columns: dict[str, pa.Array], _: Plan, __: Kind, ___: Micros) -> bool:
    if "items" not in columns:
        return True
    items = columns["items"]
    flat = items.flatten()
    many = (pc.max(pc.list_value_length(items)).as_py() or 0) > MAX_ITEMS
    return not (many or flat.null_count or shortest_and_longest(flat)[1] > MAX_STRING)


def _are_unique(columns: dict[str, pa.Array], _: Plan, kind: Kind, __: Micros) -> bool:
    return kind is not Kind.PREDICTIONS or are_distinct(columns["id"])


_CHECKS: Final = (_are_filled, _are_short, _are_tidy, _are_finite, _are_lists, _are_unique)
