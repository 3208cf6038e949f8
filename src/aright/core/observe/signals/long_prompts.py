"""Share of prompts longer than nineteen of twenty were at first: context that grows until it is cut off.

Source: ``gen_ai.usage.input_tokens`` of OpenTelemetry's semantic conventions for generative AI, as a share
beyond a learned quantile, so that it merges.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from aright.core.observe.signals.naming import INPUT_TOKENS
from aright.core.observe.signals.values import FloatArray, beyond, feature, twentieths

if TYPE_CHECKING:
    import pyarrow as pa

    from aright.core.model.cuts import Cuts

NAME: Final = "long_prompts"


def learn(rows: pa.Table) -> dict[str, tuple[float, float]]:
    """Return what one of twenty prompts was shorter and longer than (tokens), under the signal's name."""
    tokens = feature(rows, INPUT_TOKENS)
    limits = twentieths(tokens) if tokens is not None else None
    return {NAME: limits} if limits is not None else {}


def values(rows: pa.Table, cuts: Cuts | None) -> FloatArray | None:
    """Return 1 for each long prompt, 0 for any other, NaN without a count.

    >>> import pyarrow as pa
    >>> from aright.core.model.cuts import Cuts, Norms
    >>> cuts = Cuts(key="chat", columns={}, norms=Norms(limits={"long_prompts": (10.0, 900.0)}))
    >>> values(pa.table({"feat.input_tokens": [950.0, 80.0]}), cuts)
    array([1., 0.])
    """
    limits = cuts.norms.limits.get(NAME) if cuts is not None else None
    tokens = feature(rows, INPUT_TOKENS) if limits is not None else None
    if tokens is None or limits is None:
        return None
    return beyond(tokens, limits[1], above=True)
