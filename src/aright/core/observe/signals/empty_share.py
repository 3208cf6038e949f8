"""Share of answers that are empty: a text of nothing but white space, or no token at all.

An answer that calls a tool has no text and is none of these. Somebody who asked and got nothing was not
served, whatever the status says, so a rise proves harm by itself.

Source: "empty response" as a failure of its own in the checklist of M. T. Ribeiro et al., Beyond accuracy:
behavioral testing of NLP models with CheckList, ACL 2020.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from aright.core.observe.signals.naming import FINISH, OUTPUT_TOKENS
from aright.core.observe.signals.values import FloatArray, feature, words

if TYPE_CHECKING:
    from aright.core.model.cuts import Cuts

NAME: Final = "empty_share"

_LONGEST_BLANK: Final = 64
"""Bytes: a longer text is taken to say something."""

_TOOL: Final = "tool|function"


def values(rows: pa.Table, _cuts: Cuts | None) -> FloatArray | None:
    """Return 1 for each empty answer, 0 for any other, NaN where there is neither a text nor a count.

    >>> values(pa.table({"text": ["Yes.", "  ", None]}), None)
    array([ 0.,  1., nan])
    >>> values(pa.table({"feat.output_tokens": [12.0, 0.0]}), None)
    array([0., 1.])
    """
    found = _of_texts(rows)
    tokens = feature(rows, OUTPUT_TOKENS)
    if tokens is not None:
        counted = np.where(np.isnan(tokens), np.nan, tokens <= 0)
        found = counted if found is None else np.where(np.isnan(found), counted, found)
    finish = words(rows, FINISH) if found is not None and (found > 0).any() else None
    if finish is None or found is None:
        return found
    called = pc.fill_null(pc.match_substring_regex(finish, _TOOL, ignore_case=True), False)
    return np.where(np.asarray(called), 0.0, found)


def _of_texts(rows: pa.Table) -> FloatArray | None:
    if "text" not in rows.column_names or rows["text"].null_count == rows.num_rows:
        return None
    texts = rows["text"]
    sizes = np.asarray(pc.fill_null(pc.binary_length(texts), -1), dtype=np.int64)
    found = np.where(sizes < 0, np.nan, 0.0)
    places = np.flatnonzero((sizes >= 0) & (sizes <= _LONGEST_BLANK))
    if places.size:
        left = pc.binary_length(pc.utf8_trim_whitespace(texts.take(pa.array(places))))
        found[places] = np.asarray(left) == 0
    return found
