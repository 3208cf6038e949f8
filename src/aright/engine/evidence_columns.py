"""What the columns of a finding's rows held beside those before: which give its numbers, and what moved."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

import pyarrow as pa

from aright.core.profile import frame_of, kind_of, profile_table
from aright.engine.evidence_operations import ColumnView
from aright.engine.evidence_redaction import bare, redacted
from aright.engine.profiles import ProfileView, column_profile, shift_of

if TYPE_CHECKING:
    from aright.core.contract.redacting import Redactor
    from aright.core.model.evidence import Evidence
    from aright.core.profile import Profile
    from aright.engine.cases import Span
    from aright.engine.profiles import ColumnProfile

MOST: Final = 400
"""Columns that are looked at."""

_NAMELESS: Final = frozenset(
    {
        *("id", "time", "service", "unit", "trace_id", "span_id", "parent_id", "prediction_id", "run_id"),
        *("pair", "text", "body", "message", "attributes", "detail", "error", "title"),
    }
)
"""Columns of which hardly a value repeats."""
_NEAR: Final = 1e-5
_BINNED: Final = 1 / 64
"""Quantiles of profiles are right to within 1/128 of a number."""


def columns_of(
    evidence: Evidence, now: pa.Table, before: pa.Table, *, spans: tuple[Span, Span], redactor: Redactor
) -> tuple[ColumnView, ...]:
    """Return the columns with any value on either side; what gives the numbers first, then what moved most.

    Args:
        evidence: whose numbers they are.
        now: the rows it is of.
        before: those of the reference.
        spans: of both.
        redactor: masks values; private columns are left out.
    """
    seen = _profiles(*(_public(side, redactor) for side in (now, before)))
    views = [_view(evidence, name, one, other, spans) for name, (one, other) in seen.items()]

    def rank(view: ColumnView) -> tuple[bool, bool, float, str]:
        name = view.profile.name
        return not view.gives, name.partition(".")[2] not in evidence.text, -_moved(view.profile), name

    return tuple(sorted(views, key=rank))


def _public(rows: pa.Table, redactor: Redactor) -> pa.Table:
    """Return the columns that may be summed up, private values in categories masked."""
    names = [
        name for name in rows.column_names if name not in _NAMELESS and not redactor.is_private(bare(name))
    ]
    shown = redacted(rows.select([name for name in names if _is_text(rows[name].type)]), redactor)
    return pa.table({name: shown[name] if name in shown.column_names else rows[name] for name in names})


def _is_text(kind: pa.DataType) -> bool:
    return bool(pa.types.is_string(kind) or pa.types.is_dictionary(kind))


def _profiles(now: pa.Table, before: pa.Table) -> dict[str, tuple[Profile | None, Profile | None]]:
    names = [
        name
        for name in dict.fromkeys([*now.column_names, *before.column_names])
        if any(_counts(table, name) for table in (now, before))
    ][:MOST]
    held = {name: before if _counts(before, name) else now for name in names}
    frames = {name: frame_of(table[name]) for name, table in held.items()}
    sides = [
        profile_table(table, [name for name in names if _profiled(table, name)], frames)
        for table in (now, before)
    ]
    return {name: (sides[0].get(name), sides[1].get(name)) for name in names}


def _profiled(table: pa.Table, name: str) -> bool:
    return bool(
        table.num_rows and name in table.column_names and kind_of(table.schema.field(name).type) is not None
    )


def _counts(table: pa.Table, name: str) -> bool:
    return _profiled(table, name) and table[name].null_count < table.num_rows


def _view(
    evidence: Evidence, name: str, now: Profile | None, before: Profile | None, spans: tuple[Span, Span]
) -> ColumnView:
    profile = ProfileView(
        name=name,
        now=column_profile(now, *spans[0]) if now is not None else None,
        reference=column_profile(before, *spans[1]) if before is not None else None,
        shift=shift_of(before, now) if before is not None and now is not None else None,
    )
    return ColumnView(profile=profile, gives=_gives(evidence, profile))


def _moved(view: ProfileView) -> float:
    if view.shift is None:
        return 0.0
    return view.shift.effect if view.shift.effect is not None else 1.0


def _gives(evidence: Evidence, view: ProfileView) -> str:
    """Return how a column gives the numbers before and now, each side from its own rows; empty for not."""
    wanted = (evidence.now, evidence.before)
    if evidence.now is None or evidence.now == evidence.before:  # many a column gives 0 and 0
        return ""
    told = [_measures(side) if side is not None else {} for side in (view.now, view.reference)]
    for measure in told[0]:
        sides = zip(wanted, told, strict=True)
        if all(number is None or _same(number, side.get(measure), measure) for number, side in sides):
            return measure
    return ""


def _measures(side: ColumnProfile) -> dict[str, float]:
    found: dict[str, float] = {}
    if side.mean is not None:
        found |= {"mean": side.mean, "1 − mean": 1.0 - side.mean}
    if "0.5" in side.quantiles:
        found["median"] = side.quantiles["0.5"]
    if side.null_share is not None:
        found["missing"] = side.null_share
    held = sum(top.count for top in side.top) + side.other
    return found | {f"share of {top.value[:40]}": top.count / held for top in side.top if held}


def _same(number: float, found: float | None, measure: str) -> bool:
    near = _BINNED if measure == "median" else _NEAR
    return found is not None and math.isclose(number, found, rel_tol=near, abs_tol=_NEAR / 10)
