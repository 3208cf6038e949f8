"""Shares of answers that are shorter, or longer, than nineteen of twenty were at first.

Lengths are tokens where these are sent, else characters of the text.

Source: lengths as a shift of text to watch for, S. Rabanser, S. Günnemann, Z. Lipton, Failing loudly, NeurIPS
2019, as shares beyond learned quantiles, so that they merge.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from aright.core.observe.signals.naming import OUTPUT_CHARS, OUTPUT_TOKENS
from aright.core.observe.signals.values import FloatArray, beyond, feature, twentieths

if TYPE_CHECKING:
    from aright.core.model.cuts import Cuts

SHORT: Final = "short_share"
LONG: Final = "long_share"
TOKENS: Final = "answer_tokens"
CHARS: Final = "answer_chars"


def learn(rows: pa.Table) -> dict[str, tuple[float, float]]:
    """Return what one of twenty answers was shorter and longer than, by unit of length.

    >>> learn(pa.table({"feat.output_tokens": [float(at) for at in range(101)]}))
    {'answer_tokens': (5.0, 95.0)}
    """
    for name, lengths in ((TOKENS, feature(rows, OUTPUT_TOKENS)), (CHARS, chars(rows))):
        limits = twentieths(lengths) if lengths is not None else None
        if limits is not None:
            return {name: limits}
    return {}


def values(rows: pa.Table, cuts: Cuts | None) -> dict[str, FloatArray]:
    """Return, for both signals, 1 for each row beyond the limit, 0 for any other, NaN without a length."""
    limits = cuts.norms.limits if cuts is not None else {}
    for name in (TOKENS, CHARS):
        if name in limits:
            lengths = feature(rows, OUTPUT_TOKENS) if name == TOKENS else chars(rows)
            if lengths is None:
                return {}
            low, high = limits[name]
            return {SHORT: beyond(lengths, low, above=False), LONG: beyond(lengths, high, above=True)}
    return {}


def chars(rows: pa.Table) -> FloatArray | None:
    """Return the characters of each answer: of its text, else as the sender counted them.

    >>> chars(pa.table({"text": ["häuser", None]}))
    array([ 6., nan])
    """
    if "text" in rows.column_names and rows["text"].null_count < rows.num_rows:
        counted = pc.cast(pc.utf8_length(rows["text"]), pa.float64())
        return np.array(counted.to_numpy(), dtype=np.float64)
    return feature(rows, OUTPUT_CHARS)
