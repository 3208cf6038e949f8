"""Norms: what is usual of a service beside the bins of its columns, learned from its first rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from aright.core.model.cuts import Norms
from aright.core.observe.bins import counts_of
from aright.core.observe.signals import (
    answer_length,
    blurred_image,
    default_share,
    length_ratio,
    long_prompts,
    off_target,
    score_ks,
    spike_share,
    stale_share,
)
from aright.core.observe.signals.exposure import lists_of
from aright.core.observe.signals.values import is_number, numbers

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from aright.core.model.cuts import Cut, Writing
    from aright.core.model.service import Service
    from aright.core.observe.signals.values import FloatArray


def norms_of(
    rows: pa.Table, columns: Mapping[str, Cut], service: Service, *, windows: Sequence[pa.Table]
) -> Norms:
    """Return what the first rows teach.

    Args:
        rows: all of them.
        columns: the cuts of the features and outputs that are watched.
        service: whose they are, as the catalog knows it.
        windows: the same rows, window by window.
    """
    limits = answer_length.learn(rows) | long_prompts.learn(rows) | blurred_image.learn(rows)
    limits |= stale_share.learn(rows) | length_ratio.learn(rows, service)
    values = _numbers(rows, columns)
    found = {name: default_share.learn(own) for name, own in values.items() if name != spike_share.TEXT}
    return Norms(
        limits=limits,
        frequent={name: default_share.frequent(own)[0] for name, own in values.items()},
        defaults={name: default for name, default in found.items() if default is not None},
        shares=_shares(rows, columns),
        languages=_languages(rows, service),
        lists=lists_of([_lists(window) for window in windows]),
    )


def lengths_of(rows: pa.Table) -> FloatArray:
    """Return the characters of each text, NaN where there is none.

    >>> lengths_of(pa.table({"text": ["ab", None]}))
    array([ 2., nan])
    """
    return np.array(pc.cast(pc.utf8_length(rows["text"]), pa.float64()).to_numpy(), dtype=np.float64)


def _numbers(rows: pa.Table, columns: Mapping[str, Cut]) -> dict[str, FloatArray]:
    """Return the numbers of the watched columns, and the lengths of texts."""
    found = {}
    for name in columns:
        if name != "number" and is_number(rows.schema.field(name).type):
            values = numbers(rows, name)
            if values is not None:
                found[name] = values
    if "text" in rows.column_names and rows["text"].null_count < rows.num_rows:
        found[spike_share.TEXT] = lengths_of(rows)
    return found


def _shares(rows: pa.Table, columns: Mapping[str, Cut]) -> dict[str, tuple[float, ...]]:
    cut = columns.get(score_ks.COLUMN)
    if cut is None:
        return {}
    counts = counts_of(rows[score_ks.COLUMN], cut).astype(np.float64)
    return {score_ks.COLUMN: score_ks.shares(counts)}


def _languages(rows: pa.Table, service: Service) -> dict[str, Writing]:
    languages = length_ratio.language_of(rows, service) if "text" in rows.column_names else None
    return {} if languages is None else off_target.learn(rows["text"].combine_chunks(), languages)


def _lists(window: pa.Table) -> int:
    """Return how many units were shown a list."""
    if "items" not in window.column_names:
        return 0
    shown = pc.greater(pc.list_value_length(window["items"]), 0)
    units = window["unit"] if "unit" in window.column_names else window["id"]
    return int(pc.count_distinct(units.filter(pc.fill_null(shown, False)), mode="all").as_py())
