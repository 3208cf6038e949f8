"""Mean confidence: how sure the model says that it is, without any label.

Source: D. Hendrycks, K. Gimpel, A baseline for detecting misclassified and out-of-distribution examples, ICLR
2017.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from aright.core.observe.signals.values import FloatArray, numbers

if TYPE_CHECKING:
    import pyarrow as pa

    from aright.core.model.cuts import Cuts

NAME: Final = "confidence"


def values(rows: pa.Table, _cuts: Cuts | None) -> FloatArray | None:
    """Return each row's confidence, NaN where it is none in [0, 1].

    >>> import pyarrow as pa
    >>> values(pa.table({"confidence": [0.9, 7.0, None]}), None)
    array([0.9, nan, nan])
    """
    confidence = numbers(rows, "confidence")
    if confidence is None:
        return None
    return np.where((confidence >= 0) & (confidence <= 1), confidence, np.nan)
