"""Mean entropy of the class probabilities: how undecided the model is, without any label.

For one of K classes it is divided by the logarithm of K, so that it lies in [0, 1]. It is taken from the
probabilities as they come in, which are not kept.

Source: C. E. Shannon, A mathematical theory of communication (1948); as a signal of shift, D. Hendrycks, K.
Gimpel, A baseline for detecting misclassified and out-of-distribution examples, ICLR 2017.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from aright.core.observe.signals.values import FloatArray, numbers

if TYPE_CHECKING:
    import pyarrow as pa

    from aright.core.model.cuts import Cuts

NAME: Final = "entropy"


def values(rows: pa.Table, _cuts: Cuts | None) -> FloatArray | None:
    """Return each row's entropy, NaN where it is none in [0, 1].

    >>> import pyarrow as pa
    >>> values(pa.table({"entropy": [0.25, None]}), None)
    array([0.25,  nan])
    """
    entropy = numbers(rows, NAME)
    return None if entropy is None else np.where((entropy >= 0) & (entropy <= 1), entropy, np.nan)
