"""Texts as features: how long a source was and how much of it is copied, told without sending either."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from aright.sdk.values import Scalar

LONGEST: Final = 1_000
"""Characters of a text that are compared."""

_RUN: Final = 4


def text_features(source: object, output: object) -> dict[str, Scalar]:
    """Return features of what a text model was given and answered, for ``Client.prediction(features=…)``.

    ``source_chars`` and ``output_chars`` are lengths in characters; ``copy_share`` is the share of the
    answer's runs of four characters that its source has too, whatever their case: 1 for a copy, near 0 for a
    translation. Neither text leaves the host. It raises nothing: what cannot be told is left out.

    >>> text_features("Good morning!", "Guten Tag!")
    {'source_chars': 13, 'output_chars': 10, 'copy_share': 0.0}
    >>> text_features("Good morning!", "good morning")["copy_share"]
    1.0
    """
    found: dict[str, Scalar] = {}
    if isinstance(source, str):
        found["source_chars"] = len(source)
    if isinstance(output, str):
        found["output_chars"] = len(output)
    if isinstance(source, str) and isinstance(output, str):
        read, written = _runs(source), _runs(output)
        if read and written:
            found["copy_share"] = round(len(read & written) / len(written), 4)
    return found


def _runs(text: str) -> set[str]:
    plain = text[:LONGEST].lower()
    return {plain[at : at + _RUN] for at in range(len(plain) - _RUN + 1)}
