"""Investigating two tables: the stages' own questions, asked of files instead of a running service."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec
import numpy as np
import pyarrow as pa

from aright.core.diagnose import Case, diagnose
from aright.core.model.counts import counted
from aright.core.model.evidence import CauseKind, Diagnosis, Reach
from aright.core.model.investigation import Investigation
from aright.core.model.service import Service
from aright.core.model.times import DAY
from aright.core.observe.canonical import QUALITY, canonical, of_one_kind, own_filter
from aright.core.observe.roles import Roles, infer_roles, may_have_role
from aright.engine.comparing import (
    MOST_COLUMNS,
    NothingToCompareError,
    Question,
    Right,
    compare_tables,
)
from aright.engine.findings import next_steps, summary
from aright.engine.late_labels import with_labels
from aright.engine.part_by_part import part_by_part
from aright.ports.tables import NOTES

if TYPE_CHECKING:
    from aright.core.model.investigation import Quality

__all__ = ["NothingToCompareError", "Question", "fell", "investigate"]

DIAGNOSED_ROWS: Final = 200_000
"""Rows of each table that the search for who is hit looks at: every n-th of more."""

_SHOWN: Final = 5
_LEAST: Final = 0.005
"""Of the loss: a cause that explains less than half a percent explains nothing."""


def investigate(
    reference: pa.Table, current: pa.Table, question: Question, *, labels: pa.Table | None = None
) -> Investigation:
    """Return what moved between two tables, how surely, who is hit, and how much quality is lost.

    Args:
        reference: rows of a time that was well.
        current: rows of the time in question.
        question: what is asked.
        labels: late labels for the current rows, joined by the id column.

    Raises:
        NothingToCompareError: the tables share nothing that can be compared as was asked.
        UnknownColumnError: a column that was named is not there, or cannot be what it was named as.
    """
    notes = _told_by_reader(reference, current, labels)
    reference, current = _usual(reference), _usual(current)
    labels = _usual(labels) if labels is not None else None
    if labels is not None:
        current, question = with_labels(current, labels, question, notes)
    reference, current = _few_enough(reference, current, question, notes)
    roles = infer_roles(reference, current, question.told)
    notes += [*_left_out(roles), *_taken_as(roles)]
    found = compare_tables(reference, current, roles, question)
    lost = fell(found.quality, question.alpha)
    diagnosis = _diagnose(reference, current, roles, found.right) if lost and found.right else None
    by = question.by
    parts, of_parts = part_by_part(reference, current, roles, question, found.taught) if by else ((), ())
    report = Investigation(
        summary="",
        found=lost or any(one.size != "negligible" for one in found.moved),
        reference_rows=reference.num_rows,
        current_rows=current.num_rows,
        looked_at=found.looked_at,
        moved=found.moved,
        quality=found.quality,
        unknown=found.unknown,
        scope=diagnosis.scope if diagnosis and diagnosis.scope.reach is not Reach.UNCLEAR else None,
        causes=diagnosis.causes if diagnosis else (),
        evidence=diagnosis.evidence if diagnosis else (),
        parts=parts,
        next_steps=(),
        notes=(*notes, *found.notes, *of_parts),
        alpha=question.alpha,
    )
    return msgspec.structs.replace(report, summary=summary(report), next_steps=next_steps(report))


def fell(quality: tuple[Quality, ...], alpha: float) -> bool:
    """Return whether a measure got worse, surely."""
    return any(
        one.p_value <= alpha and (one.now < one.before) == (one.better == "up") and one.now != one.before
        for one in quality
    )


def _told_by_reader(reference: pa.Table, current: pa.Table, labels: pa.Table | None) -> list[str]:
    """Return what the reader of the files had to leave out or mend."""
    said = []
    for name, table in (("reference", reference), ("current rows", current), ("labels", labels)):
        noted = (table.schema.metadata or {}).get(NOTES, b"") if table is not None else b""
        said += [f"{name}: {line}" for line in noted.decode().splitlines()]
    return said


def _usual(table: pa.Table) -> pa.Table:
    """Return the table with columns of types that Arrow cannot yet compute with as their usual relations."""
    usual = {pa.string_view(): pa.string(), pa.float16(): pa.float32()}
    for at, field in enumerate(table.schema):
        if field.type in usual:
            table = table.set_column(at, field.name, table.column(at).cast(usual[field.type]))
    return table


def _few_enough(
    reference: pa.Table, current: pa.Table, question: Question, notes: list[str]
) -> tuple[pa.Table, pa.Table]:
    """Return both tables with at most ``MOST_COLUMNS`` columns: named ones and known names first."""
    names = dict.fromkeys([*reference.column_names, *current.column_names])
    if len(names) <= MOST_COLUMNS:
        return reference, current
    told = [name for columns in (*question.told.values(), (question.by,)) for name in columns if name]
    first = [*told, *(name for name in names if may_have_role(name))]
    both = {*reference.column_names} & {*current.column_names}
    order = dict.fromkeys([*first, *(name for name in names if name in both), *names])
    kept = {*list(order)[:MOST_COLUMNS]}
    notes.append(
        f"{len(names) - MOST_COLUMNS:,} columns were not looked at: {MOST_COLUMNS:,} are the most; "
        "name others with --feature"
    )
    one, two = (
        table.select([name for name in table.column_names if name in kept]) for table in (reference, current)
    )
    return one, two


def _left_out(roles: Roles) -> list[str]:
    """Return a note for each reason why columns were left out."""
    reasons: dict[str, list[str]] = {}
    for name, why in roles.ignored:
        reasons.setdefault(why, []).append(name)
    return [
        f"{_listed(names)} {'was' if len(names) == 1 else 'were'} left out: {why}"
        for why, names in reasons.items()
    ]


def _listed(names: list[str]) -> str:
    more = len(names) - _SHOWN
    return ", ".join(names[:_SHOWN]) + (f" and {counted(more, 'column')} more" if more > 0 else "")


def _taken_as(roles: Roles) -> list[str]:
    said = [
        f"{role}: {name}"
        for role, name in (
            ("prediction", roles.prediction),
            ("score", roles.score),
            ("label", roles.label),
            ("time", roles.time),
            ("id", roles.id),
        )
        if name
    ]
    return [f"taken as {', '.join(said)}; all else as features"] if said else []


def _diagnose(reference: pa.Table, current: pa.Table, roles: Roles, right: Right) -> Diagnosis:
    reference, current = of_one_kind(reference, current, roles.features)
    tables = []
    for day, table, score in ((0, reference, right.before), (1, current, right.now)):
        step = max(-(-table.num_rows // DIAGNOSED_ROWS), 1)
        chosen = np.arange(0, table.num_rows, step)
        tables.append(
            canonical(table.take(chosen), roles, right=score[chosen], start=day * DAY, end=(day + 1) * DAY)
        )
    found = diagnose(
        Case(
            incident="table",
            service=Service(key="table", quality=(QUALITY,)),
            now=2 * DAY,
            reference=tables[0],
            current=tables[1],
            reference_span=(0, DAY),
            current_span=(DAY, 2 * DAY),
        )
    )
    return _of_files(found)


def _of_files(found: Diagnosis) -> Diagnosis:
    """Return a diagnosis that names the file's own columns, and no times: those were made up."""
    change = msgspec.structs.replace
    return change(
        found,
        scope=change(
            found.scope,
            filter=own_filter(found.scope.filter),
            others=tuple(change(each, filter=own_filter(each.filter)) for each in found.scope.others),
        ),
        causes=tuple(
            change(cause, onset=0)
            for cause in found.causes
            if cause.kind is not CauseKind.OTHER_CHANGE and cause.explained >= _LEAST
        ),
        evidence=tuple(
            change(one, text=_timeless(one.text), query=own_filter(one.query), start=0, end=0)
            for one in found.evidence
        ),
    )


def _timeless(text: str) -> str:
    """Return a sentence without the time at which something is said to have moved.

    >>> _timeless("It is 5, 8 before; it moved at 00:00:00 UTC (between 23:39:00 and 00:06:00).")
    'It is 5, 8 before.'
    """
    before, found, after = text.partition("; it moved at ")
    return before + after[after.find(")") + 1 :] if found and ")" in after else text
