"""Roles: which column of a table of predictions is what.

Types and names are read, values are looked at where those do not settle it. A person's word (``--label``
and the like) always goes first. Names only give a column its role here; nothing is ever blamed by its name.
"""

from __future__ import annotations

import re
from enum import Enum
from typing import TYPE_CHECKING, Final

import msgspec
import pyarrow as pa
import pyarrow.compute as pc

from aright.core.profile import kind_of

if TYPE_CHECKING:
    from collections.abc import Mapping


class Role(Enum):
    """What a column is to an investigation."""

    ID = "id"
    TIME = "time"
    PREDICTION = "prediction"
    SCORE = "score"
    LABEL = "label"
    SEGMENT = "segment"
    FEATURE = "feature"
    IGNORED = "ignored"


class UnknownColumnError(ValueError):
    """A named column is not there, or cannot be what it was named as. Its text says which ones are."""


class Roles(msgspec.Struct, frozen=True, kw_only=True):
    """The columns of a table by role; an empty name means that there is none.

    Attributes:
        id: the key that late labels are joined by.
        time: when a row was made; a year or a date serves too.
        prediction: the answer given: a class or a number.
        score: the probability or confidence behind it, in [0, 1].
        label: the truth.
        segments: columns by whose values the traffic may be cut.
        features: what the model was given.
        ignored: columns left out, each with the reason.
    """

    id: str = ""
    time: str = ""
    prediction: str = ""
    score: str = ""
    label: str = ""
    segments: tuple[str, ...] = ()
    features: tuple[str, ...] = ()
    ignored: tuple[tuple[str, str], ...] = ()


_NAMES: Final[dict[Role, re.Pattern[str]]] = {
    Role.ID: re.compile(r"(row_?|request_?|prediction_?|event_?|trace_?)?(id|uuid|guid|key)"),
    Role.TIME: re.compile(r"(.*_)?(time|timestamp|datetime|date|ts|created_at|at|year|month|week|day)"),
    Role.SCORE: re.compile(
        r"(.*_)?(score|probability|proba|prob|confidence|y_pred_proba|y_score|likelihood)(_1)?"
    ),
    Role.PREDICTION: re.compile(
        r"(y_?)?(pred|prediction|predicted|y_hat|yhat|output|predicted_(label|class|value))"
    ),
    Role.LABEL: re.compile(r"(y_?)?(label|target|truth|actual|ground_?truth|true|y_true|outcome|response|y)"),
}
_MOST_SEGMENT_VALUES: Final = 64
_LOOKED_AT: Final = 20_000
_AGREEMENT: Final = 0.3


class _Tables:
    """The columns of both tables by name, looked up at once however many there are."""

    def __init__(self, reference: pa.Table, current: pa.Table) -> None:
        self.reference: dict[str, pa.ChunkedArray] = _columns(reference)
        self.current: dict[str, pa.ChunkedArray] = _columns(current)
        self.names = list(dict.fromkeys([*self.reference, *self.current]))

    def both(self, name: str) -> list[pa.ChunkedArray]:
        """Return the column of either table that has it, the reference's first."""
        return [side[name] for side in (self.reference, self.current) if name in side]


def _columns(table: pa.Table) -> dict[str, pa.ChunkedArray]:
    return dict(zip(table.column_names, table.columns, strict=True))


def infer_roles(reference: pa.Table, current: pa.Table, told: Mapping[Role, tuple[str, ...]]) -> Roles:
    """Return the role of each column that both tables have, or that one of them has as a label.

    ``told`` holds what a person said, by role. Raises ``UnknownColumnError`` for a name neither table has,
    for one that was given two roles, and for a key, time, prediction, score or label of a type that it
    cannot be. Of several columns whose name fits a role, those that both tables have go first.

    >>> table = pa.table({"id": [1, 2], "age": [30, 41], "prediction": [0, 1], "label": [0, 1]})
    >>> roles = infer_roles(table, table, {})
    >>> roles.prediction, roles.label, roles.features
    ('prediction', 'label', ('age',))
    """
    tables = _Tables(reference, current)
    _check(tables, told)
    single: dict[Role, str] = {
        role: columns[0] for role, columns in told.items() if columns and role in _NAMES
    }
    spoken_for = {name for columns in told.values() for name in columns}
    for role in _NAMES:
        if role in single:
            continue
        fitting = [
            name
            for name in tables.names
            if name not in spoken_for and _named_for(role, name) and _fits(role, tables.both(name))
        ]
        if fitting:
            single[role] = min(fitting, key=lambda name: (-len(tables.both(name)), len(name), name))
            spoken_for.add(single[role])
    label = single.get(Role.LABEL, "") or _guess_label(tables, single, spoken_for)
    spoken_for.add(label)
    return _rest(tables, {**single, Role.LABEL: label}, told, spoken_for)


