"""Share of requests that failed: status 500 and above, as HTTP counts the server's own errors.

Source: the service level indicator "availability" of B. Beyer et al., The Site Reliability Workbook (2018),
ch. 2.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from aright.core.observe.signals.values import FloatArray, numbers

if TYPE_CHECKING:
    import pyarrow as pa

    from aright.core.model.cuts import Cuts

NAME: Final = "error_share"
_FIRST_ERROR: Final = 500


def values(rows: pa.Table, _cuts: Cuts | None) -> FloatArray | None:
    """Return 1 for each failed row, 0 for any other, NaN without a status.

    >>> import pyarrow as pa
    >>> values(pa.table({"status": [200, 503, None]}), None)
    array([ 0.,  1., nan])
    """
    status = numbers(rows, "status")
    return None if status is None else np.where(np.isnan(status), np.nan, status >= _FIRST_ERROR)
