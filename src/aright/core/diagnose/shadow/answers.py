"""What an answer loses, held against the truth or against another answer; all in [0, 1]."""

from __future__ import annotations

import math
from collections import Counter
from typing import TYPE_CHECKING, Final, TypeAlias

from msgspec.structs import replace

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aright.core.model.replay import Output

Truth: TypeAlias = str | float
"""A label, or a number."""

WORST: Final = 10.0
"""An error of so many usual ones is a total loss; the usual error then loses a tenth."""

_YES: Final = {"1": 1.0, "true": 1.0, "yes": 1.0, "0": 0.0, "false": 0.0, "no": 0.0}


def loss_of(answer: Output, truth: Truth, scale: float = 1.0) -> float:
    """Return what an answer loses; NaN where it is none, or cannot be held against such a truth.

    A label is right or wrong. A score has the squared distance to 0 or 1 (Brier, Monthly Weather Review 78,
    1950). A number has its distance over ``scale``. A list has one minus the reciprocal rank of the true item
    (Voorhees, TREC-8, 1999), and text one minus the F1 of its words (Rajpurkar and others, EMNLP 2016).

    >>> from aright.core.model.replay import Output
    >>> loss_of(Output(label="cat"), "dog"), loss_of(Output(items=("a", "b")), "b")
    (1.0, 0.5)
    """
    if answer.error:
        return math.nan
    if answer.label is not None:
        return float(answer.label != _text(truth))
    if answer.score is not None:
        yes = truth if isinstance(truth, (int, float)) else _YES.get(truth.strip().lower(), math.nan)
        return _bounded((answer.score - yes) ** 2) if yes in {0.0, 1.0} else math.nan
    if answer.number is not None:
        number = _number(truth)
        return _bounded(abs(answer.number - number) / scale)
    if answer.items is not None:
        item = _text(truth)
        return 1.0 - 1.0 / (answer.items.index(item) + 1) if item in answer.items else 1.0
    return _words_apart(answer.text, _text(truth)) if answer.text is not None else math.nan


def apart(one: Output, other: Output, scale: float = 1.0) -> float:
    """Return how far two answers to one input are apart; NaN where one of them is none.

    Labels are equal or not, scores and numbers have their distance (numbers over ``scale``), lists the share
    of items that only one has (Jaccard), texts one minus the F1 of their words. Answers of two kinds are as
    far apart as can be.

    >>> from aright.core.model.replay import Output
    >>> round(apart(Output(items=("a", "b")), Output(items=("b", "c"))), 2)
    0.67
    >>> apart(Output(label="cat"), Output(score=0.5))
    1.0
    """
    if one.error or other.error or not (is_answer(one) and is_answer(other)):
        return math.nan
    if one.score is not None and other.score is not None:
        return _bounded(abs(one.score - other.score))
    if one.number is not None and other.number is not None:
        return _bounded(abs(one.number - other.number) / scale)
    if one.items is not None and other.items is not None:
        some = {*one.items, *other.items}
        return 1.0 - len({*one.items} & {*other.items}) / len(some) if some else 0.0
    if one.text is not None and other.text is not None:
        return _words_apart(one.text, other.text)
    return float(one.label is None or one.label != other.label)


def as_served(answer: Output, like: str) -> Output:
    """Return an answer as the output that a service gives: models answer 1 where it says ``1`` or a score.

    Args:
        answer: what a version made.
        like: ``label`` | ``score`` | ``number`` | ``items`` | ``text``.

    >>> from aright.core.model.replay import Output
    >>> as_served(Output(number=1.0), "label").label, as_served(Output(number=0.5), "score").score
    ('1', 0.5)
    """
    if answer.error or getattr(answer, like) is not None:
        return answer
    if like == "score" and answer.number is not None:
        return replace(answer, score=answer.number, number=None)
    if like == "number" and answer.score is not None:
        return replace(answer, number=answer.score, score=None)
    if like == "label" and (answer.number is not None or answer.text is not None):
        said = answer.text if answer.text is not None else _text(answer.number or 0.0)
        return replace(answer, label=said, number=None, text=None)
    if like == "text" and answer.label is not None:
        return replace(answer, text=answer.label, label=None)
    return answer


def unsureness(answer: Output) -> float:
    """Return how unsure an answer is, in [0, 1]; NaN where it does not say.

    >>> from aright.core.model.replay import Output
    >>> unsureness(Output(label="cat", confidence=0.75)), unsureness(Output(score=0.25))
    (0.25, 0.5)
    """
    if answer.error:
        return math.nan
    if answer.confidence is not None:
        return _bounded(1.0 - answer.confidence)
    return _bounded(1.0 - abs(2.0 * answer.score - 1.0)) if answer.score is not None else math.nan


def is_answer(answer: Output) -> bool:
    """Return whether an output holds an answer at all."""
    given = (answer.label, answer.score, answer.number, answer.items, answer.text)
    return not answer.error and any(each is not None for each in given)


def scale_of(answers: Sequence[Output], truths: Sequence[Truth | None]) -> float:
    """Return the distance of numbers that is a total loss: ``WORST`` times the usual error.

    Where no truth is known, it is as many times the mean distance from the mean answer.

    >>> from aright.core.model.replay import Output
    >>> scale_of([Output(number=1.0), Output(number=4.0)], [2.0, 2.0])
    15.0
    """
    numbers = [
        (each.number, truth) for each, truth in zip(answers, truths, strict=True) if each.number is not None
    ]
    errors = [abs(number - _number(truth)) for number, truth in numbers if truth is not None]
    if not errors and numbers:
        mean = math.fsum(number for number, _ in numbers) / len(numbers)
        errors = [abs(number - mean) for number, _ in numbers]
    finite = [each for each in errors if math.isfinite(each)]
    usual = math.fsum(finite) / len(finite) if finite else 0.0
    return WORST * usual if 0.0 < usual < math.inf else 1.0


def _words_apart(one: str, other: str) -> float:
    mine, theirs = one.split(), other.split()
    if not mine or not theirs:
        return float(mine != theirs)
    shared = (Counter(mine) & Counter(theirs)).total()
    return 1.0 - 2.0 * shared / (len(mine) + len(theirs))


def _bounded(value: float) -> float:
    return min(max(value, 0.0), 1.0) if not math.isnan(value) else math.nan


def _number(truth: Truth) -> float:
    try:
        return float(truth)
    except ValueError:
        return math.nan


def _text(truth: Truth) -> str:
    if isinstance(truth, str):
        return truth
    return str(int(truth)) if math.isfinite(truth) and truth == int(truth) else repr(truth)
