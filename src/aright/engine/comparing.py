"""Two tables compared: what moved and how right the answers were, tested together as one family."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import msgspec
import numpy as np

from aright.core.detect.columns import Compared, compare, moved
from aright.core.detect.estimates import NoEstimate
from aright.core.detect.estimates_quality import Guess, Taught, guess, taught_by
from aright.core.detect.quality import (
    Answers,
    answers_of,
    are_classes,
    class_texts,
    like,
    measures,
    rightness,
    scale_of,
    unmeasured,
)
from aright.core.stats.holm import holm

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy.typing as npt
    import pyarrow as pa

    from aright.core.model.investigation import Moved, Quality
    from aright.core.observe.roles import Role, Roles

MOST_COLUMNS: Final = 2_000
"""Columns of a table that are looked at."""


class NothingToCompareError(ValueError):
    """The two tables share nothing that can be compared as was asked. Its text says what there is."""


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


@dataclass(frozen=True, kw_only=True)
class Right:
    """How right the answers of both tables were, in [0, 1], NaN where not known.

    Attributes:
        before: of the reference; shape (its rows,).
        now: of the current rows.
        estimated: qualities of current rows whose labels are not known; ``None`` for measured ones.
    """

    before: npt.NDArray[np.float64]
    now: npt.NDArray[np.float64]
    estimated: tuple[Quality, ...] | None = None

    @property
    def guessed(self) -> bool:
        """Whether the current ones are estimates."""
        return self.estimated is not None


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """What two tables have to say of one another.

    Attributes:
        looked_at: columns that were tested.
        moved: those that moved, the largest first.
        quality: measures, with p-values corrected together with the columns'.
        right: how right answers were; ``None`` where that is not known.
        unknown: why it is not.
        notes: what could not be measured.
        taught: what the reference taught for estimates; ``None`` where none were needed.
    """

    looked_at: tuple[str, ...]
    moved: tuple[Moved, ...]
    quality: tuple[Quality, ...]
    right: Right | None
    unknown: str = ""
    notes: tuple[str, ...] = ()
    taught: Taught | NoEstimate | None = None


def compare_tables(
    reference: pa.Table,
    current: pa.Table,
    roles: Roles,
    question: Question,
    *,
    taught: Taught | NoEstimate | None = None,
) -> Comparison:
    """Return how the current rows differ from the reference; what it has ``taught`` is not learned again.

    Raises ``NothingToCompareError`` where they share no column.
    """
    compared = _compare_all(reference, current, roles, question)
    before, now = _answers(reference, roles), _answers(current, roles)
    other_kind = before is not None and now is not None and like(before, now) is None
    now = like(before, now) if before and now else now
    right, why = _rightness(before, now), ""
    if right is None and before is not None and now is not None and before.classes and _labelled(before):
        taught = taught or taught_by(before, reference, _features(reference, current, roles))
        found_out = _guessed(before, now, current, taught)
        right = found_out if isinstance(found_out, Right) else None
        why = found_out.reason if isinstance(found_out, NoEstimate) else ""
    raw = _measure(before, now, right)
    tested = [one for one in raw if one.tested]
    corrected = holm([one.result.p_value for one in compared] + [one.p_value for one in tested])
    found = [
        moved(one, p_value)
        for one, p_value in zip(compared, corrected[: len(compared)], strict=True)
        if p_value <= question.alpha
    ]
    of_quality = iter(corrected[len(compared) :])
    note = unmeasured(before, now) if before and now and right and not right.guessed else ""
    return Comparison(
        looked_at=tuple(one.column for one in compared),
        moved=tuple(sorted(found, key=lambda one: (-one.effect, one.column))),
        quality=tuple(
            msgspec.structs.replace(one, p_value=next(of_quality)) if one.tested else one for one in raw
        ),
        right=right,
        unknown="" if right else _why_unknown(before, now, why, other_kind=other_kind),
        notes=(note,) if note else (),
        taught=taught,
    )


def _compare_all(reference: pa.Table, current: pa.Table, roles: Roles, question: Question) -> list[Compared]:
    shared = {*reference.column_names} & {*current.column_names}
    wanted = [
        (name, role)
        for name, role in (
            (roles.label, "label"),
            (roles.prediction, "prediction"),
            (roles.score, "score"),
            *((name, "feature") for name in roles.features if name != question.by),
        )
        if name in shared
    ]
    if not wanted:
        raise NothingToCompareError(
            f"no column can be compared: the reference has {', '.join(reference.column_names[:20])}; "
            f"the current rows have {', '.join(current.column_names[:20])}"
        )
    return [_compared(reference, current, name, role) for name, role in wanted]


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


def _features(reference: pa.Table, current: pa.Table, roles: Roles) -> tuple[str, ...]:
    shared = {*reference.column_names} & {*current.column_names}
    return tuple(name for name in roles.features if name in shared)


def _labelled(answers: Answers) -> bool:
    return answers.label is not None and bool(np.isfinite(rightness(answers, 1.0)).any())


def _rightness(before: Answers | None, now: Answers | None) -> Right | None:
    """Return how right answers were on both sides, where labels of both are known."""
    if before is None or now is None or before.label is None or now.label is None:
        return None
    scale = scale_of(before)
    one, two = rightness(before, scale), rightness(now, scale)
    return Right(before=one, now=two) if np.isfinite(one).any() and np.isfinite(two).any() else None


def _guessed(
    before: Answers, now: Answers, current: pa.Table, taught: Taught | NoEstimate
) -> Right | NoEstimate:
    found = taught if isinstance(taught, NoEstimate) else guess(taught, now, current)
    if isinstance(found, Guess):
        return Right(before=rightness(before, 1.0), now=found.right, estimated=found.qualities)
    return found


def _measure(before: Answers | None, now: Answers | None, right: Right | None) -> list[Quality]:
    if right is None or before is None or now is None:
        return []
    if right.estimated is not None:
        return [*right.estimated]
    return measures(before, now, (right.before, right.now))


def _why_unknown(before: Answers | None, now: Answers | None, why: str, *, other_kind: bool) -> str:
    if other_kind:
        return "answers and labels are numbers in one place and texts in another"
    if before is None or now is None:
        return "the files have no column of predictions in common"
    if not _labelled(before):
        return "the reference has no labels"
    if not before.classes:
        return "the current rows have no labels"
    if now.score is None or now.score.null_count == len(now.score):
        return "the current rows have no labels and no scores"
    return f"the current rows have no labels, and {_said_of_them(why)}"


def _said_of_them(why: str) -> str:
    return why.replace("most of the rows have", "most have").replace("the rows have", "they have")
