"""How far two answers to the same request are apart, by the kind of the answer."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np
import pyarrow as pa

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

ANSWERS: Final[dict[str, pa.DataType]] = {
    "label": pa.string(),
    "score": pa.float64(),
    "number": pa.float64(),
    "items": pa.list_(pa.string()),
    "text": pa.string(),
}
"""Columns that hold answers, the first that both rows have counts."""


class Answer(NamedTuple):
    """What was answered; ``None`` for what was not said."""

    label: str | None = None
    score: float | None = None
    number: float | None = None
    items: Sequence[str] | None = None
    text: str | None = None


def distances(one: pa.Table, other: pa.Table, threshold: float | None = None) -> npt.NDArray[np.float64]:
    """Return for each row how far two answers are apart, in [0, 1]; NaN where one of them is none.

    >>> distances(pa.table({"label": ["a", "b"]}), pa.table({"label": ["a", None]})).tolist()
    [0.0, nan]
    """
    return np.array(
        [apart(mine, theirs, threshold) for mine, theirs in zip(_answers(one), _answers(other), strict=True)],
        dtype=np.float64,
    )


def apart(  # noqa: PLR0911 - one return for each kind of answer
    one: Answer, other: Answer, threshold: float | None = None
) -> float:
    """Return how far two answers are apart, in [0, 1]; NaN where one of them is none.

    Labels are equal or not. Scores are on the same side of the threshold or not, or have their distance
    where there is none. Numbers have their distance over the larger of them. Lists have the share of their
    items that only one has (Jaccard), texts one minus the F1 of their words (Rajpurkar and others, EMNLP
    2016). Answers of two kinds are as far apart as can be.

    >>> apart(Answer(score=0.4), Answer(score=0.6), 0.5), apart(Answer(number=8.0), Answer(number=10.0))
    (1.0, 0.2)
    >>> round(apart(Answer(items=["a", "b"]), Answer(items=["b", "c"])), 2)
    0.67
    """
    if _none(one) or _none(other):
        return float("nan")
    if one.label is not None and other.label is not None:
        return float(one.label != other.label)
    if one.score is not None and other.score is not None:
        if threshold is not None:
            return float((one.score >= threshold) != (other.score >= threshold))
        return min(abs(one.score - other.score), 1.0)
    if one.number is not None and other.number is not None:
        return _relative(one.number, other.number)
    if one.items is not None and other.items is not None:
        some = {*one.items, *other.items}
        return 1.0 - len({*one.items} & {*other.items}) / len(some) if some else 0.0
    if one.text is not None and other.text is not None:
        return _words_apart(one.text, other.text)
    return 1.0


def _none(answer: Answer) -> bool:
    return all(each is None for each in answer)


def _relative(one: float, other: float) -> float:
    if not (np.isfinite(one) and np.isfinite(other)):
        return float(one != other)
    larger = max(abs(one), abs(other))
    return min(abs(one - other) / larger, 1.0) if larger else 0.0


def _words_apart(one: str, other: str) -> float:
    mine, theirs = one.split(), other.split()
    if not mine or not theirs:
        return float(mine != theirs)
    shared = (Counter(mine) & Counter(theirs)).total()
    return 1.0 - 2.0 * shared / (len(mine) + len(theirs))


def _answers(rows: pa.Table) -> list[Answer]:
    nothing = [None] * rows.num_rows
    return [
        Answer(*values)
        for values in zip(
            *(
                rows[name].cast(kind).to_pylist() if name in rows.column_names else nothing
                for name, kind in ANSWERS.items()
            ),
            strict=True,
        )
    ]
