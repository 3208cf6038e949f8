"""Rows parted by model version and by segment, and each part's columns profiled."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from aright.core.model.sheet import OTHERS
from aright.core.model.signal import Segment
from aright.core.observe.heavy_hitters import VERSION, Codes, column_of
from aright.core.profile.columns import NUMBER, kind_of
from aright.core.profile.frame import ScaleFrame
from aright.core.profile.groups import grouping_of, profile_grouped
from aright.core.profile.profile import Profile

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from aright.core.model.cuts import Cuts

MOST_VERSIONS: Final = 8
"""Versions that are told apart; the rows of further ones are profiled together, under ``OTHERS``."""

NOTHING: Final = Profile(0, 0)

_MOST_TOGETHER: Final = 256
"""Groups that the kernel counts in one go: each takes room for some thousand bins."""

_SMALLEST_SHARE: Final = 1 / 128
_FEWEST: Final = 5

Columns: TypeAlias = dict[str, Profile]
"""Profiles by column."""


class Candidate(NamedTuple):
    """A segment that is large enough to have profiles; ascending order is the largest first."""

    less: int
    attribute: str
    value: str

    @property
    def segment(self) -> Segment:
        """The segment itself."""
        return Segment(self.attribute, self.value)


def by_version(rows: pa.Table, columns: Sequence[str], cuts: Cuts) -> dict[str, Columns]:
    """Return the profiles of each version's rows.

    >>> from aright.core.model.cuts import Cuts
    >>> rows = pa.table({"version": ["v1", "v2", "v1"], "score": [0.5, 0.25, 1.5]})
    >>> found = by_version(rows, ["score"], Cuts(key="shop", columns={}))
    >>> {version: profiles["score"].mean for version, profiles in found.items()}
    {'v1': 1.0, 'v2': 0.25}
    """
    names, codes = versions_of(rows)
    if len(names) > 1:
        order = np.argsort(codes, kind="stable")
        rows, codes = _ordered(rows, columns, order), codes[order]
    return dict(zip(names, _profiles(rows, columns, codes, len(names), cuts), strict=True))


def by_segment(
    rows: pa.Table, columns: Sequence[str], chosen: Sequence[Candidate], cuts: Cuts
) -> Iterator[tuple[Segment, str, Columns]]:
    """Yield each chosen segment's profiles by version, those without a row left out."""
    names, of_version = versions_of(rows)
    for attribute in sorted({candidate.attribute for candidate in chosen}):
        values = [candidate.value for candidate in chosen if candidate.attribute == attribute]
        found = pc.index_in(_texts(rows, attribute), value_set=pa.array(values, pa.string()))
        codes = np.asarray(pc.fill_null(found, -1), np.int64)
        groups = np.where(codes < 0, -1, codes * len(names) + of_version)
        order = np.argsort(groups, kind="stable")[int(np.count_nonzero(groups < 0)) :]
        many = len(values) * len(names)
        parts = _profiles(_ordered(rows, columns, order), columns, groups[order], many, cuts)
        for group, profiles in enumerate(parts):
            if any(profile.rows for profile in profiles.values()):
                yield Segment(attribute, values[group // len(names)]), names[group % len(names)], profiles


def candidates(rows: pa.Table, attributes: Sequence[str]) -> list[Candidate]:
    """Return segments with five rows and a hundred-and-twenty-eighth of all, the largest first.

    Versions are parted anyhow, and a value that all rows have is all traffic.
    """
    least = max(_FEWEST, rows.num_rows * _SMALLEST_SHARE)
    found = []
    for attribute in attributes:
        if attribute == VERSION or column_of(attribute, rows.column_names) not in rows.column_names:
            continue
        counts = pc.value_counts(_texts(rows, attribute).drop_null()).to_pylist()
        found += [
            Candidate(-entry["counts"], attribute, entry["values"])
            for entry in counts
            if least <= entry["counts"] < rows.num_rows
        ]
    return sorted(found)


def versions_of(rows: pa.Table) -> tuple[list[str], Codes]:
    """Return the versions, the most frequent first, and each row's place among them; none is empty text.

    >>> names, codes = versions_of(pa.table({"version": ["v1", None, "v1"]}))
    >>> names, codes.tolist()
    (['v1', ''], [0, 1, 0])
    """
    if VERSION not in rows.column_names or rows[VERSION].null_count == rows.num_rows:
        return [""], np.zeros(rows.num_rows, np.int64)
    texts = pc.fill_null(_texts(rows, VERSION), "")
    counts = pc.value_counts(texts).to_pylist()
    ranked = [entry["values"] for entry in sorted(counts, key=lambda one: (-one["counts"], one["values"]))]
    names = ranked[:MOST_VERSIONS]
    codes = pc.fill_null(pc.index_in(texts, value_set=pa.array(names, pa.string())), len(names))
    if len(ranked) > len(names):
        names.append(OTHERS)
    return names, np.asarray(codes, np.int64)


def _profiles(rows: pa.Table, columns: Sequence[str], groups: Codes, many: int, cuts: Cuts) -> list[Columns]:
    """Return each group's profiles; ``groups`` in ascending order, all below ``many``."""
    parts: list[Columns] = [dict.fromkeys(columns, NOTHING) for _ in range(many)]
    for names, frame in _batches(rows, columns, max(1, _MOST_TOGETHER // many), cuts):
        whole = pa.chunked_array([chunk for name in names for chunk in rows[name].chunks])
        places = (np.arange(len(names))[:, None] * many + groups).reshape(-1)
        found = profile_grouped(whole, grouping_of(places, many * len(names)), frame)
        for number, profile in enumerate(found):
            parts[number % many][names[number // many]] = profile
    absent = [name for name in columns if name not in rows.column_names]
    if absent:
        for part, count in zip(parts, np.bincount(groups, minlength=many).tolist(), strict=True):
            part.update(dict.fromkeys(absent, Profile(count, count)))
    return parts


def _batches(
    rows: pa.Table, columns: Sequence[str], most: int, cuts: Cuts
) -> Iterator[tuple[list[str], ScaleFrame | None]]:
    """Yield columns that can be laid one behind the other and profiled in one go, which saves half the cost.

    Those are numbers of one type that need no frame; any other column is alone.
    """
    alike: dict[pa.DataType, list[str]] = {}
    for name in columns:
        if name not in rows.column_names:
            continue
        data_type = rows.schema.field(name).type
        if name in cuts.frames:
            yield [name], ScaleFrame(*cuts.frames[name])
        elif kind_of(data_type) != NUMBER:
            yield [name], None
        else:
            alike.setdefault(data_type, []).append(name)
    for names in alike.values():
        for start in range(0, len(names), most):
            yield names[start : start + most], None


def _ordered(rows: pa.Table, columns: Sequence[str], order: Codes) -> pa.Table:
    return rows.select([name for name in columns if name in rows.column_names]).take(pa.array(order))


def _texts(rows: pa.Table, attribute: str) -> pa.Array:
    return rows[column_of(attribute, rows.column_names)].cast(pa.string()).combine_chunks()
