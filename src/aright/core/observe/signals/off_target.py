"""Share of texts that do not look like the language they should be in.

How each target language is written is learned from the first texts: the shares of its letters' blocks,
which tell scripts apart, and of its pairs of letters, which tell languages apart. No model and no language's
name is needed. A text is off target when its letters are less likely, as its language is written, than those
of forty-nine of fifty of the first texts were; so the share is about 2 % from the beginning, and what counts
is its rise.

Source: W. B. Cavnar, J. M. Trenkle, N-gram-based text categorization, SDAIR 1994, with log-likelihoods as T.
Dunning, Statistical identification of language (1994), has them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from aright.core.model.cuts import Writing
from aright.core.observe.signals.grams import Tokens, letters, per_text, runs

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aright.core.observe.signals.values import FloatArray

NAME: Final = "off_target_share"

FEWEST_TEXTS: Final = 100
"""Texts of a language from which it is learned."""

MOST_LANGUAGES: Final = 32
MOST_TEXTS: Final = 2_000
FEWEST: Final = 20
"""Characters from which a text tells its language."""

LONGEST: Final = 600
"""Characters of a text that are looked at."""

_BLOCKS: Final = 256
_PAIRS: Final = 2_048
_ODDEST: Final = 0.02
_SMOOTH: Final = 0.5
_STEPS: Final = 8
_CERTAIN: Final = 120
"""Letters beyond which a longer text is not surer, because texts differ in what they are about."""


def learn(texts: pa.Array, languages: pa.Array) -> dict[str, Writing]:
    """Return how each language is written, of those with enough texts.

    Args:
        texts: shape (texts,), null where there is none.
        languages: the language that each should be in, shape (texts,), null where it is not told.
    """
    counts = pc.value_counts(languages.drop_null()).to_pylist()
    ranked = sorted(counts, key=lambda entry: (-entry["counts"], entry["values"]))[:MOST_LANGUAGES]
    found = {}
    for entry in ranked:
        own = texts.filter(pc.fill_null(pc.equal(languages, entry["values"]), False)).drop_null()
        own = own.slice(0, MOST_TEXTS)
        if len(own) >= FEWEST_TEXTS:
            writing = _learned(own)
            if writing is not None:
                found[entry["values"]] = writing
    return found


def values(texts: pa.Array, languages: pa.Array, known: Mapping[str, Writing]) -> FloatArray:
    """Return 1 for each text off target, 0 for any other, NaN where the text or what is known does not say.

    >>> german = ["die Straße ist heute wegen Bauarbeiten leider gesperrt", "wir kommen am Abend wieder nach"]
    >>> texts = pa.array([*german * 60, "the street is closed today because of works on the road"])
    >>> languages = pa.array(["de"] * len(texts))
    >>> known = learn(texts.slice(0, 120), languages.slice(0, 120))
    >>> values(texts.slice(119), languages.slice(119), known)
    array([0., 1.])
    """
    found = np.full(len(texts), np.nan)
    for language, writing in known.items():
        own = np.flatnonzero(np.asarray(pc.fill_null(pc.equal(languages, language), False)))
        own = own[np.asarray(texts.take(pa.array(own)).is_valid())]
        if own.size:
            lengths, likely = _likelihoods(texts.take(pa.array(own)), _weights(writing))
            odd = _distances(lengths, likely, writing.centre) < writing.least
            found[own] = np.where(lengths >= FEWEST, odd, np.nan)
    return found


def _learned(texts: pa.Array) -> Writing | None:
    """Return what half of the texts teach, and how the other half fares by it."""
    half = np.arange(len(texts)) % 2 == 0
    blocks, pairs = _cells(texts.filter(pa.array(half)))
    tables = [
        np.bincount(cells.codes.astype(np.int64), minlength=many) + _SMOOTH
        for cells, many in ((blocks, _BLOCKS), (pairs, _PAIRS))
    ]
    logs = np.concatenate([np.log(table / table.sum()) for table in tables])
    weights = np.clip(np.rint(-logs * _STEPS), 0, 255).astype(np.uint8)
    lengths, likely = _likelihoods(texts.filter(pa.array(~half)), -weights.astype(np.float64) / _STEPS)
    known = lengths >= FEWEST
    if known.sum() < FEWEST_TEXTS // 4:
        return None
    centre = float(np.median(likely[known]))
    distances = _distances(lengths[known], likely[known], centre)
    return Writing(weights=weights.tobytes(), centre=centre, least=float(np.quantile(distances, _ODDEST)))


def _cells(texts: pa.Array) -> tuple[Tokens, Tokens]:
    """Return the blocks and the pairs of the texts' letters, as numbers of cells."""
    signs = letters(texts, longest=LONGEST)
    pairs = runs(signs, 2)
    return (
        signs._replace(codes=(signs.codes >> np.uint64(7)) % np.uint64(_BLOCKS)),
        pairs._replace(codes=pairs.codes % np.uint64(_PAIRS)),
    )


def _likelihoods(texts: pa.Array, weights: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return the letters of each text, and the mean logarithm of the shares of their blocks and pairs."""
    blocks, pairs = _cells(texts)
    lengths = per_text(blocks)
    total = per_text(blocks, weights[blocks.codes.astype(np.int64)])
    total += per_text(pairs, weights[_BLOCKS + pairs.codes.astype(np.int64)])
    return lengths, total / np.maximum(lengths, 1)


def _distances(lengths: FloatArray, likely: FloatArray, centre: float) -> FloatArray:
    return (likely - centre) * np.sqrt(np.minimum(lengths, _CERTAIN))


def _weights(writing: Writing) -> FloatArray:
    return -np.frombuffer(writing.weights, np.uint8).astype(np.float64) / _STEPS
