"""Samples of an incident's inputs, before beside now: few, small, redacted, kept as long as it is."""

from __future__ import annotations

from typing import Final

import msgspec

from aright.core.model.times import Micros

BEFORE: Final = "before"
NOW: Final = "now"

ANSWER: Final = "answer"
PAYLOAD: Final = "payload"
PICTURE: Final = "picture"


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    """One thing of a sample.

    Attributes:
        kind: ``payload`` | ``picture``.
        title: what it is: the endpoint, or the field of its document that holds the picture.
        text: a payload as JSON, redacted and cut; of a picture what it is.
        media: media type of ``data``, told by its first bytes; empty without.
        data: the picture, at most 8 KiB and without metadata.
    """

    kind: str
    title: str
    text: str = ""
    media: str = ""
    data: bytes = b""


class Sample(msgspec.Struct, frozen=True, kw_only=True):
    """One answer with what it was made from.

    Attributes:
        side: ``before`` | ``now``.
        at: when it was given (µs, UTC).
        loss: of the loss that the incident is told by, in [0, 1]; ``None`` where it is not known.
        unit: whom it was given to, as sent, redacted.
        values: name and value of attributes, features and output, redacted, the telling ones first.
        shown: its payloads and pictures.
    """

    side: str
    at: Micros
    loss: float | None = None
    unit: str = ""
    values: tuple[tuple[str, str], ...] = ()
    shown: tuple[Shown, ...] = ()


class Samples(msgspec.Struct, frozen=True, kw_only=True):
    """The samples of one incident.

    Attributes:
        key: the incident's.
        service: whose inputs they are.
        at: when they were chosen (µs, UTC).
        where: which part of the traffic they are of, in words.
        pairs: as many of before as of now, those of one unit beside each other where it was there before.
        telling: how many of the values stand first because they moved.
        of_now: answers that those of now were chosen from.
        of_before: the same of before.
    """

    key: str
    service: str
    at: Micros
    where: str
    pairs: tuple[tuple[Sample | None, Sample | None], ...] = ()
    telling: int = 0
    of_now: int = 0
    of_before: int = 0
