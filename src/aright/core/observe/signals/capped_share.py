"""Share of answers that are as long as they may be: output tokens at the cap that the request set.

It tells of answers that broke off where no finish reason is sent, or where a proxy reports "stop" for all.

Source: ``gen_ai.request.max_tokens`` and ``gen_ai.usage.output_tokens`` of OpenTelemetry's semantic
conventions for generative AI.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from aright.core.observe.signals.naming import MAX_TOKENS, OUTPUT_TOKENS
from aright.core.observe.signals.values import FloatArray, feature

if TYPE_CHECKING:
    import pyarrow as pa

    from aright.core.model.cuts import Cuts

NAME: Final = "capped_share"


def values(rows: pa.Table, _cuts: Cuts | None) -> FloatArray | None:
    """Return 1 for each answer at its cap, 0 for any other, NaN where one of the two is not known.

    >>> import pyarrow as pa
    >>> values(pa.table({"feat.output_tokens": [512.0, 80.0], "feat.max_tokens": [512.0, 512.0]}), None)
    array([1., 0.])
    """
    tokens, most = feature(rows, OUTPUT_TOKENS), feature(rows, MAX_TOKENS)
    if tokens is None or most is None:
        return None
    return np.where(np.isfinite(tokens) & (most > 0), tokens >= most, np.nan)
