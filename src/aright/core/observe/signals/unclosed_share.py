"""Share of texts in which something is left open: a bracket, a brace of JSON, or a fence of code.

Only what is opened and never closed counts: a smiley or "1)" closes what nobody opened. Brackets within the
strings of JSON or code are counted like all others; what they add is there from the first day on.

Source: well-formedness as a check of generated code and JSON, e.g. S. Geng et al., Grammar-constrained
decoding for structured NLP tasks without finetuning, EMNLP 2023.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

if TYPE_CHECKING:
    from aright.core.observe.signals.values import FloatArray

NAME: Final = "unclosed_share"
_PAIRS: Final = (("(", ")"), ("[", "]"), ("{", "}"), ("（", "）"), ("「", "」"), ("【", "】"))
_FENCE: Final = "```"


def values(texts: pa.Array) -> FloatArray:
    """Return 1 for each text with something open, 0 for any other.

    >>> values(pa.array(['{"a": [1, 2', "Fine :) 1) one", "(yes)", "```python"]))
    array([1., 0., 0., 1.])
    """
    fences = np.asarray(pc.count_substring(texts, _FENCE))
    is_open = fences % 2 == 1
    for opening, closing in _PAIRS:
        begun = np.asarray(pc.count_substring(texts, opening))
        if begun.any():
            is_open |= begun > np.asarray(pc.count_substring(texts, closing))
    return np.asarray(is_open, dtype=np.float64)
