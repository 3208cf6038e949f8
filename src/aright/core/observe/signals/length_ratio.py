"""Shares of translations that are shorter, or longer, for their source than nineteen of twenty were at first.

Each language pair has its own limits, because German says in more letters what Chinese says in few; rows of
pairs that were rare at first are held against all pairs together. Of each usual pair there are series of its
own, such as ``short_translations:en-de``.

Source: W. A. Gale, K. W. Church, A program for aligning sentences in bilingual corpora, Computational
Linguistics 19 (1993), on the ratio of lengths in characters.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from aright.core.observe.signals.answer_length import chars
from aright.core.observe.signals.naming import (
    SOURCE_CHARS,
    SOURCE_LANGUAGE,
    SOURCE_TEXT,
    TARGET_LANGUAGE,
)
from aright.core.observe.signals.values import FloatArray, attribute, beyond, feature, twentieths, words

if TYPE_CHECKING:
    from aright.core.model.cuts import Cuts
    from aright.core.model.service import Service

SHORT: Final = "short_translations"
LONG: Final = "long_translations"

MOST_PAIRS: Final = 16
FEWEST: Final = 60
"""Translations of a pair from which it has limits of its own."""

_LIMITS: Final = "length_ratio"
_UNKNOWN: Final = "?"


def learn(rows: pa.Table, service: Service) -> dict[str, tuple[float, float]]:
    """Return the logarithms of the ratios that one of twenty was below and above, of all and of each pair.

    >>> from aright.core.model.service import Service
    >>> rows = pa.table({
    ...     "feat.source_chars": [100.0] * 80, "feat.output_chars": [float(at) for at in range(80)],
    ...     "attr.source_language": ["en"] * 80, "attr.target_language": ["de"] * 80,
    ... })
    >>> sorted(learn(rows, Service(key="mt")))
    ['length_ratio', 'length_ratio:en-de']
    """
    ratios = _ratios(rows)
    whole = twentieths(ratios) if ratios is not None else None
    if ratios is None or whole is None:
        return {}
    found = {_LIMITS: whole}
    pairs = pairs_of(rows, service)
    if pairs is None:
        return found
    counts = pc.value_counts(pairs).to_pylist()
    ranked = sorted(counts, key=lambda entry: (-entry["counts"], entry["values"]))[:MOST_PAIRS]
    for pair in (entry["values"] for entry in ranked if entry["counts"] >= FEWEST):
        limits = twentieths(ratios[np.asarray(pc.equal(pairs, pair))])
        if limits is not None and _UNKNOWN not in pair:
            found[f"{_LIMITS}:{pair}"] = limits
    return found


def values(rows: pa.Table, cuts: Cuts | None, service: Service) -> dict[str, FloatArray]:
    """Return both signals' values, and those of each usual pair, NaN in the rows of others."""
    limits = cuts.norms.limits if cuts is not None else {}
    ratios = _ratios(rows) if _LIMITS in limits else None
    if ratios is None:
        return {}
    low, high = (np.full(rows.num_rows, limit) for limit in limits[_LIMITS])
    own: dict[str, np.ndarray[tuple[int, ...], np.dtype[np.bool_]]] = {}
    known = [name for name in limits if name.startswith(f"{_LIMITS}:")]
    pairs = pairs_of(rows, service) if known else None
    if pairs is not None:
        for name in known:
            pair = name.partition(":")[2]
            of_pair = np.asarray(pc.equal(pairs, pair))
            low[of_pair], high[of_pair] = limits[name]
            own[pair] = of_pair
    found = {}
    for signal, bounds, above in ((SHORT, low, False), (LONG, high, True)):
        found[signal] = beyond(ratios - bounds, 0.0, above=above)
        for pair, of_pair in own.items():
            found[f"{signal}:{pair}"] = np.where(of_pair, found[signal], np.nan)
    return found


def pairs_of(rows: pa.Table, service: Service) -> pa.Array | None:
    """Return each row's language pair, such as ``en-de``; ``None`` where no target language is told."""
    source, target = language_of(rows, service, of_source=True), language_of(rows, service)
    if target is None:
        return None
    nothing = pa.nulls(rows.num_rows, pa.string())
    sides = [pc.fill_null(side if side is not None else nothing, _UNKNOWN) for side in (source, target)]
    return pc.binary_join_element_wise(*sides, "-")


def language_of(rows: pa.Table, service: Service, *, of_source: bool = False) -> pa.Array | None:
    """Return the language of each row's source or target as it was told, in lower case."""
    named = service.source_language if of_source else service.target_language
    customary = SOURCE_LANGUAGE if of_source else TARGET_LANGUAGE
    found = attribute(rows, (named,) if named else customary)
    return None if found is None else pc.utf8_lower(found.combine_chunks())


def _ratios(rows: pa.Table) -> FloatArray | None:
    """Return the logarithm of the characters of each translation for one of its source, NaN where unknown."""
    source = feature(rows, SOURCE_CHARS)
    if source is None:
        texts = words(rows, SOURCE_TEXT)
        if texts is None:
            return None
        source = np.array(pc.cast(pc.utf8_length(texts), pa.float64()).to_numpy(), dtype=np.float64)
    written = chars(rows)
    if written is None:
        return None
    known = (source > 0) & np.isfinite(source) & np.isfinite(written)
    return np.where(known, np.log((written + 1) / (np.where(known, source, 1.0) + 1)), np.nan)
