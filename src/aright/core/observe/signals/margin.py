"""Mean margin: how far the likeliest class is ahead of the next one, without any label.

Source: margin sampling, T. Scheffer, C. Decomain, S. Wrobel, Active hidden Markov models for information
extraction, IDA 2001.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from aright.core.observe.signals.values import FloatArray, numbers

if TYPE_CHECKING:
    import pyarrow as pa

    from aright.core.model.cuts import Cuts

NAME: Final = "margin"


def values(rows: pa.Table, _cuts: Cuts | None) -> FloatArray | None:
    """Return each row's margin, NaN where it is none in [0, 1].

    >>> import pyarrow as pa
    >>> values(pa.table({"margin": [0.5, None]}), None)
    array([0.5, nan])
    """
    margin = numbers(rows, NAME)
    return None if margin is None else np.where((margin >= 0) & (margin <= 1), margin, np.nan)
