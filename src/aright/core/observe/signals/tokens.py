"""Mean tokens in and out: shown, not judged, for their size has no bounds; long and short answers are judged.

Source: ``gen_ai.usage.input_tokens`` and ``gen_ai.usage.output_tokens`` of OpenTelemetry's semantic
conventions for generative AI.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from aright.core.observe.signals.naming import INPUT_TOKENS, OUTPUT_TOKENS
from aright.core.observe.signals.values import FloatArray, feature

if TYPE_CHECKING:
    import pyarrow as pa

IN: Final = "tokens_in"
OUT: Final = "tokens_out"


def values(rows: pa.Table) -> dict[str, FloatArray]:
    """Return the tokens of each row by signal, NaN where they are not told.

    >>> import pyarrow as pa
    >>> values(pa.table({"feat.output_tokens": [7.0, None, -1.0]}))
    {'tokens_out': array([ 7., nan, nan])}
    """
    found = {IN: feature(rows, INPUT_TOKENS), OUT: feature(rows, OUTPUT_TOKENS)}
    return {
        name: np.where(np.isfinite(tokens) & (tokens >= 0), tokens, np.nan)
        for name, tokens in found.items()
        if tokens is not None
    }
