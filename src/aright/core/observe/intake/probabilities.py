"""Class probabilities: what is kept of them is the likeliest class, how sure it is, and how undecided.

A service may name its likeliest classes alone; what is missing to 1 then counts as one class more. One class
alone, such as ``{"spam": 0.93}``, is held against its opposite, and says nothing of the label.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from aright.core.model.columns import CATEGORY
from aright.core.observe.intake.bounds import MAX_CLASSES

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from aright.core.observe.intake.quarantine import Quarantine

FloatArray: TypeAlias = npt.NDArray[np.float64]
IntArray: TypeAlias = npt.NDArray[np.int64]

FIELD: Final = "probabilities"
DERIVED: Final = ("entropy", "margin")
"""Columns that are made of probabilities alone."""

_REST: Final = 0.02
"""How far the sum may be from 1: senders round."""

_WRONG: Final = "no probabilities from 0 to 1 that add up to 1, left out"
_FIX: Final = "write an object of class names with probabilities of classes that exclude each other"


class Decided(NamedTuple):
    """What rows' probabilities say.

    Attributes:
        best: place of each row's likeliest class among all classes of all rows, −1 where it is not told.
        top: its probability, NaN where there is none.
        entropy: over the logarithm of how many classes, NaN where there is none.
        margin: how far it is ahead of the next class, NaN where there is none.
        wrong: rows whose probabilities are none.
    """

    best: IntArray
    top: FloatArray
    entropy: FloatArray
    margin: FloatArray
    wrong: IntArray


def decide(values: FloatArray, rows: IntArray, many: int) -> Decided:
    """Return what probabilities say of each of ``many`` rows.

    Args:
        values: of all rows, one behind the other, shape (classes,).
        rows: whose they are, ascending, shape (classes,).
        many: how many rows there are.

    >>> found = decide(np.array([0.7, 0.2, 0.1, 1.5]), np.array([0, 0, 0, 2]), 3)
    >>> found.best.tolist(), found.top.tolist(), found.margin.round(2).tolist(), found.wrong.tolist()
    ([0, -1, -1], [0.7, nan, nan], [0.5, nan, nan], [2])
    """
    counts = np.bincount(rows, minlength=many)
    sound = np.isfinite(values) & (values >= 0) & (values <= 1 + 1e-6)
    given = np.where(sound, values, 0.0)
    sums = np.bincount(rows, given, minlength=many)
    bad = np.bincount(rows, ~sound, minlength=many) > 0
    good = (counts > 0) & ~bad & (counts <= MAX_CLASSES) & (sums > 0) & (sums <= 1 + _REST)
    order = np.lexsort((-np.arange(len(values)), given, rows))  # the first of equal ones is the last here
    ends = np.cumsum(counts) - 1
    top, second = np.zeros(many), np.zeros(many)
    top[good] = given[order[ends[good]]]
    two = good & (counts > 1)
    second[two] = given[order[ends[two] - 1]]
    rest = np.where((counts == 1) | (sums < 1 - _REST), np.maximum(1 - sums, 0.0), 0.0)
    second = np.where(counts == 1, rest, second)
    best = np.full(many, -1, dtype=np.int64)
    best[two] = order[ends[two]]
    return Decided(
        best=best,
        top=np.where(good, np.maximum(top, np.where(counts == 1, rest, 0.0)), np.nan),
        entropy=np.where(good, _entropies(given, rows, rest, counts), np.nan),
        margin=np.where(good, np.abs(top - second), np.nan),
        wrong=np.flatnonzero((counts > 0) & ~good),
    )


def of_maps(maps: Sequence[Mapping[str, float | None] | None]) -> tuple[list[str], Decided]:
    """Return the names of all classes of all rows, one behind the other, and what the rows' maps say."""
    names = [name for each in maps if each for name in each]
    values = [np.nan if value is None else value for each in maps if each for value in each.values()]
    lengths = np.array([len(each) if each else 0 for each in maps], dtype=np.int64)
    rows = np.repeat(np.arange(len(maps)), lengths)
    return names, decide(np.array(values, dtype=np.float64), rows, len(maps))


