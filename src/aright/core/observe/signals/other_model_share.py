"""Share of answers by another model than the one asked for: a silent fallback of a provider or a gateway.

A provider answers for an alias under the full name of what it stands for (``m-4`` by ``m-4-2026-01-31``), so
a served name that begins with the one asked for is the same model.

Source: ``gen_ai.request.model`` and ``gen_ai.response.model`` of OpenTelemetry's semantic conventions for
generative AI.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow.compute as pc

from aright.core.observe.signals.naming import REQUESTED, SERVED
from aright.core.observe.signals.values import FloatArray, words

if TYPE_CHECKING:
    import pyarrow as pa

    from aright.core.model.cuts import Cuts

NAME: Final = "other_model_share"


def values(rows: pa.Table, _cuts: Cuts | None) -> FloatArray | None:
    """Return 1 for each answer by another model, 0 for any other, NaN where one of the two is not told.

    >>> import pyarrow as pa
    >>> values(pa.table({"feat.requested_model": ["m-4", "m-4", None],
    ...     "feat.served_model": ["m-4-2026-01-31", "m-3", "m-3"]}), None)
    array([ 0.,  1., nan])
    """
    asked, served = words(rows, REQUESTED), words(rows, SERVED)
    if asked is None or served is None:
        return None
    one, other = (pc.utf8_lower(texts).combine_chunks().dictionary_encode() for texts in (asked, served))
    names, found = one.dictionary.to_pylist(), other.dictionary.to_pylist()
    differ = np.array([[not name.startswith(base) for name in found] for base in names], dtype=np.float64)
    first, second = (np.asarray(pc.fill_null(part.indices, -1), dtype=np.int64) for part in (one, other))
    return np.where((first < 0) | (second < 0), np.nan, differ[first, second])
