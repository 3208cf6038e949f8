"""Samples of the inputs as the incident page shows them: before beside now, what moved first."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import count
from typing import TYPE_CHECKING, Final

from aright.core.contract.pictures import LARGEST, media_of
from aright.core.model.samples import PICTURE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aright.core.model.samples import Sample, Samples, Shown
    from aright.core.model.times import Micros
    from aright.engine.operations import Operations

FIRST: Final = 2
"""Pairs that are open at once; the others are folded up."""

MOST_FIRST: Final = 8
"""Values of a pair that stand above the fold where nothing is known to have moved."""


@dataclass(frozen=True)
class Picture:
    """One picture of a sample.

    Attributes:
        title: which field of which document it was.
        text: its format and true size.
        number: by which it is asked for; ``None`` where it is not kept.
    """

    title: str
    text: str
    number: int | None


@dataclass(frozen=True)
class Side:
    """One answer with what it was made from.

    Attributes:
        at: when it was given (µs, UTC).
        unit: to whom.
        lost: ``lost`` | ``well``; empty where that is not known.
        pictures: of its payloads.
        documents: titles and texts of its payloads.
    """

    at: Micros
    unit: str
    lost: str
    pictures: tuple[Picture, ...]
    documents: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Value:
    """One value of a pair.

    Attributes:
        name: of the attribute, feature or output.
        before: as it was; empty where there is no answer of before.
        now: as it is.
        differs: whether the two are not the same.
    """

    name: str
    before: str
    now: str
    differs: bool


@dataclass(frozen=True)
class Pair:
    """An answer of now and one of before.

    Attributes:
        before: ``None`` where there was none to choose.
        now: the one of now.
        same_unit: whether both were given to the same unit.
        telling: the values that moved, or the first ones.
        others: the rest.
    """

    before: Side | None
    now: Side | None
    same_unit: bool
    telling: tuple[Value, ...]
    others: tuple[Value, ...]


@dataclass(frozen=True)
class SamplesView:
    """All samples of an incident.

    Attributes:
        where: which part of the traffic they are of.
        pairs: those that are open at once.
        more: the others.
        of_now: answers that those of now were chosen from.
        of_before: the same of before.
    """

    where: str
    pairs: tuple[Pair, ...]
    more: tuple[Pair, ...]
    of_now: int
    of_before: int


def samples_view(operations: Operations, key: str) -> SamplesView | None:
    """Return an incident's samples as they are shown; ``None`` where there are none."""
    samples = operations.samples(key)
    if samples is None or not samples.pairs:
        return None
    numbers = count()  # pictures are met in the order of ``_pictures``
    pairs = tuple(_pair(samples, before, now, numbers) for before, now in samples.pairs)
    return SamplesView(samples.where, pairs[:FIRST], pairs[FIRST:], samples.of_now, samples.of_before)


def picture_of(operations: Operations, key: str, number: int) -> tuple[str, bytes] | None:
    """Return media type and bytes of a kept picture, by its number; ``None`` where there is none.

    The type is that of its first bytes, whatever was said of it; what is no picture is not given out.
    """
    samples = operations.samples(key)
    kept = list(_pictures(samples)) if samples is not None else []
    if not 0 <= number < len(kept):
        return None
    data = kept[number].data
    media = media_of(data)
    return (media, data) if media and len(data) <= LARGEST else None


def _pictures(samples: Samples) -> Iterator[Shown]:
    for pair in samples.pairs:
        for side in pair:
            shown = side.shown if side is not None else ()
            yield from (each for each in shown if each.kind == PICTURE and each.data)


def _pair(samples: Samples, before: Sample | None, now: Sample | None, numbers: Iterator[int]) -> Pair:
    was = dict(before.values) if before else {}
    values = tuple(
        Value(name, was.get(name, ""), value, before is not None and was.get(name) != value)
        for name, value in (now.values if now else ())
    )
    first = samples.telling or MOST_FIRST
    return Pair(
        before=_side(before, numbers) if before else None,
        now=_side(now, numbers) if now else None,
        same_unit=bool(before and now and before.unit and before.unit == now.unit),
        telling=values[:first],
        others=values[first:],
    )


def _side(sample: Sample, numbers: Iterator[int]) -> Side:
    pictures = [
        Picture(each.title, each.text, next(numbers) if each.data else None)
        for each in sample.shown
        if each.kind == PICTURE
    ]
    documents = [(each.title, each.text) for each in sample.shown if each.kind != PICTURE]
    lost = "" if sample.loss is None else "lost" if sample.loss >= 0.5 else "well"
    return Side(sample.at, sample.unit, lost, tuple(pictures), tuple(documents))
