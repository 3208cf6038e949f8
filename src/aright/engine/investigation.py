"""Investigating two tables: the stages' own questions, asked of files instead of a running service."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from aright.core.detect.columns import Compared, compare, moved
from aright.core.detect.quality import (
    Answers,
    answers_of,
    are_classes,
    class_texts,
    estimated,
    estimated_rightness,
    like,
    measures,
    rightness,
    scale_of,
)
from aright.core.diagnose import Case, diagnose
from aright.core.model.evidence import Cause, CauseKind, Diagnosis, Reach
from aright.core.model.investigation import Investigation, Moved, Part, Quality
from aright.core.model.service import Service
from aright.core.model.times import DAY
from aright.core.observe.canonical import QUALITY, canonical
from aright.core.observe.roles import Role, Roles, infer_roles
from aright.core.stats.holm import holm
from aright.engine.findings import next_steps, summary

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy.typing as npt

MOST_COLUMNS: Final = 2_000
MOST_PARTS: Final = 50
FEWEST_ROWS: Final = 30
DIAGNOSED_ROWS: Final = 200_000
"""Rows of each table that the search for who is hit looks at: every n-th of more."""


class NothingToCompareError(ValueError):
    """The two tables share no column that can be compared. Its text says what each has."""


@dataclass(frozen=True, kw_only=True)
class Question:
    """What is asked.

    Attributes:
        told: columns by role, as a person named them.
        by: a column by whose values the current rows are looked at apart; empty for none.
        alpha: family-wise error.
    """

    told: Mapping[Role, tuple[str, ...]] = field(default_factory=dict)
    by: str = ""
    alpha: float = 0.01


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
        NothingToCompareError: the tables share no column that can be compared.
        UnknownColumnError: a column that was named is not there.
    """
    notes: list[str] = []
    if labels is not None:
        current, question = with_labels(current, labels, question, notes)
    roles = infer_roles(reference, current, question.told)
    notes += [f"{name} was left out: {why}" for name, why in roles.ignored]
    notes += _told_roles(roles)
    compared, found, quality, right = _test(reference, current, roles, question, notes)
    lost = fell(quality, question.alpha)
    diagnosis = _diagnose(reference, current, roles, right) if lost and right else None
    parts = _parts(reference, current, roles, question) if question.by else ()
    report = Investigation(
        summary="",
        found=lost or any(one.size != "negligible" for one in found),
        reference_rows=reference.num_rows,
        current_rows=current.num_rows,
        looked_at=tuple(one.column for one in compared),
        moved=tuple(found),
        quality=quality,
        scope=diagnosis.scope if diagnosis and diagnosis.scope.reach is not Reach.UNCLEAR else None,
        causes=_causes(diagnosis),
        evidence=diagnosis.evidence if diagnosis else (),
        parts=parts,
        next_steps=(),
        notes=tuple(notes),
        alpha=question.alpha,
    )
    return msgspec.structs.replace(report, summary=summary(report), next_steps=next_steps(report))


def _test(
    reference: pa.Table, current: pa.Table, roles: Roles, question: Question, notes: list[str]
) -> tuple[list[Compared], list[Moved], tuple[Quality, ...], Right | None]:
    """Return what was compared, what moved (largest first), the qualities, and how right answers were."""
    compared = _compare_all(reference, current, roles, question, notes)
    before, now = _answers(reference, roles), _answers(current, roles)
    now = like(before, now) if before and now else now
    right = _rightness(before, now)
    raw = _measure(before, now, right)
    corrected = holm([one.result.p_value for one in compared] + [one.p_value for one in raw])
    found = [
        moved(one, p_value)
        for one, p_value in zip(compared, corrected[: len(compared)], strict=True)
        if p_value <= question.alpha
    ]
    found.sort(key=lambda one: (-one.effect, one.column))
    quality = tuple(
        msgspec.structs.replace(one, p_value=p_value)
        for one, p_value in zip(raw, corrected[len(compared) :], strict=True)
    )
    return compared, found, quality, right


def fell(quality: tuple[Quality, ...], alpha: float) -> bool:
    """Return whether a measure got worse, surely."""
    return any(
        one.p_value <= alpha and (one.now < one.before) == (one.better == "up") and one.now != one.before
        for one in quality
    )


