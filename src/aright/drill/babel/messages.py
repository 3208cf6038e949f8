"""What users, the services and the third party say to each other."""

from __future__ import annotations

from typing import Annotated

import msgspec


class Text(msgspec.Struct, frozen=True, kw_only=True):
    """A text in some language: of a chat, a ticket, or to be translated.

    Attributes:
        id: of the request.
        text: as the user wrote it.
    """

    id: str
    text: str


class English(msgspec.Struct, frozen=True, kw_only=True):
    """A translation.

    Attributes:
        text: in English.
        by: who made it.
    """

    text: str
    by: str


class Segment(msgspec.Struct, frozen=True, kw_only=True):
    """A part of a translation, as the third party cuts it."""

    start: Annotated[int, msgspec.Meta(ge=0)]
    end: Annotated[int, msgspec.Meta(ge=0)]
    score: float


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """The third party's answer, as the translation service validates it: types, and what cannot be.

    Attributes:
        text: the translation.
        language: that the text was found to be in.
        confidence: how sure the translation is.
        segments: its parts.
    """

    text: Annotated[str, msgspec.Meta(min_length=1)]
    language: Annotated[str, msgspec.Meta(min_length=2, max_length=12)]
    confidence: Annotated[float, msgspec.Meta(ge=0)]
    segments: list[Segment]
