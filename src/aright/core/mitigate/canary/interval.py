"""Rows of one interval as arrays, and the units in them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from aright.core.profile.hashing import Hashes, hash_texts

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aright.core.mitigate.canary.parts import Attribute, Codes

STABLE: Final = 0
CANARY: Final = 1
OTHER: Final = -1


@dataclass(frozen=True, kw_only=True)
class Rows:
    """Answers as arrays of one length, of the two versions alone.

    Attributes:
        unit: hashed units; a row without one is a unit of its own.
        time: µs, UTC.
        side: 0 of the stable version, 1 of the candidate.
        codes: codes of the watched attributes' values, one array for each.
        values: what each metric says, by its name.
    """

    unit: Hashes
    time: npt.NDArray[np.int64]
    side: npt.NDArray[np.int64]
    codes: tuple[Codes, ...]
    values: dict[str, npt.NDArray[np.float64]]

    def __len__(self) -> int:
        return len(self.unit)

    def where(self, wanted: npt.NDArray[np.bool_]) -> Rows:
        """Return the wanted rows."""
        return Rows(
            unit=self.unit[wanted],
            time=self.time[wanted],
            side=self.side[wanted],
            codes=tuple(codes[wanted] for codes in self.codes),
            values={name: known[wanted] for name, known in self.values.items()},
        )


def joined(several: Sequence[Rows]) -> Rows:
    """Return all rows of several; they must have the same metrics."""
    return Rows(
        unit=np.concatenate([rows.unit for rows in several]),
        time=np.concatenate([rows.time for rows in several]),
        side=np.concatenate([rows.side for rows in several]),
        codes=tuple(np.concatenate(codes) for codes in zip(*(rows.codes for rows in several), strict=True)),
        values={name: np.concatenate([rows.values[name] for rows in several]) for name in several[0].values},
    )


@dataclass(frozen=True, kw_only=True)
class Answered:
    """Which version answered each row, and on which arm it was to be.

    Attributes:
        side: 0 stable, 1 candidate, −1 neither.
        on_trial: whether the row counts at all: copies for a shadow do not.
        strange: answers of a version that should not have given them.
    """

    side: npt.NDArray[np.int64]
    on_trial: npt.NDArray[np.bool_]
    strange: npt.NDArray[np.bool_]


def answered(rows: pa.Table, *, stable: str, candidate: str) -> Answered:
    """Return which version answered: by the column ``version``, by ``arm`` where a row has none.

    >>> answered(pa.table({"version": ["8", "9", None], "arm": ["stable", "stable", "canary"]}),
    ...     stable="8", candidate="9").side.tolist()
    [0, 1, 1]
    """
    version = _codes(rows, "version", (stable, candidate))
    arm = _codes(rows, "arm", ("stable", "canary", "shadow"))
    by_arm = np.where((arm == STABLE) | (arm == CANARY), arm, OTHER)
    side = np.where(version == _NULL, by_arm, version)
    on_trial = arm != _SHADOW
    crossed = (arm == CANARY) & (side != CANARY) | (arm == STABLE) & (side == CANARY)
    foreign = (version == OTHER) & (arm != CANARY)
    return Answered(side=side, on_trial=on_trial, strange=on_trial & (crossed | foreign))


_SHADOW: Final = 2
_NULL: Final = -2


def _codes(rows: pa.Table, column: str, known: Sequence[str]) -> npt.NDArray[np.int64]:
    """Return which of the known values each row has: −1 for another one, −2 for none."""
    if column not in rows.column_names:
        return np.full(rows.num_rows, _NULL, dtype=np.int64)
    texts = pc.cast(rows[column], pa.string())
    found = pc.fill_null(pc.index_in(texts, value_set=pa.array(known, pa.string())), OTHER)
    return np.where(np.asarray(pc.is_valid(texts)), np.asarray(found), _NULL).astype(np.int64)


def units_of(rows: pa.Table) -> Hashes:
    """Return the hashed unit of each row; the row's own id where it has none."""
    ids = rows["id"]
    named = pc.coalesce(rows["unit"], ids) if "unit" in rows.column_names else ids
    return hash_texts(named)


def times_of(rows: pa.Table) -> npt.NDArray[np.int64]:
    """Return the rows' times (µs, UTC)."""
    return np.asarray(pc.cast(rows["time"], pa.int64()), dtype=np.int64)


@dataclass(frozen=True, kw_only=True)
class Groups:
    """An interval's rows by unit and stream, the first row of each ahead.

    Attributes:
        order: rows in the order of unit, part and time.
        starts: where in it each group begins.
        unit: each group's unit, shape (groups,).
        side: the side of its first row.
        stream: its stream.
        counted: rows, in that order, whose losses count: those on the side of the group's first row.
    """

    order: npt.NDArray[np.int64]
    starts: npt.NDArray[np.int64]
    unit: Hashes
    side: npt.NDArray[np.int64]
    stream: npt.NDArray[np.int64]
    counted: npt.NDArray[np.bool_]

    def worst(self, losses: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        """Return the largest loss that is known of each group, NaN where none is."""
        if not len(self.starts):
            return np.zeros(0)
        kept = np.where(self.counted, losses[self.order], np.nan)
        return np.asarray(np.fmax.reduceat(kept, self.starts))


def groups(rows: Rows, streams: Codes, *, first_only: bool) -> Groups:
    """Return the rows grouped by unit and stream.

    Args:
        rows: of one interval.
        streams: the stream of each row.
        first_only: whether of each group the first row alone counts. Where single requests, not units, are
        split at
            random, a unit's later answers come from either side, and only its first is as if drawn by itself.
    """
    # Ties in time are parted by side, so that the order in which rows came does not matter.
    order = np.lexsort((rows.side, rows.time, streams, rows.unit))
    unit, stream, side = rows.unit[order], streams[order], rows.side[order]
    new = np.ones(len(order), dtype=np.bool_)
    new[1:] = (unit[1:] != unit[:-1]) | (stream[1:] != stream[:-1])
    starts = np.flatnonzero(new)
    first = side[starts]
    counted = new.copy() if first_only else side == np.repeat(first, np.diff(np.append(starts, len(order))))
    return Groups(
        order=order,
        starts=starts,
        unit=unit[starts],
        side=first,
        stream=stream[starts],
        counted=counted,
    )


def all_groups(
    rows: Rows, attributes: Sequence[Attribute], *, first_only: bool
) -> tuple[Groups, list[Groups]]:
    """Return the groups of all traffic, and those of the attributes whose parts are watched already."""
    everyone = groups(rows, np.zeros(len(rows), dtype=np.int64), first_only=first_only)
    parts = [
        groups(rows, attribute.streams_of(codes), first_only=first_only)
        for attribute, codes in zip(attributes, rows.codes, strict=True)
        if attribute.began
    ]
    return everyone, parts


def split_by_request(rows: Rows, everyone: Groups) -> bool:
    """Return whether units are seen on both sides as often as if each request were drawn anew.

    Of two requests with a share ``s`` on the canary ``2 s (1 − s)`` go to different sides when each is
    drawn by itself, and none when units are; half of that decides. Which way is used in an interval is
    decided by the interval before.
    """
    ends = np.append(everyone.starts[1:], len(rows))
    several = ends - everyone.starts > 1
    if not several.any():
        return False
    side = rows.side[everyone.order].astype(np.float64)
    means = np.add.reduceat(side, everyone.starts) / (ends - everyone.starts)
    crossed = float(np.mean((means[several] > 0) & (means[several] < 1)))
    share = float(side.mean())
    return crossed > share * (1 - share) > 0
