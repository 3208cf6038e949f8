"""Repetition: of the runs of four words in a text, the mean share that came in it before.

Healthy answers hardly repeat four words; a model that loops says the same again and again. Texts of scripts
that put no space between words are looked at in runs of eight characters.

Source: "seq-rep-4" of S. Welleck et al., Neural text generation with unlikelihood training, ICLR 2020.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from aright.core.observe.signals.grams import Tokens, characters, distinct, per_text, runs, words

if TYPE_CHECKING:
    from aright.core.observe.signals.values import FloatArray

NAME: Final = "repetition"

LONGEST: Final = 4_000
"""Characters of a text that are looked at."""

_WORDS: Final = 4
_CHARACTERS: Final = 8
_LONG_WORD: Final = 16
"""Mean characters of a word from which a text is taken to be written without spaces."""


def values(texts: pa.Array) -> FloatArray:
    """Return each text's share of repeated runs, NaN for texts too short to have any.

    >>> values(pa.array(["so it goes on " * 9, "it rains in Spain as ever and ever", "no"])).round(2)
    array([0.88, 0.  ,  nan])
    """
    spoken = words(texts, longest=LONGEST)
    written = np.minimum(np.asarray(pc.utf8_length(texts)), LONGEST)
    spaceless = written > _LONG_WORD * np.maximum(per_text(spoken), 1)
    found = _repeated(runs(spoken, _WORDS))
    if spaceless.any():
        alone = texts.filter(pa.array(spaceless))
        found[spaceless] = _repeated(runs(characters(alone, longest=LONGEST), _CHARACTERS))
    return found


def _repeated(found: Tokens) -> FloatArray:
    counts = per_text(found)
    return np.where(counts > 0, 1 - per_text(distinct(found)) / np.maximum(counts, 1), np.nan)