def of_column(column: pa.ChunkedArray) -> tuple[pa.Array, Decided] | None:
    """Return the names of classes, and what each row's map or struct says; ``None`` for any other type.

    >>> column = pa.chunked_array([pa.array([{"cat": 0.25, "dog": 0.75}])])
    >>> names, found = of_column(column)
    >>> names.take(pa.array(found.best)).to_pylist(), found.top.tolist()
    (['dog'], [0.75])
    """
    kind = column.type
    if pa.types.is_map(kind) and _is_text(kind.key_type) and _is_number(kind.item_type):
        whole = pa.chunked_array([pa.ListArray.from_arrays(*_lists(chunk)) for chunk in column.chunks])
        rows = np.asarray(pc.list_parent_indices(whole), dtype=np.int64)
        entries = pc.list_flatten(whole).combine_chunks()
        names = entries.field(0).cast(pa.string())
        return names, decide(_floats(entries.field(1)), rows, len(column))
    if not pa.types.is_struct(kind) or not 0 < kind.num_fields <= MAX_CLASSES:
        return None
    if not all(_is_number(kind.field(at).type) for at in range(kind.num_fields)):
        return None
    members = np.stack([_floats(member) for member in column.flatten()], axis=1)
    there = np.isfinite(members)
    rows, places = np.nonzero(there)
    fields = pa.array([kind.field(at).name for at in range(kind.num_fields)], pa.string())
    return fields.take(pa.array(places)), decide(members[there], rows, len(column))


def derived(
    columns: Mapping[str, pa.Array | pa.ChunkedArray], names: pa.Array, found: Decided
) -> dict[str, pa.Array | pa.ChunkedArray]:
    """Return the columns that follow; a label or a confidence that was told stays."""
    best = pa.array(found.best, mask=found.best < 0)
    label = names.take(best).dictionary_encode().cast(CATEGORY) if len(names) else None
    made = {
        "confidence": _column(found.top),
        "entropy": _column(found.entropy),
        "margin": _column(found.margin),
    }
    if label is not None and label.null_count < len(label):
        told = columns.get("label")
        made["label"] = label if told is None else _filled(told, label)
    if "confidence" in columns:
        made["confidence"] = pc.coalesce(columns["confidence"], made["confidence"])
    return {name: column for name, column in made.items() if column.null_count < len(column)}


def tell(quarantine: Quarantine, found: Decided, numbers: IntArray) -> None:
    """Note rows whose probabilities were left out."""
    if found.wrong.size:
        quarantine.note(f"output.{FIELD}", _WRONG, _FIX, row=int(numbers[found.wrong[0]]))


def _entropies(values: FloatArray, rows: IntArray, rest: FloatArray, counts: IntArray) -> FloatArray:
    def term(shares: FloatArray) -> FloatArray:
        return -shares * np.log(np.where(shares > 0, shares, 1.0))

    total = np.bincount(rows, term(values), minlength=len(counts)) + term(rest)
    classes = counts + (rest > 0)
    return np.where(classes > 1, np.clip(total / np.log(np.maximum(classes, 2)), 0.0, 1.0), 0.0)


def _lists(chunk: pa.MapArray) -> tuple[pa.Array, pa.Array]:
    """Return a map's offsets and entries; a null has none."""
    entries = pa.StructArray.from_arrays([chunk.keys, chunk.items], names=["key", "value"])
    offsets = np.asarray(chunk.offsets, dtype=np.int64)
    lengths = np.where(np.asarray(chunk.is_valid()), np.diff(offsets), 0)
    kept = np.repeat(offsets[:-1] - np.concatenate(([0], np.cumsum(lengths)[:-1])), lengths) + np.arange(
        lengths.sum()
    )
    return pa.array(np.concatenate(([0], np.cumsum(lengths))), pa.int32()), entries.take(pa.array(kept))


def _floats(values: pa.Array | pa.ChunkedArray) -> FloatArray:
    return np.asarray(pc.fill_null(pc.cast(values, pa.float64()), np.nan), dtype=np.float64)


def _column(values: FloatArray) -> pa.Array:
    return pa.array(values.astype(np.float32), mask=np.isnan(values))


def _filled(told: pa.Array | pa.ChunkedArray, label: pa.Array) -> pa.Array | pa.ChunkedArray:
    return pc.coalesce(told.cast(pa.string()), label.cast(pa.string())).dictionary_encode()


def _is_text(kind: pa.DataType) -> bool:
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind))


def _is_number(kind: pa.DataType) -> bool:
    return bool(pa.types.is_floating(kind) or pa.types.is_integer(kind) or pa.types.is_null(kind))
