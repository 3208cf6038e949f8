"""Share of texts that stop without the mark that ends a sentence: answers that broke off.

It knows the marks of many scripts, and leaves out texts of scripts that have none (Thai, Lao, Khmer, Burmese
without its own mark) and texts too short to be sentences. What closes a sentence, such as quotes, brackets
and marks of Markdown, may follow the mark. An end in a fence of code, a table or a link counts as an end.

Source: the property Sentence_Terminal of Unicode Standard Annex #29, Unicode text segmentation.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

if TYPE_CHECKING:
    from aright.core.observe.signals.values import FloatArray

NAME: Final = "unended_share"

FEWEST: Final = 20
"""Characters from which a text is taken to be a sentence."""

_TAIL: Final = 400
"""Bytes or so that are looked at, from the end."""

_MARKS: Final = r".!?…:;。！？．｡؟۔؛।॥։።፧᠃᙮‽⁇⁈⁉"
_CLOSERS: Final = "\"'”’»›“„)\\]}）」』】》*_~`\\s>"
_ENDED: Final = rf"(?:[{_MARKS}][{_CLOSERS}]*|[`}}\]|>]\s*|\bhttps?://\S+\s*|\p{{So}}\s*)$"
_WITHOUT: Final = r"[\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}]\s*$"


def values(texts: pa.Array) -> FloatArray:
    """Return 1 for each text without an end, 0 for any other, NaN where no end is due.

    >>> values(pa.array(["It rains in Spain, mostly on the", "It rains in Spain, as ever.", "No",
    ...     "Es regnet in Spanien (wie immer!)", "西班牙的雨主要下在平原上，而不是下在山里面。"]))
    array([ 1.,  0., nan,  0.,  0.])
    """
    tails = pc.utf8_slice_codeunits(texts, -_TAIL, None)
    ended = np.asarray(pc.match_substring_regex(tails, _ENDED))
    due = np.asarray(pc.greater_equal(pc.utf8_length(texts), FEWEST)) & ~np.asarray(
        pc.match_substring_regex(tails, _WITHOUT)
    )
    return np.where(due, ~ended, np.nan).astype(np.float64)
