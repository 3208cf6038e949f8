"""Properties of inputs: a value that came up or grew just then, such as a firmware, and what came with it.

A property is what a row says of how its input was made: an attribute, or a feature that is a category. That
one of its values serves more than it did is a state change by itself, however many features moved with it:
they are one cause, not many. What moved "with it" is judged among its rows against the same units before
(where they are known, else the same part of the traffic) and must not have moved without it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np

from aright.core.diagnose.acquittal import well_before
from aright.core.diagnose.contrast import Share, share_of
from aright.core.diagnose.features import MAX_FEATURES, Bin, is_category
from aright.core.diagnose.moves import LEVEL, by_all_rows, moves_of, one_per_unit
from aright.core.diagnose.onset import share_onset
from aright.core.diagnose.rows import MAX_VALUES, Attribute, codes_of
from aright.core.diagnose.scan import gain_of, mask_of
from aright.core.diagnose.scene import search_span
from aright.core.model.columns import FEATURE, names_with
from aright.core.stats.chi_square import chi_square
from aright.core.stats.holm import holm

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from aright.core.diagnose.features import Feature
    from aright.core.diagnose.freshness import Pairs
    from aright.core.diagnose.moves import Move
    from aright.core.diagnose.onset import Onset
    from aright.core.diagnose.scene import Scene

RISEN: Final = 0.05
"""Share of the answers that a value must have gained to be looked at."""

NEW: Final = 1e-3
"""A value of fewer reference rows than this share has come up; any other has grown."""

SAME: Final = 0.9
"""Jaccard index of two values' current rows from which on they are two words for one change."""

ALONE: Final = 0.5
"""Of how far a feature moved with a value, how far it may have moved without it."""

ENOUGH: Final = 30
"""Rows before of the same units that tell what a value's rows were like."""

MOST: Final = 12
"""Risen values looked at, those that rose most."""

LOOKED: Final = 4
"""Of these, those whose rows explain most are looked at for what moved with them."""

FAULTS: Final = frozenset({Bin.NULL, Bin.NOT_FINITE})
"""Bins of a source that failed: it is not explained by how an input was made."""


@dataclass(frozen=True, eq=False)
class _Risen:
    """A value of a column, how much more of the answers have it, and its rows of the scene's."""

    column: Attribute
    code: int
    of_people: bool
    rise: float
    hit: NDArray[np.bool_]

    @property
    def told(self) -> str:
        return f"{self.column.name} = {self.column.values[self.code]}"


@dataclass(frozen=True, eq=False)
class Property:
    """A value that serves more than it did.

    Attributes:
        name: of the attribute or feature.
        column: where it stands.
        value: the value.
        before: its share of the answers, reference.
        now: the same since the onset.
        hit: its rows, of the scene's.
        compared: its rows now and those before that they are held against.
        twins: other values whose current rows are the same, as "name = value".
        moves: features that moved with it and not without it, the furthest first.
        gain: what its rows explain of the losses (nats).
        share: share of the loss inside that goes with it.
        onset: since when it serves more.
        acquitted: mean excess loss of its rows before the onset, where they were well; ``None`` otherwise.
        looked: whether features were looked at for having moved with it.
        owns: features that the change is seen in: those that moved with it, and itself where it is one.
    """

    name: str
    column: str
    value: str
    before: float
    now: float
    hit: NDArray[np.bool_]
    compared: NDArray[np.bool_]
    twins: tuple[str, ...]
    moves: tuple[Move, ...]
    gain: float
    share: Share
    onset: Onset | None
    acquitted: float | None
    looked: bool
    owns: frozenset[str]

    @property
    def told(self) -> str:
        """Return the value with its name."""
        return f"{self.name} = {self.value}"

    @property
    def is_new(self) -> bool:
        """Whether hardly any reference row had it."""
        return self.before < NEW

    @property
    def features(self) -> tuple[str, ...]:
        """Return the features that moved with it."""
        return tuple(move.feature.name for move in self.moves)


def properties(scene: Scene, features: Sequence[Feature], pairs: Pairs) -> list[Property]:
    """Return the values of attributes and categories that rose, what explains most first.

    Args:
        scene: the case.
        features: binned, over the scene's rows.
        pairs: consecutive rows of a unit, of the scene's rows.
    """
    groups = _grouped(scene, _risen(scene))
    gains = [gain_of(scene.losses, scene.rows.now, group[0].hit) for group in groups]
    order = sorted(range(len(groups)), key=lambda at: -gains[at])
    found = (
        _property(scene, groups[at], features if rank < LOOKED else (), pairs, gains[at])
        for rank, at in enumerate(order)
    )
    return sorted(found, key=lambda each: -each.gain)


def _columns(scene: Scene) -> list[tuple[Attribute, bool]]:
    """Return what may have risen, over all rows, and whether it is an attribute rather than a feature."""
    found = [(each, True) for each in scene.whole.attributes]
    table = scene.whole.table
    for name in names_with(table.schema, FEATURE)[:MAX_FEATURES]:
        if is_category(table.schema.field(FEATURE + name).type):
            values, codes = codes_of(table, FEATURE + name, MAX_VALUES)
            found.append((Attribute(name, FEATURE + name, False, values, codes), False))
    return found


