"""Share of answers that came from a fallback: the service is up, but not its model.

Source: "fallback rate" as a serving metric, e.g. C. Chen et al., Reliable Machine Learning (2022), ch. 9.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from aright.core.observe.signals.values import FloatArray, numbers

if TYPE_CHECKING:
    import pyarrow as pa

    from aright.core.model.cuts import Cuts

NAME: Final = "fallback_share"


def values(rows: pa.Table, _cuts: Cuts | None) -> FloatArray | None:
    """Return 1 for each answer from the fallback, 0 for any other, NaN where nothing is said.

    >>> import pyarrow as pa
    >>> values(pa.table({"fallback": [True, False, None]}), None)
    array([ 1.,  0., nan])
    """
    return numbers(rows, "fallback")