def with_labels(
    current: pa.Table, labels: pa.Table, question: Question, notes: list[str]
) -> tuple[pa.Table, Question]:
    """Return the current rows with the labels of another table, joined by the id, and the question.

    Raises ``NothingToCompareError`` where they share no id column.
    """
    shared = [name for name in labels.column_names if name in current.column_names]
    key = (question.told.get(Role.ID) or tuple(shared))[:1]
    if not key or key[0] not in labels.column_names:
        raise NothingToCompareError(
            "the labels share no column with the current rows: name one with --id, so that they can be joined"
        )
    new = [name for name in labels.column_names if name not in current.column_names]
    label = (question.told.get(Role.LABEL) or tuple(new))[:1]
    if not label or label[0] not in labels.column_names:
        raise NothingToCompareError(
            "the labels have no column that the current rows lack: name it with --label"
        )
    where = pc.index_in(current[key[0]], value_set=labels[key[0]].combine_chunks())
    column = labels[label[0]].combine_chunks().take(where)
    missing = column.null_count
    notes.append(f"labels joined by {key[0]}: {len(column) - missing:,} of {len(column):,} rows have one")
    asked = replace(question, told={**question.told, Role.LABEL: label})
    if label[0] in current.column_names:
        return current.set_column(current.column_names.index(label[0]), label[0], column), asked
    return current.append_column(label[0], column), asked


def _told_roles(roles: Roles) -> list[str]:
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


def _compare_all(
    reference: pa.Table, current: pa.Table, roles: Roles, question: Question, notes: list[str]
) -> list[Compared]:
    wanted = [
        (name, role)
        for name, role in (
            (roles.label, "label"),
            (roles.prediction, "prediction"),
            (roles.score, "score"),
            *((name, "feature") for name in roles.features if name != question.by),
        )
        if name and name in reference.column_names and name in current.column_names
    ]
    if not wanted:
        raise NothingToCompareError(
            f"no column can be compared: the reference has {', '.join(reference.column_names[:20])}; "
            f"the current rows have {', '.join(current.column_names[:20])}"
        )
    if len(wanted) > MOST_COLUMNS:
        notes.append(
            f"{len(wanted) - MOST_COLUMNS:,} columns beyond the first {MOST_COLUMNS:,} were not tested"
        )
    return [_compared(reference, current, name, role) for name, role in wanted[:MOST_COLUMNS]]


def _compared(reference: pa.Table, current: pa.Table, name: str, role: str) -> Compared:
    before, now = reference[name], current[name]
    if role in {"prediction", "label"} and are_classes(before, None):
        before, now = class_texts(before), class_texts(now)
    return compare(name, role, before, now)


def _answers(table: pa.Table, roles: Roles) -> Answers | None:
    if not roles.prediction or roles.prediction not in table.column_names:
        return None
    label = table[roles.label] if roles.label and roles.label in table.column_names else None
    score = table[roles.score] if roles.score and roles.score in table.column_names else None
    return answers_of(table[roles.prediction], label, score)


Right = tuple["npt.NDArray[np.float64]", "npt.NDArray[np.float64]", bool]
"""How right the answers of both tables were, and whether the current ones are estimates."""


def _rightness(before: Answers | None, now: Answers | None) -> Right | None:
    if before is None or now is None or before.label is None:
        return None
    scale = scale_of(before)
    one = rightness(before, scale)
    if not np.isfinite(one).any():
        return None
    if now.label is not None and np.isfinite(two := rightness(now, scale)).any():
        return one, two, False
    guess = estimated_rightness(before, now)
    return None if guess is None else (one, guess, True)


def _measure(before: Answers | None, now: Answers | None, right: Right | None) -> list[Quality]:
    if right is None or before is None or now is None:
        return []
    if right[2]:
        return [estimated(right[0], right[1])]
    return measures(before, now, (right[0], right[1]))


def _diagnose(reference: pa.Table, current: pa.Table, roles: Roles, right: Right | None) -> Diagnosis | None:
    if right is None:
        return None
    tables = []
    for day, table, score in ((0, reference, right[0]), (1, current, right[1])):
        step = max(-(-table.num_rows // DIAGNOSED_ROWS), 1)
        chosen = np.arange(0, table.num_rows, step)
        tables.append(
            canonical(table.take(chosen), roles, right=score[chosen], start=day * DAY, end=(day + 1) * DAY)
        )
    return diagnose(
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


def _parts(reference: pa.Table, current: pa.Table, roles: Roles, question: Question) -> tuple[Part, ...]:
    if question.by not in current.column_names:
        raise NothingToCompareError(f"the current rows have no column {question.by!r} to look at them by")
    keys = current[question.by].cast(pa.string())
    counts = {entry["values"]: entry["counts"] for entry in pc.value_counts(keys.drop_null()).to_pylist()}
    parts = []
    for value in sorted(counts)[:MOST_PARTS]:
        rows = current.filter(pc.equal(keys, value))
        if rows.num_rows < FEWEST_ROWS:
            continue
        _, found, quality, _ = _test(reference, rows, roles, question, [])
        names = tuple(one.column for one in found if one.size != "negligible")
        parts.append(Part(value=value, rows=rows.num_rows, moved=names, quality=quality))
    return tuple(parts)


def _causes(diagnosis: Diagnosis | None) -> tuple[Cause, ...]:
    causes = diagnosis.causes if diagnosis else ()
    return tuple(cause for cause in causes if cause.kind is not CauseKind.OTHER_CHANGE)