def _risen(scene: Scene) -> list[_Risen]:
    """Return the values that serve more than they did, beyond chance, those that rose most first."""
    rows, kept = scene.rows, scene.kept
    one = one_per_unit(rows)
    parts = [np.ones(len(rows), dtype=np.bool_), *([scene.inside] if _has_both(scene) else [])]
    tested = [
        (part, column, of_people, _counts(column.codes[kept], one & part, rows.now, len(column.values) + 1))
        for column, of_people in _columns(scene)
        for part in parts
    ]
    surely = holm([chi_square(before, now) for _, _, _, (before, now) in tested])
    early = rows.time < np.median(rows.time[~rows.now]) if bool((~rows.now).any()) else rows.now
    found: dict[tuple[str, int], _Risen] = {}
    for (part, column, of_people, (before, now)), p_value in zip(tested, surely, strict=True):
        rise = _shares(now) - _shares(before)
        if p_value > LEVEL or float(np.abs(rise).sum()) / 2.0 < RISEN:
            continue
        first, last = _counts(column.codes[kept], part & ~rows.now, ~early, len(rise))
        usual = float(np.abs(_shares(last) - _shares(first)).sum()) / 2.0
        if usual > ALONE * float(np.abs(rise).sum()) / 2.0 and chi_square(first, last) < LEVEL:
            continue
        for code in np.flatnonzero(rise[:-1] >= RISEN):
            here = _Risen(column, int(code), of_people, float(rise[code]), column.codes[kept] == code)
            known = found.get((column.column, int(code)))
            if known is None or known.rise < here.rise:
                found[column.column, int(code)] = here
    return sorted(found.values(), key=lambda each: -each.rise)[:MOST]


def _has_both(scene: Scene) -> bool:
    """Tell whether the part hit is a part, and has rows before to be compared with."""
    return not bool(scene.inside.all()) and int((scene.inside & ~scene.rows.now).sum()) >= ENOUGH


def _counts(
    codes: NDArray[np.int32], mask: NDArray[np.bool_], now: NDArray[np.bool_], size: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return how often each value is there before and now."""
    before, after = (np.bincount(codes[mask & side], minlength=size) for side in (~now, now))
    return before.astype(np.int64), after.astype(np.int64)


def _shares(count: NDArray[np.int64]) -> NDArray[np.float64]:
    return np.asarray(count / max(int(count.sum()), 1), dtype=np.float64)


def _grouped(scene: Scene, risen: Sequence[_Risen]) -> list[list[_Risen]]:
    """Return values by change: those whose current rows are the same are one, an attribute of people first.

    Values that go with what served the rows, such as a version, are left to those who judge that.
    """
    groups: list[list[_Risen]] = []
    for each in sorted(risen, key=lambda one: (not one.column.system, not one.of_people, -one.rise)):
        same = next((group for group in groups if _alike(scene, group[0], each)), None)
        if same is None:
            groups.append([each])
        else:
            same.append(each)
    return [group for group in groups if not group[0].column.system]


def _alike(scene: Scene, one: _Risen, other: _Risen) -> bool:
    now = scene.rows.now
    both = int((one.hit & other.hit & now).sum())
    either = int(((one.hit | other.hit) & now).sum())
    return both >= SAME * either > 0


def _property(
    scene: Scene, group: Sequence[_Risen], features: Sequence[Feature], pairs: Pairs, gain: float
) -> Property:
    lead, rows = group[0], scene.rows
    everywhere = lead.column.codes == lead.code
    acquitted = well_before(scene, everywhere)
    inside = mask_of(scene.whole, scene.finding.part)
    usual = lead.hit[scene.inside & ~rows.now]
    onset = share_onset(
        scene.whole.time[inside],
        everywhere[inside],
        float(usual.mean()) if usual.size else 0.0,
        *search_span(scene.case),
    )
    idle = Share(0.0, 0.0, contrasted=True)
    own = {each.column.name for each in group if not each.of_people}
    compared = (rows.now & lead.hit) | _comparable(scene, lead.hit)
    moves = _moves(scene, lead.hit, compared, [each for each in features if each.name not in own], pairs)
    return Property(
        name=lead.column.name,
        column=lead.column.column,
        value=lead.column.values[lead.code],
        before=_share(lead.hit, ~rows.now),
        now=_share(lead.hit, rows.now),
        hit=lead.hit,
        compared=compared,
        twins=tuple(each.told for each in group[1:]),
        moves=moves,
        gain=0.0 if acquitted is not None else gain,
        share=idle if acquitted is not None else share_of(rows, scene.sharp, scene.inside, lead.hit),
        onset=onset,
        acquitted=acquitted,
        looked=bool(features),
        owns=frozenset({*own, *(move.feature.name for move in moves)}),
    )


def _share(hit: NDArray[np.bool_], mask: NDArray[np.bool_]) -> float:
    return float(hit[mask].mean()) if bool(mask.any()) else 0.0


def _moves(
    scene: Scene,
    hit: NDArray[np.bool_],
    compared: NDArray[np.bool_],
    features: Sequence[Feature],
    pairs: Pairs,
) -> tuple[Move, ...]:
    """Return the features that moved with a value and not without it."""
    rows = scene.rows
    rest = ~(rows.now & hit)
    compare = by_all_rows(rows)
    found = []
    for move in moves_of(rows, features, compared, pairs, compare):
        without, _ = compare(move.feature, rest, rows.now)
        failed = move.stopped or move.ageing or any(move.has(kind) for kind in FAULTS)
        if move.moved and not failed and without <= ALONE * move.distance:
            found.append(replace(move, outside=without))
    return tuple(sorted(found, key=lambda each: -each.distance))


def _comparable(scene: Scene, hit: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return the reference rows that a value's rows are held against."""
    rows = scene.rows
    before = ~rows.now & ~hit
    units = np.unique(rows.unit[rows.now & hit])
    same = before & np.isin(rows.unit, units)
    if int(same.sum()) >= ENOUGH:
        return same
    here = rows.now & hit
    part = before & scene.inside
    if int((here & scene.inside).sum()) >= SAME * int(here.sum()) and int(part.sum()) >= ENOUGH:
        return part
    return before
