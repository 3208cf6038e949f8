"""Copying: how much of the answers was in the input already, such as translations that are none.

The SDK's ``text_features`` sends the share as the feature ``copy_share``, so that no text need leave the
host; where a source text is sent instead, the share is taken here, of runs of four characters.

Source: "copy rate" of the target in P. Koehn, R. Knowles, Six challenges for neural machine translation
(2017), and M. Ott et al., Analyzing uncertainty in neural machine translation, ICML 2018, where copies of the
source are counted by overlap.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from aright.core.observe.signals.grams import also_in, characters, distinct, per_text, runs
from aright.core.observe.signals.naming import COPY_SHARE, SOURCE_TEXT
from aright.core.observe.signals.values import FloatArray, feature, words

if TYPE_CHECKING:
    import pyarrow as pa

NAME: Final = "copied_share"

LONGEST: Final = 1_000
"""Characters of a text that are looked at."""

_RUN: Final = 4


def told(rows: pa.Table) -> FloatArray | None:
    """Return the share that the sender took of each row, NaN where it is none in [0, 1].

    >>> import pyarrow as pa
    >>> told(pa.table({"feat.copy_share": [0.25, 7.0]}))
    array([0.25,  nan])
    """
    share = feature(rows, COPY_SHARE)
    return None if share is None else np.where((share >= 0) & (share <= 1), share, np.nan)


def taken(rows: pa.Table) -> FloatArray | None:
    """Return the share of each text's runs of characters that its source has too; ``None`` without sources.

    >>> import pyarrow as pa
    >>> taken(pa.table({"text": ["Alles Gute", "Good morning"],
    ...     "feat.source_text": ["Good morning", "Good morning"]}))
    array([0., 1.])
    """
    source = words(rows, SOURCE_TEXT)
    if source is None or "text" not in rows.column_names:
        return None
    texts = rows["text"].combine_chunks()
    written, read = (
        distinct(runs(characters(part.fill_null(""), longest=LONGEST), _RUN))
        for part in (texts, source.combine_chunks())
    )
    shared = also_in(written, read)
    counts = per_text(written)
    known = (counts > 0) & (per_text(read) > 0)
    return np.where(known, per_text(written, shared) / np.maximum(counts, 1), np.nan)