def may_have_role(name: str) -> bool:
    """Return whether a column's name is one that roles are read from.

    >>> may_have_role("y_true"), may_have_role("f17")
    (True, False)
    """
    return any(_named_for(role, name) for role in _NAMES)


def _named_for(role: Role, name: str) -> bool:
    return _NAMES[role].fullmatch(name.lower()) is not None


def _check(tables: _Tables, told: Mapping[Role, tuple[str, ...]]) -> None:
    roles: dict[str, Role] = {}
    for role, columns in told.items():
        for column in columns:
            found = tables.both(column)
            if not found:
                raise UnknownColumnError(
                    f"there is no column {column!r} for the {role.value}: there are "
                    f"{', '.join(tables.names[:40])}"
                )
            if role not in _NAMES:
                continue
            odd = next((why for each in found if (why := _not_as(role, each))), "")
            if odd:
                raise UnknownColumnError(f"column {column!r} cannot be the {role.value}; it is {odd}")
            if column in roles:
                raise UnknownColumnError(
                    f"column {column!r} cannot be both the {roles[column].value} and the {role.value}"
                )
            roles[column] = role


def _not_as(role: Role, column: pa.ChunkedArray) -> str:
    """Return why a column's type cannot have a role; empty where it can."""
    odd = _odd_type(column)
    if odd or role is not Role.SCORE or _is_number(column.type):
        return odd
    return f"of type {column.type}, and a score is a number"


def _is_number(kind: pa.DataType) -> bool:
    types = pa.types
    return bool(
        types.is_integer(kind) or types.is_floating(kind) or types.is_decimal(kind) or types.is_null(kind)
    )


def _fits(role: Role, columns: list[pa.ChunkedArray]) -> bool:
    """Return whether a column of fitting name may have the role: by type in both, by values in one."""
    if any(kind_of(each.type) is None for each in columns):
        return False
    column = columns[0].slice(0, _LOOKED_AT)
    if role is Role.ID:
        return bool(len(column.unique()) == len(column))
    if role is Role.TIME:
        return all(_may_be_time(each.type) for each in columns)
    if role is Role.SCORE:
        known = pa.types.is_floating(column.type) and _within_unit(column.cast(pa.float64()))
        return known and all(_is_number(each.type) for each in columns)
    return True


def _may_be_time(kind: pa.DataType) -> bool:
    types = pa.types
    return bool(
        types.is_temporal(kind) or types.is_integer(kind) or types.is_string(kind) or types.is_null(kind)
    )


def _within_unit(column: pa.ChunkedArray) -> bool:
    span = pc.min_max(column).as_py()
    return span["min"] is not None and span["min"] >= 0.0 and span["max"] <= 1.0


def _guess_label(tables: _Tables, single: Mapping[Role, str], spoken_for: set[str]) -> str:
    """Return the one column that takes the prediction's values and agrees with it far beyond chance.

    A column that the reference alone has goes first: labels come late.
    """
    prediction = single.get(Role.PREDICTION, "")
    if not prediction or prediction not in tables.reference:
        return ""
    answers = tables.reference[prediction].slice(0, _LOOKED_AT).cast(pa.string())
    fitting = [
        name
        for name, column in tables.reference.items()
        if name not in spoken_for
        and all(kind_of(each.type) is not None for each in tables.both(name))
        and not pa.types.is_temporal(column.type)
        and _agreement(answers, column.slice(0, _LOOKED_AT).cast(pa.string())) >= _AGREEMENT
    ]
    alone = [name for name in fitting if name not in tables.current]
    chosen = alone or fitting
    return chosen[0] if len(chosen) == 1 else ""


