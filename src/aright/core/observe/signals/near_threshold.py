"""Share of scores near the threshold, where a slight shift turns decisions round.

Source: the mass near a cut-off, as in J. McCrary, Manipulation of the running variable in the regression
discontinuity design: a density test, Journal of Econometrics 142 (2008).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from aright.core.observe.signals.approval_rate import scores_of

if TYPE_CHECKING:
    import pyarrow as pa

    from aright.core.model.service import Service
    from aright.core.observe.signals.values import FloatArray

NAME: Final = "near_threshold"


def values(rows: pa.Table, service: Service) -> FloatArray | None:
    """Return 1 for each score near the catalog's threshold, 0 for any other, NaN without a score.

    >>> import pyarrow as pa
    >>> from aright.core.model.service import Service
    >>> values(pa.table({"score": [0.79, 0.3, None]}), Service(key="card", threshold=0.8))
    array([ 1.,  0., nan])
    """
    scores = scores_of(rows) if service.threshold is not None else None
    if scores is None or service.threshold is None:
        return None
    near = np.abs(scores - service.threshold) <= service.near_threshold
    return np.where(np.isfinite(scores), near, np.nan)
