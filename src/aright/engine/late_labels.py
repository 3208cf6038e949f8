"""Labels that came late, in a file of their own, joined to the rows that they are about."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from aright.core.model.counts import counted
from aright.core.observe.roles import Role
from aright.core.profile import kind_of
from aright.engine.comparing import NothingToCompareError

if TYPE_CHECKING:
    from aright.engine.comparing import Question


def with_labels(
    current: pa.Table, labels: pa.Table, question: Question, notes: list[str]
) -> tuple[pa.Table, Question]:
    """Return the current rows with the labels of another table, joined by the id, and the question.

    Raises ``NothingToCompareError`` where they share no id column, or one has no label that can be read.
    """
    key, label = _names(current, labels, question)
    ids, wanted = labels[key], current[key]
    for side in (ids, wanted):
        if kind_of(side.type) is None:
            raise NothingToCompareError(f"labels cannot be joined by {key!r}: it is of type {side.type}")
    if ids.type != wanted.type or not pa.types.is_integer(ids.type):
        ids, wanted = ids.cast(pa.string()), wanted.cast(pa.string())
    where = pc.index_in(wanted, value_set=ids.combine_chunks())
    column = labels[label].combine_chunks().take(where)
    missing = column.null_count
    notes.append(
        f"labels joined by {key}: {len(column) - missing:,} of {counted(len(column), 'row')} "
        f"{'has' if len(column) == 1 else 'have'} one"
    )
    twice = len(ids) - len(ids.unique())
    if twice:
        notes.append(f"{counted(twice, 'label')} left out: an earlier one has the same {key}")
    asked = replace(question, told={**question.told, Role.LABEL: (label,)})
    if label in current.column_names:
        return current.set_column(current.column_names.index(label), label, column), asked
    return current.append_column(label, column), asked


def _names(current: pa.Table, labels: pa.Table, question: Question) -> tuple[str, str]:
    """Return the id that both have and the column of labels."""
    shared = [name for name in labels.column_names if name in current.column_names]
    key = (question.told.get(Role.ID) or tuple(shared))[:1]
    if not key or key[0] not in labels.column_names or key[0] not in current.column_names:
        raise NothingToCompareError(
            "the labels share no column with the current rows: name one with --id, so that they can be joined"
        )
    new = [name for name in labels.column_names if name not in current.column_names]
    label = (question.told.get(Role.LABEL) or tuple(new))[:1]
    if not label or label[0] not in labels.column_names:
        raise NothingToCompareError(
            "the labels have no column that the current rows lack: name it with --label"
        )
    return key[0], label[0]
