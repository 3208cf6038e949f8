"""Share of answers that broke off because the model had no tokens left: finish reason "length".

Source: the finish reasons of the OpenAI, Anthropic, Google and Mistral interfaces, which OpenTelemetry's
semantic conventions for generative AI carry as ``gen_ai.response.finish_reasons``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from aright.core.observe.signals.naming import FINISH
from aright.core.observe.signals.values import FloatArray, words

if TYPE_CHECKING:
    from aright.core.model.cuts import Cuts

NAME: Final = "truncated_share"
_CUT: Final = "length|max_?(output_)?tokens|token_limit"


def values(rows: pa.Table, _cuts: Cuts | None) -> FloatArray | None:
    """Return 1 for each answer that broke off, 0 for any other, NaN without a finish reason.

    >>> values(pa.table({"feat.gen_ai.finish_reason": ["stop", "length", "MAX_TOKENS", None]}), None)
    array([ 0.,  1.,  1., nan])
    """
    finish = words(rows, FINISH)
    if finish is None:
        return None
    cut = pc.match_substring_regex(finish, _CUT, ignore_case=True)
    return np.array(pc.cast(cut, pa.float64()).to_numpy(), dtype=np.float64)
