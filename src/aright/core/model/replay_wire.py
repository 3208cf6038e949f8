"""What is written to whatever runs a version, and read from it: JSON, bounded, nothing taken on trust."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Annotated, Final

import msgspec
from msgspec import Meta

from aright.core.model.replay import Output, Stored

if TYPE_CHECKING:
    from collections.abc import Sequence

MOST_INPUTS: Final = 64
"""Inputs in one request."""

MOST_BYTES: Final = 4 << 20
"""Bytes of stored documents in one request, beyond the first."""

LARGEST_ANSWER: Final = 32 << 20
"""Bytes of an answer that are read."""

_LONGEST: Final = 65_536
_SHOWN: Final = 200

Text = Annotated[str, Meta(max_length=_LONGEST)]


class Asked(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An input as it is sent."""

    id: str
    attributes: dict[str, str] = {}
    features: dict[str, float | str | bool | None] = {}
    payload: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET


class Given(msgspec.Struct, frozen=True, kw_only=True):
    """An answer's value: one of these."""

    label: Text | None = None
    score: float | None = None
    number: float | None = None
    items: tuple[Text, ...] | None = None
    text: Text | None = None


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What was made of an input, as it is read."""

    id: str
    output: Given | None = None
    confidence: float | None = None
    error: str = ""


class BadAnswerError(Exception):
    """What came back are no outputs of what was asked; its text says why."""


def asked(inputs: Sequence[Stored]) -> list[Asked]:
    """Return inputs as they are sent.

    >>> msgspec.json.encode(asked([Stored(id="a", payload=b'{"x": 1}')]))
    b'[{"id":"a","payload":{"x": 1}}]'
    """
    return [
        Asked(
            id=each.id,
            attributes=each.attributes,
            features=each.features,
            payload=msgspec.Raw(each.payload) if each.payload else msgspec.UNSET,
        )
        for each in inputs
    ]


def batches(inputs: Sequence[Stored]) -> list[list[Stored]]:
    """Return inputs in requests of at most ``MOST_INPUTS`` and about ``MOST_BYTES``.

    >>> [len(each) for each in batches([Stored(id=str(at)) for at in range(100)])]
    [64, 36]
    """
    found: list[list[Stored]] = []
    size = 0
    for each in inputs:
        if not found or len(found[-1]) >= MOST_INPUTS or size + len(each.payload) > MOST_BYTES:
            found.append([])
            size = 0
        found[-1].append(each)
        size += len(each.payload)
    return found


def outputs(inputs: Sequence[Stored], answers: Sequence[Answer]) -> tuple[Output, ...]:
    """Return what was made of each input, in their order; raises ``BadAnswerError`` where one has no answer.

    >>> outputs([Stored(id="a")], [Answer(id="a", output=Given(label="cat"))])[0].label
    'cat'
    """
    known = {each.id: each for each in answers}
    missing = [each.id for each in inputs if each.id not in known]
    if missing:
        raise BadAnswerError(f"{len(missing)} of {len(inputs)} inputs have no answer, such as {missing[0]!r}")
    return tuple(_output(known[each.id]) for each in inputs)


def _output(answer: Answer) -> Output:
    """Return an answer, an error where it is none: one bad answer is no reason to drop the others."""
    given = answer.output
    if answer.error or given is None:
        return Output(error=(answer.error or "there is no output")[:_SHOWN])
    numbers = (given.score, given.number, answer.confidence)
    if not all(each is None or math.isfinite(each) for each in numbers):  # pragma: no cover - JSON has none
        return Output(error="a number is not finite")
    if (
        sum(each is not None for each in (given.label, given.score, given.number, given.items, given.text))
        != 1
    ):
        return Output(error="an output is one of label, score, number, items and text")
    return Output(
        label=given.label,
        score=given.score,
        number=given.number,
        items=given.items,
        text=given.text,
        confidence=answer.confidence,
    )
