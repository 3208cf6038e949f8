"""Measures: the signals that are means over rows, each made only of rows that have its columns.

Most look at every row. Those that read texts look at a sample of a window's units, of as many in every window
as take little time to read.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from aright.core.model.columns import ATTRIBUTE, FEATURE
from aright.core.observe.signals import (
    answer_length,
    approval_rate,
    blank_image,
    blurred_image,
    capped_share,
    confidence,
    copied_share,
    dark_image,
    empty_share,
    entropy,
    error_share,
    fallback_share,
    length_ratio,
    long_prompts,
    margin,
    naming,
    near_threshold,
    off_target,
    other_model_share,
    popularity,
    refusal_share,
    repetition,
    slow_share,
    slower,
    stale_share,
    tokens,
    truncated_share,
    unclosed_share,
    unended_share,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aright.core.model.cuts import Cuts
    from aright.core.model.service import Service
    from aright.core.observe.signals.values import FloatArray, Measure

MEANS: Final[dict[str, Measure]] = {
    module.NAME: module.values
    for module in (error_share, fallback_share, slow_share, confidence, popularity, entropy, margin)
}
"""Signals of fixed columns."""


def _features(*names: Sequence[str]) -> frozenset[str]:
    return frozenset(FEATURE + each for some in names for each in some)


OF_FEATURES: Final[dict[str, tuple[Measure, frozenset[str]]]] = {
    empty_share.NAME: (empty_share.values, _features(naming.OUTPUT_TOKENS) | {"text"}),
    truncated_share.NAME: (truncated_share.values, _features(naming.FINISH)),
    capped_share.NAME: (capped_share.values, _features(naming.MAX_TOKENS)),
    other_model_share.NAME: (other_model_share.values, _features(naming.SERVED)),
    long_prompts.NAME: (long_prompts.values, _features(naming.INPUT_TOKENS)),
    copied_share.NAME: (lambda rows, _cuts: copied_share.told(rows), _features(naming.COPY_SHARE)),
    blank_image.NAME: (blank_image.values, _features([naming.CONTRAST])),
    dark_image.NAME: (dark_image.values, _features([naming.BRIGHTNESS])),
    blurred_image.NAME: (blurred_image.values, _features([naming.BLUR])),
}
"""Signals that rows of some services have, and the columns of which they need one at least."""

SHOWN: Final = frozenset({tokens.IN, tokens.OUT})
"""Measures that lie in no bounds: they are shown and not judged."""

LONGEST: Final = 16_384
"""Characters of a text that are read; it is not told whether a longer one is closed."""

_LENGTHS: Final = _features(naming.OUTPUT_TOKENS, naming.OUTPUT_CHARS) | {"text"}
_SOURCES: Final = _features(naming.SOURCE_CHARS, naming.SOURCE_TEXT)
_TOKENS: Final = _features(naming.INPUT_TOKENS, naming.OUTPUT_TOKENS)
_DECIDED: Final = frozenset({"score", "number", "label"})


_ASKED: Final = frozenset().union(
    _LENGTHS, _SOURCES, _TOKENS, *(needed for _, needed in OF_FEATURES.values())
)


def is_asked(column: str) -> bool:
    """Return whether some signal asks for a feature by its name.

    >>> is_asked("feat.gen_ai.output_tokens"), is_asked("feat.age")
    (True, False)
    """
    return column in _ASKED or column.endswith(naming.AGE)


def of_rows(rows: pa.Table, cuts: Cuts | None, service: Service) -> dict[str, FloatArray]:
    """Return, by signal, each row's value in [0, 1] (those ``SHOWN``: in any bounds), NaN where it has none.

    >>> from aright.core.model.service import Service
    >>> of_rows(pa.table({"status": [200, 503]}), None, Service(key="shop"))
    {'error_share': array([0., 1.])}
    """
    names = set(rows.column_names)
    found = {name: values for name, of in MEANS.items() if (values := of(rows, cuts)) is not None}
    found |= slower.values(rows, service.latency_limits)
    for name, (of, needed) in OF_FEATURES.items():
        values = of(rows, cuts) if not needed.isdisjoint(names) else None
        if values is not None:
            found[name] = values
    if not _LENGTHS.isdisjoint(names):
        found |= answer_length.values(rows, cuts)
    if not _TOKENS.isdisjoint(names):
        found |= tokens.values(rows)
    if not _SOURCES.isdisjoint(names):
        found |= length_ratio.values(rows, cuts, service)
    if any(name.endswith(naming.AGE) for name in names):
        found |= stale_share.values(rows, cuts)
    if not _DECIDED.isdisjoint(names):
        found |= _decisions(rows, service)
    return found


def of_texts(rows: pa.Table, cuts: Cuts | None, service: Service) -> dict[str, FloatArray]:
    """Return, by signal, the value in [0, 1] of each row, none of which is without a text.

    >>> from aright.core.model.service import Service
    >>> rows = pa.table({"text": ["It goes on and on and on (and on"]})
    >>> [name for name, values in of_texts(rows, None, Service(key="chat")).items() if values[0] > 0]
    ['unclosed_share', 'unended_share']
    """
    texts = rows["text"].combine_chunks()
    read = pc.utf8_slice_codeunits(texts, 0, LONGEST)
    whole = np.asarray(pc.less_equal(pc.utf8_length(texts), LONGEST))
    found = {
        unclosed_share.NAME: np.where(whole, unclosed_share.values(read), np.nan),
        unended_share.NAME: unended_share.values(texts),
        refusal_share.NAME: refusal_share.values(read, service.refusals),
        repetition.NAME: repetition.values(read),
    }
    languages = length_ratio.language_of(rows, service) if cuts is not None else None
    if cuts is not None and cuts.norms.languages and languages is not None:
        found[off_target.NAME] = off_target.values(read, languages, cuts.norms.languages)
    if _features(naming.COPY_SHARE).isdisjoint(rows.column_names):
        copied = copied_share.taken(rows)
        if copied is not None:
            found[copied_share.NAME] = copied
    return found


def columns_of_texts(rows: pa.Table) -> list[str]:
    """Return the columns that ``of_texts`` reads, of those there are."""
    wanted = {"text", *_features(naming.SOURCE_TEXT, naming.COPY_SHARE)}
    return [name for name in rows.column_names if name in wanted or name.startswith(ATTRIBUTE)]


def _decisions(rows: pa.Table, service: Service) -> dict[str, FloatArray]:
    made = {
        approval_rate.NAME: approval_rate.values(rows, service),
        near_threshold.NAME: near_threshold.values(rows, service),
    }
    return {name: values for name, values in made.items() if values is not None}