def _agreement(answers: pa.ChunkedArray, truth: pa.ChunkedArray) -> float:
    """Return Cohen's kappa of two columns of classes, 0 where their values are not the same few."""
    values = answers.drop_null().unique()
    others = truth.drop_null().unique()
    if not 2 <= len(values) <= _MOST_SEGMENT_VALUES or not set(others.to_pylist()) <= set(values.to_pylist()):
        return 0.0
    same = pc.mean(pc.equal(answers, truth).cast(pa.float64())).as_py()
    if same is None:
        return 0.0
    shares = [
        {row["values"]: row["counts"] for row in pc.value_counts(one).to_pylist()} for one in (answers, truth)
    ]
    chance = (
        sum(shares[0].get(v, 0) * shares[1].get(v, 0) for v in values.to_pylist()) / max(len(answers), 1) ** 2
    )
    return float((same - chance) / (1 - chance)) if chance < 1 else 0.0


def _rest(
    tables: _Tables,
    single: Mapping[Role, str],
    told: Mapping[Role, tuple[str, ...]],
    spoken_for: set[str],
) -> Roles:
    chosen = dict.fromkeys([*told.get(Role.FEATURE, ()), *told.get(Role.SEGMENT, ())])
    ignored = [(name, reason) for name in chosen if (reason := _unusable(tables, name))]
    left_out = {name for name, _ in ignored}
    features = [name for name in told.get(Role.FEATURE, ()) if name not in left_out]
    segments = [name for name in told.get(Role.SEGMENT, ()) if name not in left_out]
    for name in tables.names:
        if name in spoken_for:
            continue
        reason = _why_not(tables, name)
        if reason:
            ignored.append((name, reason))
        elif Role.FEATURE not in told:
            features.append(name)
    if Role.SEGMENT not in told:
        segments = [name for name in features if _cuts(tables.reference[name].slice(0, _LOOKED_AT))]
    return Roles(
        id=single.get(Role.ID, ""),
        time=single.get(Role.TIME, ""),
        prediction=single.get(Role.PREDICTION, ""),
        score=single.get(Role.SCORE, ""),
        label=single.get(Role.LABEL, ""),
        segments=tuple(segments),
        features=tuple(features),
        ignored=tuple(ignored),
    )


def _unusable(tables: _Tables, name: str) -> str:
    """Return why a column cannot be compared, though a person named it; empty where it can."""
    if name not in tables.reference:
        return "only in the current file"
    if name not in tables.current:
        return "only in the reference"
    return next((why for each in tables.both(name) if (why := _odd_type(each))), "")


def _odd_type(column: pa.ChunkedArray) -> str:
    """Return why a column's type can be nothing here; empty for numbers, texts, times and the like."""
    if kind_of(column.type) is not None:
        return ""
    do = "flatten it into columns" if pa.types.is_nested(column.type) else "turn it into numbers or text"
    return f"of type {column.type}: {do} first"


def _why_not(tables: _Tables, name: str) -> str:
    """Return why a column that nobody named is left out; empty where it is not."""
    reason = _unusable(tables, name)
    if reason:
        return reason
    column = tables.reference[name].slice(0, _LOOKED_AT)
    words = pa.types.is_string(column.type) or pa.types.is_large_string(column.type)
    if words and len(column) > 100 and len(column.unique()) > 0.9 * len(column):
        return "nearly every value is another: a name or free text"
    return ""


def _cuts(column: pa.ChunkedArray) -> bool:
    kind = column.type
    if pa.types.is_floating(kind) or pa.types.is_temporal(kind) or pa.types.is_decimal(kind):
        return False
    distinct = len(column.unique())
    most = _MOST_SEGMENT_VALUES if not pa.types.is_integer(kind) else 12
    return 2 <= distinct <= most
