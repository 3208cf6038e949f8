"""What is not shown of a service's inputs, and how much of the rest."""

from __future__ import annotations

from typing import Final

import msgspec

TEXT: Final = 60
"""Characters of a free text that are shown where nobody said otherwise."""

MOST_TEXT: Final = 400
MOST_FIELDS: Final = 200


class Redaction(msgspec.Struct, frozen=True, kw_only=True):
    """What a service says of its inputs' privacy, beside what is masked of every service.

    Attributes:
        fields: further names whose values are masked, wherever they stand; also with ``*``.
        text: characters of a free text that are shown; 0 shows none.
        images: whether small pictures of images are kept.
    """

    fields: tuple[str, ...] = ()
    text: int = TEXT
    images: bool = True
